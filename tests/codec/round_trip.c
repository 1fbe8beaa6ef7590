/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every combination of attributes at every level of every layout: what can be said is said and read back, the rest is refused with the
 * result that the documentation names.
 */
#include "layouts.h"

#include "fake.h"

static const uint8_t types[] = {0, 1, 2, 3, 4, 5, 6, 7, TDP_MT_ASK};
static const uint8_t prots[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 255};

static bool is_ept(const struct tdp_layout *lay)
{
	return lay->format == &tdp_ept || lay->format == &tdp_ept_noad;
}

static bool is_npt(const struct tdp_layout *lay)
{
	return lay->format == &tdp_npt || lay->format == &tdp_npt_pae;
}

/* Does this format say this type at all? */
static bool has_type(const struct tdp_layout *lay, unsigned type)
{
	const bool fwb = lay->features & TDP_CAP_FWB;

	if (is_ept(lay))
		return type != TDP_MT_STAGE1;
	if (is_npt(lay))
		return lay->pat ? type != TDP_MT_STAGE1 : type != TDP_MT_STAGE1 && type != TDP_MT_WP && type != TDP_MT_WC;
	if (test_is_s2(lay->format))
		return fwb ? type != TDP_MT_WP && type != TDP_MT_WT : type != TDP_MT_WP && type != TDP_MT_STAGE1;
	return type != TDP_MT_WP && type != TDP_MT_STAGE1;
}

/* Is this permission one that hardware has? */
static bool has_prot(const struct tdp_layout *lay, unsigned prot)
{
	const bool split_x = (prot & TDP_X) != 0 && (prot & TDP_X) != TDP_X;

	if (is_ept(lay))
		return (!split_x || (lay->features & TDP_CAP_MBEC)) &&
		       ((prot & TDP_R) || (!(prot & TDP_W) && (lay->features & TDP_CAP_EXEC_ONLY)));
	if (is_npt(lay))
		return !split_x && (prot & TDP_R) && ((prot & TDP_X) || (lay->features & TDP_CAP_NX));
	if (test_is_s2(lay->format))
		return !split_x || (lay->features & TDP_CAP_XNX);
	return !split_x && (lay->format == &tdp_fake_b || (prot & TDP_R));
}

/* Are these flags ones that it has? */
static bool has_flags(const struct tdp_layout *lay, struct tdp_attrs attrs)
{
	unsigned legal = 0;

	if (is_ept(lay))
		legal = TDP_ATTR_FORCE_MT | (lay->features & TDP_CAP_VE ? TDP_ATTR_VE : 0);
	else if (is_npt(lay))
		legal = TDP_ATTR_SUPERVISOR;
	else if (test_is_s2(lay->format) && (lay->features & TDP_CAP_FWB) && attrs.memtype != TDP_MT_STAGE1)
		legal = TDP_ATTR_FORCE_MT;
	return (attrs.flags & ~legal) == 0;
}

static enum tdp_result expected_result(const struct tdp_layout *lay, struct tdp_attrs attrs)
{
	if (attrs.prot == 0 || attrs.prot > 15 || attrs.memtype > TDP_MT_STAGE1 || attrs.flags > 7)
		return TDP_INVALID;
	if (attrs.sw >= 1u << tdp_sw_bits(lay))
		return TDP_UNSUPPORTED;
	return has_type(lay, attrs.memtype) && has_prot(lay, attrs.prot) && has_flags(lay, attrs) ? TDP_OK : TDP_UNSUPPORTED;
}

/* What reads back: where two ways to say a thing are one for hardware, the plainer one. */
static struct tdp_attrs expected_attrs(const struct tdp_layout *lay, struct tdp_attrs attrs)
{
	const bool one_device_type = !test_is_s2(lay->format) && lay->format != &tdp_fake_b;

	if (one_device_type && attrs.memtype == TDP_MT_DEVICE_STRICT)
		attrs.memtype = TDP_MT_UC;
	if (test_is_s2(lay->format))
		attrs.flags = 0;
	return attrs;
}

static void check_leaf(const struct test_layout *t, unsigned level, tdp_hpa_t hpa, struct tdp_attrs attrs, tdp_spte_t raw)
{
	const struct tdp_layout *lay = &t->layout;
	const struct tdp_attrs want = expected_attrs(lay, attrs);
	const bool w = attrs.prot & TDP_W;
	struct tdp_entry e = test_decode(lay, TDP_OURS, level, raw);

	CHECK(e.kind == TDP_LEAF && e.hpa == hpa && e.size == tdp_level_size(lay, level) && e.level == level && e.raw == raw &&
		      e.attrs.prot == want.prot && e.attrs.memtype == want.memtype && e.attrs.flags == want.flags &&
		      e.attrs.sw == want.sw && e.live == attrs.prot && e.accessed == 1 && e.note == 0 && e.why == 0 && e.pad == 0 &&
		      e.dirty == (w && !(lay->features & TDP_CAP_HW_D)) && e.state == (w ? TDP_STATE_MMU_WRITABLE : 0),
	      "%s level %u prot %u type %u flags %u sw %u: 0x%" PRIx64, t->name, level, attrs.prot, attrs.memtype, attrs.flags,
	      attrs.sw, raw);
	e = test_decode(lay, TDP_FOREIGN, level, raw);
	CHECK(e.kind == TDP_LEAF && e.hpa == hpa && e.attrs.prot == attrs.prot && e.live == attrs.prot &&
		      e.attrs.memtype == want.memtype && e.attrs.flags == want.flags && e.attrs.sw == 0 && e.state == 0,
	      "%s level %u prot %u type %u flags %u sw %u foreign: 0x%" PRIx64, t->name, level, attrs.prot, attrs.memtype,
	      attrs.flags, attrs.sw, raw);
}

/* All attributes at one level. */
static unsigned check_level(const struct test_layout *t, unsigned level)
{
	const struct tdp_layout *lay = &t->layout;
	const tdp_hpa_t hpa = 3 * tdp_level_size(lay, level);
	const uint8_t sws[] = {0, 1, (uint8_t)((1u << tdp_sw_bits(lay)) - 1), (uint8_t)(1u << tdp_sw_bits(lay)), 255};
	unsigned said = 0;

	for (size_t i = 0; i < sizeof(prots) * sizeof(types) * sizeof(sws) * 9; i++) {
		const struct tdp_attrs attrs = {prots[i % sizeof(prots)], types[i / sizeof(prots) % sizeof(types)],
						(uint8_t)(i / sizeof(prots) / sizeof(types) % 9),
						sws[i / sizeof(prots) / sizeof(types) / 9]};
		tdp_spte_t raw = 0x5a5a5a5a;
		enum tdp_result result = tdp_encode_leaf(lay, level, hpa, attrs, &raw);

		CHECK_EQ((unsigned)-result, (unsigned)-expected_result(lay, attrs), "%s level %u prot %u type %u flags %u sw %u",
			 t->name, level, attrs.prot, attrs.memtype, attrs.flags, attrs.sw);
		if (result == TDP_OK) {
			check_leaf(t, level, hpa, attrs, raw);
			said++;
		} else {
			CHECK_EQ(raw, 0x5a5a5a5a, "%s: written although refused", t->name);
		}
	}
	return said;
}

Test(round_trip, every_attribute)
{
	struct test_layout layouts[TEST_LAYOUTS];

	test_layouts(layouts);
	for (unsigned i = 0; i < TEST_LAYOUTS; i++) {
		for (unsigned level = 0; level <= layouts[i].layout.top_level; level++) {
			if (layouts[i].layout.leaf_levels >> level & 1)
				CHECK(check_level(&layouts[i], level) > 0, "%s level %u says nothing", layouts[i].name, level);
		}
	}
}

/* Every address bit that a level has survives, and none that it has not is accepted. */
Test(round_trip, every_address_bit)
{
	const struct tdp_attrs attrs = {TDP_RWX, TDP_MT_WB, 0, 0};
	struct test_layout layouts[TEST_LAYOUTS];

	test_layouts(layouts);
	for (unsigned i = 0; i < TEST_LAYOUTS * 4 * 64; i++) {
		const struct tdp_layout *lay = &layouts[i / 256].layout;
		const unsigned level = i / 64 % 4;
		const tdp_hpa_t hpa = UINT64_C(1) << i % 64;
		tdp_spte_t raw = 0;
		enum tdp_result want = TDP_OK, result = tdp_encode_leaf(lay, level, hpa, attrs, &raw);

		if (!(lay->leaf_levels >> level & 1))
			want = TDP_UNSUPPORTED;
		else if (hpa < tdp_level_size(lay, level))
			want = TDP_INVALID;
		else if (i % 64 >= lay->hpa_bits || hpa == lay->entry_or)
			want = TDP_RANGE;
		CHECK_EQ((unsigned)-result, (unsigned)-want, "%s level %u hpa 0x%" PRIx64, layouts[i / 256].name, level, hpa);
		if (result == TDP_OK)
			CHECK_EQ(test_decode(lay, TDP_OURS, level, raw).hpa, hpa, "%s level %u", layouts[i / 256].name, level);
	}
}
