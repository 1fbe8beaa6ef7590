/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What shall be mapped: a stretch of guest memory that is contiguous in host memory and has one set of attributes (a run), and where
 * runs come from: the arguments of a call, or a backing callback, each cut where the memory type changes.
 */
#ifndef TDPMMU_CORE_RUN_H
#define TDPMMU_CORE_RUN_H

#include "engine.h"
#include "hooks.h"

struct run_source {
	struct tdp_backing fixed; /* of gpa; used without fn */
	tdp_gpa_t gpa;
	tdp_backing_fn fn;
	void *arg;
};

struct run {
	tdp_gpa_t gpa, end;
	tdp_hpa_t hpa;		   /* of gpa */
	tdp_spte_t bits[2];	   /* of a page, of a huge leaf: attributes, A, and W as far as it may be open */
	unsigned max_level;	   /* of its leaves */
	bool sync_data, sync_exec; /* what page_sync must do before the run appears */
};

TDP_INLINE tdp_hpa_t run_hpa(const struct run *run, tdp_gpa_t gpa)
{
	return run->hpa + (gpa - run->gpa);
}

/* Cuts backing->size to where its memory type holds, and names the type. */
static inline enum tdp_result run_memtype(const struct tdp_format *fmt, const struct tree *t, tdp_gpa_t gpa, struct tdp_backing *b)
{
	uint64_t page = fmt_size(fmt, 0), uniform = b->size;

	if (b->attrs.memtype != TDP_MT_ASK)
		return TDP_OK;
	if (!t->ops->memtype)
		return TDP_INVALID;
	b->attrs.memtype = tdp_hook_memtype(t, gpa, b->hpa, b->size, &uniform);
	if (uniform == 0 || (uniform & (page - 1)))
		return TDP_INVALID;
	if (uniform < b->size)
		b->size = uniform;
	return b->attrs.memtype == TDP_MT_ASK ? TDP_INVALID : TDP_OK;
}

/* Attribute bits of a leaf that is about to appear; open_w: what opens it for writes now rather than at the next write fault. */
TDP_INLINE enum tdp_result run_encode(const struct tdp_format *fmt, const struct tree *t, const struct tdp_op *op, bool huge,
				      struct tdp_attrs attrs, tdp_spte_t open_w, tdp_spte_t *bits)
{
	enum tdp_result r = fmt->encode(&t->layout, huge, attrs, bits);

	if (r < 0)
		return r;
	if (tdp_unlikely(op->flags & TDP_PREFETCH) && fmt->tracks) {
		*bits = fmt_aged(fmt, 0, *bits); /* opens when it is touched, and not before */
		return TDP_OK;
	}
	if (attrs.prot & TDP_W)
		*bits |= open_w;
	if (tdp_likely(!(op->flags & TDP_PREFETCH)))
		*bits |= fmt->a;
	return TDP_OK;
}

/* Must page_sync write back the data of pages of this type; must it make instruction fetch see them? */
TDP_INLINE bool run_sync_data(const struct tree *t, struct tdp_attrs attrs)
{
	return attrs.memtype < TDP_MT_UC && !(t->layout.features & TDP_CAP_FWB);
}

TDP_INLINE bool run_sync_exec(struct tdp_attrs attrs)
{
	return attrs.memtype < TDP_MT_UC && (attrs.prot & TDP_X);
}

/* An answer of the embedder's: aligned, not empty, within the host's width. */
static inline enum tdp_result run_check(const struct tdp_format *fmt, const struct tree *t, const struct tdp_backing *b)
{
	if (b->size == 0 || ((b->hpa | b->size) & (fmt_size(fmt, 0) - 1)))
		return TDP_INVALID;
	return b->hpa >= t->hpa_end || b->size > t->hpa_end - b->hpa ? TDP_RANGE : TDP_OK;
}

static inline unsigned level_limit(unsigned plus1, unsigned limit)
{
	return plus1 != 0 && plus1 - 1u < limit ? plus1 - 1u : limit;
}

/* The run that covers gpa, cut at end. An error changes nothing. */
static inline enum tdp_result run_get(const struct tdp_format *fmt, const struct tree *t, const struct tdp_op *op,
				      const struct run_source *source, tdp_gpa_t gpa, tdp_gpa_t end, struct run *run)
{
	tdp_spte_t open_w = op->flags & TDP_LOG_DIRTY ? 0 : t->w_grant;
	struct tdp_backing b = source->fixed;
	enum tdp_result r;

	if (source->fn) {
		b = (struct tdp_backing){0};
		if (!tdp_call_backing(source->fn, source->arg, gpa, end - gpa, &b))
			return TDP_ABSENT;
	} else {
		b.hpa += gpa - source->gpa;
		b.size = end - gpa;
	}
	if (b.size > end - gpa)
		b.size = end - gpa;
	r = run_check(fmt, t, &b);
	if (b.size > fmt_straight(fmt, b.hpa))
		b.size = fmt_straight(fmt, b.hpa);
	if (r >= 0)
		r = run_memtype(fmt, t, gpa, &b);
	if (r >= 0)
		r = run_encode(fmt, t, op, false, b.attrs, open_w, &run->bits[0]);
	if (r >= 0)
		r = run_encode(fmt, t, op, true, b.attrs, open_w, &run->bits[1]);
	if (r < 0)
		return r;
	run->gpa = gpa;
	run->end = gpa + b.size;
	run->hpa = b.hpa;
	run->max_level = level_limit(b.max_level_plus1, level_limit(op->max_level_plus1, TDP_MAX_LEVELS - 1));
	if (op->flags & TDP_LOG_DIRTY)
		run->max_level = 0; /* writes are being logged by page */
	run->sync_data = run_sync_data(t, b.attrs);
	run->sync_exec = run_sync_exec(b.attrs);
	return TDP_OK;
}

/* The highest level up to limit at which a leaf at gpa is aligned, allowed and inside the run. */
static inline unsigned run_leaf_level(const struct tdp_format *fmt, const struct tree *t, const struct run *run, tdp_gpa_t gpa,
				      unsigned limit)
{
	tdp_hpa_t hpa = TDP_BROKEN(MAP_HUGE_MISALIGNED) ? 0 : run_hpa(run, gpa);
	unsigned level = run->max_level < limit ? run->max_level : limit;

	for (; level > 0; level--) {
		uint64_t size = fmt_size(fmt, level);

		if ((t->layout.leaf_levels >> level & 1) && ((gpa | hpa) & (size - 1)) == 0 && run->end - gpa >= size)
			break;
	}
	return level;
}

#endif
