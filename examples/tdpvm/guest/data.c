/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory: vCPU v of n owns pages v, v + n, v + 2n ... and writes one word in each, at an offset and with a value that depend on the
 * page, so that two pages that share a frame, or one page in two frames, give themselves away. The value carries a generation: a
 * page that lost its latest write is found too. Few instructions per page: on some machines each one is emulated.
 */
#include "guest.h"

/* A walk over 0 .. count-1 in an order that looks random and visits each number once: a full-period generator that skips. */
struct shuffle {
	uint64_t count, mask, add, at;
};

/* Start a walk; different seeds give different orders. */
static struct shuffle shuffle_start(uint64_t count, uint64_t seed)
{
	struct shuffle s = {.count = count, .mask = 1, .add = seed * 2 + 1};

	while (s.mask < count)
		s.mask = s.mask * 2 + 1;
	s.at = seed & s.mask;
	return s;
}

/* The next number. Multiplier = 1 mod 4 and an odd increment: the period is mask + 1. */
static inline uint64_t shuffle_next(struct shuffle *s)
{
	do
		s->at = (s->at * 1664525 + s->add) & s->mask;
	while (s->at >= s->count);
	return s->at;
}

/* The word of a page that carries its value. */
static inline uint64_t word_of(const struct job *job, uint64_t page)
{
	const struct tdpvm_window *w = job->boot->data;
	uint64_t base = page < w[0].pages ? w[0].base + (page << 12) : w[1].base + ((page - w[0].pages) << 12);

	return base + ((page * 0x9e3779b97f4a7c15ull >> 52) & 0xff8);
}

/* What that word holds. */
static inline uint64_t value_of(uint64_t page, uint64_t generation)
{
	return ((page + 1) * 0xd6e8feb86659fd93ull) ^ generation;
}

/* How many pages a vCPU owns. */
static uint64_t share_of(const struct job *job)
{
	return (job->pages - job->id + job->boot->vcpus - 1) / job->boot->vcpus;
}

void data_fill(struct job *job)
{
	uint64_t share = share_of(job), vcpus = job->boot->vcpus;
	struct shuffle s = shuffle_start(share, 77 + job->id);

	job->me->generation = 1;
	for (uint64_t i = 0; i < share; i++) {
		uint64_t page = shuffle_next(&s) * vcpus + job->id;

		*(volatile uint64_t *)word_of(job, page) = value_of(page, 1);
		job->me->visited++;
	}
}

void data_check(struct job *job)
{
	uint64_t vcpus = job->boot->vcpus;
	struct shuffle s = shuffle_start(job->pages, 1234 + job->id);

	for (uint64_t i = 0; i < job->pages; i++) {
		uint64_t page = shuffle_next(&s), word = word_of(job, page);

		expect(job, word, value_of(page, job->all[page % vcpus].generation), *(volatile uint64_t *)word);
		job->me->visited++;
	}
}

/*
 * The heartbeat: a counter in its first page that it bumps all the time. The host moves that page more often than others, so a
 * write that got lost between the copy and the new mapping does not stay unseen.
 */
static inline void beat(struct job *job, uint64_t at, uint64_t *beats)
{
	expect(job, at, *beats, *(volatile uint64_t *)at);
	*(volatile uint64_t *)at = ++*beats;
}

/* One round over its own pages: each must hold this generation, and gets the next. */
static void churn_once(struct job *job, uint64_t generation, uint64_t *beats)
{
	uint64_t share = share_of(job), vcpus = job->boot->vcpus, heart = word_of(job, job->id) ^ 0x800;
	struct shuffle s = shuffle_start(share, 5000 + generation);

	for (uint64_t i = 0; i < share; i++) {
		uint64_t page = shuffle_next(&s) * vcpus + job->id, word = word_of(job, page);

		expect(job, word, value_of(page, generation), *(volatile uint64_t *)word);
		*(volatile uint64_t *)word = value_of(page, generation + 1);
		beat(job, heart, beats);
	}
}

void data_churn(struct job *job)
{
	uint64_t beats = 0;

	do
		churn_once(job, job->me->generation++, &beats);
	while (host_call(TDPVM_PORT_AGAIN, 0ull, 0ull, 0ull));
}

enum {
	ACT_CHUNK = 256,    /* pages between two calls of the host */
	ACT_HOT = 16,	    /* the hot pages are one in so many */
	ACT_WINDOW = 8,	    /* so is the window of TDPVM_READER */
	ACT_PER_STEP = 1024 /* pages visited before the window moves on */
};

/* Visit one page of its own: write its word, or read it. */
static inline void visit(struct job *job, uint64_t number, uint64_t written)
{
	uint64_t page = number * job->boot->vcpus + job->id, word = word_of(job, page);

	if (written)
		*(volatile uint64_t *)word = written;
	else
		(void)*(volatile uint64_t *)word;
	job->me->visited++;
}

/* The writer: seven of eight writes go to the hot pages, the others anywhere. The reader: see ACT_WINDOW; one visit of 32 is a write. */
void data_act(struct job *job)
{
	const uint64_t share = share_of(job), hot = share / ACT_HOT + 1, window = share / ACT_WINDOW + 1;
	uint64_t random = 88172645463325252ull + job->id, base = 0;

	for (uint64_t i = 1;; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		const uint64_t some = random >> 20;

		if (job->boot->act == TDPVM_WRITER)
			visit(job, some % 8 ? (some >> 3) % hot : (some >> 3) % share, random | 1);
		else
			visit(job, (base + (some >> 5) % window) % share, some % 32 ? 0 : random | 1);
		if (i % ACT_PER_STEP == 0)
			base += window / 4;
		if (i % ACT_CHUNK == 0)
			host_call(TDPVM_PORT_AGAIN, 0ull, 0ull, 0ull);
	}
}
