/* SPDX-License-Identifier: BSD-2-Clause */
/* A tree of the library's on the bare machine: tables from the page pool, identity mapped. */
#ifndef EXAMPLES_BARE_X86_SPACE_H
#define EXAMPLES_BARE_X86_SPACE_H

#include <tdpmmu/tdpmmu.h>

#include "machine.h"

struct space {
	struct tdp_tree tree;
	struct tdp_layout layout;
	struct tdp_mm_ops ops;
	struct tdp_cache tables; /* the first processor's */
	struct tdp_regs regs;
};

/* What of struct tdp_mm_ops a test supplies; ctx of the hooks is the space. */
struct space_hooks {
	void (*flush)(void *ctx, void *user, const struct tdp_flush *flush);
	void (*dirty)(void *ctx, void *user, tdp_gpa_t gpa, uint64_t size);
};

/* Make an empty tree and load it. Fails the run if the library refuses. */
void space_init(struct space *s, const struct tdp_engine *engine, const struct tdp_format *format, const struct tdp_caps *caps,
		unsigned gpa_bits, uint32_t flags, const struct space_hooks *hooks);
/* The tables go back to s->tables. */
void space_fini(struct space *s);
/* Fill a cache with new tables. */
void space_tables(struct tdp_cache *cache, unsigned count);
/* Fails the run unless result is OK or SPURIOUS. */
void space_must(enum tdp_result result, const char *what);
/* Map a fixed part of the guest, readable, writable, executable, from GUEST_RAM + gpa. */
void space_map_fixed(struct space *s, tdp_gpa_t gpa, uint64_t size);
/* Put code or data into a fixed part. */
void space_put(tdp_gpa_t gpa, const char *from, const char *end);

#endif
