/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One entry in words. Inline, so that an engine's lookup with a constant format pays for what it uses only.
 */
#ifndef TDPMMU_CORE_DECODE_H
#define TDPMMU_CORE_DECODE_H

#include "attrs.h"
#include "words.h"

/* Is the one bit (or any of the bits) of mask set, as 0 or 1 << to? One shift where mask is a constant of one bit. */
TDP_INLINE uint64_t bit_moved(tdp_spte_t e, tdp_spte_t mask, unsigned to)
{
	if (mask & (mask - 1))
		return (uint64_t)((e & mask) != 0) << to;
	return mask ? (e >> word_first(mask) & 1) << to : 0;
}

_Static_assert(offsetof(struct tdp_entry, pad) == offsetof(struct tdp_entry, kind) + 7, "from kind to pad it is eight bytes");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "put together in a register, the first one lowest");

/*
 * A present leaf of this library's, into every field of *out. This is the lookup path: nothing in the entry is reserved, each field
 * is written once, and the eight small ones as one word.
 */
TDP_INLINE void fmt_decode_our_leaf(const struct tdp_format *fmt, const struct tdp_layout *lay, unsigned level, tdp_spte_t raw,
				    struct tdp_entry *out)
{
	const tdp_spte_t e = fmt_unskew(fmt, level, raw);
	struct tdp_attrs attrs;
	uint64_t word = TDP_LEAF | (uint64_t)level << 8;

	fmt->decode(lay, level > 0, fmt_untracked(fmt, 0, e), &attrs);
	word |= bit_moved(e, fmt->a, 16) | bit_moved(e, fmt->d, 24);
	word |= bit_moved(e, fmt->mw, 48) | bit_moved(e, fmt->sd, 50); /* TDP_STATE_MMU_WRITABLE, TDP_STATE_WRITTEN */
	if (fmt->present != fmt->foreign_present && !(e & fmt->foreign_present))
		word |= (uint64_t)TDP_STATE_TRACKED << 48;
	else
		word |= (uint64_t)attrs.prot << 40;
	attrs.prot = (uint8_t)((attrs.prot & ~(unsigned)TDP_W) | bit_moved(e, fmt->hw, 1));
	out->raw = raw;
	out->hpa = fmt_leaf_hpa(fmt, lay, level, raw);
	out->size = fmt_size(fmt, level);
	out->note = 0;
	out->attrs = attrs;
	__builtin_memcpy((unsigned char *)out + offsetof(struct tdp_entry, kind), &word, sizeof(word));
}

/*
 * The same for a leaf that somebody else wrote: what hardware makes of it. Where a software dirty bit stands in for W (Arm), it is
 * not believed; W itself is, as it may have been written through.
 */
TDP_INLINE void fmt_decode_foreign_leaf(const struct tdp_format *fmt, const struct tdp_layout *lay, unsigned level, tdp_spte_t raw,
					struct tdp_entry *out)
{
	const tdp_spte_t e = fmt_unskew(fmt, level, raw);

	fmt->decode(lay, level > 0, e, &out->attrs);
	out->kind = TDP_LEAF;
	out->hpa = fmt_leaf_hpa(fmt, lay, level, raw);
	out->live = out->attrs.prot;
	out->attrs.sw = 0;
	if (fmt->tracks) /* hardware has neither; what looks like them is somebody's software */
		return;
	out->accessed = (e & fmt->a) != 0;
	out->dirty = (e & fmt->d & ~(fmt->w_is_d << fmt->wd_shift)) != 0;
}

/* The kind of an entry of ours that is not present; a shape that this library never writes is TDP_RESERVED. */
TDP_INLINE void fmt_decode_absent(const struct tdp_format *fmt, unsigned level, tdp_spte_t raw, struct tdp_entry *out)
{
	if (fmt_is_empty(fmt, level, raw)) {
		out->kind = TDP_EMPTY;
	} else if (fmt_is_frozen(fmt, level, raw)) {
		out->kind = TDP_FROZEN;
		out->state = fmt_is_dead(fmt, level, raw) ? TDP_STATE_DEAD : 0;
	} else if (fmt_is_note(fmt, level, raw)) {
		out->kind = TDP_NOTE;
		out->note = fmt_note_value(fmt, level, raw);
	} else {
		out->kind = TDP_RESERVED;
		out->why = TDP_WHY_BITS;
	}
}

/* tdp_decode() for a level of the layout. */
TDP_INLINE void fmt_decode(const struct tdp_format *fmt, const struct tdp_layout *lay, enum tdp_origin origin, unsigned level,
			   tdp_spte_t raw, struct tdp_entry *out)
{
	const tdp_spte_t e = fmt_unskew(fmt, level, raw);
	const tdp_spte_t ignored = lay->features & TDP_CAP_MBEC ? 0 : fmt->present_mbec;
	const bool present = (e & (origin == TDP_OURS ? fmt->present : fmt->foreign_present & ~ignored)) != 0;

	*out = (struct tdp_entry){.raw = raw, .size = fmt_size(fmt, level), .level = (uint8_t)level};
	if (!present) {
		if (origin == TDP_OURS)
			fmt_decode_absent(fmt, level, raw, out);
		return;
	}
	out->why = fmt->reserved(lay, level, e);
	if (tdp_unlikely(out->why != TDP_WHY_NONE)) {
		out->kind = TDP_RESERVED;
	} else if (!fmt_is_leaf(fmt, level, raw)) {
		out->kind = TDP_TABLE;
		out->hpa = fmt_table_hpa(fmt, lay, level, raw);
		out->accessed = (e & fmt->a & fmt->table_bits[level]) != 0;
	} else if (origin == TDP_OURS) { /* which never has what is ignored */
		fmt_decode_our_leaf(fmt, lay, level, raw & ~fmt_at(fmt, level, ignored), out);
		out->raw = raw;
	} else {
		fmt_decode_foreign_leaf(fmt, lay, level, raw, out);
	}
}

/* tdp_encode_leaf() for arguments that were checked, except attrs. */
TDP_INLINE enum tdp_result fmt_encode(const struct tdp_format *fmt, const struct tdp_layout *lay, unsigned level, tdp_hpa_t hpa,
				      struct tdp_attrs attrs, tdp_spte_t *out)
{
	tdp_spte_t bits;
	enum tdp_result result = fmt->encode(lay, level > 0, attrs, &bits);

	if (result != TDP_OK)
		return result;
	bits |= fmt->a;
	if (attrs.prot & TDP_W)
		bits |= fmt_hw_dirty(fmt, lay) ? fmt->w_grant_hd : fmt->w_grant;
	*out = fmt_make_leaf(fmt, lay, level, hpa, bits);
	return TDP_OK;
}

#endif
