/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two test formats, from the tables in tests/formats/README.md: 4 KiB pages, 4 entries per table, 4 levels, and every entry
 * rotated left by 3 bits per level.
 */
#include "walk_impl.h"

enum { FAKE_LEVELS = 4, FAKE_INDEX_BITS = 2, FAKE_PAGE_LG2 = 12, FAKE_ADDRESS_BITS = 40, FAKE_SKEW = 3 };

enum { O_PRESENT = 1, O_WRITE = 2, O_EXEC = 4, O_LEAF = 1 << 7, O_A = 1 << 8, O_D = 1 << 9, O_TYPE_SHIFT = 10 };

#define O_WRITTEN REF_BIT(55)

enum { B_VALID = 1, B_TABLE_OR_PAGE = 2 };

static uint64_t rotate_left(uint64_t e, unsigned level)
{
	unsigned n = FAKE_SKEW * level;

	return n == 0 ? e : e << n | e >> (64 - n);
}

static uint64_t rotate_right(uint64_t e, unsigned level)
{
	unsigned n = FAKE_SKEW * level;

	return n == 0 ? e : e >> n | e << (64 - n);
}

static void fake_shape(struct ref_shape *out, unsigned gpa_bits)
{
	out->top = FAKE_LEVELS - 1;
	out->page_lg2 = FAKE_PAGE_LG2;
	out->index_bits = FAKE_INDEX_BITS;
	out->gpa_bits = gpa_bits;
	out->root_bits = gpa_bits - FAKE_PAGE_LG2 - FAKE_INDEX_BITS * (FAKE_LEVELS - 1);
}

static bool fake_o_shape(const struct ref_machine *m, struct ref_shape *out)
{
	fake_shape(out, FAKE_PAGE_LG2 + FAKE_INDEX_BITS * FAKE_LEVELS);
	out->root = m->base & REF_BITS(FAKE_ADDRESS_BITS - 1, 12);
	out->hw_a = out->hw_d = true;
	return (m->base ^ out->root) == FAKE_LEVELS - 1;
}

static bool fake_b_shape(const struct ref_machine *m, struct ref_shape *out)
{
	unsigned gpa_bits = 64 - (unsigned)(m->control & 0x3f);

	if (gpa_bits < 20 || gpa_bits > 22)
		return false;
	fake_shape(out, gpa_bits);
	out->root = m->base;
	out->hw_a = (m->features & REF_HW_ACCESSED) != 0;
	out->break_first = !(m->features & REF_HAS_BBML2);
	return (m->base & ~REF_BITS(FAKE_ADDRESS_BITS - 1, 12)) == 0;
}

/* From the host's width up to the end of the address field: an output address cannot lie there. */
static uint64_t too_wide(const struct ref_machine *m, unsigned top_bit)
{
	unsigned width = m->hpa_bits < FAKE_ADDRESS_BITS ? m->hpa_bits : FAKE_ADDRESS_BITS;

	return REF_BITS(top_bit, width);
}

/* A not-present entry: is it one that an operation owns? */
static enum ref_entry_kind absent_kind(uint64_t e)
{
	return (e & REF_BITS(5, 3)) == REF_BIT(3) ? REF_FROZEN : REF_ABSENT;
}

static struct ref_entry fake_o_decode(const struct ref_machine *m, const struct ref_shape *s, unsigned level, uint64_t raw)
{
	static const enum ref_memtype types[4] = {REF_WB, REF_UC, REF_WT, REF_WC};
	uint64_t e = rotate_right(raw, level), reserved = REF_BITS(6, 3) | too_wide(m, 52) | REF_BITS(63, 58);
	bool leaf = level == 0 || (e & O_LEAF);
	struct ref_entry out = {.kind = REF_TABLE};

	if (!(e & O_PRESENT)) {
		out.kind = absent_kind(e);
		return out;
	}
	out.hpa = e & REF_BITS(FAKE_ADDRESS_BITS - 1, 12);
	out.perms = REF_R | (e & O_WRITE ? REF_W : 0u) | (e & O_EXEC ? REF_XS | REF_XU : 0u);
	out.accessed = (e & O_A) != 0;
	out.with_a = rotate_left(e | O_A, level);
	out.with_d = rotate_left(e | O_A | O_D, level);
	if (leaf) {
		out.kind = REF_LEAF;
		out.memtype = types[e >> O_TYPE_SHIFT & 3];
		out.dirty = out.dirty_kept = (e & O_D) != 0;
		out.dirty_for_sw = (e & (O_D | O_WRITTEN)) != 0;
		reserved |= level == 0 ? O_LEAF : (ref_span(s, level) - 1) & REF_BITS(39, 12);
	} else {
		reserved |= REF_BITS(11, 9);
	}
	if ((e & reserved) || (leaf && level > 2) || (!leaf && !(e & O_A)))
		out.kind = REF_RESERVED;
	return out;
}

/* Of Arm's memory types this format has five. */
static bool fake_b_has_type(uint64_t e)
{
	unsigned attr = (unsigned)(e >> 2 & 0xf);

	return attr == 0xf || attr == 0xa || attr == 5 || attr <= 1;
}

static struct ref_entry fake_b_decode(const struct ref_machine *m, const struct ref_shape *s, unsigned level, uint64_t raw)
{
	uint64_t e = rotate_right(raw, level);
	struct ref_entry out = {.kind = REF_TABLE, .with_a = raw, .with_d = raw};
	struct ref_machine plain = *m;
	bool low = (e & B_TABLE_OR_PAGE) != 0;

	if (!(e & B_VALID)) {
		out.kind = absent_kind(e);
		return out;
	}
	out.hpa = e & REF_BITS(FAKE_ADDRESS_BITS - 1, 12);
	out.perms = REF_RWX;
	out.accessed = true;
	if (level == 0 || !low) {
		out.kind = REF_LEAF;
		plain.features &= ~(unsigned)(REF_HAS_FWB | REF_HAS_XNX);
		if (!ref_s2_attributes(&plain, s, e & ~REF_BITS(53, 48), &out) || !fake_b_has_type(e) || (level == 0) != low ||
		    level > 2 || (out.hpa & (ref_span(s, level) - 1)))
			out.kind = REF_RESERVED;
		out.with_a = rotate_left(out.with_a, level);
		out.with_d = raw;
	}
	if (out.kind != REF_RESERVED && (e & too_wide(m, 47)))
		out.kind = REF_BAD_SIZE;
	return out;
}

static uint64_t fake_o_poison(unsigned level, uint64_t hpa)
{
	return rotate_left(hpa | O_PRESENT | O_WRITE | O_EXEC | O_A | O_D | (level > 0 ? O_LEAF : 0), level);
}

static uint64_t fake_b_poison(unsigned level, uint64_t hpa)
{
	return rotate_left(ref_walker_s2.poison(level, hpa), level);
}

const struct ref_walker ref_walker_fake_o = {fake_o_shape, fake_o_decode, fake_o_poison};
const struct ref_walker ref_walker_fake_b = {fake_b_shape, fake_b_decode, fake_b_poison};
