/* SPDX-License-Identifier: BSD-2-Clause */
/* Which trees are tried. One line of geometry.c is one start level and width; each is tried with every set of features. */
#ifndef ORACLE_ARM64_AT_GEOMETRY_H
#define ORACLE_ARM64_AT_GEOMETRY_H

#include <tdpmmu/tdpmmu.h>

#include "walk.h"

struct geometry {
	const char *family; /* what a run is about, and who counts together */
	const char *format; /* as the result lines name it */
	const struct tdp_format *constant;
	const struct tdp_engine *engine;
	unsigned granules; /* enum tdp_granule */
	unsigned tables;   /* how many a tree may have */
	unsigned ipa_bits, hpa_bits;
	unsigned levels;   /* of a walk; 0: as the library chooses */
	const char *quirk; /* NULL, or why QEMU may refuse the registers: a translation fault of level 0, always */
};

/* What hardware does by itself. */
struct feature_set {
	const char *name;
	unsigned caps;	   /* enum tdp_cap */
	unsigned features; /* enum ref_feature */
	uint64_t hcr;	   /* bits of HCR_EL2 */
};

extern const struct geometry geometries[];
extern const unsigned geometry_count;
extern const struct feature_set feature_sets[];
extern const unsigned feature_set_count;

#endif
