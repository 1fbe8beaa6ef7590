/* SPDX-License-Identifier: BSD-2-Clause */
#include "frames.h"

#include <string.h>

enum { POISON = 0xa5 };

void frames_open(struct frames *f, uint8_t *ram, uint64_t end)
{
	*f = (struct frames){.ram = ram, .next = FRAME_4K, .end = end};
	pthread_mutex_init(&f->lock, NULL);
}

uint64_t frames_take(struct frames *f, uint64_t bytes, uint64_t align)
{
	uint64_t at = (f->next + align - 1) & ~(align - 1);

	if (at > f->end || bytes > f->end - at)
		return 0;
	f->next = at + bytes;
	return at;
}

bool frames_set_aside(struct frames *f, bool huge)
{
	for (unsigned i = 0; i < FRAMES_SPARE; i++) {
		uint64_t hpa = frames_take(f, FRAME_4K, FRAME_4K);

		if (!hpa)
			return false;
		frames_retire(f, hpa, FRAME_4K);
	}
	if (!huge)
		return true;
	uint64_t hpa = frames_take(f, FRAME_2M, FRAME_2M);
	if (hpa)
		frames_retire(f, hpa, FRAME_2M);
	return hpa != 0;
}

/* Whether a frame still holds what frames_retire() left there. */
static bool intact(const struct frames *f, uint64_t hpa, uint64_t bytes)
{
	const uint8_t *p = f->ram + hpa;

	return p[0] == POISON && !memcmp(p, p + 1, bytes - 1);
}

uint64_t frames_fresh(struct frames *f, uint64_t bytes)
{
	uint64_t hpa = 0;

	pthread_mutex_lock(&f->lock);
	if (bytes == FRAME_2M) {
		hpa = f->spare_huge;
		f->spare_huge = 0;
	} else if (f->count) {
		hpa = f->spare[f->head];
		f->head = (f->head + 1) % FRAMES_SPARE;
		f->count--;
	}
	if (hpa && !intact(f, hpa, bytes))
		f->spoilt++;
	pthread_mutex_unlock(&f->lock);
	return hpa;
}

void frames_give_back(struct frames *f, uint64_t hpa, uint64_t bytes)
{
	pthread_mutex_lock(&f->lock);
	if (bytes == FRAME_2M)
		f->spare_huge = hpa;
	else
		f->spare[(f->head + f->count++) % FRAMES_SPARE] = hpa;
	pthread_mutex_unlock(&f->lock);
}

void frames_retire(struct frames *f, uint64_t hpa, uint64_t bytes)
{
	memset(f->ram + hpa, POISON, bytes);
	frames_give_back(f, hpa, bytes);
}

unsigned frames_spoilt(const struct frames *f)
{
	unsigned bad = f->spoilt;

	for (unsigned i = 0; i < f->count; i++)
		bad += !intact(f, f->spare[(f->head + i) % FRAMES_SPARE], FRAME_4K);
	if (f->spare_huge)
		bad += !intact(f, f->spare_huge, FRAME_2M);
	return bad;
}
