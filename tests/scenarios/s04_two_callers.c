/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S04: two threads that both always want to yield: each dropped its lock before it had done anything, and neither got on.
 *
 * Two threads under one lock, which a pause hands to the other one. Only one of them runs at a time, as the referee wants it.
 */
#include "pauses.h"

#include <pthread.h>

enum { PATIENCE = 500 };

struct caller {
	enum tdp_result (*call)(struct harness *h, struct tdp_op *op);
	struct tdp_op op;
	enum tdp_result result;
	unsigned number;
};

static struct {
	struct harness *h;
	pthread_mutex_t lock;
	pthread_cond_t turns;
	unsigned whose, left; /* who runs; how many are not done */
	unsigned pauses;
} desk = {.lock = PTHREAD_MUTEX_INITIALIZER, .turns = PTHREAD_COND_INITIALIZER};

/* Until it is this caller's turn; the lock is held. */
static void wait_for(unsigned number)
{
	while (desk.whose != number)
		pthread_cond_wait(&desk.turns, &desk.lock);
}

/* The other one's turn, if it is not done. */
static void hand_over(unsigned number)
{
	if (desk.left == 2)
		desk.whose = !number;
	pthread_cond_broadcast(&desk.turns);
}

static bool always(void *ctx, void *user)
{
	(void)ctx;
	return user != NULL && desk.pauses < PATIENCE;
}

static void on_yield(void *ctx, void *user)
{
	const struct caller *me = user;

	(void)ctx;
	referee_end(desk.h->r);
	desk.pauses++;
	hand_over(me->number);
	wait_for(me->number);
	referee_begin(desk.h->r, "a call after its pause", NULL);
}

static void two_hooks(struct tdp_mm_ops *ops)
{
	ops->should_yield = always;
	ops->yield = on_yield;
}

static void *run(void *arg)
{
	struct caller *me = arg;

	pthread_mutex_lock(&desk.lock);
	wait_for(me->number);
	referee_begin(desk.h->r, "a call that always pauses", NULL);
	me->result = me->call(desk.h, &me->op);
	referee_end(desk.h->r);
	desk.left--;
	desk.whose = !me->number;
	pthread_cond_broadcast(&desk.turns);
	pthread_mutex_unlock(&desk.lock);
	return NULL;
}

typedef enum tdp_result call_fn(struct harness *h, struct tdp_op *op);

static enum tdp_result zap_leaves(struct harness *h, struct tdp_op *op)
{
	op->flags |= TDP_ZAP_LEAVES;
	return tdp_zap(&h->tree, 0, 4 * h->b, op);
}

static enum tdp_result zap_tables(struct harness *h, struct tdp_op *op)
{
	return tdp_zap(&h->tree, 0, 4 * h->b, op);
}

static enum tdp_result map_pages(struct harness *h, struct tdp_op *op)
{
	op->max_level_plus1 = 1;
	return tdp_map(&h->tree, 0, 4 * h->b, HPA, RWX, op);
}

static enum tdp_result protect(struct harness *h, struct tdp_op *op)
{
	return tdp_protect(&h->tree, 0, 4 * h->b, op);
}

static enum tdp_result make_uc(struct harness *h, struct tdp_op *op)
{
	return tdp_set_attrs(&h->tree, 0, 4 * h->b, UC, TDP_MASK_MEMTYPE, op);
}

static enum tdp_result trim(struct harness *h, struct tdp_op *op)
{
	op->flags |= h->mode == KEEPING ? TDP_EXCLUSIVE : 0;
	return tdp_trim(&h->tree, 0, h->end, op);
}

/* Both over the same four tables of pages; both must finish, after a pause for each piece of work. */
static void two(struct harness *h, call_fn *a, call_fn *b)
{
	struct tdp_cache caches[2] = {0};
	struct caller callers[2] = {{.call = a, .number = 0}, {.call = b, .number = 1}};
	pthread_t threads[2];

	IS_EITHER(TDP_OK, TDP_SPURIOUS, map_at(h, 0, 0, 4 * h->b, HPA, RWX));
	GUEST(h->b, REF_W);
	desk.h = h;
	desk.whose = 0;
	desk.left = 2;
	desk.pauses = 0;
	for (unsigned i = 0; i < 2; i++) {
		SAME(tdp_cache_fill(&caches[i], 32, referee_ops(h->r), h->r, NULL), TDP_OK);
		callers[i].op = (struct tdp_op){.flags = TDP_MAY_YIELD, .cache = &caches[i], .user = &callers[i]};
	}
	for (unsigned i = 0; i < 2; i++)
		SAME(pthread_create(&threads[i], NULL, run, &callers[i]), 0);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < 2; i++) {
		CHECK(callers[i].result >= 0);
		SAME(callers[i].op.next, callers[i].call == trim ? h->end : 4 * h->b);
		referee_drain(h->r, &caches[i]);
	}
	CHECK(desk.pauses > 0 && desk.pauses < PATIENCE);
	if (!referee_clean(h->r))
		harness_fail(h, __LINE__, "%s", referee_violations(h->r));
	WITH(.flags = TDP_EXCLUSIVE);
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_zap(&h->tree, 0, h->end, &h->op));
	WITH(0);
}

SCENARIO(S04, two_that_always_yield_both_finish, .hooks = two_hooks)
{
	two(h, zap_leaves, zap_leaves);
	two(h, zap_leaves, map_pages);
	two(h, map_pages, zap_tables);
	two(h, protect, zap_tables);
	two(h, make_uc, protect);
	two(h, make_uc, zap_leaves);
	two(h, zap_leaves, trim);
}
