/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each entry is one thing: empty, frozen, dead, a note, a table or a leaf; at every level, and to every predicate of the engine. What is
 * not present to the library is not present to the judge, and the masks of a format do not meet.
 */
#include "conformance.h"

enum shape { SHAPE_EMPTY = 1, SHAPE_FROZEN = 2, SHAPE_DEAD = 4, SHAPE_NOTE = 8, SHAPE_TABLE = 16, SHAPE_LEAF = 32 };

static const struct tdp_attrs rx = {TDP_RX, TDP_MT_WB, 0, 0};
static const uint64_t note_max = (UINT64_C(1) << TDP_NOTE_BITS) - 1;

/* All that the engine's predicates say of an entry. */
static unsigned shapes(const struct subject *s, unsigned level, tdp_spte_t e)
{
	const struct tdp_format *fmt = s->fmt;
	const bool present = fmt_is_present(fmt, level, e), dead = fmt_is_dead(fmt, level, e);

	return (fmt_is_empty(fmt, level, e) ? SHAPE_EMPTY : 0u) | (dead ? SHAPE_DEAD : 0u) |
	       (fmt_is_frozen(fmt, level, e) && !dead ? SHAPE_FROZEN : 0u) | (fmt_is_note(fmt, level, e) ? SHAPE_NOTE : 0u) |
	       (fmt_is_table(fmt, level, e) ? SHAPE_TABLE : 0u) | (present && fmt_is_leaf(fmt, level, e) ? SHAPE_LEAF : 0u);
}

/* What tdp_decode() says, in the same words. */
static unsigned decoded(const struct subject *s, unsigned level, tdp_spte_t raw, struct tdp_entry *e)
{
	static const unsigned words[] = {
		[TDP_EMPTY] = SHAPE_EMPTY,   [TDP_TABLE] = SHAPE_TABLE, [TDP_LEAF] = SHAPE_LEAF,
		[TDP_FROZEN] = SHAPE_FROZEN, [TDP_NOTE] = SHAPE_NOTE,	[TDP_RESERVED] = 0,
	};

	tdp_decode(&s->lay, TDP_OURS, level, raw, e);
	return e->state & TDP_STATE_DEAD ? SHAPE_DEAD : words[e->kind];
}

/* An entry that the library makes is this and nothing else, and absent for hardware unless it is a leaf or a table. */
static void is(struct subject *s, unsigned level, tdp_spte_t raw, unsigned shape)
{
	const struct ref_entry ref = judge(s, level, raw);
	const bool absent = !(shape & (SHAPE_TABLE | SHAPE_LEAF));
	struct tdp_entry e;

	EXPECT(s, level, raw, shapes(s, level, raw) == shape);
	EXPECT(s, level, raw, decoded(s, level, raw, &e) == shape && e.level == level && e.raw == raw);
	EXPECT(s, level, raw, e.size == tdp_level_size(&s->lay, level) && (e.why == TDP_WHY_NONE));
	EXPECT(s, level, raw, (ref.kind == REF_ABSENT || ref.kind == REF_FROZEN) == absent);
	tdp_decode(&s->lay, TDP_FOREIGN, level, raw, &e);
	EXPECT(s, level, raw, (e.kind == TDP_EMPTY) == absent);
}

/* Frozen entries carry a frame and marks, and say FROZEN to the judge; EMPTY and DEAD are one value each. */
static void frozen_entries(struct subject *s, unsigned level)
{
	is(s, level, fmt_empty(s->fmt, level), SHAPE_EMPTY);
	is(s, level, fmt_at(s->fmt, level, s->fmt->dead), SHAPE_DEAD);
	is(s, level, fmt_make_frozen(s->fmt, level, 0, 0), SHAPE_FROZEN);
	for (unsigned bit = 12; bit < 52; bit++) {
		const tdp_hpa_t frame = UINT64_C(1) << bit;

		for (unsigned marks = 0; marks < 8; marks++) {
			const tdp_spte_t raw = fmt_make_frozen(s->fmt, level, frame, (tdp_spte_t)marks << 6);

			is(s, level, raw, SHAPE_FROZEN);
			EXPECT(s, level, raw, judge(s, level, raw).kind == REF_FROZEN);
			EXPECT(s, level, raw, fmt_frozen_payload(s->fmt, level, raw) == frame);
			EXPECT(s, level, raw, fmt_frozen_has(s->fmt, level, raw, TDP_FROZEN_TABLE) == ((marks & 1) != 0));
			EXPECT(s, level, raw, fmt_frozen_has(s->fmt, level, raw, TDP_FROZEN_DIRTY) == ((marks & 2) != 0));
			EXPECT(s, level, raw, fmt_frozen_has(s->fmt, level, raw, TDP_FROZEN_WRITTEN) == ((marks & 4) != 0));
		}
	}
}

/* A note with a value, in all its forms. */
static void note(struct subject *s, unsigned level, uint64_t value)
{
	const tdp_spte_t raw = fmt_make_note(s->fmt, level, value), bad = fmt_at(s->fmt, level, s->fmt->note_misconfig);
	struct tdp_entry e;

	is(s, level, raw, SHAPE_NOTE);
	is(s, level, raw & ~fmt_at(s->fmt, level, s->fmt->note_ve), SHAPE_NOTE);
	EXPECT(s, level, raw, decoded(s, level, raw, &e) == SHAPE_NOTE && e.note == value);
	EXPECT(s, level, raw, shapes(s, level, raw | bad) == SHAPE_NOTE);
	EXPECT(s, level, raw, decoded(s, level, raw | bad, &e) == SHAPE_NOTE && e.note == value);
	if (bad)
		EXPECT(s, level, raw, judge(s, level, raw | bad).kind == REF_RESERVED && judge(s, level, raw | bad).on_purpose);
}

static void notes(struct subject *s, unsigned level)
{
	note(s, level, 0);
	note(s, level, note_max);
	for (unsigned bit = 0; bit < TDP_NOTE_BITS; bit++)
		note(s, level, UINT64_C(1) << bit);
	for (unsigned i = 0; i < 200; i++)
		note(s, level, next_random(s) & note_max);
}

/* No entry at all is two things, and only what is nothing is reserved. */
static void garbage(struct subject *s, unsigned level)
{
	for (unsigned i = 0; i < 20000; i++) {
		const tdp_spte_t sparse =
			i & 1 ? s->fmt->present | s->fmt->foreign_present | s->fmt->empty | s->fmt->frozen : ~UINT64_C(0);
		const tdp_spte_t raw = fmt_at(s->fmt, level, next_random(s) & next_random(s) & ~sparse) ^ fmt_empty(s->fmt, level);
		const unsigned seen = shapes(s, level, raw);
		struct tdp_entry e;
		const unsigned said = decoded(s, level, raw, &e);

		EXPECT(s, level, raw, (seen & (seen - 1)) == 0);
		EXPECT(s, level, raw, said == seen || (said == 0 && (seen & ~(unsigned)(SHAPE_TABLE | SHAPE_LEAF)) == 0));
		EXPECT(s, level, raw, (e.kind == TDP_RESERVED) == (e.why != TDP_WHY_NONE));
	}
}

/* The masks of a leaf do not meet; W may mean dirty, too (Arm), and what shows an entry's kind is nobody's. */
static void masks(struct subject *s)
{
	const struct tdp_format *f = s->fmt;
	const tdp_spte_t all[] = {f->present, f->addr, f->a, f->d, f->hw, f->mw, f->sd, f->tracks << f->saved_shift, f->w & ~f->d};
	tdp_spte_t taken = 0, bits = 0, none = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		EXPECT(s, 0, all[i], (all[i] & taken) == 0);
		taken |= all[i];
	}
	EXPECT(s, 0, f->frozen, (f->frozen & TDP_PAYLOAD) == f->payload_invert && (f->note & TDP_PAYLOAD) == f->payload_invert);
	EXPECT(s, 0, f->empty, ((f->empty | f->frozen | f->dead | f->note) & (f->present | f->foreign_present)) == 0);
	/* The caller's bits: each a place of its own. */
	EXPECT(s, 0, none, f->encode(&s->lay, false, rx, &none) == TDP_OK && (none & taken) == f->present);
	for (unsigned i = 0; i < s->v->sw_bits; i++) {
		const struct tdp_attrs attrs = {TDP_RX, TDP_MT_WB, 0, (uint8_t)(1u << i)};

		EXPECT(s, 0, bits, f->encode(&s->lay, false, attrs, &bits) == TDP_OK);
		bits ^= none;
		EXPECT(s, 0, bits, bits != 0 && (bits & (bits - 1)) == 0 && (bits & taken) == 0);
		taken |= bits;
	}
}

/* All eight kinds of an entry that is not present: 000 EMPTY, 001 FROZEN, 011 DEAD or FROZEN, 010 NOTE, others nothing. */
static void kind_bits(struct subject *s, unsigned level)
{
	static const unsigned kinds[8] = {SHAPE_EMPTY, SHAPE_FROZEN, SHAPE_NOTE, SHAPE_DEAD, 0, 0, 0, 0};

	for (tdp_spte_t kind = 0; kind < 8; kind++) {
		const tdp_spte_t base = kind == 0 ? s->fmt->empty : s->fmt->frozen & ~UINT64_C(0x38);
		const tdp_spte_t raw = fmt_at(s->fmt, level, base | kind << 3);
		struct tdp_entry e;

		EXPECT(s, level, raw, shapes(s, level, raw) == kinds[kind] && decoded(s, level, raw, &e) == kinds[kind]);
	}
}

/*
 * These three bits decide alone: no other bit of an absent entry makes it a thing of another kind. But a present entry is none of these
 * (they are part of its memory type there, or permissions), and what hardware looks at is not FROZEN.
 */
static void kind_bits_alone(struct subject *s, unsigned level)
{
	static const unsigned kinds[8] = {0, SHAPE_FROZEN, SHAPE_NOTE, SHAPE_FROZEN, 0, 0, 0, 0};
	const tdp_spte_t seen = s->fmt->present | s->fmt->foreign_present, others = ~(seen | UINT64_C(0x38));

	for (unsigned i = 0; i < 8 * 200; i++) {
		const tdp_spte_t plain = (next_random(s) & others) | (tdp_spte_t)(i % 8) << 3, bit = UINT64_C(1) << i / 8 % 64;
		const tdp_spte_t absent = fmt_at(s->fmt, level, plain), present = fmt_at(s->fmt, level, plain | s->fmt->present);
		const tdp_spte_t looked_at = fmt_at(s->fmt, level, plain | (bit & seen));

		EXPECT(s, level, absent, shapes(s, level, absent) == kinds[i % 8]);
		EXPECT(s, level, present, (shapes(s, level, present) & ~(unsigned)(SHAPE_TABLE | SHAPE_LEAF)) == 0);
		if (bit & seen)
			EXPECT(s, level, looked_at, (shapes(s, level, looked_at) & (SHAPE_FROZEN | SHAPE_DEAD)) == 0);
	}
}

/* Whatever a leaf permits, and of whatever type it is, it is nothing but a leaf. */
static void leaves(struct subject *s, unsigned level)
{
	for (unsigned i = 0; i < 16 * (TDP_MT_STAGE1 + 1) * 2; i++) {
		const struct tdp_attrs attrs = {(uint8_t)(i % 16), (uint8_t)(i / 32), i & 16 ? TDP_ATTR_FORCE_MT : 0, 0};
		tdp_spte_t raw;

		if (tdp_encode_leaf(&s->lay, level, 0, attrs, &raw) != TDP_OK)
			continue;
		is(s, level, raw, SHAPE_LEAF);
		is(s, level, raw & ~fmt_at(s->fmt, level, s->fmt->a), SHAPE_LEAF);
		is(s, level, raw | fmt_at(s->fmt, level, fmt_hard_dirty(s->fmt)), SHAPE_LEAF);
	}
}

bool kinds_agree(struct subject *s)
{
	for (unsigned level = 0; level <= s->lay.top_level; level++) {
		frozen_entries(s, level);
		notes(s, level);
		garbage(s, level);
		kind_bits(s, level);
		kind_bits_alone(s, level);
		if (level > 0)
			is(s, level, fmt_make_table(s->fmt, &s->lay, level, 0x40000000), SHAPE_TABLE);
		if (has_leaf(s, level))
			leaves(s, level);
	}
	masks(s);
	return s->complaints == 0;
}
