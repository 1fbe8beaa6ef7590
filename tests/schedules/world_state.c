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
	for (unsigned i = 0; i < FRAMES; i++) {
		memset(world_memory[i], 0, PER_TABLE * sizeof(uint64_t));
		if (!tail_written[i] && same_format)
			continue;
		memset(world_memory[i] + PER_TABLE, 0, sizeof(world_memory[i]) - PER_TABLE * sizeof(uint64_t));
		tail_changed[i] = true;
		tail_written[i] = false;
	}
}

uint64_t world_hash(uint64_t h, const void *bytes, size_t n)
{
	const unsigned char *b = bytes;
	uint64_t word = 0;

	for (; n >= sizeof(word); n -= sizeof(word), b += sizeof(word)) {
		memcpy(&word, b, sizeof(word));
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	word = 0;
	memcpy(&word, b, n);
	h = (h ^ word) * UINT64_C(0xff51afd7ed558ccd);
	return h ^ h >> 32;
}

uint64_t world_state(void *arg)
{
	const struct tree *t = tree_of(&world_tree);
	uint64_t h = 1;

	(void)arg;
	for (unsigned i = 0; i < world.frames_used; i++) {
		h = world_hash(h, world_memory[i], PER_TABLE * sizeof(uint64_t));
		if (tail_changed[i]) {
			size_t rest = world_config.format->entries - PER_TABLE;

			tail_hash[i] = world_hash(1, world_memory[i] + PER_TABLE, rest * sizeof(uint64_t));
			tail_changed[i] = false;
		}
		h = (h ^ tail_hash[i]) * UINT64_C(0x9e3779b97f4a7c15);
	}
	h = world_hash(h, &world, sizeof(world));
	h = world_hash(h, &t->gathers, sizeof(t->gathers));
	h = world_hash(h, &t->retire, sizeof(t->retire));
	h ^= world_config.store_buffer ? world_buffer_state() : 0;
	return world_config.set == NO_SET ? h : h ^ world_set_state();
}
