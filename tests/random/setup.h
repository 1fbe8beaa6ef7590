/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * On what the random operations run: a format, an engine, a machine, and how strict the referee is.
 */
#ifndef RANDOM_SETUP_H
#define RANDOM_SETUP_H

#include <referee.h>
#include <tdpmmu/format_def.h>

enum setup_quirk {
	SETUP_LAZY = 1,		/* caches hold only what the guest touched */
	SETUP_SHARED = 32,	/* calls are shared */
	SETUP_NONCOHERENT = 2,	/* walkers do not snoop, and pages must be synchronised */
	SETUP_TABLE_MAP = 4,	/* tables are reached through a hook, and must be given back in order */
	SETUP_NO_ADVERSARY = 8, /* hardware does not race: Accessed and Dirty are known exactly */
	SETUP_NO_DIRTY = 16	/* nobody wants to know what was written */
};

struct setup {
	const char *name;
	const struct tdp_format *format;
	const struct tdp_engine *engine;
	enum ref_kind kind;
	unsigned gpa_bits;
	uint32_t leaf_levels;
	uint32_t features;     /* enum tdp_cap, for the layout */
	unsigned ref_features; /* enum ref_feature: the same for the referee */
	uint32_t tree_flags;
	unsigned quirks;
	uint64_t pat;
};

extern const struct setup setups[];
extern const unsigned setup_count;

/* NULL: there is none of that name. */
const struct setup *setup_find(const char *name);
/* Width of host addresses: 40 bits, or as many as it takes to reach all parts of the field. */
unsigned setup_hpa_bits(const struct setup *s);
/* The layout; aborts if the library refuses it. */
struct tdp_layout setup_layout(const struct setup *s);

/*
 * Can the format say these attributes? TDP_OK: *attrs becomes what it reads back as; else TDP_UNSUPPORTED or TDP_INVALID. Written
 * from the manuals and the headers, not from the codec.
 */
enum tdp_result setup_express(const struct setup *s, struct tdp_attrs *attrs);

/* Does hardware set Accessed, Dirty? */
bool setup_hw_a(const struct setup *s);
bool setup_hw_d(const struct setup *s);
/* Does an old leaf permit nothing, because hardware sets no Accessed? */
bool setup_tracks(const struct setup *s);
/* Has a leaf room for "written since mapped"? If not, whatever is unmapped counts as that. */
bool setup_remembers(const struct setup *s);
/* Does the format break before it makes? */
bool setup_breaks(const struct setup *s);

#endif
