/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deliberately broken variants of the engine, in the test build only: each is a bug that real hypervisors shipped, and the referee
 * must catch every one of them (tests/broken). TDP_BROKEN(x) is the constant 0 in every other build.
 */
#ifndef TDPMMU_CORE_BROKEN_H
#define TDPMMU_CORE_BROKEN_H

#ifdef TDP_TEST
/* Name, and the bug it stands for. */
#define TDP_BROKEN_LIST(X)                                                                                                         \
	X(ZAP_NO_FLUSH, "a zap returns without its flush")                                                                         \
	X(ZAP_FLUSH_LEAF_ONLY, "a table is unlinked, but upper levels stay cached")                                                \
	X(ZAP_FLUSH_SHORT, "the flush covers one page too few")                                                                    \
	X(ZAP_FREE_EARLY, "a table is freed before the flush")                                                                     \
	X(ZAP_REPORT_EARLY, "dirty pages are reported before the flush")                                                           \
	X(ZAP_PLAIN_STORE, "a live leaf is replaced by a plain store: a late dirty bit is lost")                                   \
	X(ZAP_FORGET_DIRTY, "leaves in an unlinked table are not harvested")                                                       \
	X(ZAP_LEAVE_FROZEN, "a frozen entry outlives the call")                                                                    \
	X(SPLIT_LINK_EMPTY, "a split links its table before filling it")                                                           \
	X(SPLIT_LOSE_ATTRS, "a split forgets memory type and software bits")                                                       \
	X(SPLIT_NO_BREAK, "a split overwrites a live block where break-before-make is due")                                        \
	X(SPLIT_LOSE_DIRTY, "a split forgets Dirty")                                                                               \
	X(SPLIT_WRONG_STEP, "a split maps every page to the block's first page")                                                   \
	X(HUGE_AS_TABLE, "a huge leaf is taken for a table")                                                                       \
	X(MAP_PUBLISH_EARLY, "a new table is linked before it is filled")                                                          \
	X(MAP_OVERWRITE, "map replaces what is mapped instead of refusing")                                                        \
	X(MAP_HUGE_MISALIGNED, "a huge leaf is used where hpa is not aligned for it")                                              \
	X(MAP_LEAK_ON_NOMEM, "tables taken before memory ran out are leaked")                                                      \
	X(MAP_IGNORE_GATHER, "map installs over a translation whose flush is still gathered")                                      \
	X(REPLACE_NO_BREAK, "replace stores the new address over the old one")                                                     \
	X(REPLACE_FLUSH_LATE, "replace makes the new entry valid before the flush")                                                \
	X(PROTECT_NO_FLUSH, "protect returns without its flush")                                                                   \
	X(PROTECT_KEEP_MW, "protect leaves the page MMU-writable")                                                                 \
	X(PROTECT_DROP_DIRTY, "protect drops Dirty together with W")                                                               \
	X(ATTR_NO_FLUSH, "a narrowing set_attrs returns without its flush")                                                        \
	X(ATTR_NO_BREAK, "a memory type changes in place where break-before-make is due")                                          \
	X(TRIM_NOT_EMPTY, "trim frees a table that still holds a note")                                                            \
	X(TRIM_NO_FLUSH, "trim frees a table without flushing upper levels")                                                       \
	X(FAULT_WRITABLE_HUGE_LOG, "a fault makes a huge leaf writable while writes are logged")                                   \
	X(FAULT_NARROWS, "a fault replaces wider permissions by narrower ones")                                                    \
	X(GATHER_WRONG_RANGE, "a gather forgets all but its last range")                                                           \
	X(GATHER_ONE_TREE, "a gather flushes only its last tree")                                                                  \
	X(ARM_NO_FLUSH, "pages are collected and armed without a flush: writes through stale translations are lost")               \
	X(ARM_FLUSH_ONLY_W, "a collection flushes only if it took W away, not for Dirty")                                          \
	X(ARM_PLAIN_STORE, "a collection replaces a live leaf by a plain store")                                                   \
	X(ARM_NO_SD, "a zap forgets what a collection has moved out of Dirty")                                                     \
	X(ZAP_CLOSED_IS_CLEAN, "where SD has no room: what is closed for writing counts as never written when it goes")            \
	X(ARM_OVER_EDGE, "a collection clears Dirty of a leaf that sticks out: pages outside the range are lost")                  \
	X(ARM_REPORT_EARLY, "pages are reported to the hook before the flush")                                                     \
	X(NO_WALKER_BARRIER, "map returns before walkers can see the new entries")                                                 \
	X(AGE_PLAIN_STORE, "aging stores what it has read: a dirty bit set meanwhile is lost, a zapped page is back")              \
	X(AGE_DROPS_DIRTY, "aging clears Dirty together with Accessed")                                                            \
	X(FAST_HUGE_LOG, "a quick fault opens a huge leaf while writes are logged")                                                \
	X(FAST_UNPROTECTS, "a quick fault lets writes through that tdp_protect() keeps out")                                       \
	X(PROMOTE_NO_FLUSH, "a promotion returns without its flush")                                                               \
	X(PROMOTE_FREE_EARLY, "a promotion frees the table before the flush")                                                      \
	X(PROMOTE_LOSE_DIRTY, "a promotion forgets Dirty")                                                                         \
	X(PROMOTE_OVER_EDGE, "a promotion takes a region that is only partly in the range")                                        \
	X(PROMOTE_UNLIKE, "a promotion does not compare attributes")                                                               \
	X(PROMOTE_W_OR, "a promotion opens for writing what was closed")                                                           \
	X(PROMOTE_NO_BREAK, "a promotion overwrites a live table where break-before-make is due")                                  \
	X(PROMOTE_READ_NOT_FROZEN, "the entries of a table that is being promoted are read, not frozen")                           \
	X(PROMOTE_MAKE_EARLY, "a promotion makes its leaves before the flush of the batch")
/* The same for what only company brings out: tests/schedules must catch these. */
#define TDP_BROKEN_SHARED_LIST(X)                                                                                                  \
	X(MAP_NO_CLAIM, "an entry becomes valid without having been claimed: two mappers, one wins unseen")                        \
	X(MAP_GATHERS_FIRST, "the open gathers are read before the claim: mapped and zapped once more in between")                 \
	X(GATHER_COUNT_LATE, "a gather is counted after it cleared its first entry")                                               \
	X(GATHER_UNCOUNT_EARLY, "a gather is uncounted before its flush")                                                          \
	X(ZAP_NO_LOOK, "a zap that finds an entry absent does not ask who owes its flush")                                         \
	X(ATTR_NO_LOOK, "a protection that finds a page absent does not ask who owes its flush")                                   \
	X(ZAP_CLEAR_EARLY, "the entry of an unlinked table is emptied before the flush")                                           \
	X(HARVEST_NO_FREEZE, "the entries of an unlinked table are read, not frozen")                                              \
	X(HARVEST_STEAL, "a harvest takes an entry that another thread has frozen")                                                \
	X(FREE_NO_GRACE, "an unlinked table is freed without a grace period")                                                      \
	X(RETIRE_NO_GRACE, "the callback frees what was queued after it was armed, too")                                           \
	X(RETIRE_LOST, "the callback goes idle by a plain store: what was queued meanwhile is stranded")                           \
	X(TRIM_PARENT_ONLY, "trim freezes the parent only: a mapper inside the table loses its page")                              \
	X(PROTECT_SKIP_BUSY, "protect passes over an entry that is frozen")                                                        \
	X(ARM_SKIP_BUSY, "a collection passes over an entry that is frozen")                                                       \
	X(PROMOTE_VERIFY_EARLY, "what was looked at is promoted, not what was taken")                                              \
	X(SPLIT_STALE, "a split that lost a race links a child filled from the old value")                                         \
	X(LOSER_LEAKS, "the loser of a race for a new table forgets its own")                                                      \
	X(ROOT_EMPTIED, "the entries of an invalid root are cleared, not dead: a late fault maps into it")                         \
	X(ROOT_STEAL, "a reap takes a root entry that another thread has frozen")                                                  \
	X(ROOT_NO_KICK, "a reap kicks nobody, and flushes nothing")                                                                \
	X(ROOT_ENTER_BLIND, "a vCPU that enters does not look whether the root is still valid")                                    \
	X(ROOT_ENTER_NO_FENCE, "a vCPU that enters may look at the root before others see that it is inside")                      \
	X(ROOT_FROM_ZERO, "a reference is taken from zero")                                                                        \
	X(ROOT_NO_GRACE, "a root is freed while others may be looking at its place in the list")                                   \
	X(ROOT_DROPPED_TWICE, "each thread that reaps gives the set's reference back")                                             \
	X(GATHER_NO_HOLD, "a gather does not hold the tree that it owes a flush")                                                  \
	X(RETIRE_NO_HOLD, "a retired table does not hold its tree")
enum tdp_broken {
	TDP_BROKEN_NONE,
#define X(name, what) TDP_BROKEN_##name,
	TDP_BROKEN_LIST(X) TDP_BROKEN_COUNT,
	TDP_BROKEN_LAST_EXCLUSIVE = TDP_BROKEN_COUNT,
	TDP_BROKEN_SHARED_LIST(X) TDP_BROKEN_SHARED_COUNT
#undef X
};
/* Defined by the test harness: which variant is on. */
extern int tdp_test_broken;
#define TDP_BROKEN(name) (tdp_test_broken == TDP_BROKEN_##name)
#else
#define TDP_BROKEN(name) 0
#endif

#endif
