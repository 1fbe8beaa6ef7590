/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * @brief Layer 3: sets of pages, as dirty logs and working-set scans hand them over.
 */
#ifndef TDPMMU_BITMAP_H
#define TDPMMU_BITMAP_H

#include <tdpmmu/walk.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A set of pages in the caller's memory: bit b of words[i] stands for the page at base + (i * 64 + b) << page_lg2. Calls OR bits in,
 * atomically, and never clear one, so threads may share a bitmap; whoever fetches and clears bits meanwhile does so atomically, too.
 */
struct tdp_bitmap {
	uint64_t *words;   /**< (pages + 63) / 64 of them */
	tdp_gpa_t base;	   /**< address of bit 0, a multiple of 1 << page_lg2, in bytes */
	uint64_t pages;	   /**< how many bits there are */
	uint32_t page_lg2; /**< log2 of what one bit stands for, in bytes: at least that of the granule */
	uint32_t reserved; /**< 0 */
};

#ifdef __cplusplus
}
#endif
#endif
