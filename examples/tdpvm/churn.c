/* SPDX-License-Identifier: BSD-2-Clause */
#include "churn.h"
#include "problem.h"
#include "vm.h"

#include <string.h>
#include <time.h>

enum {
	BATCH = 4,	 /* pages moved at a time */
	ROUNDS_MIN = 40, /* at least, however slow this machine is */
	ROUNDS_MAX = 400,
	MILLISECONDS = 1500, /* not much longer, if it had its minimum */
	ZAP_PAGES = 64	     /* the longest range that is unmapped */
};

/* Next random number below n (xorshift: reproducible, and good enough to pick pages). */
static uint64_t pick(struct churn *c, uint64_t n)
{
	c->random ^= c->random << 13;
	c->random ^= c->random >> 7;
	c->random ^= c->random << 17;
	return (c->random >> 11) % n;
}

/* Milliseconds since some moment. */
static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/*
 * Blocks of 2 MiB whose pages move and vanish one by one: there a huge leaf is split, and small pages stay. All other blocks of a
 * huge region are treated whole, so that both kinds are to be seen until the end.
 */
static bool in_pieces(const struct region *region, uint64_t page)
{
	return !region->huge || (page / 512) % 4 == 1;
}

/* Whether all pages of a range are mapped. */
static bool all_mapped(const struct region *region, uint64_t page, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++)
		if (!region->page[page + i].mapped)
			return false;
	return true;
}

/* Whether a page is in the batch already: it can move once only. */
static bool chosen(const struct move *batch, unsigned count, uint64_t va)
{
	for (unsigned i = 0; i < count; i++)
		if (batch[i].va == va)
			return true;
	return false;
}

/*
 * Find a page that can move, of either size, and add it to the batch. Half of the time it is one of the first, which the guest's
 * vCPUs write to all the time. false: bad luck this time.
 */
static bool pick_move(struct vm *vm, struct move *batch, unsigned count)
{
	const bool hot = pick(&vm->churn, 2);
	const struct region *region = vm->data[hot ? 0 : pick(&vm->churn, 2)];
	uint64_t page = pick(&vm->churn, hot ? vm->vcpus.count : region->pages), pages = 1;

	if (!in_pieces(region, page)) {
		pages = 512;
		page &= ~511ull;
	}
	struct move move = {.region = region, .va = region->va + page * FRAME_4K, .bytes = pages * FRAME_4K};
	if (!all_mapped(region, page, pages) || chosen(batch, count, move.va))
		return false;
	move.to = frames_fresh(&vm->frames, move.bytes);
	batch[count] = move;
	return move.to != 0;
}

/* Move a few pages; one flush keeps writes out of all of them. */
static bool move_some(struct vm *vm)
{
	struct move batch[BATCH];
	unsigned count = 0;

	for (unsigned i = 0; i < BATCH; i++)
		count += pick_move(vm, batch, count);
	return !count || space_move(&vm->space, batch, count);
}

/* Unmap a range; the guest faults it back in. */
static bool zap_some(struct vm *vm)
{
	const struct region *region = vm->data[pick(&vm->churn, 2)];
	uint64_t page = pick(&vm->churn, region->pages), pages = 1 + pick(&vm->churn, ZAP_PAGES);

	if (in_pieces(region, page)) {
		const uint64_t end = region->huge ? (page & ~511ull) + 512 : region->pages;

		if (pages > end - page)
			pages = end - page;
	} else {
		page &= ~511ull;
		pages = 512;
	}
	return space_zap(&vm->space, region, region->va + page * FRAME_4K, pages * FRAME_4K);
}

/* Until the guest has seen enough of it. Between two rounds the lock is free, so that its faults get through. */
static void *churn_thread(void *arg)
{
	struct vm *vm = arg;
	const uint64_t start = now();
	bool ok = true;

	for (unsigned round = 0; ok && round < ROUNDS_MAX && !vcpus_stopping(&vm->vcpus); round++) {
		if (round >= ROUNDS_MIN && now() - start > MILLISECONDS)
			break;
		pthread_mutex_lock(&vm->space.lock);
		ok = move_some(vm) && (round % 4 || zap_some(vm));
		pthread_mutex_unlock(&vm->space.lock);
		nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
	}
	pthread_mutex_lock(&vm->churn.lock);
	vm->churn.going = false;
	pthread_mutex_unlock(&vm->churn.lock);
	return NULL;
}

void churn_open(struct churn *c, struct vm *vm)
{
	*c = (struct churn){.vm = vm, .random = 0x2545f4914f6cdd1d};
	pthread_mutex_init(&c->lock, NULL);
}

bool churn_begin(struct churn *c)
{
	int error = 0;

	pthread_mutex_lock(&c->lock);
	if (!c->begun) {
		error = pthread_create(&c->thread, NULL, churn_thread, c->vm);
		c->begun = c->going = !error;
	}
	pthread_mutex_unlock(&c->lock);
	return !error || problem("a thread to move pages: %s", strerror(error));
}

bool churn_going(struct churn *c)
{
	pthread_mutex_lock(&c->lock);
	bool going = c->going;
	pthread_mutex_unlock(&c->lock);
	return going;
}

void churn_close(struct churn *c)
{
	if (c->begun)
		pthread_join(c->thread, NULL);
	c->begun = false;
}
