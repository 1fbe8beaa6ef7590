/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls into tdpmmu that acts are about: dirty logs, ages, splitting and promotion, over all memory or over one region. */
#ifndef TDPVM_LOG_H
#define TDPVM_LOG_H

#include "space.h"

/* A set of frames of guest memory, by number. */
struct frame_set {
	uint64_t *words;
	uint64_t frames; /* a multiple of 64 */
};

bool frame_set_open(struct frame_set *set, uint64_t bytes);
void frame_set_close(struct frame_set *set);
uint64_t frame_set_count(const struct frame_set *set);

/* Add all frames of a region. */
void frame_set_add(struct frame_set *set, const struct region *region);

static inline bool frame_set_has(const struct frame_set *set, uint64_t frame)
{
	return set->words[frame / 64] >> frame % 64 & 1;
}

/*
 * Collect what was written in all regions, and arm them anew: set becomes the frames of those pages. Where writes are logged by
 * write-protection a guest on its own tables cannot have its stacks armed, see struct region: they count as written each time.
 */
bool log_collect(struct space *space, struct caller *caller, struct frame_set *set);

/* The same for what was touched: set becomes the frames of the young pages of a region; they are old then. */
bool log_age(struct space *space, struct caller *caller, const struct region *region, struct frame_set *set);

/* Make all of a region 4 KiB pages. stats may be NULL. */
bool log_split(struct space *space, struct caller *caller, const struct region *region, struct tdp_stats *stats);

/* How many tables it would take to split what is still large. */
uint32_t log_unsplit(struct space *space, struct caller *caller, const struct region *region);

/* Make all of a region 2 MiB pages again, as far as that goes. */
bool log_promote(struct space *space, struct caller *caller, const struct region *region, struct tdp_stats *stats);

#endif
