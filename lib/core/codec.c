/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Layer 1: the public codec over any format. Arguments are checked here, so a format's own functions see sane ones.
 */
#include "decode.h"

enum { HPA_BITS_MIN = 32, HPA_BITS_MAX = 52 };

/* A zero width or depth means "whatever the format has", so the smaller of the others wins. */
static uint8_t narrower(uint8_t a, uint8_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* Nothing in common is not the nothing that a machine has which does not know the word. */
static uint32_t granules_both(uint32_t a, uint32_t b)
{
	const uint32_t both = (a ? a : TDP_GRANULE_4K) & (b ? b : TDP_GRANULE_4K);

	if (a == 0 && b == 0)
		return 0;
	return both ? both : TDP_GRANULE_NONE;
}

void tdp_caps_intersect(struct tdp_caps *acc, const struct tdp_caps *other)
{
	const uint32_t demands = TDP_CAP_SPLIT_FLUSH;

	acc->gpa_bits = narrower(acc->gpa_bits, other->gpa_bits);
	acc->hpa_bits = acc->hpa_bits < other->hpa_bits ? acc->hpa_bits : other->hpa_bits;
	acc->max_levels = narrower(acc->max_levels, other->max_levels);
	acc->bbm = acc->bbm < other->bbm ? acc->bbm : other->bbm;
	acc->leaf_levels &= other->leaf_levels;
	acc->granules = granules_both(acc->granules, other->granules);
	acc->min_levels = acc->min_levels > other->min_levels ? acc->min_levels : other->min_levels;
	acc->entry_or = acc->entry_or == other->entry_or ? acc->entry_or : 0;
	acc->features = (acc->features & other->features) | ((acc->features | other->features) & demands);
}

/* Arguments that are no question at all. */
static bool wish_asked(const struct tdp_format *format, const struct tdp_caps *caps, const struct tdp_wish *wish)
{
	return format && caps && wish && (caps->size == 0 || caps->size == sizeof(*caps)) &&
	       (wish->size == 0 || wish->size == sizeof(*wish)) && wish->reserved == 0;
}

/* What every format asks of a machine, then the format's own questions, then what the caller cannot do without. */
static enum tdp_misfit wish_fit(struct tdp_layout *layout, const struct tdp_caps *caps, const struct tdp_wish *wish)
{
	const struct tdp_format *format = layout->format;
	enum tdp_misfit why;

	if (!(caps->leaf_levels & 1) || caps->hpa_bits < HPA_BITS_MIN || caps->hpa_bits > HPA_BITS_MAX)
		return TDP_MISFIT_CAPS;
	if (wish->gpa_bits <= format->page_lg2)
		return TDP_MISFIT_GPA;
	if (caps->gpa_bits != 0 && wish->gpa_bits > caps->gpa_bits)
		return TDP_MISFIT_CPU_GPA;
	if (wish->levels > format->max_levels || (wish->levels != 0 && wish->levels < format->min_levels) ||
	    (wish->levels != 0 && wish->levels < caps->min_levels) || (caps->max_levels != 0 && wish->levels > caps->max_levels))
		return TDP_MISFIT_LEVELS;
	why = format->make_layout(layout, caps, wish);
	if (why != TDP_FITS)
		return why;
	layout->leaf_levels = leaf_levels_joined(layout->leaf_levels);
	if (wish->leaf_levels & ~layout->leaf_levels)
		return TDP_MISFIT_LEAF;
	return wish->features & ~layout->features ? TDP_MISFIT_FEATURE : TDP_FITS;
}

static enum tdp_result misfit_result(enum tdp_misfit why)
{
	switch (why) {
	case TDP_FITS:
		return TDP_OK;
	case TDP_MISFIT_CAPS:
		return TDP_INVALID;
	case TDP_MISFIT_GPA:
	case TDP_MISFIT_CPU_GPA:
		return TDP_RANGE;
	default:
		return TDP_UNSUPPORTED;
	}
}

enum tdp_result tdp_layout_choose(struct tdp_layout *out, const struct tdp_format *format, const struct tdp_caps *caps,
				  const struct tdp_wish *wish, enum tdp_misfit *why)
{
	struct tdp_layout layout = {.format = format};
	enum tdp_misfit misfit = TDP_MISFIT_CAPS;

	if (out && wish_asked(format, caps, wish))
		misfit = wish_fit(&layout, caps, wish);
	if (misfit == TDP_FITS)
		*out = layout;
	if (why)
		*why = misfit;
	return misfit_result(misfit);
}

enum tdp_result tdp_layout_make(struct tdp_layout *out, const struct tdp_format *format, const struct tdp_caps *caps,
				unsigned gpa_bits)
{
	const struct tdp_wish wish = {.gpa_bits = (uint8_t)(gpa_bits < UINT8_MAX ? gpa_bits : UINT8_MAX)};

	return tdp_layout_choose(out, format, caps, &wish, NULL);
}

const char *tdp_misfit_name(enum tdp_misfit why)
{
	static const char *const names[] = {
		[TDP_FITS] = "it fits",
		[TDP_MISFIT_CAPS] = "the capabilities make no sense",
		[TDP_MISFIT_GPA] = "the format does not translate guest addresses of this width",
		[TDP_MISFIT_CPU_GPA] = "the machine does not translate guest addresses of this width",
		[TDP_MISFIT_LEVELS] = "no walk of so many levels",
		[TDP_MISFIT_LEAF] = "no leaves at a level asked for",
		[TDP_MISFIT_GRANULE] = "the machine has no such granule",
		[TDP_MISFIT_LPA] = "the machine has no 52-bit addresses with this granule",
		[TDP_MISFIT_FEATURE] = "a feature is missing",
	};

	return (unsigned)why < sizeof(names) / sizeof(names[0]) ? names[why] : "?";
}

enum tdp_result tdp_layout_from_regs(struct tdp_layout *out, const struct tdp_format *format, const struct tdp_regs *regs,
				     tdp_hpa_t *root)
{
	struct tdp_layout layout = {.format = format};
	enum tdp_result result;
	tdp_hpa_t base = 0;

	if (!out || !format || !regs || !root)
		return TDP_INVALID;
	result = format->from_regs(&layout, regs, &base);
	if (result == TDP_OK) {
		*out = layout;
		*root = base;
	}
	return result;
}

/* What the tables themselves translate stays: bits above gpa_bits are then refused, not ignored. */
tdp_gpa_t tdp_gpa_from_va(const struct tdp_layout *layout, uint64_t canonical_va)
{
	const struct tdp_format *fmt = layout_format(layout);

	return fmt ? canonical_va & ((UINT64_C(1) << fmt_root_gpa_bits(fmt, layout)) - 1) : canonical_va;
}

uint64_t tdp_level_size(const struct tdp_layout *layout, unsigned level)
{
	const struct tdp_format *fmt = layout_format(layout);

	return fmt && level <= layout->top_level ? fmt_size(fmt, level) : 0;
}

const char *tdp_level_name(const struct tdp_layout *layout, unsigned level)
{
	const struct tdp_format *fmt = layout_format(layout);

	return fmt && level <= layout->top_level ? fmt->level_names[level] : "?";
}

size_t tdp_table_size(const struct tdp_layout *layout)
{
	const struct tdp_format *fmt = layout_format(layout);

	return fmt ? fmt_table_bytes(fmt) : 0;
}

size_t tdp_root_size(const struct tdp_layout *layout)
{
	const struct tdp_format *fmt = layout_format(layout);

	return fmt ? sizeof(tdp_spte_t) * fmt_root_entries(fmt, layout) : 0;
}

unsigned tdp_sw_bits(const struct tdp_layout *layout)
{
	const struct tdp_format *fmt = layout_format(layout);

	return fmt ? fmt->sw_bits : 0;
}

void tdp_decode(const struct tdp_layout *layout, enum tdp_origin origin, unsigned level, tdp_spte_t raw, struct tdp_entry *out)
{
	const struct tdp_format *fmt = layout_format(layout);

	if (!fmt || level > layout->top_level) {
		*out = (struct tdp_entry){.raw = raw, .kind = TDP_RESERVED, .level = (uint8_t)level, .why = TDP_WHY_LEVEL};
		return;
	}
	fmt_decode(fmt, layout, origin, level, raw, out);
}

enum tdp_result tdp_encode_leaf(const struct tdp_layout *layout, unsigned level, tdp_hpa_t hpa, struct tdp_attrs attrs,
				tdp_spte_t *out)
{
	const struct tdp_format *fmt = layout_format(layout);

	if (!fmt || !out)
		return TDP_INVALID;
	if (level > layout->top_level || !layout_has_leaf(layout, level))
		return TDP_UNSUPPORTED;
	if (hpa & (fmt_size(fmt, level) - 1))
		return TDP_INVALID;
	if (hpa >> layout->hpa_bits != 0 || (hpa & layout->entry_or) != 0)
		return TDP_RANGE;
	return fmt_encode(fmt, layout, level, hpa, attrs, out);
}
