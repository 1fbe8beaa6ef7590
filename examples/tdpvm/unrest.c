/* SPDX-License-Identifier: BSD-2-Clause */
#include "unrest.h"
#include "problem.h"
#include "vm.h"

#include <string.h>
#include <time.h>

/* Xorshift: reproducible, and good enough to pick pages. */
uint64_t unrest_pick(struct unrest *u, uint64_t n)
{
	u->random ^= u->random << 13;
	u->random ^= u->random >> 7;
	u->random ^= u->random << 17;
	return (u->random >> 11) % n;
}

bool unrest_in_pieces(const struct region *region, uint64_t page)
{
	return !region->huge || (page / 512) % 4 == 1;
}

struct span unrest_span(struct unrest *u, const struct region *region, uint64_t max)
{
	uint64_t page = unrest_pick(u, region->pages), pages = 1 + unrest_pick(u, max);

	if (unrest_in_pieces(region, page)) {
		const uint64_t end = region->huge ? (page & ~511ull) + 512 : region->pages;

		if (pages > end - page)
			pages = end - page;
	} else {
		page &= ~511ull;
		pages = 512;
	}
	return (struct span){.region = region, .va = region->va + page * FRAME_4K, .bytes = pages * FRAME_4K};
}

bool unrest_claim(struct unrest *u, const struct region *region, uint64_t page, struct move *move)
{
	const bool pieces = unrest_in_pieces(region, page);
	struct page *first = &region->page[pieces ? page : page & ~511ull];

	*move = (struct move){
		.region = region,
		.va = region->va + (uint64_t)(first - region->page) * FRAME_4K,
		.bytes = pieces ? FRAME_4K : FRAME_2M,
	};
	if (atomic_exchange(&first->moving, true))
		return false;
	move->to = frames_fresh(&u->vm->frames, move->bytes);
	if (!move->to)
		first->moving = false;
	return move->to != 0;
}

void unrest_give_back(const struct move *move, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		region_page(move[i].region, move[i].va)->moving = false;
}

/* Milliseconds since some moment. */
static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Whether there is another round to do. */
static bool more(const struct unrest *u, uint64_t start)
{
	if (u->rounds >= u->rounds_max || vcpus_stopping(&u->vm->vcpus) || problem_text())
		return false;
	return u->rounds < u->rounds_min || now() - start < u->milliseconds;
}

/* Until the guest has seen enough of it. */
static void *unrest_thread(void *arg)
{
	struct unrest *u = arg;
	const uint64_t start = now();
	bool ok = true;

	caller_register(&u->caller);
	for (; ok && more(u, start); u->rounds++) {
		ok = u->round(u);
		nanosleep(&(struct timespec){.tv_nsec = (long)u->pause}, NULL);
	}
	caller_unregister(&u->caller);
	u->going = false;
	return NULL;
}

void unrest_open(struct unrest *u, struct vm *vm, unsigned number, unrest_fn round)
{
	*u = (struct unrest){
		.vm = vm,
		.caller = {.rcu = vm->space.rcu, .number = number},
		.round = round,
		.rounds_max = UINT32_MAX,
		.random = 0x2545f4914f6cdd1d + number,
	};
	pthread_mutex_init(&u->lock, NULL);
}

bool unrest_begin(struct unrest *u)
{
	int error = 0;

	pthread_mutex_lock(&u->lock);
	if (!u->begun) {
		u->going = true;
		error = pthread_create(&u->thread, NULL, unrest_thread, u);
		u->begun = !error;
	}
	pthread_mutex_unlock(&u->lock);
	return !error || problem("a thread to move pages: %s", strerror(error));
}

void unrest_close(struct unrest *u)
{
	if (u->begun)
		pthread_join(u->thread, NULL);
	u->begun = false;
}
