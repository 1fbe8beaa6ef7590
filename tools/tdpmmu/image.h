/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file of physical memory, and the tables in it.
 */
#ifndef TDPMMU_TOOL_IMAGE_H
#define TDPMMU_TOOL_IMAGE_H

#include "options.h"

#include <tdpmmu/view.h>

/** A file, mapped. */
struct image {
	const char *name;
	const unsigned char *bytes;
	uint64_t size;
	tdp_hpa_t base; /**< of its first byte */
};

/** Maps a file; ends the program if it cannot. */
void image_open(struct image *image, const char *name, tdp_hpa_t base);
void image_close(struct image *image);
/** What the options say about the tables in it; a mistake ends the program. */
struct tdp_view image_view(const struct options *options, struct image *image);

#endif
