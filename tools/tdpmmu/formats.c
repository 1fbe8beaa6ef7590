/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of formats. A new one is a line here; --format, its completion in messages, `tdpmmu formats` and the tests follow.
 */
#include "formats.h"

#include <string.h>

#define AD (TDP_CAP_HW_A | TDP_CAP_HW_D)

#define LINE(name, constant, family, gpa_bits, hpa_bits, features, manual)                                                         \
	{                                                                                                                          \
		name, #constant, &(constant), &(family), gpa_bits, hpa_bits, features, manual                                      \
	}

const struct format_line format_lines[] = {
	LINE("ept", tdp_ept, family_ept, 48, 52, AD | TDP_CAP_EXEC_ONLY, "Intel SDM vol. 3C, 29.3"),
	LINE("ept-5", tdp_ept, family_ept, 57, 52, AD | TDP_CAP_EXEC_ONLY, "Intel SDM vol. 3C, 29.3"),
	LINE("ept-noad", tdp_ept_noad, family_ept, 48, 52, TDP_CAP_EXEC_ONLY, "Intel SDM vol. 3C, 29.3"),
	LINE("npt", tdp_npt, family_npt, 48, 52, AD | TDP_CAP_NX, "AMD APM vol. 2, 5.3 and 15.25"),
	LINE("npt-5", tdp_npt, family_npt, 57, 52, AD | TDP_CAP_NX, "AMD APM vol. 2, 5.3 and 15.25"),
	LINE("npt-pae", tdp_npt_pae, family_npt_pae, 32, 52, AD | TDP_CAP_NX, "AMD APM vol. 2, 5.2.3 and 15.25"),
	LINE("arm64-s2-4k", tdp_s2_4k, family_s2, 48, 48, TDP_CAP_HW_A, "Arm ARM DDI 0487, D8"),
	LINE("arm64-s2-16k", tdp_s2_16k, family_s2, 48, 48, TDP_CAP_HW_A, "Arm ARM DDI 0487, D8"),
	LINE("arm64-s2-64k", tdp_s2_64k, family_s2, 48, 48, TDP_CAP_HW_A, "Arm ARM DDI 0487, D8"),
	LINE("arm64-s2-4k-lpa2", tdp_s2_4k_lpa2, family_s2, 52, 52, TDP_CAP_HW_A | TDP_CAP_LPA2, "Arm ARM DDI 0487, D8"),
	LINE("arm64-s2-16k-lpa2", tdp_s2_16k_lpa2, family_s2, 52, 52, TDP_CAP_HW_A | TDP_CAP_LPA2, "Arm ARM DDI 0487, D8"),
	LINE("arm64-s2-64k-lpa", tdp_s2_64k_lpa, family_s2, 52, 52, TDP_CAP_HW_A, "Arm ARM DDI 0487, D8"),
	{NULL, NULL, NULL, NULL, 0, 0, 0, NULL},
};

const struct feature_line feature_lines[] = {
	{"hw-a", TDP_CAP_HW_A},
	{"hw-d", TDP_CAP_HW_D},
	{"exec-only", TDP_CAP_EXEC_ONLY},
	{"mbec", TDP_CAP_MBEC},
	{"fwb", TDP_CAP_FWB},
	{"xnx", TDP_CAP_XNX},
	{"lpa2", TDP_CAP_LPA2},
	{"ve", TDP_CAP_VE},
	{"nx", TDP_CAP_NX},
	{"ttst", TDP_CAP_TTST},
	{"split-flush", TDP_CAP_SPLIT_FLUSH},
	{NULL, 0},
};

const struct format_line *format_find(const char *name)
{
	for (const struct format_line *line = format_lines; line->name; line++) {
		if (strcmp(line->name, name) == 0)
			return line;
	}
	return NULL;
}

const char *format_names(void)
{
	static char names[512];
	struct text text = TEXT(names);

	for (const struct format_line *line = format_lines; line->name; line++)
		text_add(&text, "%s%s", line == format_lines ? "" : ", ", line->name);
	return names;
}

/* A layout on a machine that has everything, or only the line's features. */
static enum tdp_result make(const struct format_line *line, uint32_t features, unsigned gpa_bits, struct tdp_layout *out)
{
	const struct tdp_caps caps = {
		.hpa_bits = line->hpa_bits, .leaf_levels = ~0u, .features = features, .granules = line->family->granules};

	return tdp_layout_make(out, line->format, &caps, gpa_bits);
}

uint32_t format_features(const struct format_line *line)
{
	struct tdp_layout layout;

	return make(line, ~0u, line->gpa_bits, &layout) == TDP_OK ? layout.features : 0;
}

unsigned format_gpa_bits(const struct format_line *line)
{
	struct tdp_layout layout;
	unsigned bits = 63;

	while (bits > line->gpa_bits && make(line, line->features, bits, &layout) != TDP_OK)
		bits--;
	return bits;
}

struct tdp_layout format_layout(const struct format_line *line)
{
	struct tdp_layout layout = {.format = NULL};

	if (make(line, line->features, line->gpa_bits, &layout) != TDP_OK)
		trouble("format %s: its line makes no layout", line->name);
	return layout;
}
