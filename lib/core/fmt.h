/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions about one entry and about geometry, answered from a format's masks.
 *
 * Every function takes the format first and the entry's level where bits may move with it. With a constant format each of these is
 * one or two instructions; none of them touches memory.
 */
#ifndef TDPMMU_CORE_FMT_H
#define TDPMMU_CORE_FMT_H

#include "broken.h"

#include <tdpmmu/format_def.h>

#define TDP_INLINE	static inline __attribute__((always_inline))
#define tdp_likely(x)	__builtin_expect(!!(x), 1)
#define tdp_unlikely(x) __builtin_expect(!!(x), 0)

/* Where level-0 bits lie at this level: rotated by the format's skew, which is 0 (and folds away) in every real format. */
TDP_INLINE tdp_spte_t fmt_at(const struct tdp_format *fmt, unsigned level, tdp_spte_t bits)
{
	unsigned skew = fmt->level_skew * level;

	return skew == 0 ? bits : bits << skew | bits >> (64 - skew);
}

/* The inverse: an entry of this level as if it stood at level 0. */
TDP_INLINE tdp_spte_t fmt_unskew(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	unsigned skew = fmt->level_skew * level;

	return skew == 0 ? e : e >> skew | e << (64 - skew);
}

/* ---- geometry ---- */

TDP_INLINE unsigned fmt_shift(const struct tdp_format *fmt, unsigned level)
{
	return fmt->page_lg2 + fmt->index_bits * level;
}

TDP_INLINE uint64_t fmt_size(const struct tdp_format *fmt, unsigned level)
{
	return UINT64_C(1) << fmt_shift(fmt, level);
}

TDP_INLINE unsigned fmt_entries(const struct tdp_format *fmt)
{
	return 1u << fmt->index_bits;
}

TDP_INLINE size_t fmt_table_bytes(const struct tdp_format *fmt)
{
	return sizeof(tdp_spte_t) << fmt->index_bits;
}

/* Entries of a root, which may be shorter than a table (PAE), or several tables in a row (Arm). */
TDP_INLINE unsigned fmt_root_entries(const struct tdp_format *fmt, const struct tdp_layout *lay)
{
	return 1u << ((fmt->root_bits ? fmt->root_bits : fmt->index_bits) + lay->root_concat_lg2);
}

/* Bits of the guest's addresses that a root translates. */
TDP_INLINE unsigned fmt_root_gpa_bits(const struct tdp_format *fmt, const struct tdp_layout *lay)
{
	return fmt_shift(fmt, lay->top_level) + (fmt->root_bits ? fmt->root_bits : fmt->index_bits) + lay->root_concat_lg2;
}

/* Level of the root's entries in a tree as deep as most; top for a format in which no depth is more usual than another. */
TDP_INLINE unsigned fmt_usual_top(const struct tdp_format *fmt, unsigned top)
{
	if (fmt->min_levels == fmt->max_levels)
		return fmt->max_levels - 1u;
	return fmt->usual_levels ? fmt->usual_levels - 1u : top;
}

/* Index into a table that is not the root. */
TDP_INLINE unsigned fmt_index(const struct tdp_format *fmt, unsigned level, tdp_gpa_t gpa)
{
	return (unsigned)(gpa >> fmt_shift(fmt, level)) & (fmt_entries(fmt) - 1);
}

/* A table is aligned to its size, and to the frame that a FROZEN entry's payload can name. */
TDP_INLINE size_t fmt_table_align(const struct tdp_format *fmt)
{
	return fmt_table_bytes(fmt) < 4096 ? 4096 : fmt_table_bytes(fmt);
}

/* What one entry adds to the next one's when consecutive leaves map consecutive memory. */
TDP_INLINE tdp_spte_t fmt_step(const struct tdp_format *fmt, unsigned level)
{
	return fmt_at(fmt, level, fmt->addr ? fmt_size(fmt, level) : fmt_size(fmt, level) >> fmt->high_shift);
}

/* ---- kinds ---- */

TDP_INLINE tdp_spte_t fmt_empty(const struct tdp_format *fmt, unsigned level)
{
	return fmt_at(fmt, level, fmt->empty);
}

TDP_INLINE bool fmt_is_empty(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	return e == fmt_empty(fmt, level);
}

TDP_INLINE bool fmt_is_present(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	return (e & fmt_at(fmt, level, fmt->present)) != 0;
}

/* Of a present entry. */
TDP_INLINE bool fmt_is_leaf(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	return level == 0 || (e & fmt_at(fmt, level, fmt->leaf_mask)) == fmt_at(fmt, level, fmt->leaf_tag);
}

TDP_INLINE bool fmt_is_table(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	return fmt_is_present(fmt, level, e) && !fmt_is_leaf(fmt, level, e);
}

/* The same of an entry that this library has written: where its format has no leaves, whatever is present is a table. */
TDP_INLINE bool fmt_leads_down(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	return fmt->leaf_levels >> level & 1 ? fmt_is_table(fmt, level, e) : fmt_is_present(fmt, level, e);
}

TDP_INLINE bool fmt_is_frozen(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	return (e & fmt_at(fmt, level, fmt->frozen_mask)) == fmt_at(fmt, level, fmt->frozen_tag);
}

TDP_INLINE bool fmt_is_dead(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	return e == fmt_at(fmt, level, fmt->dead);
}

/* What a call answers that meets somebody else's frozen entry. */
TDP_INLINE enum tdp_result fmt_frozen_why(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	return fmt_is_dead(fmt, level, e) ? TDP_STALE_ROOT : TDP_BUSY;
}

TDP_INLINE bool fmt_is_note(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	return (e & fmt_at(fmt, level, fmt->note_mask)) == fmt_at(fmt, level, fmt->note_tag);
}

/* ---- frozen entries: payload (a frame) and the owner's marks, in bits 9:6 ---- */

#define TDP_FROZEN_TABLE   (UINT64_C(1) << 6) /* the payload is a table that was unlinked */
#define TDP_FROZEN_DIRTY   (UINT64_C(1) << 7) /* a leaf was here, and Dirty (zap: had been written) */
#define TDP_FROZEN_WRITTEN (UINT64_C(1) << 8) /* a leaf was here with SD */
#define TDP_PAYLOAD	   UINT64_C(0x000ffffffffff000)

TDP_INLINE tdp_spte_t fmt_make_frozen(const struct tdp_format *fmt, unsigned level, tdp_hpa_t payload, tdp_spte_t marks)
{
	return fmt_at(fmt, level, (fmt->frozen ^ (payload & TDP_PAYLOAD)) | marks);
}

TDP_INLINE tdp_hpa_t fmt_frozen_payload(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	return (fmt_unskew(fmt, level, e) ^ fmt->frozen) & TDP_PAYLOAD;
}

TDP_INLINE bool fmt_frozen_has(const struct tdp_format *fmt, unsigned level, tdp_spte_t e, tdp_spte_t mark)
{
	return (e & fmt_at(fmt, level, mark)) != 0;
}

/* ---- notes: 55 bits in 9:6, 51:12 and 62:52 ---- */

TDP_INLINE tdp_spte_t fmt_make_note(const struct tdp_format *fmt, unsigned level, uint64_t value)
{
	tdp_spte_t bits = (value & 0xf) << 6 | (value >> 4 & 0xffffffffff) << 12 | (value >> 44 & 0x7ff) << 52;

	return fmt_at(fmt, level, fmt->note ^ bits);
}

TDP_INLINE uint64_t fmt_note_value(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	tdp_spte_t bits = fmt_unskew(fmt, level, e) ^ fmt->note;

	return (bits >> 6 & 0xf) | (bits >> 12 & 0xffffffffff) << 4 | (bits >> 52 & 0x7ff) << 44;
}

/* ---- addresses: one field in place, and in some formats a second one with the highest bits; or all of it in that one, shifted ---- */

/* An address as the field or fields of an entry, at level-0 positions. */
TDP_INLINE tdp_spte_t fmt_address(const struct tdp_format *fmt, tdp_hpa_t hpa)
{
	return fmt->addr_high ? (hpa & fmt->addr) | (hpa >> fmt->high_shift & fmt->addr_high) : hpa;
}

/* The address bits of an entry of this level; of a leaf those that lie in its alignment are not among them. */
TDP_INLINE tdp_spte_t fmt_address_bits(const struct tdp_format *fmt, const struct tdp_layout *lay, unsigned level)
{
	return (fmt->addr & ~lay->entry_or & ~(fmt_size(fmt, level) - 1)) | fmt->addr_high;
}

/*
 * How many bytes from an address on can be walked by adding fmt_step(): the second field takes no carry. Never inside an aligned leaf or
 * table's worth of memory, because the first field reaches further than those.
 */
TDP_INLINE uint64_t fmt_straight(const struct tdp_format *fmt, tdp_hpa_t hpa)
{
	return fmt->addr_high && fmt->addr ? fmt->addr + (fmt->addr & -fmt->addr) - (hpa & fmt->addr) : UINT64_MAX;
}

/* Of a table entry. entry_or (an encryption bit) may lie inside the address field. */
TDP_INLINE tdp_hpa_t fmt_table_hpa(const struct tdp_format *fmt, const struct tdp_layout *lay, unsigned level, tdp_spte_t e)
{
	tdp_spte_t plain = fmt_unskew(fmt, level, e);

	return (plain & fmt->addr & ~lay->entry_or) | (plain & fmt->addr_high) << fmt->high_shift;
}

/* The same with fmt->addr & ~entry_or in a register, for walks: acquire loads would make the compiler fetch it again. */
TDP_INLINE tdp_hpa_t fmt_masked_hpa(const struct tdp_format *fmt, uint64_t mask, unsigned level, tdp_spte_t e)
{
	tdp_spte_t plain = fmt_unskew(fmt, level, e);

	return (plain & mask) | (fmt->addr_high ? (plain & fmt->addr_high) << fmt->high_shift : 0);
}

/* Of a leaf: a huge leaf's low address bits may carry attributes (x86 PAT). */
TDP_INLINE tdp_hpa_t fmt_leaf_hpa(const struct tdp_format *fmt, const struct tdp_layout *lay, unsigned level, tdp_spte_t e)
{
	return fmt_table_hpa(fmt, lay, level, e) & ~(fmt_size(fmt, level) - 1);
}

TDP_INLINE tdp_spte_t fmt_make_table(const struct tdp_format *fmt, const struct tdp_layout *lay, unsigned level, tdp_hpa_t table)
{
	return fmt_at(fmt, level, fmt->table_bits[level] | fmt_address(fmt, table) | lay->entry_or);
}

/* bits: level-0 positions, as encode() gives them. */
TDP_INLINE tdp_spte_t fmt_make_leaf(const struct tdp_format *fmt, const struct tdp_layout *lay, unsigned level, tdp_hpa_t hpa,
				    tdp_spte_t bits)
{
	return fmt_at(fmt, level, bits | fmt_address(fmt, hpa) | lay->entry_or);
}

/* ---- write, dirty, accessed ---- */

/* Does hardware set Dirty in a tree of this layout? Constant for x86. */
TDP_INLINE bool fmt_hw_dirty(const struct tdp_format *fmt, const struct tdp_layout *lay)
{
	return ((fmt->features | lay->features) & TDP_CAP_HW_D) != 0;
}

TDP_INLINE bool fmt_hw_accessed(const struct tdp_format *fmt, const struct tdp_layout *lay)
{
	return ((fmt->features | lay->features) & TDP_CAP_HW_A) != 0;
}

TDP_INLINE bool fmt_is_dirty(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	return (e & fmt_at(fmt, level, fmt->d)) != 0;
}

/* The form of Dirty that hardware sets, at level-0 position. */
TDP_INLINE tdp_spte_t fmt_hard_dirty(const struct tdp_format *fmt)
{
	return fmt->w_is_d ? fmt->w_is_d : fmt->d;
}

/* The form of Dirty that software sets, at level-0 position. */
TDP_INLINE tdp_spte_t fmt_soft_dirty(const struct tdp_format *fmt)
{
	return fmt->w_is_d ? fmt->w_is_d << fmt->wd_shift : fmt->d;
}

/*
 * What tells that a leaf may have been written before its last collection, at level-0 position. Without room for SD every leaf may have been: one
 * that does not grant writing now may have granted it then.
 */
TDP_INLINE tdp_spte_t fmt_collected(const struct tdp_format *fmt)
{
	if (fmt->sd)
		return fmt->sd;
	return TDP_BROKEN(ZAP_CLOSED_IS_CLEAN) ? fmt->hw : fmt->present;
}

/* A zap's verdict: written since it was mapped, as far as anybody knows. */
TDP_INLINE bool fmt_was_written(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	return (e & fmt_at(fmt, level, fmt->d | fmt_collected(fmt))) != 0;
}

/* Bits that change without the mapping being another one: what map's "identical" ignores. */
TDP_INLINE tdp_spte_t fmt_moving_bits(const struct tdp_format *fmt, unsigned level)
{
	return fmt_at(fmt, level, fmt->a | fmt->d | fmt->sd | fmt->w | fmt->mw);
}

/* The entry without write permission, its dirtiness kept: where W itself means dirty the software bit takes over. */
TDP_INLINE tdp_spte_t fmt_write_protected(const struct tdp_format *fmt, unsigned level, tdp_spte_t e, tdp_spte_t also_clear)
{
	tdp_spte_t kept = fmt_at(fmt, level, (fmt_unskew(fmt, level, e) & fmt->w_is_d) << fmt->wd_shift);

	return (e & ~fmt_at(fmt, level, fmt->w | also_clear)) | kept;
}

/* ---- access tracking: a leaf that is kept, but permits nothing until it is touched ---- */

/* Of a present leaf. */
TDP_INLINE bool fmt_is_tracked(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	return fmt->tracks && !(e & fmt_at(fmt, level, fmt->foreign_present));
}

/* A leaf made old: the next access sets A, by hardware or by a fault. W needs no place: who is dirty and MMU-writable had it, or may. */
TDP_INLINE tdp_spte_t fmt_aged(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	tdp_spte_t plain = fmt_unskew(fmt, level, e);

	if (fmt->tracks)
		plain = (plain & ~(fmt->tracks | fmt->w)) | (plain & fmt->tracks) << fmt->saved_shift;
	return fmt_at(fmt, level, plain & ~fmt->a);
}

/* What a tracked leaf permits when it is touched; A is not set. Any other leaf as it is. */
TDP_INLINE tdp_spte_t fmt_untracked(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	tdp_spte_t plain = fmt_unskew(fmt, level, e);

	if (!fmt->tracks || (plain & fmt->foreign_present))
		return e;
	plain = (plain & ~(fmt->tracks << fmt->saved_shift)) | (plain >> fmt->saved_shift & fmt->tracks);
	if ((plain & fmt->mw) && (plain & fmt->d))
		plain |= fmt->w;
	return fmt_at(fmt, level, plain);
}

/* The same for a touch; log: pages are logged. Then a larger leaf stays shut for writing: a collection may have closed it, or will (S20). */
TDP_INLINE tdp_spte_t fmt_touched(const struct tdp_format *fmt, unsigned level, tdp_spte_t e, bool log)
{
	tdp_spte_t shown = fmt_untracked(fmt, level, e);

	return log && level > 0 && fmt_is_tracked(fmt, level, e) ? fmt_write_protected(fmt, level, shown, 0) : shown;
}

#endif
