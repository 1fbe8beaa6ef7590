/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the library does to a leaf without changing what was granted: take W away and give it back, make it old, collect Dirty. After each
 * step the judge sees what the step promises, and the bits that are only software's he does not see at all.
 */
#include "conformance.h"

static const uint8_t prots[] = {TDP_R, TDP_RX, TDP_RW, TDP_RWX, TDP_R | TDP_XS, TDP_RW | TDP_XU, TDP_X, TDP_XU};

/* Hardware cannot tell these two entries apart. */
static void same_to_hardware(struct subject *s, unsigned level, tdp_spte_t a, tdp_spte_t b)
{
	const struct ref_entry x = judge(s, level, a), y = judge(s, level, b);

	EXPECT(s, level, b, x.kind == y.kind && x.hpa == y.hpa && x.perms == y.perms && x.memtype == y.memtype);
	EXPECT(s, level, b, x.force_mt == y.force_mt && x.hw_grants_w == y.hw_grants_w && x.accessed == y.accessed);
	/* Without accessed and dirty flags hardware knows nothing of Dirty; the judge names software's. */
	EXPECT(s, level, b, x.dirty == y.dirty || s->fmt->tracks);
}

/* The library's bits, and the caller's. */
static void software_bits(struct subject *s, unsigned level, tdp_spte_t leaf, struct tdp_attrs attrs)
{
	const struct tdp_format *f = s->fmt;
	const tdp_spte_t soft = f->hw | f->mw | f->sd | (f->present & ~f->foreign_present) | f->tracks << f->saved_shift |
				f->w_is_d << f->wd_shift | (f->tracks ? f->a | f->d : 0);
	tdp_spte_t raw = 0;

	for (unsigned bit = 0; bit < 64; bit++)
		if (soft >> bit & 1)
			same_to_hardware(s, level, leaf, leaf ^ fmt_at(f, level, UINT64_C(1) << bit));
	for (unsigned i = 0; i < s->v->sw_bits; i++) {
		attrs.sw = (uint8_t)(1u << i);
		EXPECT(s, level, raw, tdp_encode_leaf(&s->lay, level, 0, attrs, &raw) == TDP_OK && raw != leaf);
		same_to_hardware(s, level, leaf, raw);
	}
}

/* Dirty, in both forms, and "written since mapped". */
static void dirty_bits(struct subject *s, unsigned level, tdp_spte_t leaf)
{
	const struct tdp_format *f = s->fmt;
	const tdp_spte_t clean = leaf & ~fmt_at(f, level, f->d | f->w), soft = clean | fmt_at(f, level, fmt_soft_dirty(f));
	const tdp_spte_t hard = clean | fmt_at(f, level, fmt_hard_dirty(f)), written = clean | fmt_at(f, level, f->sd);

	EXPECT(s, level, clean, !judge(s, level, clean).dirty_kept && judge(s, level, clean).dirty_for_sw == !f->sd);
	EXPECT(s, level, clean, !fmt_is_dirty(f, level, clean));
	EXPECT(s, level, soft, judge(s, level, soft).dirty_kept && fmt_is_dirty(f, level, soft) && fmt_was_written(f, level, soft));
	EXPECT(s, level, hard, judge(s, level, hard).dirty && fmt_is_dirty(f, level, hard) && fmt_was_written(f, level, hard));
	EXPECT(s, level, clean, fmt_was_written(f, level, clean) == !f->sd); /* without room for SD every leaf counts as written */
	if (f->sd) {
		EXPECT(s, level, written, fmt_was_written(f, level, written) && !fmt_is_dirty(f, level, written));
		EXPECT(s, level, written, judge(s, level, written).dirty_for_sw && !judge(s, level, written).dirty_kept);
	}
}

/* W taken away: dirtiness stays. W given back in each of three ways. */
static void write_permission(struct subject *s, unsigned level, tdp_spte_t leaf)
{
	const struct tdp_format *f = s->fmt;
	const tdp_spte_t grant = fmt_hw_dirty(f, &s->lay) ? f->w_grant_hd : f->w_grant;
	const tdp_spte_t shut = fmt_write_protected(f, level, leaf, 0);
	const tdp_spte_t dirty = fmt_write_protected(f, level, leaf | fmt_at(f, level, fmt_hard_dirty(f)), f->mw);
	const tdp_spte_t open = shut | fmt_at(f, level, grant), touched = open | fmt_at(f, level, f->d_write);
	const tdp_spte_t soft = shut | fmt_at(f, level, f->w_grant);
	const struct ref_entry before = judge(s, level, leaf), after = judge(s, level, shut);

	EXPECT(s, level, leaf, before.perms & REF_W);
	EXPECT(s, level, leaf, before.dirty_kept == !s->shape.hw_d);
	EXPECT(s, level, shut, after.perms == (before.perms & ~(unsigned)REF_W) && after.dirty_kept == before.dirty_kept);
	EXPECT(s, level, shut, after.hpa == before.hpa && after.memtype == before.memtype && after.accessed);
	EXPECT(s, level, dirty, !(judge(s, level, dirty).perms & REF_W) && judge(s, level, dirty).dirty_kept);
	EXPECT(s, level, dirty, !(dirty & fmt_at(f, level, f->mw)) && (dirty & fmt_at(f, level, f->hw)));
	EXPECT(s, level, open, judge(s, level, open).perms == before.perms);
	EXPECT(s, level, touched, judge(s, level, touched).perms == before.perms && judge(s, level, touched).dirty);
	/* Where no hardware sets Dirty, or writes are logged by taking W away, W comes with Dirty. */
	EXPECT(s, level, soft, judge(s, level, soft).perms == before.perms && judge(s, level, soft).dirty);
	EXPECT(s, level, open, s->shape.hw_d || fmt_is_dirty(f, level, open));
	EXPECT(s, level, leaf, (fmt_moving_bits(f, level) & (leaf ^ shut)) == (leaf ^ shut));
}

/* Made old, and touched again. An old leaf shows its next access: by Accessed, or by permitting nothing. */
static void age(struct subject *s, unsigned level, tdp_spte_t leaf)
{
	const struct tdp_format *f = s->fmt;
	const tdp_spte_t old = fmt_aged(f, level, leaf), young = fmt_untracked(f, level, old) | fmt_at(f, level, f->a);
	const struct ref_entry ref = judge(s, level, old);
	struct tdp_entry e;

	EXPECT(s, level, old, ref.kind == REF_LEAF && !ref.accessed && ref.hpa == judge(s, level, leaf).hpa);
	EXPECT(s, level, old, ref.dirty_kept == judge(s, level, leaf).dirty_kept);
	tdp_decode(&s->lay, TDP_OURS, level, old, &e);
	EXPECT(s, level, old, e.kind == TDP_LEAF && !e.accessed && ((e.state & TDP_STATE_TRACKED) != 0) == (f->tracks != 0));
	EXPECT(s, level, old, fmt_is_tracked(f, level, old) == (f->tracks != 0) && !fmt_is_tracked(f, level, leaf));
	EXPECT(s, level, young, young == leaf);
	/* Closed for writing and clean, so it comes back that way. */
	if (f->tracks) {
		const tdp_spte_t shut = leaf & ~fmt_at(f, level, f->w | f->d);

		EXPECT(s, level, shut, (fmt_untracked(f, level, fmt_aged(f, level, shut)) | fmt_at(f, level, f->a)) == shut);
		tdp_decode(&s->lay, TDP_FOREIGN, level, old, &e);
		EXPECT(s, level, old, e.kind == TDP_EMPTY);
	}
}

bool changes_agree(struct subject *s)
{
	for (unsigned i = 0; i < (s->lay.top_level + 1u) * sizeof(prots); i++) {
		const unsigned level = i / sizeof(prots);
		const struct tdp_attrs attrs = {prots[i % sizeof(prots)], TDP_MT_WB, 0, 0};
		tdp_spte_t leaf = 0;

		if (!has_leaf(s, level) || tdp_encode_leaf(&s->lay, level, 0, attrs, &leaf) != TDP_OK)
			continue;
		software_bits(s, level, leaf, attrs);
		age(s, level, leaf);
		if (attrs.prot & TDP_W) {
			dirty_bits(s, level, leaf);
			write_permission(s, level, leaf);
		}
	}
	return s->complaints == 0;
}
