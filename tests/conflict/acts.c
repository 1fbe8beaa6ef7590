/* SPDX-License-Identifier: BSD-2-Clause */
#include "acts.h"

#include <stdio.h>
#include <stdlib.h>

void prepare_must(enum tdp_result r, const char *call)
{
	if (r == TDP_OK)
		return;
	fprintf(stderr, "conflict: preparing: %s: %s\n", call, tdp_result_name(r));
	abort();
}

struct tdp_attrs rights(unsigned prot)
{
	return (struct tdp_attrs){.prot = (uint8_t)prot, .memtype = TDP_MT_WB};
}

void prepare_map(tdp_gpa_t gpa, uint64_t size, unsigned prot)
{
	struct tdp_op op = {.flags = TDP_EXCLUSIVE, .cache = &bed.spare};

	gpa &= ~(size - 1);
	prepare_must(tdp_map(&bed.tree, gpa, size, HPA + gpa, rights(prot), &op), "tdp_map");
}

void prepare_unmap(tdp_gpa_t gpa, uint64_t size, struct tdp_gather *gather)
{
	struct tdp_op op = {.flags = TDP_EXCLUSIVE | TDP_ZAP_LEAVES, .gather = gather};

	prepare_must(tdp_zap(&bed.tree, gpa & ~(size - 1), size, &op), "tdp_zap");
}

/* Preparations of acts; the whole 2 MiB are the act's. */

/* The first four have been written. */
static void with_pages(tdp_gpa_t gpa)
{
	const uint64_t written = 4 * PAGE;
	struct tdp_op op = {.flags = TDP_EXCLUSIVE, .max_level_plus1 = 1, .cache = &bed.spare};
	struct tdp_fault fault = {
		.base = gpa, .backing = {.hpa = HPA + gpa, .size = LARGE, .attrs = rights(TDP_RWX)}, .access = TDP_WRITE};

	for (fault.gpa = gpa; fault.gpa < gpa + written; fault.gpa += PAGE)
		prepare_must(tdp_fault(&bed.tree, &fault, &op), "tdp_fault");
	prepare_must(tdp_map(&bed.tree, gpa + written, LARGE - written, HPA + gpa + written, rights(TDP_RWX), &op), "tdp_map");
}

static void with_leaf(tdp_gpa_t gpa)
{
	prepare_map(gpa, LARGE, TDP_RWX);
}

static void with_table(tdp_gpa_t gpa)
{
	with_pages(gpa);
	prepare_unmap(gpa, LARGE, NULL);
}

/* An empty leaf table, beside one that is not, so that the table above stays. */
static void with_empty_table(tdp_gpa_t gpa)
{
	with_table(gpa);
	prepare_map(gpa + 100 * LARGE, PAGE, TDP_RWX);
}

/* Collected once: the next write of each page is seen. */
static void with_armed(tdp_gpa_t gpa)
{
	struct tdp_op op = {.flags = TDP_EXCLUSIVE};

	with_pages(gpa);
	prepare_must(tdp_dirty_arm(&bed.tree, gpa, LARGE, NULL, &op), "tdp_dirty_arm");
	op = (struct tdp_op){.flags = TDP_EXCLUSIVE};
	prepare_must(tdp_age(&bed.tree, gpa, LARGE, true, NULL, &op), "tdp_age");
}

/* The acts. Bitmaps, caches and contexts are the thread's own, as a vCPU's or a worker's would be. */

static struct tdp_bitmap own_bits(struct bed_actor *a, tdp_gpa_t gpa)
{
	return (struct tdp_bitmap){.words = a->bits, .base = gpa, .pages = LARGE / PAGE, .page_lg2 = 12};
}

static enum tdp_result act_fault(struct bed_actor *a, tdp_gpa_t gpa)
{
	const struct tdp_fault fault = {.gpa = gpa + 5 * PAGE,
					.base = gpa,
					.backing = {.hpa = HPA + gpa, .size = LARGE, .attrs = rights(TDP_RWX)},
					.access = TDP_WRITE};

	return tdp_fault(&bed.tree, &fault, &a->op);
}

static enum tdp_result act_fault_fast(struct bed_actor *a, tdp_gpa_t gpa)
{
	return tdp_fault_fast(&bed.tree, gpa, TDP_WRITE, &a->op);
}

static enum tdp_result act_map(struct bed_actor *a, tdp_gpa_t gpa)
{
	a->op.max_level_plus1 = 1;
	return tdp_map(&bed.tree, gpa, LARGE, HPA + gpa, rights(TDP_RWX), &a->op);
}

static enum tdp_result act_note(struct bed_actor *a, tdp_gpa_t gpa)
{
	return tdp_note(&bed.tree, gpa + 5 * PAGE, PAGE, 1, &a->op);
}

static enum tdp_result act_lookup(struct bed_actor *a, tdp_gpa_t gpa)
{
	return tdp_lookup(&bed.tree, gpa + 5 * PAGE, &a->found, &a->op);
}

static enum tdp_result act_count(struct bed_actor *a, tdp_gpa_t gpa)
{
	return tdp_count(&bed.tree, gpa, LARGE, &a->counted, &a->op);
}

static enum tdp_result act_age(struct bed_actor *a, tdp_gpa_t gpa)
{
	const struct tdp_bitmap young = own_bits(a, gpa);

	return tdp_age(&bed.tree, gpa, LARGE, true, &young, &a->op);
}

static enum tdp_result act_arm(struct bed_actor *a, tdp_gpa_t gpa)
{
	const struct tdp_bitmap dirty = own_bits(a, gpa);

	return tdp_dirty_arm(&bed.tree, gpa, LARGE, &dirty, &a->op);
}

static enum tdp_result act_protect(struct bed_actor *a, tdp_gpa_t gpa)
{
	return tdp_protect(&bed.tree, gpa, LARGE, &a->op);
}

static enum tdp_result act_set_attrs(struct bed_actor *a, tdp_gpa_t gpa)
{
	return tdp_set_attrs(&bed.tree, gpa, LARGE, rights(TDP_R), TDP_MASK_PROT, &a->op);
}

static enum tdp_result act_replace(struct bed_actor *a, tdp_gpa_t gpa)
{
	return tdp_replace(&bed.tree, gpa + 5 * PAGE, PAGE, HPA + gpa + 5 * PAGE, 2 * HPA + gpa, rights(TDP_RWX), &a->op);
}

static enum tdp_result act_split(struct bed_actor *a, tdp_gpa_t gpa)
{
	return tdp_split(&bed.tree, gpa, LARGE, 0, &a->op);
}

static enum tdp_result act_promote(struct bed_actor *a, tdp_gpa_t gpa)
{
	return tdp_promote(&bed.tree, gpa, LARGE, 1, NULL, NULL, &a->op);
}

static enum tdp_result act_zap_leaves(struct bed_actor *a, tdp_gpa_t gpa)
{
	a->op.flags = TDP_ZAP_LEAVES;
	return tdp_zap(&bed.tree, gpa, LARGE, &a->op);
}

/* The flush is put off. */
static enum tdp_result act_zap_gathered(struct bed_actor *a, tdp_gpa_t gpa)
{
	a->op.gather = &a->gather;
	return act_zap_leaves(a, gpa);
}

static enum tdp_result act_zap(struct bed_actor *a, tdp_gpa_t gpa)
{
	return tdp_zap(&bed.tree, gpa, LARGE, &a->op);
}

static enum tdp_result act_trim(struct bed_actor *a, tdp_gpa_t gpa)
{
	return tdp_trim(&bed.tree, gpa, LARGE, &a->op);
}

const struct act acts[] = {
	{"fault", with_table, act_fault, 0},
	{"fault_fast", with_armed, act_fault_fast, 0},
	{"map", with_table, act_map, 0},
	{"note", with_table, act_note, 0},
	{"lookup", with_pages, act_lookup, 0},
	{"count", with_pages, act_count, 0},
	{"age", with_pages, act_age, 0},
	{"dirty_arm", with_pages, act_arm, 0},
	{"protect", with_pages, act_protect, 0},
	{"set_attrs", with_pages, act_set_attrs, 0},
	{"replace", with_pages, act_replace, 0},
	{"split", with_leaf, act_split, 0},
	{"promote", with_pages, act_promote, WORD_RETIRE},
	{"zap leaves", with_pages, act_zap_leaves, 0},
	{"zap gathered", with_pages, act_zap_gathered, WORD_GATHERS},
	{"zap", with_pages, act_zap, WORD_RETIRE},
	{"trim", with_empty_table, act_trim, WORD_RETIRE},
	{.name = NULL},
};
