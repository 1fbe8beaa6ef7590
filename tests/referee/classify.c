/* SPDX-License-Identifier: BSD-2-Clause */
#include "classify.h"

static bool is_valid(const struct ref_entry *e)
{
	return e->kind == REF_LEAF || e->kind == REF_TABLE;
}

/*
 * Could any cache hold it? Without hardware that sets Accessed an entry with A = 0 faults and is never cached; but it may have been before
 * it lost A.
 */
static bool cacheable(const struct model *m, const struct ref_pos *pos, const struct ref_entry *e)
{
	return e->accessed || pos->tree->s.hw_a || tlb_holds(m, pos, false);
}

/* A leaf that became another leaf. */
static struct owed leaf_to_leaf(const struct model *m, const struct ref_pos *pos, const struct ref_entry *was,
				const struct ref_entry *is)
{
	const struct ref_tree *tree = pos->tree;
	struct owed owed = {0};

	if (was->hpa != is->hpa) {
		owed.breach = "another address over a live one";
		owed.leaf = "its address changed";
	} else if (tree->s.break_first && (was->memtype != is->memtype || was->force_mt != is->force_mt)) {
		owed.breach = "another memory type over a live one";
	}
	if (was->memtype != is->memtype || was->force_mt != is->force_mt)
		owed.leaf = "its memory type changed";
	if ((was->perms & ~is->perms) && !woke_shut(was, is))
		owed.leaf = "it lost permissions";
	if (writes_known(was) && !writes_known(is) && !(is->perms & REF_W) && tlb_is_shut(m, pos))
		owed.leaf = "it was shut, and may be cached as it was before";
	if (tree->s.hw_d && was->dirty && !is->dirty_kept && (was->perms & REF_W))
		owed.leaf = "Dirty was cleared";
	if (!cacheable(m, pos, was))
		owed = (struct owed){0};
	return owed;
}

/* Does a table translate a block's addresses as the block did? Adds what differs to *owed. */
static void compare_split(const struct model *m, const struct ref_tree *tree, uint64_t table, unsigned level, uint64_t hpa,
			  const struct ref_entry *block, struct owed *owed)
{
	int frame = arena_frame_at(&m->a, table);
	uint64_t span = UINT64_C(1) << (tree->s.page_lg2 + tree->s.index_bits * level);

	if (frame == NO_FRAME)
		return;
	for (unsigned i = 0; i < tables_entries(tree, false); i++, hpa += span) {
		struct ref_entry e = ref_decode(&tree->m, &tree->s, level, arena_entries(&m->a, frame)[i]);

		if (e.kind == REF_TABLE && level > 0) {
			compare_split(m, tree, e.hpa, level - 1, hpa, block, owed);
			continue;
		}
		if (e.kind != REF_LEAF)
			owed->leaf = "a split left a hole";
		else if (e.hpa != hpa)
			owed->breach = "a split moved a page";
		else if (block->perms & ~e.perms)
			owed->leaf = "a split took permissions";
		else if (e.memtype != block->memtype || e.force_mt != block->force_mt)
			owed->leaf = "a split changed the memory type";
		else if (tree->s.hw_d && block->dirty && !e.dirty_kept)
			owed->leaf = "a split cleared Dirty";
	}
}

/* A block that became a table. */
static struct owed leaf_to_table(const struct model *m, const struct ref_pos *pos, const struct ref_entry *was,
				 const struct ref_entry *is)
{
	const struct ref_tree *tree = pos->tree;
	struct owed owed = {0};

	if (!cacheable(m, pos, was))
		return owed;
	compare_split(m, tree, is->hpa, pos->level - 1, was->hpa, was, &owed);
	if (tree->s.break_first)
		owed.breach = "a block became a table while it was live";
	if ((tree->m.features & REF_OWES_SPLIT) && (was->perms & (REF_XS | REF_XU)))
		owed.leaf = "an executable block was split";
	return owed;
}

static struct owed table_to_valid(const struct ref_tree *tree, const struct ref_entry *was, const struct ref_entry *is)
{
	struct owed owed = {.leaf = "a table was replaced", .tables = "a table was replaced"};

	if (is->kind == REF_TABLE && is->hpa == was->hpa && !(was->perms & ~is->perms))
		return (struct owed){0};
	if (is->kind == REF_TABLE && is->hpa != was->hpa)
		owed.breach = "another table over a live one";
	else if (is->kind == REF_LEAF && tree->s.break_first)
		owed.breach = "a table became a block while it was live";
	return owed;
}

struct owed classify(const struct model *m, const struct ref_pos *pos, const struct ref_entry *was, const struct ref_entry *is)
{
	struct owed owed = {0};

	if (!is_valid(was)) {
		owed.makes = is_valid(is);
	} else if (!is_valid(is)) {
		if (was->kind == REF_TABLE)
			owed.tables = "a table was unlinked";
		else if (cacheable(m, pos, was))
			owed.leaf = "a leaf was removed";
	} else if (was->kind == REF_TABLE) {
		owed = table_to_valid(pos->tree, was, is);
	} else if (is->kind == REF_TABLE) {
		owed = leaf_to_table(m, pos, was, is);
	} else {
		owed = leaf_to_leaf(m, pos, was, is);
	}
	return owed;
}
