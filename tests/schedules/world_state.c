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

static uint64_t step(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

/* Four sums at a time: one alone would wait for its own multiplications. */
uint64_t world_hash(uint64_t h, const void *bytes, size_t n)
{
	const unsigned char *b = bytes;
	uint64_t sum[4] = {h, h + 1, h + 2, h + 3}, word[4];

	for (; n >= sizeof(word); n -= sizeof(word), b += sizeof(word)) {
		memcpy(word, b, sizeof(word));
		for (unsigned i = 0; i < 4; i++)
			sum[i] = step(sum[i], word[i]);
	}
	memset(word, 0, sizeof(word));
	memcpy(word, b, n);
	for (unsigned i = 0; i < 4; i++)
		h = step(h, step(sum[i], word[i]));
	return h ^ h >> 32;
}

uint64_t world_state(void *arg)
{
	const struct tree *t = tree_of(&world_tree);
	uint64_t h = 1, sum[PER_TABLE] = {1, 2, 3, 4};

	(void)arg;
	for (unsigned i = 0; i < world.frames_used; i++) {
		for (unsigned k = 0; k < PER_TABLE; k++)
			sum[k] = step(sum[k], world_memory[i][k]);
		if (tail_changed[i]) {
			size_t rest = world_config.format->entries - PER_TABLE;

			tail_hash[i] = world_hash(1, world_memory[i] + PER_TABLE, rest * sizeof(uint64_t));
			tail_changed[i] = false;
		}
		h = step(h, tail_hash[i]);
	}
	h = world_hash(h, sum, sizeof(sum));
	h = world_hash(h, &world, sizeof(world));
	h = world_hash(h, &t->gathers, sizeof(t->gathers));
	h = world_hash(h, &t->retire, sizeof(t->retire));
	h ^= world_config.store_buffer ? world_buffer_state() : 0;
	return world_config.set == NO_SET ? h : h ^ world_set_state();
}
