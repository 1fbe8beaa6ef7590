/* SPDX-License-Identifier: BSD-2-Clause */
#include "layouts.h"

#include "fake.h"

struct tdp_caps test_caps(void)
{
	return (struct tdp_caps){
		.size = sizeof(struct tdp_caps),
		.hpa_bits = 46,
		.leaf_levels = 15,
		.granules = TDP_GRANULE_4K | TDP_GRANULE_16K | TDP_GRANULE_64K | TDP_GRANULE_4K_52 | TDP_GRANULE_16K_52 |
			    TDP_GRANULE_64K_52,
		.features = TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_EXEC_ONLY | TDP_CAP_MBEC | TDP_CAP_FWB | TDP_CAP_XNX |
			    TDP_CAP_LPA2 | TDP_CAP_VE | TDP_CAP_NX,
	};
}

struct tdp_layout test_layout(const struct tdp_format *format, unsigned gpa_bits, unsigned features)
{
	struct tdp_caps caps = test_caps();
	struct tdp_layout layout;
	enum tdp_result result;

	caps.features = features;
	if (format->addr_high)
		caps.hpa_bits = 52;
	result = tdp_layout_make(&layout, format, &caps, gpa_bits);
	CHECK_EQ(result, TDP_OK, "%s, %u bits", format->name, gpa_bits);
	return layout;
}

tdp_spte_t test_leaf(const struct tdp_layout *layout, unsigned level, tdp_hpa_t hpa, struct tdp_attrs attrs)
{
	tdp_spte_t e = 0;
	enum tdp_result result = tdp_encode_leaf(layout, level, hpa, attrs, &e);

	CHECK_EQ(result, TDP_OK, "%s level %u prot %u type %u flags %u sw %u", layout->format->name, level, attrs.prot,
		 attrs.memtype, attrs.flags, attrs.sw);
	return e;
}

struct tdp_entry test_decode(const struct tdp_layout *layout, enum tdp_origin origin, unsigned level, tdp_spte_t raw)
{
	struct tdp_entry entry;

	/* Garbage first: out is written whole. */
	for (size_t i = 0; i < sizeof(entry); i++)
		((unsigned char *)&entry)[i] = 0xa5;
	tdp_decode(layout, origin, level, raw, &entry);
	return entry;
}

bool test_is_s2(const struct tdp_format *format)
{
	return format == &tdp_s2_4k || format == &tdp_s2_16k || format == &tdp_s2_64k || format == &tdp_s2_4k_lpa2 ||
	       format == &tdp_s2_16k_lpa2 || format == &tdp_s2_64k_lpa;
}

void test_layouts(struct test_layout out[TEST_LAYOUTS])
{
	const unsigned ad = TDP_CAP_HW_A | TDP_CAP_HW_D;
	unsigned n = 0;

	out[n++] = (struct test_layout){"EPT", test_layout(&tdp_ept, 48, ad)};
	out[n++] = (struct test_layout){"EPT with execute-only and #VE",
					test_layout(&tdp_ept, 48, ad | TDP_CAP_EXEC_ONLY | TDP_CAP_VE)};
	out[n++] = (struct test_layout){"EPT, 5 levels", test_layout(&tdp_ept, 57, ad)};
	out[n++] = (struct test_layout){"EPT without A/D", test_layout(&tdp_ept_noad, 48, 0)};
	out[n++] = (struct test_layout){"EPT without A/D, 5 levels, execute-only and #VE",
					test_layout(&tdp_ept_noad, 57, ad | TDP_CAP_EXEC_ONLY | TDP_CAP_VE)};
	out[n++] = (struct test_layout){"EPT with mode-based execute", test_layout(&tdp_ept, 48, ad | TDP_CAP_MBEC)};
	out[n++] = (struct test_layout){"EPT without A/D, with mode-based execute and execute-only",
					test_layout(&tdp_ept_noad, 48, TDP_CAP_EXEC_ONLY | TDP_CAP_MBEC)};
	out[n++] = (struct test_layout){"NPT without NX", test_layout(&tdp_npt, 48, 0)};
	out[n++] = (struct test_layout){"NPT", test_layout(&tdp_npt, 48, TDP_CAP_NX)};
	out[n] = (struct test_layout){"NPT with another PAT", test_layout(&tdp_npt, 48, TDP_CAP_NX)};
	out[n++].layout.pat = 0x0007010500070406;
	out[n] = (struct test_layout){"NPT with an encryption bit", test_layout(&tdp_npt, 48, TDP_CAP_NX)};
	out[n++].layout.entry_or = UINT64_C(1) << 47;
	out[n++] = (struct test_layout){"NPT, 5 levels", test_layout(&tdp_npt, 57, TDP_CAP_NX)};
	out[n++] = (struct test_layout){"NPT PAE without NX", test_layout(&tdp_npt_pae, 32, 0)};
	out[n++] = (struct test_layout){"NPT PAE", test_layout(&tdp_npt_pae, 32, TDP_CAP_NX)};
	out[n] = (struct test_layout){"NPT PAE with another PAT", test_layout(&tdp_npt_pae, 30, TDP_CAP_NX)};
	out[n++].layout.pat = 0x0007010500070406;
	out[n++] = (struct test_layout){"S2, software A and D", test_layout(&tdp_s2_4k, 40, 0)};
	out[n++] = (struct test_layout){"S2, two levels, XNX", test_layout(&tdp_s2_4k, 34, TDP_CAP_XNX)};
	out[n++] = (struct test_layout){"S2, four levels, hardware A and D", test_layout(&tdp_s2_4k, 48, ad)};
	out[n++] = (struct test_layout){"S2 with FWB and XNX", test_layout(&tdp_s2_4k, 39, ad | TDP_CAP_FWB | TDP_CAP_XNX)};
	out[n++] = (struct test_layout){"S2, 16K", test_layout(&tdp_s2_16k, 48, ad | TDP_CAP_XNX)};
	out[n++] = (struct test_layout){"S2, 64K", test_layout(&tdp_s2_64k, 48, ad | TDP_CAP_FWB)};
	out[n++] = (struct test_layout){"S2, 64K, one level", test_layout(&tdp_s2_64k, 29, 0)};
	out[n++] = (struct test_layout){"S2, 4K, LPA2", test_layout(&tdp_s2_4k_lpa2, 52, ad | TDP_CAP_XNX)};
	out[n++] = (struct test_layout){"S2, 16K, LPA2", test_layout(&tdp_s2_16k_lpa2, 52, TDP_CAP_FWB)};
	out[n++] = (struct test_layout){"S2, 64K, LPA", test_layout(&tdp_s2_64k_lpa, 52, ad)};
	out[n++] = (struct test_layout){"FAKE-O", test_layout(&tdp_fake_o, 20, 0)};
	out[n++] = (struct test_layout){"FAKE-B", test_layout(&tdp_fake_b, 20, 0)};
	out[n++] = (struct test_layout){"FAKE-B, four root tables", test_layout(&tdp_fake_b, 22, TDP_CAP_HW_A)};
	CHECK_EQ(n, TEST_LAYOUTS, "count them");
}
