/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S31: the value that marks an entry as owned looked, on one vendor, like a present or an MMIO entry, or shared a bit with a software flag.
 *
 * (The values themselves: tests/codec/not_present.c.)
 */
#include "scenarios.h"

/* Frozen, with one of several payloads and marks. */
static tdp_spte_t frozen(const struct harness *h, unsigned level, unsigned i)
{
	static const tdp_spte_t payloads[] = {0, 0x1000, 0x555555555000, 0xffffffffff000, 0xaaaaaaaaaa000};

	return raw_bits_at(h, level, (h->setup->format->frozen ^ payloads[i / 8]) | (tdp_spte_t)(i % 8) << 6);
}
enum { FROZEN_VALUES = 5 * 8 };

/* Nobody takes it for anything else: neither hardware, nor a call, nor a dump. */
static void check_busy(struct harness *h, unsigned level, tdp_gpa_t gpa, tdp_spte_t value)
{
	const struct tdp_fault f = {
		.gpa = gpa, .base = gpa, .backing = {.hpa = HPA, .size = h->p, .attrs = RWX}, .access = TDP_READ};
	struct tdp_mapping m;
	struct tdp_entry e;

	tdp_decode(&h->layout, TDP_OURS, level, value, &e);
	SAME(e.kind, TDP_FROZEN);
	SAME(referee_walk(h->r, &h->tree, gpa, REF_R).fault, REF_NOT_PRESENT);
	SAME(tdp_fault(&h->tree, &f, &h->op), TDP_BUSY);
	SAME(tdp_lookup(&h->tree, gpa, &m, NULL), TDP_BUSY);
	SAME(tdp_replace(&h->tree, gpa, h->p, HPA, HPA2, RWX, &h->op), TDP_BUSY);
	SAME(*raw_entry(h, level, gpa), value);
}

SCENARIO(S31, frozen_is_nothing_else, .corrupt = true)
{
	for (unsigned level = 0; level < 3; level++) {
		const tdp_gpa_t gpa = 2 * tdp_level_size(&h->layout, level);
		tdp_spte_t *raw, was;

		SAME(map_at(h, 0, tdp_level_size(&h->layout, level), h->p, HPA, RWX), TDP_OK);
		raw = raw_entry(h, level, gpa);
		was = *raw;
		for (unsigned i = 0; i < FROZEN_VALUES; i++) {
			*raw = frozen(h, level, i);
			check_busy(h, level, gpa, *raw);
		}
		*raw = was;
	}
}

/* And nothing else looks frozen: every leaf that can be said, with every bit that comes by itself; notes of every bit. */
static void check_not_frozen(struct harness *h, unsigned level, tdp_spte_t e)
{
	const struct tdp_format *fmt = h->setup->format;
	struct tdp_entry decoded;

	tdp_decode(&h->layout, TDP_OURS, level, e, &decoded);
	CHECK(decoded.kind != TDP_FROZEN);
	SAME((e & raw_bits_at(h, level, fmt->frozen_mask)) == raw_bits_at(h, level, fmt->frozen_tag), false);
}

SCENARIO(S31, nothing_else_is_frozen, .modes = ALONE)
{
	const struct tdp_format *fmt = h->setup->format;
	const tdp_spte_t own = fmt->a | fmt->d | fmt->w | fmt->w_grant | fmt->w_grant_hd | fmt->sd;
	unsigned leaves = 0;
	tdp_spte_t e;

	for (unsigned i = 0; i < 3 * 16 * 256 * 8; i++) {
		const unsigned level = i % 3;
		const struct tdp_attrs attrs = {.prot = (uint8_t)(i / 3 % 16),
						.memtype = (uint8_t)(i / 48 % 8),
						.sw = (uint8_t)(i / 384 % 16),
						.flags = (uint8_t)(i / 6144 % 8)};

		if (tdp_encode_leaf(&h->layout, level, HPA2 & ~(tdp_level_size(&h->layout, level) - 1), attrs, &e) != TDP_OK)
			continue;
		check_not_frozen(h, level, e);
		for (unsigned bit = 0; bit < 64; bit++)
			if (own >> bit & 1)
				check_not_frozen(h, level, e | raw_bits_at(h, level, UINT64_C(1) << bit));
		leaves++;
	}
	CHECK(leaves > 20);
	for (unsigned bit = 0; bit <= TDP_NOTE_BITS; bit++) {
		const uint64_t note = bit < TDP_NOTE_BITS ? UINT64_C(1) << bit : (UINT64_C(1) << TDP_NOTE_BITS) - 1;

		IS(TDP_OK, tdp_note(&h->tree, h->p, h->p, note, &h->op));
		check_not_frozen(h, 0, *raw_entry(h, 0, h->p));
	}
	check_not_frozen(h, 0, fmt->empty);
}
