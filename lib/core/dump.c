/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tree for a human: merged ranges, then what it is made of. Works through the public functions only.
 */
#include <tdpmmu/walk.h>

#include "text_attrs.h"
#include "tree_impl.h"

enum { DUMP_LINE = 120 };

/* "0x1000-0x4001000 64M -> 0x10001000 rwx WB" */
static void dump_run(const struct tdp_mapping *m, tdp_print_fn print, void *arg)
{
	char line[DUMP_LINE];
	struct text text = {line, sizeof(line), 0};

	text_hex(&text, m->gpa);
	text_char(&text, '-');
	text_hex(&text, m->gpa + m->entry.size);
	text_char(&text, ' ');
	text_size(&text, m->entry.size);
	text_str(&text, " -> ");
	text_hex(&text, m->entry.hpa);
	text_char(&text, ' ');
	text_prot(&text, m->entry.attrs.prot);
	text_attrs(&text, &m->entry.attrs);
	(void)text_end(&text);
	print(arg, line);
}

/* "level 0 (PTE): 16384 leaves, 32 tables" */
static void dump_level(const struct tdp_layout *lay, const struct tdp_count *count, unsigned level, tdp_print_fn print, void *arg)
{
	char line[DUMP_LINE];
	struct text text = {line, sizeof(line), 0};

	text_str(&text, "level ");
	text_dec(&text, level);
	text_str(&text, " (");
	text_str(&text, tdp_level_name(lay, level));
	text_str(&text, "): ");
	text_dec(&text, count->leaves[level]);
	text_str(&text, " leaves, ");
	text_dec(&text, count->tables[level]);
	text_str(&text, " tables");
	(void)text_end(&text);
	print(arg, line);
}

enum tdp_result tdp_dump(const struct tdp_tree *tree, tdp_print_fn print, void *arg)
{
	const struct tree *t = tree_of(tree);
	struct tdp_op op = {.flags = TDP_EXCLUSIVE};
	struct tdp_mapping m;
	struct tdp_count count;
	enum tdp_result r;

	if (!t->ready || !print)
		return TDP_INVALID;
	for (tdp_gpa_t gpa = 0; gpa < t->gpa_end; gpa = m.gpa + m.entry.size) {
		r = tdp_extent(tree, gpa, t->gpa_end - gpa, &m, &op);
		if (r == TDP_ABSENT)
			break;
		if (r < 0)
			return r;
		dump_run(&m, print, arg);
	}
	r = tdp_count(tree, 0, t->gpa_end, &count, &op);
	if (r < 0)
		return r;
	for (int level = t->layout.top_level; level >= 0; level--)
		dump_level(&t->layout, &count, (unsigned)level, print, arg);
	return TDP_OK;
}
