/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One fault, one leaf. The fault path: a walk, a choice of level, one store of the entry; tables only where none were.
 */
#ifndef TDPMMU_CORE_OP_FAULT_H
#define TDPMMU_CORE_OP_FAULT_H

#include "attrs_update.h"
#include "build.h"
#include "edge.h"
#include "run.h"

/* The run for a leaf of exactly this level around the fault; TDP_RANGE: the backing or its memory type is too small for it. */
static inline enum tdp_result fault_run(const struct tdp_format *fmt, const struct tree *t, const struct tdp_fault *f,
					const struct tdp_op *op, unsigned level, struct run *run)
{
	uint64_t size = fmt_size(fmt, level);
	tdp_gpa_t base = f->gpa & ~(size - 1);
	struct tdp_backing b = f->backing;
	enum tdp_result r;

	if (base < f->base || base + size > f->base + b.size)
		return TDP_RANGE;
	b.hpa += base - f->base;
	b.size = size;
	if (b.hpa & (size - 1))
		return TDP_RANGE;
	r = run_memtype(fmt, t, base, &b);
	if (r < 0)
		return r;
	if (b.size < size)
		return TDP_RANGE;
	*run = (struct run){.gpa = base, .end = base + size, .hpa = b.hpa};
	run->sync_data = b.attrs.memtype < TDP_MT_UC && !(t->layout.features & TDP_CAP_FWB);
	run->sync_exec = (b.attrs.prot & TDP_X) && b.attrs.memtype < TDP_MT_UC;
	return run_encode(fmt, t, op, b.attrs, op->flags & TDP_LOG_DIRTY && !(f->access & TDP_WRITE) ? 0 : t->w_grant, run->bits);
}

/* The largest legal leaf up to limit. While writes are logged, a page. */
static inline enum tdp_result fault_choose(const struct tdp_format *fmt, const struct tree *t, const struct tdp_fault *f,
					   const struct tdp_op *op, unsigned limit, unsigned *level, struct run *run)
{
	unsigned l = level_limit(op->max_level_plus1, level_limit(f->backing.max_level_plus1, limit));
	enum tdp_result r = TDP_RANGE;

	if (op->flags & TDP_LOG_DIRTY && !TDP_BROKEN(FAULT_WRITABLE_HUGE_LOG))
		l = 0;
	for (;; l--) {
		if (t->layout.leaf_levels >> l & 1)
			r = fault_run(fmt, t, f, op, l, run);
		if (r != TDP_RANGE || l == 0)
			break;
	}
	*level = l;
	return r;
}

/* Nothing there (or a note that counts as nothing): map. */
static inline enum tdp_result fault_absent(const struct tdp_format *fmt, struct tree *t, const struct tdp_fault *f, struct tdp_op *op,
					   struct cursor *c, tdp_spte_t e)
{
	struct run run;
	unsigned level;
	struct fill fill = {.n = 1};
	tdp_spte_t *p = cursor_entry(fmt, t, c);
	enum tdp_result r = fault_choose(fmt, t, f, op, c->level, &level, &run);

	if (r < 0)
		return r;
	if ((f->access & TDP_WRITE) && !(op->flags & TDP_PREFETCH))
		run.bits[level > 0] |= fmt->d_write;
	fill.value = fmt_make_leaf(fmt, &t->layout, level, run.hpa, run.bits[level > 0]);
	if (!(op->flags & TDP_DRY_RUN))
		hook_page_sync(t, run.hpa, fmt_size(fmt, level), run.sync_data, run.sync_exec);
	if (level < c->level)
		r = build_path(fmt, t, op, p, c->level, level, f->gpa, e, fill);
	else if (!(op->flags & TDP_DRY_RUN))
		install(fmt, t, op, p, level, f->gpa, fill);
	if (r < 0 || (op->flags & TDP_DRY_RUN))
		return r;
	op->first = f->gpa & ~(fmt_size(fmt, level) - 1);
	op->changed = fmt_size(fmt, level);
	if (!TDP_BROKEN(NO_WALKER_BARRIER))
		hook_walker_barrier(t);
	return TDP_OK;
}

/* How far down a present leaf must be split before it may be widened: the log's page, or what lies inside the backing. */
static inline unsigned fault_split_level(const struct tdp_format *fmt, const struct tdp_fault *f, const struct tdp_op *op,
					 unsigned level)
{
	if ((op->flags & TDP_LOG_DIRTY) && (f->access & TDP_WRITE) && !TDP_BROKEN(FAULT_WRITABLE_HUGE_LOG))
		return 0;
	for (; level > 0; level--) {
		tdp_gpa_t base = f->gpa & ~(fmt_size(fmt, level) - 1);

		if (base >= f->base && base + fmt_size(fmt, level) <= f->base + f->backing.size)
			break;
	}
	return level;
}

/* Widens the leaf at the cursor to what the backing grants. */
static inline enum tdp_result fault_widen(const struct tdp_format *fmt, struct tree *t, const struct tdp_fault *f, struct tdp_op *op,
					  struct cursor *c, const struct tdp_entry *entry)
{
	struct tdp_attrs attrs = {.prot = (uint8_t)(entry->attrs.prot | f->backing.attrs.prot)};
	bool log_read = (op->flags & TDP_LOG_DIRTY) && !(f->access & TDP_WRITE);
	struct update u = update_start(t, attrs, TDP_MASK_PROT, log_read);
	tdp_spte_t *p = cursor_entry(fmt, t, c);
	tdp_spte_t old = spte_load(p), new_entry;

	if (TDP_BROKEN(FAULT_NARROWS))
		u.attrs.prot = f->backing.attrs.prot;
	for (;;) {
		enum tdp_result r = update_entry(fmt, t, &u, c->level, old, &new_entry);

		if (r < 0)
			return r;
		if ((entry->attrs.prot & TDP_W) && !(entry->state & TDP_STATE_MMU_WRITABLE)) { /* only set_attrs ends a protection */
			tdp_spte_t shut = fmt_at(fmt, c->level, fmt->w | fmt->mw);

			new_entry = (new_entry & ~shut) | (old & shut);
		}
		new_entry |= fmt_at(fmt, c->level, fmt->a);
		if (f->access & TDP_WRITE)
			new_entry |= fmt_at(fmt, c->level, fmt->d_write);
		update_sync(fmt, t, &u, c->level, old);
		if (spte_cmpxchg(p, &old, new_entry, leaf_moving(fmt, t, c->level, old)))
			break;
	}
	table_clean(t, p, sizeof(*p));
	hook_walker_barrier(t);
	op->first = cursor_base(fmt, c);
	op->changed = fmt_size(fmt, c->level);
	return TDP_OK;
}

/* A leaf is there already. */
static inline enum tdp_result fault_present(const struct tdp_format *fmt, struct tree *t, const struct tdp_fault *f, struct tdp_op *op,
					    struct cursor *c, tdp_spte_t e)
{
	struct tdp_entry entry;
	unsigned target;
	enum tdp_result r;

	fmt_decode(fmt, &t->layout, TDP_OURS, c->level, e, &entry);
	if (entry.hpa + (f->gpa - cursor_base(fmt, c)) != f->backing.hpa + (f->gpa - f->base))
		return TDP_EXISTS;
	if (entry.accessed && (f->access & ~(uint32_t)entry.live) == 0)
		return TDP_SPURIOUS;
	if ((f->access & TDP_WRITE) && (entry.attrs.prot & TDP_W) && !(entry.state & TDP_STATE_MMU_WRITABLE))
		return TDP_PROTECTED;
	target = fault_split_level(fmt, f, op, c->level);
	if (op->flags & TDP_DRY_RUN) {
		op->tables += c->level - target;
		return TDP_OK;
	}
	if (op_cache_count(t, op) < c->level - target)
		return TDP_NOMEM;
	while (c->level > target) {
		r = split_leaf(fmt, t, op, cursor_entry(fmt, t, c), c->level, f->gpa);
		if (r < 0)
			return r;
		cursor_down(fmt, t, c);
	}
	return fault_widen(fmt, t, f, op, c, &entry);
}

static enum tdp_result op_fault(const struct tdp_format *fmt, struct tree *t, const struct tdp_fault *f, struct tdp_op *op)
{
	struct cursor c = cursor_start(t, f->gpa, f->gpa + 1);
	tdp_spte_t e = cursor_seek(fmt, t, &c);
	enum tdp_result r;

	if (fmt_is_present(fmt, c.level, e)) {
		r = fault_present(fmt, t, f, op, &c, e);
		/* Arm may keep the narrow translation that faulted: this CPU drops it, the one that widened it or not (S34). */
		if (fmt->discipline == TDP_BREAK_BEFORE_MAKE && (r == TDP_OK || r == TDP_SPURIOUS) && !(op->flags & TDP_DRY_RUN)) {
			tdp_gpa_t base = cursor_base(fmt, &c);

			hook_flush(t, op->user, base, base + fmt_size(fmt, c.level), (int)c.level, FLUSH_LOCAL);
		}
	} else if (fmt_is_frozen(fmt, c.level, e)) {
		r = fmt_is_dead(fmt, c.level, e) ? TDP_STALE_ROOT : TDP_BUSY;
	} else if (fmt_is_empty(fmt, c.level, e) || (op->flags & TDP_OVER_NOTE)) {
		r = fault_absent(fmt, t, f, op, &c, e);
	} else {
		r = TDP_EXISTS;
	}
	if (r == TDP_NOMEM)
		op->tables = c.level; /* never more than one table for each level below */
	cursor_stop(t, &c);
	return r;
}

#endif
