/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list. Pages 0-3 are below entry 0 of level 1, pages 4-7 below entry 1, and so on. Backing 1 is what is there at the start.
 */
#include "scenario.h"

const struct scenario scenarios[] = {
	/* split: a part of a huge leaf goes */
	{"split, write", "map 0 4 1", {"zap 1 1", "write 0 0; write 0 2"}},
	{"split of a cached leaf, write", "map 0 4 1; touch 0 0 0", {"zap 1 1", "write 0 0"}},
	{"split, split", "map 0 4 1", {"zap 1 1", "zap 2 1"}},
	{"split, zap of the leaf", "map 0 4 1", {"zap 1 1", "zap 0 4"}},
	{"split, protect", "map 0 4 1; touch 0 0 1", {"zap 1 1", "protect 0 1", "write 0 0"}},
	{"split, set_attrs of another part", "map 0 4 1", {"zap 1 1", "attr 2 1"}},
	/* zap of a table */
	{"zap of a table, write", "map 0 4 0; touch 0 0 0", {"zap 0 4", "write 0 0; write 0 1"}},
	{"zap of a table, fault in it", "map 0 2 0", {"zap 0 4", "fault 2 2"}},
	{"zap of a table, fault and write", "map 0 1 0", {"zap 0 4", "fw 0 1 2"}},
	{"zap of a table, zap of the table", "map 0 2 0", {"zap 0 4", "zap 0 4"}},
	{"zap of a table, zap of a leaf in it", "map 0 2 0; touch 0 0 1", {"zap 0 4", "zap 0 1"}},
	{"zap of a table, protect in it", "map 0 2 0", {"zap 0 4", "protect 0 2"}},
	{"zap of a table, replace in it", "map 0 2 0", {"zap 0 4", "replace 0 1 2"}},
	{"zap of a table, note in it", "map 0 1 0", {"zap 0 4", "note 2 1"}},
	{"zap of a table, lookup", "map 0 2 0", {"zap 0 4", "lookup 1"}},
	{"zap of two tables, faults in both", "map 0 1 0; map 4 1 0", {"zap 0 8", "fault 1 2", "fault 5 2"}},
	{"zap of a table, remap, write", "map 0 1 0; touch 0 0 1", {"zap 0 4", "map 0 1 2", "write 0 0"}},
	/* zap of a leaf */
	{"zap of a leaf, write", "map 0 1 0; touch 0 0 0", {"zap 0 1", "write 0 0"}},
	{"zap of a leaf, fault and write", "map 0 1 0; touch 0 0 1", {"zap 0 1", "fw 0 0 2"}},
	{"zap of a leaf, map", "map 0 1 0; touch 0 0 1", {"zap 0 1", "map 0 1 2"}},
	{"zap of a leaf, zap of the leaf, write", "map 0 1 0; touch 0 0 1", {"zap 0 1", "zap 0 1", "write 0 0"}},
	{"zap of a huge leaf, map of pages", "map 0 4 1; touch 0 0 1", {"zap 0 4", "map 0 2 2"}},
	/* with a gather */
	{"gather, write", "map 0 2 0; touch 0 0 0", {"gzap 0 2", "write 0 0"}},
	{"gather, fault and write", "map 0 1 0; touch 0 0 1", {"gzap 0 1", "fw 0 0 2"}},
	{"gather, fault and write on another CPU", "map 0 1 0; touch 0 0 1", {"gzap 0 1", "fw 1 0 2"}},
	{"gather, two mappers", "map 0 1 0; touch 0 0 1", {"gzap 0 1", "fault 0 2", "fault 0 3"}},
	{"gather, zap and remap", "map 0 1 0; touch 0 0 1", {"gzap 0 1", "zap 0 1; map 0 1 2"}},
	{"gather, zap", "map 0 1 0; touch 0 0 1", {"gzap 0 1", "zap 0 1", "write 0 0"}},
	{"gather, gather", "map 0 1 0; touch 0 0 1", {"gzap 0 1", "gzap 0 1"}},
	{"gather, gather, fault", "map 0 1 0; touch 0 0 1", {"gzap 0 1", "gzap 0 1", "fault 0 2"}},
	{"gather, mapped and zapped once more", "map 0 1 0; touch 0 0 1", {"gzap 0 1", "fault 0 2", "leaves 0 1; map 0 1 3"}},
	{"gather, mapped meanwhile", "empty 0", {"fault 0 2", "map 0 1 3; gzap 0 1", "write 0 0"}},
	{"gather of a huge leaf, map of a page", "map 0 4 1; touch 0 0 1", {"gzap 0 4", "map 0 1 2"}},
	{"gather, zap of the table", "map 0 1 0; touch 0 0 1", {"gzap 0 1", "zap 0 4"}},
	{"gather, trim", "map 0 1 0; touch 0 0 1", {"gzap 0 1", "trim 0 4"}},
	/* pauses */
	{"pausing zap, fault", "map 2 4 0", {"yzap 0 8", "fault 1 2"}},
	{"pausing zap, zap", "map 2 4 0; touch 0 2 1", {"yzap 2 4", "zap 0 8", "write 0 4"}},
	{"pausing gather, fault", "map 2 4 0; touch 0 2 1", {"ygzap 2 4", "fault 2 2"}},
	/* trim */
	{"trim, map", "empty 0; touch 0 0 0", {"trim 0 4", "map 0 1 2"}},
	{"trim, two faults", "empty 0", {"trim 0 4", "fault 0 2", "fault 1 2"}},
	{"trim, trim", "empty 0", {"trim 0 4", "trim 0 4"}},
	{"trim, trim, fault and write", "empty 0", {"trim 0 4", "trim 0 4", "fw 0 0 2"}},
	{"trim, zap of the table", "empty 0", {"trim 0 4", "zap 0 4"}},
	{"trim, note", "empty 0", {"trim 0 4", "note 1 1"}},
	{"trim of a table in use", "map 0 1 0", {"trim 0 4", "fault 1 2"}},
	/* install */
	{"two faults, one page", "empty 0", {"fault 0 2", "fault 0 3", "write 0 0"}},
	{"two faults, one page, one backing", "empty 0", {"fault 0 2", "fault 0 2", "write 0 0"}},
	{"two faults, one new table", "map 4 1 0", {"fault 0 2", "fault 1 2"}},
	{"map, map", "map 4 1 0", {"map 0 2 2", "map 1 2 2"}},
	{"map, note", "empty 0", {"map 0 1 2", "note 0 1"}},
	{"map, lookup, zap", "empty 0", {"map 0 1 2", "lookup 0", "zap 0 4"}},
	/* retire */
	{"two tables retired by two", "map 0 1 0; map 4 1 0", {"zap 0 4", "zap 4 4"}},
	{"two tables retired by two, readers", "map 0 1 0; map 4 1 0", {"zap 0 4", "zap 4 4", "lookup 0"}},
	{"two tables retired by two, reader in the second", "map 0 1 0; map 4 1 0", {"zap 0 4", "zap 4 4", "lookup 4"}},
	{"three retirements", "map 0 1 0; map 4 1 0; map 8 1 0", {"zap 0 4", "zap 4 4", "zap 8 4"}},
	/* protect, set_attrs, replace */
	{"protect, write", "map 0 1 0; touch 0 0 0", {"protect 0 1", "write 0 0"}},
	{"protect, fault and write", "map 0 1 0; touch 0 0 1", {"protect 0 1", "fw 0 0 1"}},
	{"logged page, protect, fault and write", "log 0 1 0", {"protect 0 1", "lfw 0 0 1"}},
	{"protect, protect", "map 0 1 0; touch 0 0 1", {"protect 0 1", "protect 0 1", "write 0 0"}},
	{"protect, replace", "map 0 1 0; touch 0 0 1", {"protect 0 1", "replace 0 1 2", "write 0 0"}},
	{"set_attrs, write", "map 0 2 0; touch 0 0 0", {"attr 0 2", "write 0 0; write 0 1"}},
	{"set_attrs, zap", "map 0 2 0; touch 0 0 1", {"attr 0 2", "zap 0 1"}},
	{"set_attrs, widening fault", "ro 0 1 0; touch 0 0 0", {"attr 0 1", "fw 0 0 1"}},
	{"set_attrs, set_attrs", "map 0 1 0; touch 0 0 1", {"attr 0 1", "attr 0 1", "write 0 0"}},
	{"set_attrs, set_attrs of more", "map 0 1 0; touch 0 0 1", {"attr 0 1", "attrx 0 1", "write 0 0"}},
	{"memory type, memory type", "map 0 1 0; touch 0 0 1", {"type 0 1", "type 0 1", "read 0 0"}},
	{"memory type, fault and write", "map 0 2 0; touch 0 0 1", {"type 0 2", "fw 0 0 1"}},
	{"memory type, a huge leaf mapped across its end", "map 0 4 1", {"type 0 6", "map 4 4 2"}},
	{"replace, write", "map 0 2 0; touch 0 0 1", {"replace 0 2 2", "write 0 0; write 0 1"}},
	{"replace, replace", "map 0 1 0; touch 0 0 1", {"replace 0 1 2", "replace 0 1 3", "write 0 0"}},
	{"replace, zap", "map 0 1 0; touch 0 0 1", {"replace 0 1 2", "zap 0 1", "write 0 0"}},
	{"replace in a huge leaf, split", "map 0 4 1; touch 0 0 1", {"replace 0 1 2", "zap 2 1"}},
	{"replace in a huge leaf, zap of it", "map 0 4 1; touch 0 0 1", {"replace 0 1 2", "zap 0 1"}},
	{"logged fault in a huge leaf, zap of the page", "ro 0 4 1", {"lfw 0 0 1", "zap 0 1"}},
	{"replace of a part of a huge leaf", "map 0 4 1; touch 0 0 1", {"replace 0 1 2", "write 0 0; write 0 1"}},
};
const unsigned scenario_count = sizeof(scenarios) / sizeof(scenarios[0]);

/* In a set of roots, reaped with a kick and without. */
const struct scenario set_scenarios[] = {
	{"root, vcpu", "map 0 1 0; touch 0 0 1", {"invalidate 0; reap 0", "run 0 0 2"}},
	{"root, vcpu in an empty slot", "map 4 1 0", {"invalidate 0; reap 0", "run 0 0 2"}},
	{"root, two reap", "", {"invalidate 0; reap 0", "reap 0"}},
	{"root, fault in an empty slot", "", {"invalidate 0; reap 0; dead 0", "fault 0 2"}},
	{"root, two reap, vcpu", "map 0 1 0; touch 0 0 1", {"invalidate 0; reap 0", "reap 0", "run 0 0 2"}},
	{"root, two reap, empty slot, vcpu", "map 4 1 0", {"invalidate 0; reap 0", "reap 0", "run 0 0 2"}},
	{"root, two invalidate and reap", "map 0 1 0; map 4 1 0", {"invalidate 0; reap 0", "invalidate 0; reap 0"}},
	{"root, fault in flight, vcpu", "map 0 1 0; touch 0 0 1", {"invalidate 0; reap 0", "fault 1 2", "run 0 0 2"}},
	{"root, split in flight, vcpu", "map 0 4 1; touch 0 0 1", {"invalidate 0; reap 0", "leaves 1 1", "run 0 0 2"}},
	{"root, trim in flight", "empty 0", {"invalidate 0; reap 0; dead 0", "trim 0 4"}},
	{"root, zap of the table in flight", "map 0 1 0; touch 0 0 1", {"invalidate 0; reap 0", "zap 0 4"}},
	{"root, zap with a gather in flight", "map 0 1 0; touch 0 0 1", {"invalidate 0; reap 0", "gzap 0 1"}},
	{"root, get", "map 0 1 0; touch 0 0 1", {"invalidate 0; reap 0", "get 0 0 2"}},
	{"root, two reap, get", "map 0 1 0", {"invalidate 0; reap 0", "reap 0", "get 0 0 2"}},
	{"root, get, get", "map 0 1 0", {"invalidate 0; reap 0", "get 0 0 2", "get 1 0 3"}},
	{"root, vcpu, get", "map 0 1 0; touch 0 0 1", {"invalidate 0; reap 0", "run 0 0 2", "get 1 0 3"}},
	{"root, put of the last reference", "", {"invalidate 0; reap 0", "lookup 0"}},
};
const unsigned set_scenario_count = sizeof(set_scenarios) / sizeof(set_scenarios[0]);
