/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The formats that the command knows. Each is one line of formats.c; everything else about it is asked from the library, or belongs
 * to its family: the manual's names of bits, and what hardware does with them.
 */
#ifndef TDPMMU_TOOL_FORMATS_H
#define TDPMMU_TOOL_FORMATS_H

#include "family.h"

/** A format as the command line knows it. */
struct format_line {
	const char *name;		 /**< for --format */
	const char *constant;		 /**< the library's name of it */
	const struct tdp_format *format; /**< the constant */
	const struct family *family;	 /**< its manual's view */
	uint8_t gpa_bits;		 /**< without --gpa-bits */
	uint8_t hpa_bits;		 /**< without --hpa-bits */
	uint32_t features;  /**< without --features, ::tdp_cap: what nearly every machine has, so that no common entry is refused */
	const char *manual; /**< where it is written */
};

/** All of them; ends with a line without a name. */
extern const struct format_line format_lines[];

/** The line of a name; NULL: unknown. */
const struct format_line *format_find(const char *name);
/** The names, "ept, npt", for complaints. */
const char *format_names(void);

/** A feature's name for --features, and its bit. */
struct feature_line {
	const char *name;
	uint32_t bit;
};

/** All of them; ends with a line without a name. */
extern const struct feature_line feature_lines[];

/** Which features a format takes at all. */
uint32_t format_features(const struct format_line *line);
/** The widest guest addresses of a format, in bits. */
unsigned format_gpa_bits(const struct format_line *line);
/** The layout of a line's defaults; every line has one. */
struct tdp_layout format_layout(const struct format_line *line);

#endif
