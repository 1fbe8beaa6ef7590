/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wishes for a geometry: what is granted has what was asked for, and each wish that cannot be granted is refused for a reason of its own.
 */
#include "layouts.h"

/* What becomes of a wish; a refusal must leave the output alone. */
static enum tdp_misfit fit(const struct tdp_format *format, struct tdp_caps caps, struct tdp_wish wish, enum tdp_result expected)
{
	struct tdp_layout lay = {.pat = 0x5a};
	enum tdp_misfit why = TDP_FITS;
	enum tdp_result result = tdp_layout_choose(&lay, format, &caps, &wish, &why);

	CHECK(result == expected, "%s, %s: result %d", format->name, tdp_misfit_name(why), result);
	CHECK((result == TDP_OK) == (why == TDP_FITS), "%s: result and reason differ", format->name);
	if (result != TDP_OK)
		CHECK(lay.pat == 0x5a && lay.format == NULL, "written although refused");
	else
		CHECK(lay.gpa_bits == wish.gpa_bits && (wish.levels == 0 || lay.top_level + 1 == wish.levels), "granted otherwise");
	return why;
}

Test(wish, reasons_every_format_knows)
{
	static const struct tdp_format *const formats[] = {&tdp_ept, &tdp_ept_noad, &tdp_npt, &tdp_s2_4k, &tdp_s2_16k, &tdp_s2_64k};

	for (unsigned i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		const struct tdp_wish forty = {.gpa_bits = 40};
		struct tdp_caps caps = test_caps();
		struct tdp_layout lay;

		CHECK_EQ(fit(formats[i], caps, forty, TDP_OK), TDP_FITS, "40 bits");
		CHECK_EQ(fit(formats[i], caps, (struct tdp_wish){.gpa_bits = 255}, TDP_RANGE), TDP_MISFIT_GPA, "255 bits");
		CHECK_EQ(fit(formats[i], caps, (struct tdp_wish){0}, TDP_RANGE), TDP_MISFIT_GPA, "no width");
		CHECK_EQ(fit(formats[i], caps, (struct tdp_wish){.gpa_bits = 40, .levels = 7}, TDP_UNSUPPORTED), TDP_MISFIT_LEVELS,
			 "7 levels");
		CHECK_EQ(fit(formats[i], caps, (struct tdp_wish){.gpa_bits = 40, .leaf_levels = 1u << 4}, TDP_UNSUPPORTED),
			 TDP_MISFIT_LEAF, "huge leaves that no format has");
		CHECK_EQ(fit(formats[i], caps, (struct tdp_wish){.gpa_bits = 40, .features = 1u << 31}, TDP_UNSUPPORTED),
			 TDP_MISFIT_FEATURE, "a feature that nobody knows");
		caps.leaf_levels = 3;
		CHECK_EQ(fit(formats[i], caps, (struct tdp_wish){.gpa_bits = 40, .leaf_levels = 4}, TDP_UNSUPPORTED),
			 TDP_MISFIT_LEAF, "1G on a machine without");
		caps.leaf_levels = 5; /* a leaf of 1G could not be split: it was, into leaves that no machine takes */
		CHECK_EQ(fit(formats[i], caps, (struct tdp_wish){.gpa_bits = 40, .leaf_levels = 4}, TDP_UNSUPPORTED),
			 TDP_MISFIT_LEAF, "1G on a machine without 2M");
		CHECK(tdp_layout_choose(&lay, formats[i], &caps, &forty, NULL) == TDP_OK && lay.leaf_levels == 1, "above a gap");
		caps.leaf_levels = 6;
		CHECK_EQ(fit(formats[i], caps, forty, TDP_INVALID), TDP_MISFIT_CAPS, "no 4K leaf");
		caps = test_caps();
		caps.gpa_bits = 39;
		CHECK_EQ(fit(formats[i], caps, forty, TDP_RANGE), TDP_MISFIT_CPU_GPA, "wider than the machine");
	}
}

/* A host's nested tables have as many levels as its own paging; wider guests take five. */
Test(wish, levels_of_npt)
{
	const struct tdp_wish forty = {.gpa_bits = 40}, fifty = {.gpa_bits = 50}, thirty = {.gpa_bits = 30};
	struct tdp_caps caps = test_caps();
	struct tdp_layout lay;

	CHECK_EQ(fit(&tdp_npt, caps, (struct tdp_wish){.gpa_bits = 40, .levels = 5}, TDP_OK), TDP_FITS, "more than it takes");
	CHECK_EQ(fit(&tdp_npt, caps, (struct tdp_wish){.gpa_bits = 50, .levels = 4}, TDP_UNSUPPORTED), TDP_MISFIT_LEVELS,
		 "too few");
	CHECK_EQ(fit(&tdp_npt, caps, (struct tdp_wish){.gpa_bits = 58}, TDP_RANGE), TDP_MISFIT_GPA, "58 bits");
	CHECK_EQ(fit(&tdp_npt, caps, (struct tdp_wish){.gpa_bits = 30, .levels = 3}, TDP_UNSUPPORTED), TDP_MISFIT_LEVELS,
		 "three levels are another format");
	caps.max_levels = 4;
	CHECK_EQ(fit(&tdp_npt, caps, fifty, TDP_RANGE), TDP_MISFIT_CPU_GPA, "no fifth level here");
	CHECK_EQ(fit(&tdp_npt, caps, (struct tdp_wish){.gpa_bits = 40, .levels = 5}, TDP_UNSUPPORTED), TDP_MISFIT_LEVELS,
		 "nor on demand");
	caps.max_levels = caps.min_levels = 5;
	CHECK_EQ(tdp_layout_choose(&lay, &tdp_npt, &caps, &forty, NULL), TDP_OK, "a host with LA57");
	CHECK_EQ(lay.top_level, 4, "has five levels");
	CHECK_EQ(fit(&tdp_npt, caps, (struct tdp_wish){.gpa_bits = 40, .levels = 4}, TDP_UNSUPPORTED), TDP_MISFIT_LEVELS,
		 "and no four");
	CHECK_EQ(fit(&tdp_npt_pae, caps, thirty, TDP_UNSUPPORTED), TDP_MISFIT_LEVELS, "nor three");
	caps.max_levels = caps.min_levels = 6;
	CHECK_EQ(fit(&tdp_npt, caps, forty, TDP_UNSUPPORTED), TDP_MISFIT_LEVELS, "six levels that no format has");
	caps.max_levels = caps.min_levels = 3;
	CHECK_EQ(fit(&tdp_npt, caps, forty, TDP_UNSUPPORTED), TDP_MISFIT_LEVELS, "a host in PAE mode");
	CHECK_EQ(fit(&tdp_npt_pae, caps, thirty, TDP_OK), TDP_FITS, "has its own format");
	CHECK_EQ(fit(&tdp_npt_pae, caps, (struct tdp_wish){.gpa_bits = 33}, TDP_RANGE), TDP_MISFIT_GPA, "of 32 bits");
	CHECK_EQ(fit(&tdp_npt_pae, caps, (struct tdp_wish){.gpa_bits = 32, .leaf_levels = 4}, TDP_UNSUPPORTED), TDP_MISFIT_LEAF,
		 "without 1G");
	CHECK_EQ(fit(&tdp_npt_pae, caps, (struct tdp_wish){.gpa_bits = 32, .levels = 4}, TDP_UNSUPPORTED), TDP_MISFIT_LEVELS,
		 "in three levels");
}

/* A machine with these granules, and what becomes of a wish for a format. */
static enum tdp_misfit arm_fit(const struct tdp_format *format, unsigned granules, struct tdp_wish wish, enum tdp_result expected)
{
	struct tdp_caps caps = test_caps();

	caps.hpa_bits = caps.gpa_bits = granules & TDP_GRANULE_64K_52 ? 52 : 48;
	caps.granules = granules;
	caps.features = granules & (TDP_GRANULE_4K_52 | TDP_GRANULE_16K_52) ? TDP_CAP_LPA2 : 0;
	return fit(format, caps, wish, expected);
}

static const struct {
	const char *what;
	const struct tdp_format *format;
	unsigned granules;
	struct tdp_wish wish;
	enum tdp_misfit why;
} arm_wishes[] = {
	{"nobody spoke of granules: 4K", &tdp_s2_4k, 0, {.gpa_bits = 40}, TDP_FITS},
	{"no 4K", &tdp_s2_4k, TDP_GRANULE_64K, {.gpa_bits = 40}, TDP_MISFIT_GRANULE},
	{"no 16K, because nobody spoke of it", &tdp_s2_16k, 0, {.gpa_bits = 40}, TDP_MISFIT_GRANULE},
	{"no 16K", &tdp_s2_16k, TDP_GRANULE_4K | TDP_GRANULE_64K, {.gpa_bits = 40}, TDP_MISFIT_GRANULE},
	{"no 64K", &tdp_s2_64k, TDP_GRANULE_4K | TDP_GRANULE_16K, {.gpa_bits = 40}, TDP_MISFIT_GRANULE},
	{"none at all", &tdp_s2_64k, TDP_GRANULE_NONE, {.gpa_bits = 40}, TDP_MISFIT_GRANULE},
	{"no 16K, with LPA2 or without",
	 &tdp_s2_16k_lpa2,
	 TDP_GRANULE_4K | TDP_GRANULE_4K_52,
	 {.gpa_bits = 40},
	 TDP_MISFIT_GRANULE},
	{"LPA is not LPA2",
	 &tdp_s2_4k_lpa2,
	 TDP_GRANULE_4K | TDP_GRANULE_64K | TDP_GRANULE_64K_52,
	 {.gpa_bits = 40},
	 TDP_MISFIT_LPA},
	{"LPA2 of another granule", &tdp_s2_16k_lpa2, TDP_GRANULE_4K_52 | TDP_GRANULE_16K, {.gpa_bits = 40}, TDP_MISFIT_LPA},
	{"no LPA", &tdp_s2_64k_lpa, TDP_GRANULE_64K, {.gpa_bits = 40}, TDP_MISFIT_LPA},
	{"wider than the format", &tdp_s2_64k, TDP_GRANULE_64K | TDP_GRANULE_64K_52, {.gpa_bits = 52}, TDP_MISFIT_GPA},
	{"wider than the machine", &tdp_s2_4k_lpa2, TDP_GRANULE_4K_52, {.gpa_bits = 52}, TDP_MISFIT_CPU_GPA},
	{"narrower than the machine", &tdp_s2_16k, TDP_GRANULE_16K, {.gpa_bits = 24}, TDP_MISFIT_CPU_GPA},
	{"narrower than any", &tdp_s2_4k, TDP_GRANULE_4K, {.gpa_bits = 15}, TDP_MISFIT_GPA},
	{"one level of 4K", &tdp_s2_4k, TDP_GRANULE_4K, {.gpa_bits = 25, .levels = 1}, TDP_MISFIT_LEVELS},
	{"too few levels", &tdp_s2_4k, TDP_GRANULE_4K, {.gpa_bits = 35, .levels = 2}, TDP_MISFIT_LEVELS},
	{"too many levels", &tdp_s2_4k, TDP_GRANULE_4K, {.gpa_bits = 39, .levels = 4}, TDP_MISFIT_LEVELS},
	{"L0 of 16K without LPA2", &tdp_s2_16k, TDP_GRANULE_16K, {.gpa_bits = 48, .levels = 4}, TDP_MISFIT_LEVELS},
	{"L-1 for 48 bits",
	 &tdp_s2_4k_lpa2,
	 TDP_GRANULE_4K_52 | TDP_GRANULE_64K_52,
	 {.gpa_bits = 48, .levels = 5},
	 TDP_MISFIT_LEVELS},
	{"blocks of 512G without LPA2", &tdp_s2_4k, TDP_GRANULE_4K, {.gpa_bits = 48, .leaf_levels = 8}, TDP_MISFIT_LEAF},
	{"blocks of 64G without LPA2", &tdp_s2_16k, TDP_GRANULE_16K, {.gpa_bits = 48, .leaf_levels = 4}, TDP_MISFIT_LEAF},
	{"blocks of 4T without LPA", &tdp_s2_64k, TDP_GRANULE_64K, {.gpa_bits = 48, .leaf_levels = 4}, TDP_MISFIT_LEAF},
	{"blocks of 1G below the start", &tdp_s2_4k, TDP_GRANULE_4K, {.gpa_bits = 34, .leaf_levels = 4}, TDP_MISFIT_LEAF},
	{"blocks of 512G", &tdp_s2_4k_lpa2, TDP_GRANULE_4K_52, {.gpa_bits = 48, .leaf_levels = 8}, TDP_FITS},
	{"blocks of 4T", &tdp_s2_64k_lpa, TDP_GRANULE_64K | TDP_GRANULE_64K_52, {.gpa_bits = 52, .leaf_levels = 4}, TDP_FITS},
	{"LPA2, said as a feature", &tdp_s2_4k_lpa2, TDP_GRANULE_4K_52, {.gpa_bits = 40, .features = TDP_CAP_LPA2}, TDP_FITS},
	{"LPA2 in a format without", &tdp_s2_4k, TDP_GRANULE_4K_52, {.gpa_bits = 40, .features = TDP_CAP_LPA2}, TDP_MISFIT_FEATURE},
};

Test(wish, arm)
{
	for (size_t i = 0; i < sizeof(arm_wishes) / sizeof(arm_wishes[0]); i++) {
		const enum tdp_misfit why = arm_wishes[i].why;
		const bool width = why == TDP_MISFIT_GPA || why == TDP_MISFIT_CPU_GPA;

		CHECK_EQ(arm_fit(arm_wishes[i].format, arm_wishes[i].granules, arm_wishes[i].wish,
				 why == TDP_FITS ? TDP_OK
				 : width	 ? TDP_RANGE
						 : TDP_UNSUPPORTED),
			 why, "%s", arm_wishes[i].what);
	}
}

/* Start levels that only machines with physical addresses wide enough have. */
Test(wish, arm_start_levels)
{
	static const struct {
		const struct tdp_format *format;
		unsigned gpa_bits, levels, hpa_bits;
	} starts[] = {
		{&tdp_s2_4k, 40, 4, 44},       {&tdp_s2_16k, 37, 3, 42},     {&tdp_s2_64k, 43, 3, 44},
		{&tdp_s2_16k_lpa2, 48, 4, 52}, {&tdp_s2_4k_lpa2, 49, 5, 52},
	};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		const struct tdp_wish wish = {.gpa_bits = (uint8_t)starts[i].gpa_bits, .levels = (uint8_t)starts[i].levels};
		struct tdp_caps caps = test_caps();

		caps.hpa_bits = (uint8_t)starts[i].hpa_bits;
		CHECK_EQ(fit(starts[i].format, caps, wish, TDP_OK), TDP_FITS, "start %zu", i);
		caps.hpa_bits--;
		CHECK_EQ(fit(starts[i].format, caps, wish, TDP_UNSUPPORTED), TDP_MISFIT_LEVELS, "start %zu, a machine too narrow",
			 i);
	}
}

Test(wish, arguments)
{
	const struct tdp_caps caps = test_caps();
	struct tdp_wish wish = {.gpa_bits = 40};
	enum tdp_misfit why;
	struct tdp_layout lay;

	CHECK_EQ(-tdp_layout_choose(NULL, &tdp_npt, &caps, &wish, &why), -TDP_INVALID, "no output");
	CHECK_EQ(-tdp_layout_choose(&lay, NULL, &caps, &wish, &why), -TDP_INVALID, "no format");
	CHECK_EQ(-tdp_layout_choose(&lay, &tdp_npt, NULL, &wish, &why), -TDP_INVALID, "no capabilities");
	CHECK_EQ(-tdp_layout_choose(&lay, &tdp_npt, &caps, NULL, &why), -TDP_INVALID, "no wish");
	CHECK_EQ(why, TDP_MISFIT_CAPS, "a reason is always given");
	CHECK_EQ(tdp_layout_choose(&lay, &tdp_npt, &caps, &wish, NULL), TDP_OK, "nobody asks why");
	wish.size = 1;
	CHECK_EQ(-tdp_layout_choose(&lay, &tdp_npt, &caps, &wish, &why), -TDP_INVALID, "a size that is wrong");
	wish = (struct tdp_wish){.gpa_bits = 40, .reserved = 1};
	CHECK_EQ(-tdp_layout_choose(&lay, &tdp_npt, &caps, &wish, &why), -TDP_INVALID, "a reserved field in use");
}

Test(wish, every_reason_has_words)
{
	for (enum tdp_misfit why = TDP_FITS; why <= TDP_MISFIT_FEATURE; why++)
		CHECK(tdp_misfit_name(why)[0] != '?', "reason %d", why);
	CHECK(tdp_misfit_name((enum tdp_misfit)99)[0] == '?', "no reason");
}

/* What real machines cannot do, from what their registers say. */
Test(wish, x86_machines)
{
	/* Execute-only, 4 levels, write-back, 2M, no 1G, no flags. */
	const struct tdp_vmx vmx = {.ept_vpid_cap = 0x14041, .maxphyaddr = 39};
	const struct tdp_svm svm = {.maxphyaddr = 48, .guest_bits = 47}, old = {.maxphyaddr = 36, .pae = true};
	const struct {
		const char *what;
		const struct tdp_format *format;
		bool intel, pae;
		struct tdp_wish wish;
		enum tdp_misfit why;
	} wishes[] = {
		{"EPT without flags", &tdp_ept_noad, true, false, {.gpa_bits = 48, .leaf_levels = 3, .features = 4}, TDP_FITS},
		{"EPT with flags", &tdp_ept, true, false, {.gpa_bits = 48}, TDP_MISFIT_FEATURE},
		{"1G leaves", &tdp_ept_noad, true, false, {.gpa_bits = 48, .leaf_levels = 4}, TDP_MISFIT_LEAF},
		{"57 bits", &tdp_ept_noad, true, false, {.gpa_bits = 57}, TDP_MISFIT_CPU_GPA},
		{"five levels", &tdp_ept_noad, true, false, {.gpa_bits = 48, .levels = 5}, TDP_MISFIT_LEVELS},
		{"six", &tdp_ept_noad, true, false, {.gpa_bits = 48, .levels = 6}, TDP_MISFIT_LEVELS},
		{"three", &tdp_ept_noad, true, false, {.gpa_bits = 39, .levels = 3}, TDP_MISFIT_LEVELS},
		{"58 bits", &tdp_ept_noad, true, false, {.gpa_bits = 58}, TDP_MISFIT_GPA},
		{"modes", &tdp_ept_noad, true, false, {.gpa_bits = 48, .features = TDP_CAP_MBEC}, TDP_MISFIT_FEATURE},
		{"#VE", &tdp_ept_noad, true, false, {.gpa_bits = 48, .features = TDP_CAP_VE}, TDP_MISFIT_FEATURE},
		{"NPT", &tdp_npt, false, false, {.gpa_bits = 47}, TDP_FITS},
		{"wider than the guest may be", &tdp_npt, false, false, {.gpa_bits = 48}, TDP_MISFIT_CPU_GPA},
		{"no execution without NX", &tdp_npt, false, false, {.gpa_bits = 47, .features = TDP_CAP_NX}, TDP_MISFIT_FEATURE},
		{"five levels without LA57", &tdp_npt, false, false, {.gpa_bits = 47, .levels = 5}, TDP_MISFIT_LEVELS},
		{"PAE of a host in long mode", &tdp_npt_pae, false, false, {.gpa_bits = 32}, TDP_MISFIT_LEVELS},
		{"PAE", &tdp_npt_pae, false, true, {.gpa_bits = 32}, TDP_FITS},
		{"33 bits", &tdp_npt_pae, false, true, {.gpa_bits = 33}, TDP_MISFIT_GPA},
		{"long mode of a host in PAE mode", &tdp_npt, false, true, {.gpa_bits = 32}, TDP_MISFIT_LEVELS},
	};

	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		enum tdp_misfit why;
		struct tdp_layout lay;
		struct tdp_caps caps;

		CHECK_EQ(wishes[i].intel ? tdp_caps_vmx(&caps, &vmx) : tdp_caps_svm(&caps, wishes[i].pae ? &old : &svm), TDP_OK,
			 "%s", wishes[i].what);
		(void)!tdp_layout_choose(&lay, wishes[i].format, &caps, &wishes[i].wish, &why);
		CHECK_EQ(why, wishes[i].why, "%s: %s", wishes[i].what, tdp_misfit_name(why));
	}
}
