/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instantiate the engine over one format: the only macro layer. Include at the end of a format's file, where it is compiled as an
 * engine, with TDP_INSTANCE defined as the format's name; the result is `const struct tdp_engine <name>_engine`.
 *
 * The functions below pass the format's private constant down; every mask, shift and codec function folds into the code.
 */
#ifndef TDP_INSTANCE
#error "define TDP_INSTANCE as the name of the format"
#endif

#include "op_age.h"
#include "op_attr.h"
#include "op_dirty.h"
#include "op_extent.h"
#include "op_fault.h"
#include "op_fault_fast.h"
#include "op_kill.h"
#include "op_lookup.h"
#include "op_map.h"
#include "op_note.h"
#include "op_promote.h"
#include "op_protect.h"
#include "op_replace.h"
#include "op_split.h"
#include "op_trim.h"
#include "op_verify.h"
#include "op_walk.h"
#include "op_zap_range.h"

#define TDP_PASTE_(a, b)    a##b
#define TDP_PASTE(a, b)	    TDP_PASTE_(a, b)
#define TDP_INSTANCE_ENGINE TDP_PASTE(TDP_INSTANCE, _engine)
#ifndef TDP_INSTANCE_FORMAT /* generic.c defines its own */
#define TDP_INSTANCE_FORMAT(t) (&TDP_PASTE(TDP_INSTANCE, _local))
#define TDP_INSTANCE_PUBLIC    (&TDP_INSTANCE)
#endif

static void inst_clear_root(struct tree *t)
{
	const struct tdp_format *fmt = TDP_INSTANCE_FORMAT(t);
	unsigned level = t->layout.top_level;

	spte_fill_private(t->root, fmt_root_entries(fmt, &t->layout), fmt_empty(fmt, level), 0);
	table_clean(t, t->root, fmt_root_entries(fmt, &t->layout) * sizeof(tdp_spte_t));
}

static void inst_free_tables(struct tree *t)
{
	const struct tdp_format *fmt = TDP_INSTANCE_FORMAT(t);
	unsigned level = t->layout.top_level;

	for (unsigned i = 0; i < fmt_root_entries(fmt, &t->layout); i++) {
		tdp_spte_t e = spte_load(t->root + i);

		if (!fmt_is_table(fmt, level, e))
			continue;
		spte_store(t->root + i, fmt_empty(fmt, level));
		reap_subtree(fmt, t, NULL, NULL, fmt_table_hpa(fmt, &t->layout, level, e), level - 1,
			     (tdp_gpa_t)i << fmt_shift(fmt, level));
	}
}

static enum tdp_result inst_lookup(struct tree *t, tdp_gpa_t gpa, struct tdp_mapping *out)
{
	return op_lookup(TDP_INSTANCE_FORMAT(t), t, gpa, out);
}

static enum tdp_result inst_lookup_raw(struct tree *t, tdp_gpa_t gpa, tdp_spte_t *out, unsigned *level)
{
	return op_lookup_raw(TDP_INSTANCE_FORMAT(t), t, gpa, out, level);
}

static enum tdp_result inst_extent(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, struct tdp_mapping *out, struct tdp_op *op)
{
	return op_extent(TDP_INSTANCE_FORMAT(t), t, gpa, end, out, op);
}

static enum tdp_result inst_next(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, unsigned when, struct tdp_visit *out,
				 struct tdp_op *op)
{
	return op_next(TDP_INSTANCE_FORMAT(t), t, gpa, end, when, out, op);
}

static enum tdp_result inst_walk(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, unsigned when, tdp_visit_fn fn, void *arg,
				 struct tdp_op *op)
{
	return op_walk(TDP_INSTANCE_FORMAT(t), t, gpa, end, when, fn, arg, op);
}

static enum tdp_result inst_visit_set(struct tree *t, struct tdp_visit *v, struct tdp_attrs attrs, unsigned mask)
{
	return op_visit_set(TDP_INSTANCE_FORMAT(t), t, v, attrs, mask);
}

static enum tdp_result inst_count(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, struct tdp_count *out)
{
	return op_count(TDP_INSTANCE_FORMAT(t), t, gpa, end, out);
}

static enum tdp_result inst_verify(struct tree *t, tdp_report_fn report, void *arg)
{
	return op_verify(TDP_INSTANCE_FORMAT(t), t, report, arg);
}

static enum tdp_result inst_map(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, struct run_source *source, struct tdp_op *op)
{
	return op_map(TDP_INSTANCE_FORMAT(t), t, gpa, end, source, op);
}

static enum tdp_result inst_fault(struct tree *t, const struct tdp_fault *fault, struct tdp_op *op)
{
	return op_fault(TDP_INSTANCE_FORMAT(t), t, fault, op);
}

static enum tdp_result inst_fault_shared(struct tree *t, const struct tdp_fault *fault, struct tdp_op *op)
{
	return op_fault_shared(TDP_INSTANCE_FORMAT(t), t, fault, op);
}

static enum tdp_result inst_fault_section(struct tree *t, const struct tdp_fault *fault, struct tdp_op *op)
{
	/* Who is alone needs no read section, and may be where there can be none (S40). */
	if (tdp_unlikely(op->flags & TDP_EXCLUSIVE))
		return inst_fault_shared(t, fault, op);
	return op_fault_section(TDP_INSTANCE_FORMAT(t), t, fault, op);
}

static enum tdp_result inst_fault_hooks(struct tree *t, const struct tdp_fault *fault, struct tdp_op *op)
{
	return op_fault_hooks(TDP_INSTANCE_FORMAT(t), t, fault, op);
}

static enum tdp_result inst_replace(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, tdp_hpa_t old_hpa, tdp_hpa_t new_hpa,
				    struct tdp_attrs attrs, struct tdp_op *op)
{
	return op_replace(TDP_INSTANCE_FORMAT(t), t, gpa, end, old_hpa, new_hpa, attrs, op);
}

static enum tdp_result inst_note(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, uint64_t note, struct tdp_op *op)
{
	return op_note(TDP_INSTANCE_FORMAT(t), t, gpa, end, note, op);
}

static enum tdp_result inst_zap(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, struct tdp_op *op)
{
	return op_zap(TDP_INSTANCE_FORMAT(t), t, gpa, end, op);
}

static enum tdp_result inst_trim(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, struct tdp_op *op)
{
	return op_trim(TDP_INSTANCE_FORMAT(t), t, gpa, end, op);
}

static enum tdp_result inst_set_attrs(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, struct tdp_attrs attrs, unsigned mask,
				      struct tdp_op *op)
{
	return op_set_attrs(TDP_INSTANCE_FORMAT(t), t, gpa, end, attrs, mask, op);
}

static enum tdp_result inst_protect(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, struct tdp_op *op)
{
	return op_protect(TDP_INSTANCE_FORMAT(t), t, gpa, end, op);
}

static enum tdp_result inst_fault_fast(struct tree *t, tdp_gpa_t gpa, uint32_t access, struct tdp_op *op)
{
	return op_fault_fast(TDP_INSTANCE_FORMAT(t), t, gpa, access, op);
}

static enum tdp_result inst_dirty_arm(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, const struct pages *pages, struct tdp_op *op)
{
	return op_dirty_arm(TDP_INSTANCE_FORMAT(t), t, gpa, end, pages, op);
}

static enum tdp_result inst_dirty_restore(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, const struct tdp_bitmap *pages,
					  struct tdp_op *op)
{
	return op_dirty_restore(TDP_INSTANCE_FORMAT(t), t, gpa, end, pages, op);
}

static enum tdp_result inst_age(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, bool clear, const struct tdp_bitmap *young,
				struct tdp_op *op)
{
	return op_age(TDP_INSTANCE_FORMAT(t), t, gpa, end, clear, young, op);
}

static enum tdp_result inst_split(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, unsigned level, struct tdp_op *op)
{
	return op_split(TDP_INSTANCE_FORMAT(t), t, gpa, end, level, op);
}

static enum tdp_result inst_promote(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, unsigned level, struct run_source *source,
				    struct tdp_op *op)
{
	return op_promote(TDP_INSTANCE_FORMAT(t), t, gpa, end, level, source, op);
}

static enum tdp_result inst_kill(struct tree *t, bool clear, bool kicked, tdp_gpa_t gpa, tdp_gpa_t end, struct tdp_op *op)
{
	return op_kill(TDP_INSTANCE_FORMAT(t), t, clear, kicked, gpa, end, op);
}

/* These functions as an engine; public: the format that it is for, NULL for any. */
#define TDP_ENGINE(name, public)                                                                                                   \
	extern TDP_API const struct tdp_engine name;                                                                               \
	const struct tdp_engine name = {                                                                                           \
		.format = (public),                                                                                                \
		.clear_root = inst_clear_root,                                                                                     \
		.free_tables = inst_free_tables,                                                                                   \
		.lookup = inst_lookup,                                                                                             \
		.lookup_raw = inst_lookup_raw,                                                                                     \
		.extent = inst_extent,                                                                                             \
		.next = inst_next,                                                                                                 \
		.walk = inst_walk,                                                                                                 \
		.visit_set = inst_visit_set,                                                                                       \
		.count = inst_count,                                                                                               \
		.verify = inst_verify,                                                                                             \
		.map = inst_map,                                                                                                   \
		.fault = inst_fault,                                                                                               \
		.fault_shared = inst_fault_shared,                                                                                 \
		.fault_section = inst_fault_section,                                                                               \
		.fault_hooks = inst_fault_hooks,                                                                                   \
		.replace = inst_replace,                                                                                           \
		.note = inst_note,                                                                                                 \
		.zap = inst_zap,                                                                                                   \
		.trim = inst_trim,                                                                                                 \
		.set_attrs = inst_set_attrs,                                                                                       \
		.protect = inst_protect,                                                                                           \
		.fault_fast = inst_fault_fast,                                                                                     \
		.dirty_arm = inst_dirty_arm,                                                                                       \
		.dirty_restore = inst_dirty_restore,                                                                               \
		.age = inst_age,                                                                                                   \
		.split = inst_split,                                                                                               \
		.promote = inst_promote,                                                                                           \
		.kill = inst_kill,                                                                                                 \
	}

TDP_ENGINE(TDP_INSTANCE_ENGINE, TDP_INSTANCE_PUBLIC);
