/* SPDX-License-Identifier: BSD-2-Clause */
#include "pool.h"

#include <stdio.h>
#include <stdlib.h>

/* Says nothing to programs that are not built for AddressSanitizer. */
#include <sanitizer/asan_interface.h>

static void *must(void *memory)
{
	if (!memory) {
		perror("threads");
		abort();
	}
	return memory;
}

/* The first frame of all is the poison's, the next aligned ones are the root's. */
static unsigned first_frame(void)
{
	return 2 * POOL_ROOT_FRAMES;
}

static uint8_t *frame_at(const struct pool *p, unsigned frame)
{
	return p->mem + (size_t)frame * POOL_FRAME;
}

/* Plain stores: ThreadSanitizer sees whoever still reads. */
static void poison(const struct pool *p, unsigned frame)
{
	uint64_t *entry = (uint64_t *)(void *)frame_at(p, frame);

	for (unsigned i = 0; i < POOL_FRAME / sizeof(*entry); i++)
		entry[i] = p->poison;
}

void pool_start(struct pool *p, unsigned frames, uint64_t hpa, uint64_t poison_entry)
{
	frames += first_frame();
	*p = (struct pool){.hpa = hpa, .frames = frames, .next = first_frame(), .poison = poison_entry};
	p->mem = must(aligned_alloc(POOL_ROOT_FRAMES * POOL_FRAME, (size_t)frames * POOL_FRAME));
	p->freed = must(calloc(frames, sizeof(*p->freed)));
	p->used = must(calloc(frames, 1));
	pthread_mutex_init(&p->mutex, NULL);
	poison(p, 0);
	ASAN_POISON_MEMORY_REGION(frame_at(p, p->next), (size_t)(frames - p->next) * POOL_FRAME);
}

void pool_stop(struct pool *p)
{
	ASAN_UNPOISON_MEMORY_REGION(p->mem, (size_t)p->frames * POOL_FRAME);
	free(p->mem);
	free(p->freed);
	free(p->used);
	pthread_mutex_destroy(&p->mutex);
}

struct tdp_table pool_root(const struct pool *p)
{
	return (struct tdp_table){.va = frame_at(p, POOL_ROOT_FRAMES), .hpa = p->hpa + POOL_ROOT_FRAMES * POOL_FRAME};
}

uint64_t pool_offset(const struct pool *p)
{
	return (uint64_t)(uintptr_t)p->mem - p->hpa;
}

bool pool_alloc(struct pool *p, struct tdp_table *out)
{
	unsigned frame;

	pthread_mutex_lock(&p->mutex);
	frame = p->freeds ? p->freed[--p->freeds] : p->next < p->frames ? p->next++ : 0;
	if (frame) {
		p->used[frame] = 1;
		p->allocs++;
		ASAN_UNPOISON_MEMORY_REGION(frame_at(p, frame), POOL_FRAME);
		out->va = frame_at(p, frame);
		out->hpa = p->hpa + (uint64_t)frame * POOL_FRAME;
	}
	pthread_mutex_unlock(&p->mutex);
	return frame != 0;
}

void pool_free(struct pool *p, const struct tdp_table *table)
{
	uint64_t frame = (table->hpa - p->hpa) / POOL_FRAME;

	pthread_mutex_lock(&p->mutex);
	if (frame < first_frame() || frame >= p->frames || !p->used[frame] || table->va != frame_at(p, (unsigned)frame)) {
		p->wrong++;
	} else {
		poison(p, (unsigned)frame);
		ASAN_POISON_MEMORY_REGION(frame_at(p, (unsigned)frame), POOL_FRAME);
		p->used[frame] = 0;
		p->freed[p->freeds++] = (unsigned)frame;
		p->frees++;
	}
	pthread_mutex_unlock(&p->mutex);
}

unsigned long pool_frees(struct pool *p)
{
	unsigned long frees;

	pthread_mutex_lock(&p->mutex);
	frees = p->frees;
	pthread_mutex_unlock(&p->mutex);
	return frees;
}
