/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest-physical memory below the tables: given out once, from the bottom, and poisoned spare frames to move pages to. Spare frames may
 * be taken and retired from any thread.
 */
#ifndef TDPVM_FRAMES_H
#define TDPVM_FRAMES_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define FRAME_4K UINT64_C(0x1000)
#define FRAME_2M UINT64_C(0x200000)

enum {
	FRAMES_SPARE = 64 /* 4 KiB frames set aside */
};

struct frames {
	uint8_t *ram;		      /* guest memory */
	uint64_t next;		      /* first byte not yet given out */
	uint64_t end;		      /* where the tables start */
	pthread_mutex_t lock;	      /* what follows */
	uint64_t spare[FRAMES_SPARE]; /* a queue: the oldest at spare[head] */
	unsigned head, count;
	uint64_t spare_huge; /* a 2 MiB frame, or 0 */
	unsigned spoilt;     /* spare frames somebody wrote to */
};

/* Frames are [4 KiB, end): address 0 is never given out. */
void frames_open(struct frames *frames, uint8_t *ram, uint64_t end);

/* Take bytes at a multiple of align; 0: there is not enough. */
uint64_t frames_take(struct frames *frames, uint64_t bytes, uint64_t align);

/* Fill the queue with spare frames, and with huge put a 2 MiB frame aside as well. false: there is not enough. */
bool frames_set_aside(struct frames *frames, bool huge);

/* Take a spare frame of 4 KiB or 2 MiB; 0: none left. If somebody wrote to it meanwhile, that is counted. */
uint64_t frames_fresh(struct frames *frames, uint64_t bytes);

/*
 * A page moved away from here: poison the frame and queue it. It rests until all others were used, so that a late write through a
 * stale translation has time to show.
 */
void frames_retire(struct frames *frames, uint64_t hpa, uint64_t bytes);

/* A spare frame was not used after all. */
void frames_give_back(struct frames *frames, uint64_t hpa, uint64_t bytes);

/* How many spare frames were written to, those in the queue now included. */
unsigned frames_spoilt(const struct frames *frames);

#endif
