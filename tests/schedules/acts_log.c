/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What looks at pages that were written or touched, and the quick fault. What a collection has named is copied at once when it has returned.
 */
#include "acts.h"

enum { WORDS = 32, LOG_PAGES = WORDS * 64 }; /* as many pages as the four tables of a real format map */

/* The pages of the set that some bits are. */
static struct tdp_bitmap bitmap(uint64_t *words)
{
	return (struct tdp_bitmap){
		.words = words, .base = 0, .pages = world_at(PAGES) / PAGE_BYTES, .page_lg2 = world_config.format->page_lg2};
}

static bool named(const uint64_t *words, unsigned page)
{
	const uint64_t i = AT(page) / PAGE_BYTES;

	return words[i / 64] >> i % 64 & 1;
}

/* The mask that an act is told in place of a number. */
static enum tdp_result collect(const struct act *a, const struct tdp_bitmap *out, struct tdp_op *op)
{
	if (a->word->kind == ARM_MASK)
		return tdp_dirty_arm_mask(&world_tree, AT(a->a), a->b, out, op);
	return tdp_dirty_arm(&world_tree, AT(a->a), world_span(a->a, a->b), a->word->kind == ARM_HOOK ? NULL : out, op);
}

void act_arm(const struct act *a)
{
	const unsigned first = a->a + (a->word->kind == ARM_MASK ? (unsigned)__builtin_ctz(a->b) : 0);
	const unsigned n = a->word->kind == ARM_MASK ? 32u - (unsigned)__builtin_clz(a->b) - (first - a->a) : a->b;
	struct tdp_gather gather = {0};
	struct tdp_op op = world_op(a->word->flags, a->word->gathered ? &gather : NULL);
	uint64_t words[WORDS] = {0};
	const struct tdp_bitmap out = bitmap(words);
	enum tdp_result r;

	world_collect_begins(first, n);
	world_reports(a->word->kind == ARM_HOOK);
	r = collect(a, &out, &op);
	world_reports(false);
	expect(r, "arm");
	if (a->word->gathered)
		tdp_gather_flush(&gather, NULL);
	if (a->word->kind == RESTORE) { /* the round has failed */
		op = world_op(0, NULL);
		expect(tdp_dirty_restore(&world_tree, &out, &op), "restore");
		world_collected(first, n, false);
		return;
	}
	for (unsigned p = first; p < first + n; p++)
		if (named(words, p))
			world_copied(p);
	world_collected(first, n, r >= 0 && a->word->kind != ARM_MASK);
	if (a->word->kind == ARM_CLOSING)
		world_log_closes(first, n);
}

void act_age(const struct act *a)
{
	struct tdp_op op = world_op(a->word->flags, NULL);
	uint64_t words[WORDS] = {0};
	const struct tdp_bitmap young = bitmap(words);

	expect(tdp_age(&world_tree, AT(a->a), world_span(a->a, a->b), a->word->kind == AGE, &young, &op), "age");
}

/* In a set of roots a guest runs inside of one. */
static bool guest(unsigned cpu, unsigned page, bool write)
{
	if (world_config.set == NO_SET)
		return world_guest(cpu, page, write);
	return world_inside(cpu, page, write) != TDP_ABSENT;
}

void act_fast(const struct act *a)
{
	const bool write = a->word->kind == FAST;
	struct tdp_op op = world_op(a->word->flags, NULL);
	enum tdp_result r;

	if (guest(a->a, a->b, write))
		return;
	r = tdp_fault_fast(&world_tree, AT(a->b), write ? TDP_WRITE : TDP_READ, &op);
	expect(r, "fault_fast");
	if (r >= 0 && acts_only_add)
		world_must_see(a->b, HPA(a->c, a->b));
	if (r == TDP_ABSENT && a->c) {
		r = act_fault(a->b, a->c, a->word->flags, false);
		expect(r, "fault");
	}
	if (r == TDP_OK && (a->word->flags & TDP_LOG_DIRTY))
		world_logged(a->b);
	(void)guest(a->a, a->b, write);
}

bool act_backing(void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out)
{
	(void)arg;
	*out = (struct tdp_backing){.hpa = HPA(1, 0) + gpa, .size = size, .attrs = RWX};
	return true;
}
