/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A forensic tool: somebody else's tables in a memory dump, and single entries from a crash report. Needs the codec and the view only.
 */
#include <stdio.h>

#include <tdpmmu/view.h>

struct dump {
	FILE *file;
};

int dump_ept(struct dump *dump, uint64_t eptp);
int decode_one(uint64_t raw, unsigned level, uint64_t vtcr);

static bool read_dump(void *ctx, tdp_hpa_t hpa, void *buf, size_t bytes)
{
	struct dump *dump = ctx;

	return fseek(dump->file, (long)hpa, SEEK_SET) == 0 && fread(buf, 1, bytes, dump->file) == bytes;
}

static enum tdp_verdict print(void *arg, struct tdp_visit *visit)
{
	char text[128];

	(void)arg;
	tdp_describe(&visit->entry, text, sizeof(text));
	printf("%012llx L%u @%llx %s\n", (unsigned long long)visit->gpa, visit->entry.level, (unsigned long long)visit->entry_hpa,
	       text);
	return TDP_GO;
}

int dump_ept(struct dump *dump, uint64_t eptp)
{
	struct tdp_regs regs = {.base = eptp};
	struct tdp_view view = {.read = read_dump, .ctx = dump, .max_tables = 1 << 24};

	if (tdp_layout_from_regs(&view.layout, &tdp_ept, &regs, &view.root) < 0)
		return -1;
	return tdp_view_walk(&view, 0, UINT64_C(1) << view.layout.gpa_bits, TDP_VISIT_LEAF | TDP_VISIT_BAD, print, NULL) < 0 ? -1
															     : 0;
}

/* 1: hardware would fault on it, and the text says why. */
int decode_one(uint64_t raw, unsigned level, uint64_t vtcr)
{
	struct tdp_regs regs = {.control = vtcr};
	struct tdp_layout layout;
	struct tdp_entry entry;
	tdp_hpa_t root;
	char text[128];

	if (tdp_layout_from_regs(&layout, &tdp_s2_4k, &regs, &root) < 0)
		return -1;
	tdp_decode(&layout, TDP_FOREIGN, level, raw, &entry);
	tdp_describe(&entry, text, sizeof(text));
	puts(text);
	return entry.kind == TDP_RESERVED;
}
