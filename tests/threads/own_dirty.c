/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes of the guest, as hardware makes them: without a lock and without the library, Dirty by compare-and-swap. And collections, which
 * take everybody's pages: whatever an owner wrote is named by one of them, or still Dirty.
 */
#include "own.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

static uint64_t *entry_at(const struct world *w, uint64_t hpa)
{
	return (uint64_t *)(void *)(w->pool.mem + (hpa - w->pool.hpa));
}

static bool read_entry(void *ctx, uint64_t hpa, uint64_t *value)
{
	const struct world *w = ctx;

	if (hpa - w->pool.hpa >= (uint64_t)w->pool.frames * POOL_FRAME)
		return false;
	*value = __atomic_load_n(entry_at(w, hpa), __ATOMIC_ACQUIRE);
	return true;
}

/* A write to a page whose tables nobody else may take away. Sets Accessed and Dirty where hardware does. */
static enum ref_fault hardware_writes(struct world *w, tdp_gpa_t gpa)
{
	struct ref_machine m = w->machine;
	struct ref_walk walk;
	bool lost;

	m.read = read_entry;
	m.ctx = w;
	do {
		ref_walk(&m, gpa, REF_W, NULL, &walk);
		lost = false;
		for (unsigned i = 0; i < walk.nsteps && walk.fault == REF_OK && !lost; i++) {
			uint64_t value = walk.step[i].value;

			lost = walk.step[i].update != value &&
			       !__atomic_compare_exchange_n(entry_at(w, walk.step[i].entry_hpa), &value, walk.step[i].update, false,
							    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
		}
	} while (lost);
	return walk.fault;
}

/* What an embedder does when the guest was kept from writing. */
static void open_page(struct worker *k, tdp_gpa_t gpa)
{
	struct tdp_op op = {0};
	enum tdp_result r;

	do {
		call_begin(k);
		r = tdp_fault_fast(&k->w->tree, gpa, TDP_WRITE, &op);
		call_end(k);
	} while ((r == TDP_BUSY || r == TDP_RACE) && sched_yield() == 0);
	expect(k, r >= 0, "write: not opened", r, gpa);
}

void own_write(struct worker *k, struct target t)
{
	unsigned page = t.page + rng_below(&k->rng, t.n);
	struct page *m = &k->w->page[page];
	tdp_gpa_t gpa = page_gpa(k->w, page);
	uint32_t named = __atomic_load_n(&k->w->named[page], __ATOMIC_ACQUIRE);
	enum ref_fault fault;

	if (m->kind != PAGE_MAPPED || m->protected == PROTECTED_MAYBE)
		return;
	if (!(m->prot & TDP_W) || m->protected == PROTECTED_YES) {
		expect(k, hardware_writes(k->w, gpa) != REF_OK, "write: let through", TDP_OK, gpa);
		return;
	}
	/* A collection may shut it again at once. */
	while ((fault = hardware_writes(k->w, gpa)) != REF_OK && k->why[0] == 0)
		open_page(k, gpa);
	if (fault != REF_OK)
		return;
	m->written = true;
	if (!m->logged)
		m->named = named;
	m->logged = true;
}

void expect_collected(struct worker *k, unsigned page)
{
	struct world *w = k->w;
	struct page *m = &w->page[page];

	/* Whoever took Dirty away names the page before it lets go. */
	if (w->rcu->offline)
		w->rcu->offline();
	pthread_mutex_lock(&w->collecting);
	pthread_mutex_unlock(&w->collecting);
	if (w->rcu->online)
		w->rcu->online();
	expect(k, __atomic_load_n(&w->named[page], __ATOMIC_ACQUIRE) != m->named, "written, and neither Dirty nor collected",
	       TDP_OK, page_gpa(w, page));
	m->logged = false;
}

static enum tdp_result call_arm(struct worker *k, tdp_gpa_t gpa, uint64_t size, struct tdp_op *op)
{
	return tdp_dirty_arm(&k->w->tree, gpa, size, &k->w->collected, op);
}

/* Some pages of a unit that has owners, or all of it. */
static void collect(struct worker *k)
{
	struct world *w = k->w;
	unsigned first = rng_below(&k->rng, FIRST_CHAOS) * w->unit_pages, n = w->unit_pages;
	struct tdp_op op = {.flags = pick_yield(k)};
	uint64_t size = w->unit_size;
	enum tdp_result r;

	w->collected.base = page_gpa(w, first);
	if (rng_percent(&k->rng, 60)) {
		unsigned skip = rng_below(&k->rng, n);

		first += skip;
		n = 1 + rng_below(&k->rng, n - skip);
		size = (uint64_t)n * PAGE;
	}
	memset(w->collected.words, 0, (w->collected.pages + 63) / 64 * sizeof(*w->collected.words));
	watch(k, first, n);
	r = whole_range(k, call_arm, page_gpa(w, first), size, &op);
	expect(k, r == TDP_OK || r == TDP_SPURIOUS, "arm", r, page_gpa(w, first));
	for (unsigned i = 0; i < n; i++) {
		uint64_t bit = (page_gpa(w, first + i) - w->collected.base) / PAGE;

		if (!(w->collected.words[bit / 64] >> bit % 64 & 1))
			continue;
		if (first < FIRST_OWNED * w->unit_pages) /* of a larger leaf a part is named that need not lose anything */
			expect_flush(k, first + i);
		__atomic_fetch_add(&w->named[first + i], 1, __ATOMIC_ACQ_REL);
	}
}

void own_collect(struct worker *k, struct target t)
{
	(void)t; /* everybody's */
	if (pthread_mutex_trylock(&k->w->collecting) != 0)
		return;
	collect(k);
	pthread_mutex_unlock(&k->w->collecting);
}
