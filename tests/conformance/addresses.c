/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses in leaves and in table entries: each bit is in one place of the entry, no other place is taken for one, and none beyond the
 * host's width is accepted. And the step from one leaf to the next, which fills tables.
 */
#include "conformance.h"

/* A page that may be read and executed, in every format. */
static const struct tdp_attrs rx = {TDP_RX, TDP_MT_WB, 0, 0};

/* Where the bits of an address that were tried lie. */
struct places {
	uint64_t taken;	  /* bits of the entry */
	uint64_t address; /* bits of the address */
};

/* All three readers see this address in an entry of this kind. */
static void same_address(struct subject *s, unsigned level, tdp_spte_t raw, unsigned kind, tdp_hpa_t hpa)
{
	const struct ref_entry ref = judge(s, level, raw);
	struct tdp_entry ours, anybody;

	tdp_decode(&s->lay, TDP_OURS, level, raw, &ours);
	tdp_decode(&s->lay, TDP_FOREIGN, level, raw, &anybody);
	EXPECT(s, level, raw, ours.kind == kind && ours.hpa == hpa);
	EXPECT(s, level, raw, anybody.kind == kind && anybody.hpa == hpa);
	EXPECT(s, level, raw, ref.kind == (kind == TDP_LEAF ? REF_LEAF : REF_TABLE) && ref.hpa == hpa);
}

/* One bit of an address has one place of its own. */
static void take_place(struct subject *s, unsigned level, tdp_spte_t base, tdp_spte_t raw, unsigned bit, struct places *p)
{
	const tdp_spte_t place = base ^ raw;

	EXPECT(s, level, raw, place != 0 && (place & (place - 1)) == 0 && !(place & p->taken));
	p->taken |= place;
	p->address |= UINT64_C(1) << bit;
}

/* No other bit of the entry counts as one of the address; what it is instead does not matter here. */
static void no_other_place(struct subject *s, unsigned level, tdp_spte_t base, const struct places *p)
{
	for (unsigned bit = 0; bit < 64; bit++) {
		const tdp_spte_t raw = base ^ UINT64_C(1) << bit;
		struct tdp_entry e;

		if (p->taken >> bit & 1)
			continue;
		tdp_decode(&s->lay, TDP_FOREIGN, level, raw, &e);
		if (e.kind == TDP_LEAF || e.kind == TDP_TABLE)
			EXPECT(s, level, raw, e.hpa == 0);
	}
}

static void leaf_addresses(struct subject *s, unsigned level)
{
	const uint64_t size = tdp_level_size(&s->lay, level), width = UINT64_C(1) << s->lay.hpa_bits;
	struct places p = {0, 0};
	tdp_spte_t base = 0, raw = 0;

	EXPECT(s, level, base, tdp_encode_leaf(&s->lay, level, 0, rx, &base) == TDP_OK);
	for (unsigned bit = 0; bit < 64; bit++) {
		const tdp_hpa_t hpa = UINT64_C(1) << bit;
		const enum tdp_result result = tdp_encode_leaf(&s->lay, level, hpa, rx, &raw);

		if (hpa < size) {
			EXPECT(s, level, hpa, result == TDP_INVALID);
		} else if (hpa >= width || hpa == s->lay.entry_or) {
			EXPECT(s, level, hpa, result == TDP_RANGE);
		} else {
			EXPECT(s, level, hpa, result == TDP_OK);
			take_place(s, level, base, raw, bit, &p);
			same_address(s, level, raw, TDP_LEAF, hpa);
		}
	}
	EXPECT(s, level, p.address, p.address == ((width - 1) & ~(size - 1) & ~s->lay.entry_or));
	no_other_place(s, level, base, &p);
	EXPECT(s, level, raw,
	       tdp_encode_leaf(&s->lay, level, width - size, rx, &raw) == (s->lay.entry_or ? TDP_RANGE : TDP_OK) ||
		       s->lay.entry_or >= width);
	EXPECT(s, level, raw, tdp_encode_leaf(&s->lay, level, (width - size) & ~s->lay.entry_or, rx, &raw) == TDP_OK);
	same_address(s, level, raw, TDP_LEAF, (width - size) & ~s->lay.entry_or);
}

/* The tables that leaves of this level lie in are filled by adding. */
static void leaf_steps(struct subject *s, unsigned level)
{
	const uint64_t size = tdp_level_size(&s->lay, level), region = size << s->fmt->index_bits;
	const tdp_hpa_t start = next_random(s) & ((UINT64_C(1) << s->lay.hpa_bits) - 1) & ~(region - 1) & ~s->lay.entry_or;
	tdp_spte_t base = 0, raw = 0;

	if (region >> s->lay.hpa_bits)
		return;
	EXPECT(s, level, start, tdp_encode_leaf(&s->lay, level, start, rx, &base) == TDP_OK);
	for (unsigned i = 0; i < fmt_entries(s->fmt); i++) {
		EXPECT(s, level, raw, tdp_encode_leaf(&s->lay, level, start + i * size, rx, &raw) == TDP_OK);
		EXPECT(s, level, raw, raw == base + i * fmt_step(s->fmt, level));
	}
}

/* Tables start on a 4 KiB frame at least. */
static void table_addresses(struct subject *s, unsigned level)
{
	const tdp_spte_t base = fmt_make_table(s->fmt, &s->lay, level, 0);
	unsigned first = 12;
	struct places p = {0, 0};

	while ((UINT64_C(1) << first) < fmt_table_bytes(s->fmt))
		first++;
	for (unsigned bit = first; bit < s->lay.hpa_bits; bit++) {
		const tdp_hpa_t hpa = UINT64_C(1) << bit;
		const tdp_spte_t raw = fmt_make_table(s->fmt, &s->lay, level, hpa);

		if (hpa == s->lay.entry_or)
			continue;
		take_place(s, level, base, raw, bit, &p);
		same_address(s, level, raw, TDP_TABLE, hpa);
	}
	no_other_place(s, level, base, &p);
}

bool addresses_agree(struct subject *s)
{
	for (unsigned level = 0; level <= s->lay.top_level; level++) {
		if (has_leaf(s, level)) {
			leaf_addresses(s, level);
			leaf_steps(s, level);
		}
		if (level > 0)
			table_addresses(s, level);
	}
	return s->complaints == 0;
}
