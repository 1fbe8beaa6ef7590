/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walkers that do not snoop: what one call has changed and not cleaned yet, and another one that flushes for it, says that it is so, or works
 * below it.
 */
#include "scenario.h"

const struct scenario nosnoop_scenarios[] = {
	/* an entry that a gather cleared */
	{"unclean, gather, fault, write", "map 0 1 0; touch 0 0 1", {"gzap 0 1", "fault 0 2", "write 0 0"}},
	{"unclean, gather, faults", "map 0 8 0; touch 0 0 1; touch 0 4 1", {"gzap 0 8", "fault 0 2", "fault 4 2"}},
	{"unclean, gather, zap and map, write",
	 "map 1 4 0; touch 0 1 1; touch 0 4 1",
	 {"gzap 1 4", "zap 4 1; map 4 1 2", "write 0 4; write 0 1"}},
	{"unclean, gather, protect, write",
	 "map 1 4 0; touch 0 1 1; touch 0 4 1",
	 {"gzap 1 4", "protect 1 4", "write 0 4; write 0 1"}},
	{"unclean, gather, set_attrs, write",
	 "map 1 4 0; touch 0 1 1; touch 0 4 1",
	 {"gzap 1 4", "attr 1 4", "write 0 4; write 0 1"}},
	{"unclean, gather, note and zap, write", "map 0 1 0; touch 0 0 1", {"gzap 0 1", "note 0 1; zap 0 1", "write 0 0"}},
	{"unclean, gather, trim, fault", "map 1 4 0; touch 0 1 1; touch 0 4 1", {"gzap 1 4", "trim 0 8", "fault 4 2"}},
	{"unclean, gather, gather, fault", "map 1 4 0; touch 0 1 1; touch 0 4 1", {"gzap 1 4", "gzap 1 4", "fault 4 2"}},
	/* an entry that is so already */
	{"unclean, set_attrs, set_attrs, write", "map 0 1 0; touch 0 0 1", {"attr 0 1", "attr 0 1", "write 0 0"}},
	{"unclean, visit, visit, write", "map 0 1 0; touch 0 0 1", {"visit 0 1", "visit 0 1", "write 0 0"}},
	{"unclean, memory type, memory type", "map 0 1 0; touch 0 0 1", {"type 0 1", "type 0 1", "read 0 0"}},
	/* a table that was linked */
	{"unclean, split ahead, zap of a page, read", "map 0 4 1", {"split 0 4", "zap 0 1", "read 0 0"}},
	{"unclean, split ahead, zap and map of a page, read", "map 0 4 1", {"split 0 4", "zap 0 1; map 0 1 2", "read 0 0"}},
	{"unclean, split ahead, replace of a page, read", "map 0 4 1", {"split 0 4", "replace 0 1 2", "read 0 0"}},
	{"unclean, split ahead, protect of a page, write", "map 0 4 1", {"split 0 4", "protect 0 1", "write 0 0"}},
	/* what is said to be mapped is seen */
	{"unclean, map, map beside it", "map 4 1 0", {"map 0 1 2", "map 1 1 2"}},
	{"unclean, map, map of the same", "map 4 1 0", {"map 0 1 2", "map 0 1 2"}},
	{"unclean, map in a table, map of the same", "empty 0", {"map 0 1 2", "map 0 1 2"}},
	{"unclean, map of two, map of one", "map 4 1 0", {"map 0 2 2", "map 1 1 2"}},
	{"unclean, fault, fault beside it", "map 4 1 0", {"fault 0 2", "fault 1 2"}},
	{"unclean, fault, fault of the same", "map 4 1 0", {"fault 0 2", "fault 0 2"}},
	{"unclean, map, fault of the same", "map 4 1 0", {"map 0 1 2", "fault 0 2"}},
	{"unclean, map, fast fault of the same", "map 4 1 0", {"map 0 1 2", "rfast 0 0 2"}},
	{"unclean, map in a table, fast fault of the same", "empty 0", {"map 0 1 2", "rfast 0 0 2"}},
};
const unsigned nosnoop_scenario_count = sizeof(nosnoop_scenarios) / sizeof(nosnoop_scenarios[0]);
