/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every page-table format must keep, whatever its bits are. A variant is one line of the table in variants.c; each file here is one
 * aspect, asked of every variant. The judge is the referee's walker (tests/referee), written from the manuals and sharing nothing with
 * the library.
 */
#ifndef TDPMMU_TESTS_CONFORMANCE_H
#define TDPMMU_TESTS_CONFORMANCE_H

#include "fmt.h"

#include <inttypes.h>
#include <walk.h>

/* One format on one machine. */
struct variant {
	const char *name;
	const struct tdp_format *format;
	enum ref_kind kind;    /* who judges it */
	unsigned ref_features; /* of the machine, where no capability of the layout says it (enum ref_feature) */
	uint8_t gpa_bits;
	uint8_t levels;		/* 0: whatever serves gpa_bits */
	uint8_t hpa_bits;	/* 0: 46 */
	uint8_t sw_bits;	/* that callers have in a leaf */
	unsigned features;	/* of the machine (enum tdp_cap) */
	unsigned leaf_levels;	/* 0: 7 */
	unsigned granules;	/* Arm: as in struct tdp_caps */
	uint64_t entry_or, pat; /* as in struct tdp_layout */
	/* What hardware ignores, but the judge refuses because a correct library leaves it 0. */
	uint64_t unused_leaf, unused_huge, unused_table; /* in all leaves; also in those above level 0; in table entries */
};

extern const struct variant variants[];
extern const unsigned variant_count;

/* Can hardware say this? Found (attributes.c) among the entries that the judge accepts as leaves. */
enum { SAYABLE = (TDP_RWX + 1) * (TDP_MT_STAGE1 + 1) * 4 };
struct sayable {
	bool leaf[SAYABLE]; /* by prot, memtype, TDP_ATTR_FORCE_MT and TDP_ATTR_SUPERVISOR */
};

/* A variant under test. */
struct subject {
	const struct variant *v;
	const struct tdp_format *fmt;
	struct tdp_layout lay;
	struct ref_machine machine;
	struct ref_shape shape;
	struct sayable said[2]; /* at level 0; above */
	unsigned complaints;	/* of the aspect that is being asked */
	uint64_t random;	/* state of the generator */
};

/* An aspect: true if the variant keeps it; what it prints first is a comment. */
bool registers_agree(struct subject *s);
bool entries_agree(struct subject *s, uint64_t entries);
bool attributes_agree(struct subject *s);
bool addresses_agree(struct subject *s);
bool kinds_agree(struct subject *s);
bool changes_agree(struct subject *s);

/* Says what is wrong and where, ten times per aspect at most. */
void complain(struct subject *s, unsigned level, tdp_spte_t raw, const char *what);
#define EXPECT(s, level, raw, condition)                                                                                           \
	do {                                                                                                                       \
		if (!(condition))                                                                                                  \
			complain(s, level, raw, #condition);                                                                       \
	} while (0)

/* The next of a reproducible sequence (splitmix64). */
uint64_t next_random(struct subject *s);

/* What the judge says of an entry, the encryption bit taken out. */
struct ref_entry judge(const struct subject *s, unsigned level, tdp_spte_t raw);
/* The judge's words in the library's: permissions and memory types. */
unsigned judged_prot(const struct ref_entry *e);
unsigned judged_memtype(const struct ref_entry *e);

/* See struct variant, at a level. */
static inline uint64_t unused_in_leaf(const struct subject *s, unsigned level)
{
	return fmt_at(s->fmt, level, s->v->unused_leaf | (level > 0 ? s->v->unused_huge : 0));
}

/* Where an address may be in an entry of level 0, and what most formats reserve around it. */
static inline tdp_spte_t address_field(const struct subject *s)
{
	return s->fmt->addr | s->fmt->addr_high | UINT64_C(0x000ffffffffff000);
}

static inline bool has_leaf(const struct subject *s, unsigned level)
{
	return s->lay.leaf_levels >> level & 1;
}

#endif
