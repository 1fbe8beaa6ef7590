/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything shared as one number: two executions with equal numbers are taken to be in one state.
 */
#include <string.h>
#include <tree_impl.h>

#include "world_impl.h"

/* What is behind the first entries of a table rarely changes, and is much: whether it has since it was last looked at, and whether it has
 * in this execution. */
static bool tail_changed[FRAMES], tail_written[FRAMES];
static uint64_t tail_hash[FRAMES];

void world_tail_changes(uint64_t frame)
{
	tail_changed[frame] = true;
	tail_written[frame] = true;
}

void world_clear_frames(bool same_format)
{
	if (!same_format)
		memset(world_memory, 0, sizeof(world_memory));
	for (unsigned i = 0; i < FRAMES; i++) {
		uint64_t *frame = world_frame(i);

		memset(frame, 0, PER_TABLE * sizeof(uint64_t));
		tail_changed[i] |= tail_written[i] || !same_format;
		if (tail_written[i])
			memset(frame + PER_TABLE, 0, (world_config.format->entries - PER_TABLE) * sizeof(uint64_t));
		tail_written[i] = false;
	}
}

uint64_t world_state(void *arg)
{
	const struct tree *t = tree_of(&world_tree);
	uint64_t h = 1, sum[PER_TABLE] = {1, 2, 3, 4};

	(void)arg;
	for (unsigned i = 0; i < world.frames_used; i++) {
		for (unsigned k = 0; k < PER_TABLE; k++)
			sum[k] = hash_word(sum[k], world_frame(i)[k]);
		if (tail_changed[i]) {
			size_t rest = world_config.format->entries - PER_TABLE;

			tail_hash[i] = hash_bytes(1, world_frame(i) + PER_TABLE, rest * sizeof(uint64_t));
			tail_changed[i] = false;
		}
		h = hash_word(h, tail_hash[i]);
	}
	h = hash_bytes(h, sum, sizeof(sum));
	h = hash_bytes(h, &world, sizeof(world));
	h = hash_bytes(h, world_caches, sizeof(world_caches));
	h = hash_bytes(h, &t->gathers, sizeof(t->gathers));
	h = hash_bytes(h, &t->retire, sizeof(t->retire));
	h ^= world_config.store_buffer ? world_buffer_state() : 0;
	h ^= world_nosnoop_state();
	return world_config.set == NO_SET ? h : h ^ world_set_state();
}
