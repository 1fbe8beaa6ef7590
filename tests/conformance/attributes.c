/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every combination of attributes at every level: what hardware can say (learnt from what the judge accepts) is said, read back, and
 * understood by the judge; everything else is refused.
 */
#include "conformance.h"

static const uint8_t types[] = {0, 1, 2, 3, 4, 5, 6, 7, TDP_MT_ASK};
static const uint8_t prots[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 255};

enum { FLAG_SETS = 9, LESSONS = 60000 };

/* Has hardware a strictest device type of its own? Elsewhere it is the uncacheable one. */
static bool has_strict(const struct subject *s)
{
	return s->v->kind != REF_EPT && s->v->kind != REF_NPT && s->v->kind != REF_FAKE_O && s->v->kind != REF_RISCV;
}

/* What reads back: of two ways to say one thing the plainer. With FWB types are forced whether one says so or not. */
static struct tdp_attrs plainest(const struct subject *s, struct tdp_attrs attrs)
{
	if (!has_strict(s) && attrs.memtype == TDP_MT_DEVICE_STRICT)
		attrs.memtype = TDP_MT_UC;
	if ((s->lay.features & TDP_CAP_FWB) && attrs.memtype != TDP_MT_STAGE1)
		attrs.flags &= (uint8_t)~TDP_ATTR_FORCE_MT;
	return attrs;
}

/* Does hardware take this for a leaf, whoever wrote it? */
static bool accepted(const struct subject *s, unsigned level, tdp_spte_t raw)
{
	return judge(s, level, raw & ~fmt_at(s->fmt, level, s->fmt->present & ~s->fmt->foreign_present)).kind == REF_LEAF;
}

/*
 * All that hardware can say at a level: leaves of page 0 with any other bits, most often those that may change alone. That codec and
 * judge read them alike entries.c proves.
 */
static void learn(struct subject *s, unsigned level)
{
	const uint64_t others = ~fmt_at(s->fmt, level, address_field(s) & ~(UINT64_C(1) << 12)) & ~unused_in_leaf(s, level);
	uint64_t alone = 0;
	tdp_spte_t base = 0;

	EXPECT(s, level, base, tdp_encode_leaf(&s->lay, level, 0, (struct tdp_attrs){TDP_RX, TDP_MT_WB, 0, 0}, &base) == TDP_OK);
	for (unsigned bit = 0; bit < 64; bit++)
		alone |= accepted(s, level, base ^ UINT64_C(1) << bit) ? UINT64_C(1) << bit : 0;
	for (unsigned i = 0; i < LESSONS; i++) {
		const uint64_t any = next_random(s), rare = i % 3 ? any & next_random(s) & next_random(s) : any;
		const tdp_spte_t raw = base ^ (others & ((next_random(s) & alone) | rare));
		struct tdp_entry e;

		tdp_decode(&s->lay, TDP_FOREIGN, level, raw, &e);
		if (e.kind == TDP_LEAF && e.attrs.prot != 0 && accepted(s, level, raw))
			s->said[level > 0].leaf[e.attrs.prot][e.attrs.memtype][(e.attrs.flags & TDP_ATTR_FORCE_MT) != 0]
					       [(e.attrs.flags & TDP_ATTR_SUPERVISOR) != 0] = true;
	}
}

/* What tdp_encode_leaf() shall answer. */
static enum tdp_result expected(const struct subject *s, bool huge, struct tdp_attrs attrs)
{
	const bool ve = s->v->kind == REF_EPT && (s->v->features & TDP_CAP_VE);

	if (attrs.prot == 0 || attrs.prot > TDP_RWX || attrs.memtype > TDP_MT_STAGE1 || attrs.flags > 7)
		return TDP_INVALID;
	if (attrs.sw >> s->v->sw_bits || ((attrs.flags & TDP_ATTR_VE) && !ve))
		return TDP_UNSUPPORTED;
	attrs = plainest(s, attrs);
	return s->said[huge].leaf[attrs.prot][attrs.memtype][(attrs.flags & TDP_ATTR_FORCE_MT) != 0]
				 [(attrs.flags & TDP_ATTR_SUPERVISOR) != 0]
		       ? TDP_OK
		       : TDP_UNSUPPORTED;
}

/* A leaf that was said: read as ours, read as anybody's, and by the judge. */
static void read_back(struct subject *s, unsigned level, tdp_hpa_t hpa, struct tdp_attrs attrs, tdp_spte_t raw)
{
	const struct tdp_attrs want = plainest(s, attrs);
	const bool w = attrs.prot & TDP_W, soft = w && !s->shape.hw_d;
	const struct ref_entry ref = judge(s, level, raw);
	unsigned prot = attrs.prot;
	struct tdp_entry e;

	tdp_decode(&s->lay, TDP_OURS, level, raw, &e);
	EXPECT(s, level, raw, e.kind == TDP_LEAF && e.hpa == hpa && e.size == tdp_level_size(&s->lay, level));
	EXPECT(s, level, raw, e.attrs.prot == want.prot && e.attrs.memtype == want.memtype && e.attrs.flags == want.flags);
	EXPECT(s, level, raw, e.attrs.sw == want.sw && e.live == attrs.prot && e.accessed && e.dirty == soft);
	EXPECT(s, level, raw, e.state == (w ? TDP_STATE_MMU_WRITABLE : 0));
	tdp_decode(&s->lay, TDP_FOREIGN, level, raw, &e);
	EXPECT(s, level, raw, e.kind == TDP_LEAF && e.hpa == hpa && e.attrs.prot == attrs.prot && e.attrs.sw == 0 && e.state == 0);
	EXPECT(s, level, raw, e.attrs.memtype == want.memtype && e.attrs.flags == want.flags);

	if (attrs.flags & TDP_ATTR_SUPERVISOR)
		prot &= s->v->ref_features & REF_GUEST_TABLES ? ~(unsigned)TDP_XU : 0;
	EXPECT(s, level, raw, ref.kind == REF_LEAF && ref.hpa == hpa && judged_prot(&ref) == prot);
	EXPECT(s, level, raw, judged_memtype(&ref) == want.memtype && ref.force_mt == ((want.flags & TDP_ATTR_FORCE_MT) != 0));
	EXPECT(s, level, raw, ref.accessed && ref.dirty_kept == soft && ref.dirty_for_sw == soft);
}

/* One combination at a level. */
static bool say(struct subject *s, unsigned level, struct tdp_attrs attrs)
{
	const tdp_hpa_t hpa = 3 * tdp_level_size(&s->lay, level);
	tdp_spte_t raw = 0x5a5a5a5a;
	const enum tdp_result result = tdp_encode_leaf(&s->lay, level, hpa, attrs, &raw);

	EXPECT(s, level, raw, result == expected(s, level > 0, attrs));
	if (result != TDP_OK) {
		EXPECT(s, level, raw, raw == 0x5a5a5a5a);
		return false;
	}
	read_back(s, level, hpa, attrs, raw);
	return true;
}

bool attributes_agree(struct subject *s)
{
	const uint8_t most = (uint8_t)((1u << s->v->sw_bits) - 1);
	const uint8_t sws[] = {0, 1, (uint8_t)(most / 2 + 1), most, (uint8_t)(most + 1), 255};
	const size_t n = sizeof(prots) * sizeof(types) * sizeof(sws) * FLAG_SETS;

	EXPECT(s, 0, 0, tdp_sw_bits(&s->lay) == s->v->sw_bits);
	for (unsigned level = 0; level <= s->lay.top_level; level++) {
		unsigned said = 0;

		if (level < 2 && has_leaf(s, level))
			learn(s, level);
		for (size_t i = 0; has_leaf(s, level) && i < n; i++) {
			const struct tdp_attrs attrs = {prots[i % sizeof(prots)], types[i / sizeof(prots) % sizeof(types)],
							(uint8_t)(i / sizeof(prots) / sizeof(types) % FLAG_SETS),
							sws[i / sizeof(prots) / sizeof(types) / FLAG_SETS]};

			said += say(s, level, attrs);
		}
		EXPECT(s, level, 0, (said > 0) == has_leaf(s, level));
	}
	return s->complaints == 0;
}
