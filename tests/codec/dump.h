/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small dump of physical memory for the view's tests: 16 pages at 0x100000, of which some may be missing.
 */
#ifndef TDPMMU_TESTS_CODEC_DUMP_H
#define TDPMMU_TESTS_CODEC_DUMP_H

#include "layouts.h"

#include <string.h>
#include <tdpmmu/view.h>

enum { DUMP_BASE = 0x100000, DUMP_PAGES = 16, DUMP_PAGE = 0x1000 };

/* The memory, and what the reads were like. */
struct dump {
	tdp_spte_t mem[DUMP_PAGES][DUMP_PAGE / sizeof(tdp_spte_t)];
	bool missing[DUMP_PAGES];
	unsigned table_bytes; /* no read may cross a multiple of this */
	unsigned reads;
};

/* Where page n lies. */
static inline tdp_hpa_t dump_hpa(unsigned n)
{
	return DUMP_BASE + (tdp_hpa_t)n * DUMP_PAGE;
}

/* A tdp_read_fn that also checks what the view promises about reads. */
static inline bool dump_read(void *ctx, tdp_hpa_t hpa, void *buf, size_t bytes)
{
	struct dump *d = ctx;
	const uint64_t at = hpa - DUMP_BASE;

	d->reads++;
	CHECK(bytes >= 8 && bytes <= 512 && bytes % 8 == 0 && hpa % 8 == 0, "%zu bytes at 0x%" PRIx64, bytes, hpa);
	CHECK_EQ(hpa / d->table_bytes, (hpa + bytes - 1) / d->table_bytes, "%zu bytes at 0x%" PRIx64 " cross a table", bytes, hpa);
	if (hpa < DUMP_BASE || at / DUMP_PAGE >= DUMP_PAGES || d->missing[at / DUMP_PAGE])
		return false;
	memcpy(buf, (unsigned char *)d->mem + at, bytes);
	return true;
}

/* A view of a dump; the root is page 0. */
static inline struct tdp_view dump_view(struct dump *d, struct tdp_layout layout)
{
	d->table_bytes = (unsigned)tdp_table_size(&layout);
	return (struct tdp_view){.layout = layout, .root = DUMP_BASE, .read = dump_read, .ctx = d};
}

#endif
