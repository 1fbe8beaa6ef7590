/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenarios as text: how the tree looks, and what each fibre does.
 *
 *	{"zap of a table, a fault in it, a write", "map 0 4 0; touch 0 0 1", {"zap 0 4", "fault 0 2", "write 0 1"}}
 *
 * before    map PAGE N LEVEL | ro PAGE N LEVEL (mapped read-only) | log PAGE N 0 (writable, and open at the next write fault only) |
 *           full PAGE N (whole tables, page by page, those no guest uses, too) | hole PAGE N (not mapped after all) |
 *           wplog 0 (writes are logged by write protection) | deep 0 (entries of level 2 change, too; for "zap 0 16") | empty PAGE (an empty table) | touch CPU PAGE WRITE
 * fibres    map PAGE N BACKING | fault PAGE BACKING | lfault PAGE BACKING (writes are logged) |
 *           hfault PAGE BACKING (for all pages of the table) | zap PAGE N | leaves PAGE N (a zap that
 *           keeps tables) | ozap PAGE N, szap PAGE N (what sticks out goes whole, or stays) | gzap PAGE N (with a gather, flushed at
 *           once) | yzap PAGE N, ygzap PAGE N (pausing after each table) | trim PAGE N | protect PAGE N | attr PAGE N (read-only) |
 *           attrx PAGE N (not writable, with a software bit) | type PAGE N (UC) | visit PAGE N (a visitor makes each leaf read-only) |
 *           note PAGE N | replace PAGE N BACKING | lookup PAGE | read CPU PAGE | write CPU PAGE | fw CPU PAGE BACKING (write, handle
 *           the fault, write again) | lfw CPU PAGE BACKING (the same, logged)
 *           split PAGE N (to pages) | hsplit PAGE N (to leaves of level 1) | promote PAGE N, ypromote PAGE N, bpromote PAGE N (with a backing, which fills holes) | arm PAGE N (collects
 *           the written pages, and copies them when it has returned), larm PAGE N (and from now on faults name what they open), garm PAGE N, yarm PAGE N, harm PAGE N (to the hook), marm PAGE MASK |
 *           restore PAGE N (collects, and gives it back) | age PAGE N | young PAGE N (only looks) | fast CPU PAGE BACKING (write, on a fault
 *           fault_fast, or if that has nothing to give and BACKING is not 0 fault; write again) | lfast (the same, logged) | rfast (reads) |
 *           evict CPU PAGE (the CPU forgets it)
 *           xzap, xprotect, xreplace, xsplit, xpromote, xarm, xharm, xage: exclusive calls, where all other fibres are guests
 * in a set  invalidate 0 | reap 0 | yreap 0 (pausing) | dead 0 (a reap is done) | run CPU PAGE BACKING (as fw, inside the root that the fibre
 *           holds) | get CPU PAGE BACKING (asks for a root first)
 */
#ifndef SCHEDULES_SCENARIO_H
#define SCHEDULES_SCENARIO_H

#include "world.h"

enum { MAX_ACTS = 4 };

struct scenario {
	const char *name;
	const char *before;
	const char *fibre[MAX_FIBRES - 1];
};

extern const struct scenario scenarios[], set_scenarios[], log_scenarios[], deep_scenarios[], nosnoop_scenarios[];
extern const unsigned scenario_count, set_scenario_count, log_scenario_count, deep_scenario_count, nosnoop_scenario_count;

/* One that chance has made, valid until the next one is. */
struct scenario scenario_generate(uint64_t seed);

/* Did a call of the last one that was explored find no memory? */
bool scenario_ran_dry(void);

/* Explores one, with x for the mode of exploration. */
struct explored scenario_explore(const struct scenario *s, const struct world_config *config, struct exploration x);

#endif
