/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S48: limits taken for granted: 512 GiB, 36 or 48 bits, four levels, a 4K granule, blocks at a level without them.
 */
#include "scenarios.h"

#include "fake.h"

#define EVERY_GRANULE                                                                                                              \
	(TDP_GRANULE_4K | TDP_GRANULE_16K | TDP_GRANULE_64K | TDP_GRANULE_4K_52 | TDP_GRANULE_16K_52 | TDP_GRANULE_64K_52)

/* A geometry under test. */
struct limit {
	const struct tdp_format *format;
	const struct tdp_engine *engine;
	enum ref_kind kind;
	unsigned gpa_bits, hpa_bits;
	uint32_t leaf_levels, caps;
	unsigned ref_features;
};

/* Which levels may have leaves in this layout: as the caps say, as the format has, never the root's of four levels. */
static unsigned highest_leaf(const struct tdp_layout *layout)
{
	unsigned level = TDP_MAX_LEVELS - 1;

	while (!(layout->leaf_levels >> level & 1))
		level--;
	return level;
}

/* The first page, the last page, the largest leaves, both ends of every root table: mapped, walked by the referee, zapped. */
static void check_tree(struct harness *h)
{
	const unsigned top = h->layout.top_level, highest = highest_leaf(&h->layout);
	const uint64_t largest = tdp_level_size(&h->layout, highest), span = tdp_level_size(&h->layout, top);
	/* Memory that the narrowest host has. */
	const tdp_hpa_t hpa = HPA >> h->layout.hpa_bits ? UINT64_C(1) << 30 : HPA;
	struct tdp_entry e;

	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, hpa, RWX, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, h->end - h->p, h->p, hpa + h->p, RWX, &h->op));
	SAME(h->op.next, h->end);
	MAPPED(0, h->p, hpa, RWX);
	MAPPED(h->end - h->p, h->p, hpa + h->p, RWX);
	GUEST(h->end - 1, REF_W);
	IS(TDP_RANGE, tdp_map(&h->tree, h->end, h->p, hpa, RWX, &h->op));
	IS(TDP_OK, tdp_zap(&h->tree, h->end - h->p, h->p, &h->op));
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->end, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, h->end - largest, largest, largest <= hpa ? hpa : 0, RX, &h->op));
	e = entry_at(h, h->end - h->p);
	SAME(e.level, highest);
	MAPPED(h->end - largest, largest, largest <= hpa ? hpa : 0, RX);
	GUEST(h->end - largest, REF_R);
	for (tdp_gpa_t gpa = 0; gpa<h->end - largest; gpa += h->end / 32> span ? h->end / 32 & ~(span - 1) : span) {
		IS(TDP_OK, tdp_map(&h->tree, gpa, h->p, 2 * hpa, RWX, &h->op));
		GUEST(gpa, REF_W);
	}
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->end, &h->op));
	SAME(h->op.next, h->end);
	SAME(tables_linked(h), span > h->end); /* a table that reaches beyond the guest is not covered by any range */
	IS(span > h->end ? TDP_OK : TDP_SPURIOUS, tdp_trim(&h->tree, 0, h->end, &h->op));
	SAME(tables_linked(h), 0);
}

static void check_limit_in(const struct limit *l, enum mode mode)
{
	static const struct setting setting = {.by_hand = true};
	struct tdp_caps caps = {
		.hpa_bits = (uint8_t)l->hpa_bits, .leaf_levels = l->leaf_levels, .features = l->caps, .granules = EVERY_GRANULE};
	struct setup setup = {.name = l->format->name, .format = l->format, .engine = l->engine, .kind = l->kind, .caps = l->caps};
	static struct harness h;

	setup.gpa_bits = (uint8_t)l->gpa_bits;
	setup.hpa_bits = (uint8_t)l->hpa_bits;
	setup.ref_features = l->ref_features;
	harness_start(&h, &setup, &setting, mode);
	harness_same(&h, __LINE__, (uint64_t)tdp_layout_make(&h.layout, l->format, &caps, l->gpa_bits), TDP_OK,
		     "tdp_layout_make()");
	harness_same(&h, __LINE__, (uint64_t)referee_start(h.r, &h.tree, l->engine, &h.layout, 0, 1), TDP_OK, "start");
	harness_tables(&h, 256);
	check_tree(&h);
	harness_same(&h, __LINE__, (uint64_t)tdp_verify(&h.tree, NULL, NULL), TDP_OK, "tdp_verify()");
	harness_stop(&h);
	harness_finish(&h);
}

static void check_limit(const struct limit *l)
{
	check_limit_in(l, ALONE);
	check_limit_in(l, SHARED);
}

/* Every IPA size that stage 2 has, from two levels with 4 root tables to four levels; with and without large blocks. */
Test(S48, stage_2_widths)
{
	for (unsigned bits = 32; bits <= 48; bits++) {
		struct limit l = {.format = &tdp_s2_4k,
				  .engine = bits % 2 ? &tdp_generic_engine : &tdp_s2_4k_engine,
				  .kind = REF_S2,
				  .gpa_bits = bits,
				  .hpa_bits = bits > 43 ? 44 : 40, /* four levels ask for that much */
				  .leaf_levels = 7,
				  .ref_features = REF_HAS_1G};

		check_limit(&l);
		l.engine = &tdp_s2_4k_engine;
		l.leaf_levels = 1;
		check_limit(&l);
		l.leaf_levels = 3;
		l.caps = TDP_CAP_HW_A | TDP_CAP_HW_D;
		check_limit(&l);
	}
}

/* The other granules, with 48 and with 52 bits; start levels with one root table and with several. */
Test(S48, stage_2_granules)
{
	static const struct limit limits[] = {
		{&tdp_s2_16k, &tdp_s2_16k_engine, REF_S2, 25, 48, 1, 0, 0},
		{&tdp_s2_16k, &tdp_s2_16k_engine, REF_S2, 40, 48, 3, 0, 0},
		{&tdp_s2_16k, &tdp_generic_engine, REF_S2, 48, 48, 3, TDP_CAP_HW_A | TDP_CAP_HW_D, 0},
		{&tdp_s2_64k, &tdp_s2_64k_engine, REF_S2, 29, 48, 1, 0, 0},
		{&tdp_s2_64k, &tdp_generic_engine, REF_S2, 43, 48, 3, 0, 0},
		{&tdp_s2_64k, &tdp_s2_64k_engine, REF_S2, 48, 48, 3, TDP_CAP_HW_A, 0},
		{&tdp_s2_4k_lpa2, &tdp_s2_4k_lpa2_engine, REF_S2, 52, 52, 15, 0, REF_HAS_LPA2},
		{&tdp_s2_4k_lpa2, &tdp_generic_engine, REF_S2, 40, 48, 7, TDP_CAP_HW_A | TDP_CAP_HW_D, REF_HAS_LPA2},
		{&tdp_s2_16k_lpa2, &tdp_s2_16k_lpa2_engine, REF_S2, 51, 52, 7, 0, REF_HAS_LPA2},
		{&tdp_s2_16k_lpa2, &tdp_s2_16k_lpa2_engine, REF_S2, 52, 52, 7, TDP_CAP_HW_A, REF_HAS_LPA2},
		{&tdp_s2_64k_lpa, &tdp_s2_64k_lpa_engine, REF_S2, 46, 52, 3, 0, 0},
		{&tdp_s2_64k_lpa, &tdp_generic_engine, REF_S2, 52, 52, 7, TDP_CAP_HW_A | TDP_CAP_HW_D, 0},
	};

	for (unsigned i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		check_limit(&limits[i]);
}

/* What a machine's output width makes of host addresses. */
Test(S48, stage_2_host_widths)
{
	static const unsigned widths[] = {36, 40, 42, 44, 48};

	for (unsigned i = 0; i < 5; i++)
		check_limit(&(struct limit){.format = &tdp_s2_4k,
					    .engine = &tdp_s2_4k_engine,
					    .kind = REF_S2,
					    .gpa_bits = 40,
					    .hpa_bits = widths[i],
					    .leaf_levels = 7,
					    .ref_features = REF_HAS_1G});
}

/* Five levels and 57 bits; four and 48; no 1G leaves, no huge ones at all. */
Test(S48, ept_geometries)
{
	for (unsigned i = 0; i < 6; i++) {
		static const uint32_t leaf_levels[] = {7, 3, 1};

		check_limit(&(struct limit){.format = &tdp_ept,
					    .engine = i == 5 ? &tdp_generic_engine : &tdp_ept_engine,
					    .kind = REF_EPT,
					    .gpa_bits = i % 2 ? 57 : 48,
					    .hpa_bits = i % 2 ? 52 : 39,
					    .leaf_levels = leaf_levels[i / 2],
					    .caps = TDP_CAP_HW_A | TDP_CAP_HW_D,
					    .ref_features = leaf_levels[i / 2] & 4 ? REF_HAS_1G : 0});
	}
}

Test(S48, npt_geometries)
{
	static const uint32_t leaf_levels[] = {7, 3, 1};

	for (unsigned i = 0; i < 3; i++)
		check_limit(&(struct limit){.format = &tdp_npt,
					    .engine = &tdp_npt_engine,
					    .kind = REF_NPT,
					    .gpa_bits = 48,
					    .hpa_bits = 36 + 8 * i,
					    .leaf_levels = leaf_levels[i],
					    .caps = TDP_CAP_NX,
					    .ref_features = REF_HAS_NX | (leaf_levels[i] & 4 ? REF_HAS_1G : 0)});
	for (unsigned i = 0; i < 3; i++)
		check_limit(&(struct limit){.format = &tdp_npt,
					    .engine = i == 2 ? &tdp_generic_engine : &tdp_npt_engine,
					    .kind = REF_NPT,
					    .gpa_bits = 57 - 4 * i,
					    .hpa_bits = 52 - 6 * i,
					    .leaf_levels = leaf_levels[i],
					    .ref_features = REF_HAS_LA57 | (leaf_levels[i] & 4 ? REF_HAS_1G : 0)});
}

/* 32 bits and less, in a root of four entries whatever the width. */
Test(S48, pae_geometries)
{
	for (unsigned i = 0; i < 4; i++)
		check_limit(&(struct limit){.format = &tdp_npt_pae,
					    .engine = i == 3 ? &tdp_generic_engine : &tdp_npt_pae_engine,
					    .kind = REF_NPT,
					    .gpa_bits = 32 - i,
					    .hpa_bits = 36 + 4 * i,
					    .leaf_levels = i % 2 ? 1 : 3,
					    .caps = TDP_CAP_NX,
					    .ref_features = REF_HAS_NX | REF_PAE});
}

/* A guest narrower than the tables: what lies beyond is refused, not mapped. */
Test(S48, narrow_guests)
{
	for (unsigned bits = 36; bits < 48; bits += 3) {
		struct limit l = {.format = &tdp_npt,
				  .engine = &tdp_npt_engine,
				  .kind = REF_NPT,
				  .gpa_bits = bits,
				  .hpa_bits = 40,
				  .leaf_levels = 7,
				  .caps = TDP_CAP_NX,
				  .ref_features = REF_HAS_NX | REF_HAS_1G};

		check_limit(&l);
		l.format = &tdp_ept;
		l.engine = &tdp_ept_engine;
		l.kind = REF_EPT;
		l.caps = TDP_CAP_HW_A | TDP_CAP_HW_D;
		l.ref_features = REF_HAS_1G;
		check_limit(&l);
	}
}

/* Layouts that no machine of this kind can walk are not made. */
Test(S48, refused_widths)
{
	struct tdp_caps caps = {.hpa_bits = 40, .leaf_levels = 7, .features = TDP_CAP_HW_A | TDP_CAP_HW_D};
	struct tdp_layout out;

	cr_assert_eq(tdp_layout_make(&out, &tdp_s2_4k, &caps, 49), TDP_RANGE);
	cr_assert_eq(tdp_layout_make(&out, &tdp_s2_4k, &caps, 52), TDP_RANGE); /* LPA is not LPA2 */
	cr_assert_eq(tdp_layout_make(&out, &tdp_npt, &caps, 58), TDP_RANGE);
	cr_assert_eq(tdp_layout_make(&out, &tdp_npt_pae, &caps, 33), TDP_RANGE);
	cr_assert_eq(tdp_layout_make(&out, &tdp_ept, &caps, 58), TDP_RANGE);
	caps.max_levels = 4;
	cr_assert_eq(tdp_layout_make(&out, &tdp_ept, &caps, 57), TDP_RANGE);
	cr_assert_eq(tdp_layout_make(&out, &tdp_npt, &caps, 49), TDP_RANGE);
	caps.max_levels = 0;
	caps.leaf_levels = 6;
	cr_assert_eq(tdp_layout_make(&out, &tdp_ept, &caps, 48), TDP_INVALID);
	caps.leaf_levels = 7;
	cr_assert_eq(tdp_layout_make(&out, &tdp_fake_o, &caps, 21), TDP_RANGE);
}
