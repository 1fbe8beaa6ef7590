/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One fault, one leaf. The fault path: a walk, a choice of level, one store of the entry; tables only where none were.
 */
#ifndef TDPMMU_CORE_OP_FAULT_H
#define TDPMMU_CORE_OP_FAULT_H

#include "attrs_update.h"
#include "build.h"
#include "edge.h"
#include "fault_check.h"
#include "page.h"
#include "run.h"

/* The leaf that a fault would map. */
struct fault_leaf {
	unsigned level;
	tdp_hpa_t hpa;
	struct tdp_attrs attrs; /* memory type resolved */
};

/* Asks for the memory type of a leaf. TDP_RANGE: it does not hold that far. */
static __attribute__((noinline)) enum tdp_result fault_ask(const struct tdp_format *fmt, const struct tree *t, tdp_gpa_t base,
							   struct fault_leaf *leaf)
{
	struct tdp_backing b = {.hpa = leaf->hpa, .size = fmt_size(fmt, leaf->level), .attrs = leaf->attrs};
	enum tdp_result r = run_memtype(fmt, t, base, &b);

	leaf->attrs = b.attrs;
	return r >= 0 && b.size < fmt_size(fmt, leaf->level) ? TDP_RANGE : r;
}

/* Is a leaf of this level around the fault inside the backing, aligned and of one memory type? TDP_RANGE: no. */
TDP_INLINE enum tdp_result fault_try(const struct tdp_format *fmt, const struct tree *t, const struct tdp_fault *f, unsigned level,
				     struct fault_leaf *leaf)
{
	uint64_t size = fmt_size(fmt, level);
	tdp_gpa_t base = f->gpa & ~(size - 1);

	leaf->level = level;
	leaf->hpa = f->backing.hpa + (base - f->base);
	leaf->attrs = f->backing.attrs;
	if (level > 0 && (base < f->base || base + size > f->base + f->backing.size || (leaf->hpa & (size - 1))))
		return TDP_RANGE;
	return tdp_likely(leaf->attrs.memtype != TDP_MT_ASK) ? TDP_OK : fault_ask(fmt, t, base, leaf);
}

/* The largest legal leaf up to limit. While writes are logged, a page. */
TDP_INLINE enum tdp_result fault_choose(const struct tdp_format *fmt, const struct tree *t, const struct tdp_fault *f,
					const struct tdp_op *op, unsigned limit, struct fault_leaf *leaf)
{
	if (limit > 0) {
		limit = level_limit(op->max_level_plus1, level_limit(f->backing.max_level_plus1, limit));
		if (op->flags & TDP_LOG_DIRTY && !TDP_BROKEN(FAULT_WRITABLE_HUGE_LOG))
			limit = 0;
	}
	for (; limit > 0; limit--) {
		enum tdp_result r = t->layout.leaf_levels >> limit & 1 ? fault_try(fmt, t, f, limit, leaf) : TDP_RANGE;

		if (r != TDP_RANGE)
			return r;
	}
	return fault_try(fmt, t, f, 0, leaf);
}

/* Nothing there (or a note that counts as nothing): map. */
TDP_INLINE enum tdp_result fault_absent(const struct tdp_format *fmt, struct tree *t, const struct tdp_fault *f, struct tdp_op *op,
					unsigned level, tdp_spte_t *p, tdp_spte_t e)
{
	bool log_read = (op->flags & TDP_LOG_DIRTY) && !(f->access & TDP_WRITE);
	struct fault_leaf leaf;
	struct fill fill = {.n = 1};
	tdp_spte_t bits;
	enum tdp_result r = fault_choose(fmt, t, f, op, level, &leaf);

	if (r >= 0)
		r = run_encode(fmt, t, op, leaf.level > 0, leaf.attrs, log_read ? 0 : t->w_grant, &bits);
	if (r < 0)
		return r;
	if ((f->access & TDP_WRITE) && !(op->flags & TDP_PREFETCH))
		bits |= fmt->d_write;
	fill.value = fmt_make_leaf(fmt, &t->layout, leaf.level, leaf.hpa, bits);
	fill.data = run_sync_data(t, leaf.attrs);
	fill.exec = run_sync_exec(leaf.attrs);
	fill.hpa = leaf.hpa;
	fill.size = fmt_size(fmt, leaf.level);
	if (leaf.level < level)
		r = build_path(fmt, t, op, p, level, leaf.level, f->gpa, e, fill);
	else if (!(op->flags & TDP_DRY_RUN) && !install(fmt, t, op, p, leaf.level, f->gpa, e, fill))
		r = TDP_RACE;
	if (r < 0 || (op->flags & TDP_DRY_RUN))
		return r;
	op->first = f->gpa & ~(fmt_size(fmt, leaf.level) - 1);
	op->changed = fmt_size(fmt, leaf.level);
	if (!TDP_BROKEN(NO_WALKER_BARRIER))
		walker_barrier(t);
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

/* Is it a leaf that maps the faulting address to where the backing has it? */
TDP_INLINE bool fault_same_page(const struct tdp_format *fmt, const struct tree *t, const struct tdp_fault *f, unsigned level,
				tdp_spte_t e)
{
	return fmt_is_present(fmt, level, e) && fmt_is_leaf(fmt, level, e) &&
	       fmt_leaf_hpa(fmt, &t->layout, level, e) + (f->gpa & (fmt_size(fmt, level) - 1)) ==
		       f->backing.hpa + (f->gpa - f->base);
}

/* What a leaf becomes that is widened to what the backing grants. */
static inline enum tdp_result fault_wider(const struct tdp_format *fmt, struct tree *t, const struct tdp_fault *f,
					  const struct tdp_op *op, unsigned level, tdp_spte_t old, tdp_spte_t *new_entry)
{
	bool log_read = (op->flags & TDP_LOG_DIRTY) && !(f->access & TDP_WRITE);
	struct tdp_attrs attrs = {0};
	struct tdp_entry entry;
	struct update u;
	enum tdp_result r;

	fmt_decode(fmt, &t->layout, TDP_OURS, level, old, &entry);
	attrs.prot = (uint8_t)((TDP_BROKEN(FAULT_NARROWS) ? 0 : entry.attrs.prot) | f->backing.attrs.prot);
	u = update_start(t, attrs, TDP_MASK_PROT, log_read);
	if (!(op->flags & TDP_PREFETCH))
		old = fmt_touched(fmt, level, old, op->flags & TDP_LOG_DIRTY);
	r = update_entry(fmt, t, &u, level, old, new_entry);
	if (r < 0)
		return r;
	if ((entry.attrs.prot & TDP_W) && !(entry.state & TDP_STATE_MMU_WRITABLE)) { /* only set_attrs ends a protection */
		tdp_spte_t shut = fmt_at(fmt, level, fmt->w | fmt->mw | fmt->d);

		if (f->access & TDP_WRITE) /* since the caller looked */
			return TDP_PROTECTED;
		*new_entry = (*new_entry & ~shut) | (old & shut);
	}
	if (!(op->flags & TDP_PREFETCH))
		*new_entry |= fmt_at(fmt, level, fmt->a | (f->access & TDP_WRITE ? fmt->d_write : 0));
	update_sync(fmt, t, &u, level, old);
	return TDP_OK;
}

/* Widens the leaf at the cursor. TDP_RACE: another call made something else of it. */
static inline enum tdp_result fault_widen(const struct tdp_format *fmt, struct tree *t, const struct tdp_fault *f,
					  struct tdp_op *op, struct cursor *c)
{
	tdp_spte_t *p = cursor_entry(fmt, t, c);
	tdp_spte_t old = spte_load(p), new_entry;

	do {
		enum tdp_result r = TDP_RACE;

		if (fault_same_page(fmt, t, f, c->level, old))
			r = fault_wider(fmt, t, f, op, c->level, old, &new_entry);
		if (r < 0)
			return r;
	} while (!spte_cmpxchg(p, &old, new_entry, leaf_moving(fmt, t, op_shared(t, op), c->level, old)));
	table_clean(t, p, sizeof(*p));
	walker_barrier(t);
	op->first = cursor_base(fmt, c);
	op->changed = fmt_size(fmt, c->level);
	return TDP_OK;
}

/* Whether what is granted and what the backing grants can be said together, before anything is split for it. */
static inline enum tdp_result fault_can_widen(const struct tdp_format *fmt, const struct tree *t, const struct tdp_fault *f,
					      unsigned level, const struct tdp_entry *entry)
{
	struct tdp_attrs attrs = entry->attrs;
	tdp_spte_t bits;

	attrs.prot |= f->backing.attrs.prot;
	return fmt->encode(&t->layout, level > 0, attrs, &bits);
}

/* A leaf is there already: see whether it will do, or may be widened. */
static inline enum tdp_result fault_leaf_there(const struct tdp_format *fmt, struct tree *t, const struct tdp_fault *f,
					       struct tdp_op *op, struct cursor *c, tdp_spte_t e)
{
	struct tdp_entry entry;
	unsigned target;
	enum tdp_result r;

	if (!fault_same_page(fmt, t, f, c->level, e))
		return TDP_EXISTS;
	fmt_decode(fmt, &t->layout, TDP_OURS, c->level, e, &entry);
	if ((op->flags & TDP_PREFETCH) && (entry.state & TDP_STATE_TRACKED)) /* it opens when it is touched */
		entry.live = (uint8_t)(entry.attrs.prot & ~(entry.state & TDP_STATE_MMU_WRITABLE ? 0u : (unsigned)TDP_W));
	if ((entry.accessed || (op->flags & TDP_PREFETCH)) && (f->access & ~(uint32_t)entry.live) == 0)
		return TDP_SPURIOUS;
	if ((f->access & TDP_WRITE) && (entry.attrs.prot & TDP_W) && !(entry.state & TDP_STATE_MMU_WRITABLE))
		return TDP_PROTECTED;
	target = fault_split_level(fmt, f, op, c->level);
	r = fault_can_widen(fmt, t, f, target, &entry);
	if (r < 0)
		return r;
	if (c->level > target && break_refused(fmt, t))
		return TDP_UNSUPPORTED;
	if (op->flags & TDP_DRY_RUN) {
		op->tables += c->level - target;
		return TDP_OK;
	}
	if (op_cache_count(t, op) < c->level - target) {
		op->tables = c->level;
		return TDP_NOMEM;
	}
	while (c->level > target) {
		r = split_leaf(fmt, t, op, cursor_entry(fmt, t, c), c->level, f->gpa);
		if (r < 0)
			return r;
		walker_barrier(t); /* whatever becomes of the rest */
		if (!cursor_down(fmt, t, c))
			return TDP_RACE;
	}
	return fault_widen(fmt, t, f, op, c);
}

/* The same, and what Arm owes. Out of line, so that the path that maps stays short. */
static __attribute__((noinline)) enum tdp_result fault_present(const struct tdp_format *fmt, struct tree *t,
							       const struct tdp_fault *f, struct tdp_op *op)
{
	struct cursor c = cursor_start(t, f->gpa, f->gpa + 1);
	tdp_spte_t e = cursor_seek(fmt, t, &c);
	enum tdp_result r = fmt_is_present(fmt, c.level, e) ? fault_leaf_there(fmt, t, f, op, &c, e) : TDP_RACE;

	/* Arm may keep the narrow translation that faulted: this CPU drops it, whoever widened it (S34). A prefetch did not fault. */
	if (fmt->discipline == TDP_BREAK_BEFORE_MAKE && (r == TDP_OK || r == TDP_SPURIOUS) &&
	    !(op->flags & (TDP_DRY_RUN | TDP_PREFETCH))) {
		tdp_gpa_t base = cursor_base(fmt, &c);

		/* Or it is fetched again, as it was (R13). */
		table_clean_seen(t, op_shared(t, op), cursor_entry(fmt, t, &c), sizeof(tdp_spte_t));
		tdp_hook_flush(t, op->user, base, base + fmt_size(fmt, c.level), (int)c.level, FLUSH_LOCAL);
	}
	cursor_stop(t, &c);
	return r;
}

/* What a fault does about the entry that is not a table; level and p are where it stands. */
TDP_INLINE enum tdp_result fault_entry(const struct tdp_format *fmt, struct tree *t, const struct tdp_fault *f, struct tdp_op *op,
				       unsigned level, tdp_spte_t *p, tdp_spte_t e)
{
	enum tdp_result r;

	if (tdp_likely(fmt_is_empty(fmt, level, e)) || ((op->flags & TDP_OVER_NOTE) && fmt_is_note(fmt, level, e)))
		r = fault_absent(fmt, t, f, op, level, p, e);
	else if (fmt_is_present(fmt, level, e))
		r = fault_present(fmt, t, f, op);
	else if (fmt_is_frozen(fmt, level, e))
		r = fmt_frozen_why(fmt, level, e);
	else
		r = TDP_EXISTS;
	if (tdp_unlikely(r == TDP_NOMEM) && op->tables < level)
		op->tables = level; /* never more than one table for each level below */
	return r;
}

/* The same where tables must be mapped to be seen. */
static __attribute__((noinline)) enum tdp_result fault_mapped(const struct tdp_format *fmt, struct tree *t,
							      const struct tdp_fault *f, struct tdp_op *op)
{
	struct cursor c = cursor_start(t, f->gpa, f->gpa + 1);
	tdp_spte_t e = cursor_seek(fmt, t, &c);
	tdp_spte_t *p = cursor_entry(fmt, t, &c);
	unsigned level = c.level;
	enum tdp_result r;

	if (fmt_is_present(fmt, level, e)) { /* walks again by itself */
		cursor_stop(t, &c);
		return fault_entry(fmt, t, f, op, level, p, e);
	}
	r = fault_entry(fmt, t, f, op, level, p, e);
	cursor_stop(t, &c);
	return r;
}

/* Any fault, sound or not. Out of line, so that the quick path needs few registers. */
static __attribute__((noinline)) enum tdp_result fault_any(const struct tdp_format *fmt, struct tree *t, const struct tdp_fault *f,
							   struct tdp_op *op)
{
	enum tdp_result r = tdp_fault_check(t, f, op);
	unsigned level;
	tdp_spte_t *p, e;

	if (r < 0)
		return r;
	if (tdp_unlikely(t->table_map != NULL))
		return fault_mapped(fmt, t, f, op);
	e = descend_from(fmt, t, t->layout.top_level, f->gpa, &level, &p);
	return fault_entry(fmt, t, f, op, level, p, e);
}

/* Do the addresses keep the rules of tdp_fault_check()? What fault_mask lets through adds up without wrapping. */
TDP_INLINE bool fault_lies_well(const struct tree *t, const struct tdp_fault *f)
{
	const uint64_t size = f->backing.size;

	return ((f->base | size | f->backing.hpa) & t->fault_mask) == 0 && f->gpa - f->base < size &&
	       f->base + size <= t->gpa_end && f->backing.hpa + size <= t->hpa_end;
}

/*
 * The quick path, for a page as nearly every fault maps: plain, touched now, permitted; all rules of tdp_fault_check() at once. A tree that is
 * not ready has no addresses, so nothing in it lies well. What the call reports is written when it is done; false: nothing was.
 */
TDP_INLINE bool fault_page(const struct tdp_format *fmt, struct tree *t, const struct tdp_fault *f, struct tdp_op *op,
			   enum page_way way)
{
	const uint32_t prot = attrs_word(f->backing.attrs); /* and nothing else, or this is not the way */
	const uint64_t size = fmt_size(fmt, 0);
	uint32_t granted;
	tdp_hpa_t hpa;

	if ((op->flags & ~(uint32_t)(TDP_EXCLUSIVE | TDP_OVER_NOTE)) || prot > TDP_RWX)
		return false;
	granted = f->access & prot;
	if (granted == 0 || granted != f->access || f->reserved || !fault_lies_well(t, f))
		return false;
	hpa = f->backing.hpa + ((f->gpa - f->base) & ~(size - 1));
	if (tdp_unlikely(!page_map(fmt, t, op, f->gpa, hpa, prot, granted, way)))
		return false;
	op->next = f->gpa;
	op->first = f->gpa & ~(size - 1);
	op->changed = size;
	op->tables = 0;
	op->external = 0;
	return true;
}

/* In a tree where nobody else is inside and no hook is to be called. */
TDP_INLINE enum tdp_result op_fault(const struct tdp_format *fmt, struct tree *t, const struct tdp_fault *f, struct tdp_op *op)
{
	return tdp_likely(fault_page(fmt, t, f, op, PAGE_ALONE)) ? TDP_OK : fault_any(fmt, t, f, op);
}

/* In a tree where others may be, and no hook is to be called: there is no RCU, or its callers are in a read section anyway. */
TDP_INLINE enum tdp_result op_fault_shared(const struct tdp_format *fmt, struct tree *t, const struct tdp_fault *f,
					   struct tdp_op *op)
{
	return tdp_likely(fault_page(fmt, t, f, op, PAGE_SHARED)) ? TDP_OK : fault_any(fmt, t, f, op);
}

/* The rest of a fault in a read section. Out of line and last, so that the quick path needs few registers across calls. */
static __attribute__((noinline)) enum tdp_result fault_any_leave(const struct tdp_format *fmt, struct tree *t,
								 const struct tdp_fault *f, struct tdp_op *op)
{
	enum tdp_result r = fault_any(fmt, t, f, op);

	tdp_hook_read_unlock(t);
	return r;
}

/* The same in a read section. */
TDP_INLINE enum tdp_result op_fault_section(const struct tdp_format *fmt, struct tree *t, const struct tdp_fault *f,
					    struct tdp_op *op)
{
	tdp_hook_read_lock(t);
	if (tdp_unlikely(!fault_page(fmt, t, f, op, PAGE_SHARED)))
		return fault_any_leave(fmt, t, f, op);
	tdp_hook_read_unlock(t);
	return TDP_OK;
}

/* In any tree. */
TDP_INLINE enum tdp_result op_fault_hooks(const struct tdp_format *fmt, struct tree *t, const struct tdp_fault *f,
					  struct tdp_op *op)
{
	enum tdp_result r = TDP_OK;

	read_enter(t, op);
	if (tdp_unlikely(t->long_way) || !fault_page(fmt, t, f, op, PAGE_HOOKS)) {
		r = fault_any(fmt, t, f, op);
		way_seen(fmt, t, op_shared(t, op) && r >= 0 && !(op->flags & TDP_DRY_RUN), f->gpa);
	}
	read_leave(t, op);
	return r;
}

#endif
