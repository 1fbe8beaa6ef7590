/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Three levels that change: a table of four tables of four pages, below the root's entry 0. "zap 0 16" takes all of it.
 */
#include "scenario.h"

const struct scenario deep_scenarios[] = {
	/* zap of everything below one entry */
	{"deep, zap of all, write", "deep 0; map 0 1 0; map 4 1 0; touch 0 4 0", {"zap 0 16", "write 0 0; write 0 4"}},
	{"deep, zap of all, fault, write", "deep 0; map 0 1 0; touch 0 0 1", {"zap 0 16", "fault 0 2", "write 0 0"}},
	{"deep, zap of all, zap of all, fault", "deep 0; map 0 1 0", {"zap 0 16", "zap 0 16", "fault 4 2"}},
	{"deep, zap of all, zap of a table, write", "deep 0; map 0 1 0; touch 0 0 1", {"zap 0 16", "zap 0 4", "write 0 0"}},
	{"deep, zap of all, zap of a leaf, write", "deep 0; map 0 1 0; touch 0 0 1", {"zap 0 16", "zap 0 1", "write 0 0"}},
	{"deep, zap of all, promote, write", "deep 0; full 0 4; touch 0 0 1", {"zap 0 16", "promote 0 4", "write 0 0"}},
	{"deep, zap of all, promote, zap of a leaf, write",
	 "deep 0; full 0 4; touch 0 0 1",
	 {"zap 0 16", "promote 0 4", "zap 0 1", "write 0 0"}},
	{"deep, zap of all, promote, promote", "deep 0; full 0 4; touch 0 0 1", {"zap 0 16", "promote 0 4", "promote 0 4"}},
	{"deep, zap of all, arm, promote, write",
	 "deep 0; full 0 4; touch 0 0 1",
	 {"zap 0 16", "arm 0 1", "promote 0 4", "write 0 0"}},
	{"deep, zap of all, split ahead, write",
	 "deep 0; map 0 4 1; map 4 1 0; touch 0 0 1",
	 {"zap 0 16", "split 0 4", "write 0 0; write 0 4"}},
	{"deep, zap of all, split ahead, fault, write",
	 "deep 0; map 0 4 1; map 4 1 0; touch 0 4 1",
	 {"zap 0 16", "split 0 4", "fault 0 2", "write 0 4"}},
	{"deep, zap of all, trim, fault", "deep 0; map 0 1 0; empty 4", {"zap 0 16", "trim 4 4", "fault 5 2"}},
	{"deep, zap of all, trim, fault, write",
	 "deep 0; map 0 1 0; empty 4; touch 0 0 1",
	 {"zap 0 16", "trim 4 4", "fault 5 2", "write 0 0"}},
	{"deep, promote, trim, fault, arm, write",
	 "deep 0; full 0 4; empty 4; touch 0 0 1",
	 {"promote 0 4", "trim 4 4", "fault 5 2", "arm 0 1", "write 0 0"}},
	{"deep, zap of all with a gather, fault, write", "deep 0; map 0 1 0; touch 0 0 1", {"gzap 0 16", "fault 0 2", "write 0 0"}},
	{"deep, pausing zap of all, fault", "deep 0; map 0 1 0; map 4 1 0; touch 0 4 1", {"yzap 0 16", "fault 1 2"}},
	/* trim of a table of tables */
	{"deep, trim of all, map", "deep 0; empty 0; touch 0 0 0", {"trim 0 16", "map 0 1 2"}},
	{"deep, trim of all, trim of all", "deep 0; empty 0", {"trim 0 16", "trim 0 16"}},
	{"deep, trim of all, trim of one, fault", "deep 0; empty 0", {"trim 0 16", "trim 0 4", "fault 4 2"}},
	/* two levels at once */
	{"deep, split to pages, write", "deep 0; map 0 16 2; touch 0 0 0", {"split 0 16", "write 0 0; write 0 4"}},
	{"deep, split to pages, split of one", "deep 0; map 0 16 2", {"split 0 16", "hsplit 0 16", "write 0 0"}},
	{"deep, split to pages, arm, write", "deep 0; map 0 16 2; touch 0 0 1", {"split 0 16", "arm 0 1", "write 0 0"}},
	{"deep, split to pages, zap of a table", "deep 0; map 0 16 2; touch 0 0 1", {"split 0 16", "zap 0 4", "write 0 0"}},
	{"deep, split to pages, zap of all", "deep 0; map 0 16 2; touch 0 0 1", {"split 0 16", "zap 0 16", "write 0 4"}},
	{"deep, split by a zap of a page, protect", "deep 0; map 0 16 2; touch 0 0 1", {"zap 1 1", "protect 0 1", "write 0 0"}},
	{"deep, split to larger leaves, split of one", "deep 0; map 0 16 2", {"hsplit 0 16", "split 0 4", "write 0 0"}},
	{"deep, promote, write", "deep 0; map 0 16 1; touch 0 0 0", {"promote 0 16", "write 0 0; write 0 4"}},
	{"deep, promote, arm, write", "deep 0; map 0 16 1; touch 0 0 1", {"promote 0 16", "arm 0 4", "write 0 0; write 0 0"}},
	{"deep, promote, zap of a leaf, write", "deep 0; map 0 16 1; touch 0 0 1", {"promote 0 16", "zap 0 4", "write 0 0"}},
	{"deep, promote, zap of all, fault", "deep 0; map 0 16 1; touch 0 0 1", {"promote 0 16", "zap 0 16", "fault 0 2"}},
	{"deep, promote, split of one, write", "deep 0; map 0 16 1; touch 0 0 1", {"promote 0 16", "split 0 4", "write 0 0"}},
	{"deep, promote, promote, write", "deep 0; map 0 16 1; touch 0 0 1", {"promote 0 16", "promote 0 16", "write 0 0"}},
	{"deep, promote, protect, write", "deep 0; map 0 16 1; touch 0 4 1", {"promote 0 16", "protect 4 4", "write 0 4"}},
	{"deep, promote from pages, write", "deep 0; full 0 16; touch 0 0 0", {"promote 0 16", "write 0 0"}},
};
const unsigned deep_scenario_count = sizeof(deep_scenarios) / sizeof(deep_scenarios[0]);
