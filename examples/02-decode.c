/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Say what page-table entries mean: the codec and the view alone, so no engine is linked.
 *
 *   02-decode                              walk a small EPT dump that is compiled in
 *   02-decode ept|npt|s2 LEVEL ENTRY...    decode entries from a crash report
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tdpmmu/view.h>

/* Four tables of a dump, "physical" addresses 0x1000 to 0x4fff; the entries that matter. */
static uint64_t dump[4][512] = {[0] = {[0] = 0x2107},			     /* PML4 -> 0x2000 */
				[1] = {[0] = 0x3107, [1] = 0x1400000b7},     /* PDPT -> 0x3000, a 1G page */
				[2] = {[0] = 0x4107, [3] = 0xdead0107},	     /* PD -> 0x4000, a table that is not in the dump */
				[3] = {[0] = 0x7e000037, [1] = 0x0007f002}}; /* PT: a page; write without read */

static bool read_dump(void *ctx, tdp_hpa_t hpa, void *buf, size_t bytes)
{
	(void)ctx;
	if (hpa < 0x1000 || hpa + bytes > 0x1000 + sizeof(dump))
		return false;
	memcpy(buf, (const char *)dump + (hpa - 0x1000), bytes);
	return true;
}

static enum tdp_verdict print(void *arg, struct tdp_visit *visit)
{
	char text[96];

	(void)arg;
	tdp_describe(&visit->entry, text, sizeof(text));
	printf("%12llx  entry at %llx: %s\n", (unsigned long long)visit->gpa, (unsigned long long)visit->entry_hpa, text);
	return TDP_GO;
}

static int walk_dump(void)
{
	const struct tdp_regs regs = {.base = 0x105e}; /* EPTP: 4 levels, write-back, accessed and dirty bits */
	struct tdp_view view = {.read = read_dump};

	if (tdp_layout_from_regs(&view.layout, &tdp_ept, &regs, &view.root) < 0)
		return 1;
	return tdp_view_walk(&view, 0, UINT64_C(1) << view.layout.gpa_bits, TDP_VISIT_LEAF | TDP_VISIT_BAD, print, NULL) < 0;
}

/* A number and nothing else. */
static bool number(const char *text, int base, uint64_t *out)
{
	char *end;

	*out = strtoull(text, &end, base);
	return *text && !*end;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		const struct tdp_format *format;
	} formats[] = {{"ept", &tdp_ept}, {"npt", &tdp_npt}, {"s2", &tdp_s2_4k}};
	const struct tdp_caps caps = {.hpa_bits = 48, .leaf_levels = 7, .features = TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_NX};
	struct tdp_layout layout;
	struct tdp_entry entry;
	uint64_t level, raw;
	char text[96];

	if (argc == 1)
		return walk_dump();
	for (size_t f = 0; argc > 3 && f < sizeof(formats) / sizeof(formats[0]); f++) {
		if (strcmp(argv[1], formats[f].name) != 0 || !number(argv[2], 0, &level) || level >= TDP_MAX_LEVELS ||
		    tdp_layout_make(&layout, formats[f].format, &caps, 48) < 0)
			continue;
		for (int i = 3; i < argc; i++) {
			if (!number(argv[i], 16, &raw)) {
				fprintf(stderr, "%s is no hexadecimal number\n", argv[i]);
				return 2;
			}
			tdp_decode(&layout, TDP_FOREIGN, (unsigned)level, raw, &entry);
			tdp_describe(&entry, text, sizeof(text));
			printf("%s\n", text);
		}
		return 0;
	}
	fprintf(stderr, "usage: %s [ept|npt|s2 LEVEL ENTRY...]\n", argv[0]);
	return 2;
}
