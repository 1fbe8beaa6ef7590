/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every combination of attributes at every level: what hardware can say (found among what the judge accepts) is said, read back, and
 * understood by the judge; everything else is refused.
 */
#include "conformance.h"

static const uint8_t types[] = {0, 1, 2, 3, 4, 5, 6, 7, TDP_MT_ASK};
static const uint8_t prots[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 255};

enum { FLAG_SETS = 9, RANDOM_ENTRIES = 20000, MOST_BITS = 16, NOTHING = SAYABLE };

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

/* Attributes, without the caller's bits and TDP_ATTR_VE, as a number below SAYABLE. */
static unsigned place_of(struct tdp_attrs attrs)
{
	const unsigned flags = (attrs.flags & TDP_ATTR_FORCE_MT ? 1u : 0) | (attrs.flags & TDP_ATTR_SUPERVISOR ? 2u : 0);

	return (flags * (TDP_MT_STAGE1 + 1) + attrs.memtype) * (TDP_RWX + 1) + attrs.prot;
}

/* Does hardware take this for a leaf, whoever wrote it? */
static bool accepted(const struct subject *s, unsigned level, tdp_spte_t raw)
{
	return judge(s, level, raw & ~fmt_at(s->fmt, level, s->fmt->present & ~s->fmt->foreign_present)).kind == REF_LEAF;
}

/* The bits of an entry that can be anything but part of an address, or one that hardware ignores. */
static uint64_t free_bits(const struct subject *s, unsigned level)
{
	return ~fmt_at(s->fmt, level, address_field(s) & ~(UINT64_C(1) << 12)) & ~unused_in_leaf(s, level);
}

/* What a leaf that hardware accepts says, by place_of(); NOTHING if it is none. That codec and judge read it alike entries.c proves. */
static unsigned meaning(const struct subject *s, unsigned level, tdp_spte_t raw)
{
	struct tdp_entry e;

	tdp_decode(&s->lay, TDP_FOREIGN, level, raw, &e);
	if (e.kind != TDP_LEAF || !accepted(s, level, raw))
		return NOTHING;
	return place_of(e.attrs) < SAYABLE ? place_of(e.attrs) : NOTHING;
}

/*
 * Bits that matter, seen from a leaf: those that make it a leaf that says something else, when they are changed alone, or two together
 * of which none can be changed alone (types whose encodings lie that far apart).
 */
static uint64_t matters(const struct subject *s, unsigned level, tdp_spte_t leaf, uint64_t candidates)
{
	const unsigned plain = meaning(s, level, leaf);
	uint64_t found = 0, stuck = 0;

	for (uint64_t rest = candidates; rest; rest &= rest - 1) {
		const uint64_t bit = rest & -rest;
		const unsigned other = meaning(s, level, leaf ^ bit);

		stuck |= other == NOTHING ? bit : 0;
		found |= other != NOTHING && other != plain ? bit : 0;
	}
	for (uint64_t rest = stuck; rest; rest &= rest - 1) {
		const uint64_t bit = rest & -rest;

		for (uint64_t others = rest & ~bit; others; others &= others - 1) {
			const uint64_t both = bit | (others & -others);
			const unsigned other = meaning(s, level, leaf ^ both);

			found |= other != NOTHING && other != plain ? both : 0;
		}
	}
	return found;
}

/*
 * All that hardware can say at a level: every combination of the bits that matter is read. These are searched from each leaf that is
 * known, so the enumeration begins anew, with more of them, until it finds no others.
 */
static void learn(struct subject *s, unsigned level)
{
	const uint64_t candidates = free_bits(s, level);
	uint64_t known = 0, more = 0;
	tdp_spte_t base = 0;

	EXPECT(s, level, base, tdp_encode_leaf(&s->lay, level, 0, (struct tdp_attrs){TDP_RX, TDP_MT_WB, 0, 0}, &base) == TDP_OK);
	do {
		uint64_t some = 0;

		known |= more;
		more = 0;
		do {
			const unsigned said = meaning(s, level, base ^ some);

			if (said != NOTHING) {
				s->said[level > 0].leaf[said] = true;
				more |= matters(s, level, base ^ some, candidates) & ~known;
			}
			some = (some - known) & known;
		} while (some);
		if (__builtin_popcountll(known | more) > MOST_BITS) {
			complain(s, level, known | more, "no format needs so many bits for permissions and types");
			return;
		}
	} while (more);
}

/* Random leaves say nothing that was missed. */
static void learnt_all(struct subject *s, unsigned level)
{
	const uint64_t others = free_bits(s, level);
	unsigned leaves = 0;
	tdp_spte_t base = 0;

	EXPECT(s, level, base, tdp_encode_leaf(&s->lay, level, 0, (struct tdp_attrs){TDP_RX, TDP_MT_WB, 0, 0}, &base) == TDP_OK);
	for (unsigned i = 0; i < RANDOM_ENTRIES; i++) {
		const uint64_t any = next_random(s), rare = any & next_random(s) & next_random(s);
		const tdp_spte_t raw = base ^ (others & (i & 1 ? any : rare));
		const unsigned said = meaning(s, level, raw);

		EXPECT(s, level, raw, said == NOTHING || s->said[level > 0].leaf[said]);
		leaves += said != NOTHING;
	}
	/* Nothing is proved about what never came up. */
	EXPECT(s, level, leaves, leaves > RANDOM_ENTRIES / 50);
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
	return s->said[huge].leaf[place_of(attrs)] ? TDP_OK : TDP_UNSUPPORTED;
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
	EXPECT(s, level, raw, ref.accessed && ref.dirty_kept == soft && ref.dirty_for_sw == (soft || !s->fmt->sd));
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

		if (level < 2 && has_leaf(s, level)) {
			learn(s, level);
			learnt_all(s, level);
		}
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
