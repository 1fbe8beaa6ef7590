/* SPDX-License-Identifier: BSD-2-Clause */
#include "bed.h"

#include "tree_impl.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME = 4096, FRAMES = 64, SPARES = 8, STACK = 64 * FRAME };
#define FRAMES_HPA (UINT64_C(1) << 32)

struct bed bed;
static uint8_t frames[FRAMES][FRAME] __attribute__((aligned(FRAME)));
/* A thread's stack holds its thread-local data, too. */
static uint8_t stacks[ACTORS][STACK] __attribute__((aligned(FRAME)));
static struct {
	sem_t ready, go[ACTORS], done;
} __attribute__((aligned(LINE_BYTES))) stage;

#define CAPS(feature_bits)                                                                                                         \
	{                                                                                                                          \
		.hpa_bits = 48, .leaf_levels = 7, .features = (feature_bits)                                                       \
	}

const struct bed_format bed_formats[] = {
	{"npt", &tdp_npt, &tdp_npt_engine, CAPS(TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_NX), false},
	{"ept", &tdp_ept, &tdp_ept_engine, CAPS(TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_EXEC_ONLY), false},
	{"s2_4k", &tdp_s2_4k, &tdp_s2_4k_engine, CAPS(0), true},
	{.name = NULL},
};

/* End the program unless a call of the library succeeded. */
static void must(enum tdp_result r, const char *call)
{
	if (r == TDP_OK)
		return;
	fprintf(stderr, "conflict: %s: %s\n", call, tdp_result_name(r));
	abort();
}

struct places bed_places(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0), self = (uintptr_t)pthread_self();
	const struct tree *t = tree_of(&bed.tree);

	return (struct places){
		.tree = {(uintptr_t)&bed.tree, (uintptr_t)(&bed.tree + 1)},
		.word = {{(uintptr_t)&t->gathers, (uintptr_t)(&t->gathers + 1)},
			 {(uintptr_t)&t->retire, (uintptr_t)(&t->retire + 1)}},
		.tables = {(uintptr_t)frames, (uintptr_t)frames + sizeof(frames)},
		.decoy = {(uintptr_t)&decoy, (uintptr_t)(&decoy + 1)},
		.own = {{(uintptr_t)stacks[FIRST], (uintptr_t)(stacks[FIRST] + STACK)},
			{(uintptr_t)stacks[SECOND], (uintptr_t)(stacks[SECOND] + STACK)}},
		/* Far more than it needs to go to sleep. */
		.quiet = {{here - STACK, here + STACK}, {self - FRAME, self + FRAME}, {(uintptr_t)&stage, (uintptr_t)(&stage + 1)}},
	};
}

/* Filled with what no table holds, so that each line of a new table differs afterwards. */
static bool hook_alloc(void *ctx, void *user, struct tdp_table *out)
{
	(void)ctx;
	(void)user;
	if (bed.frames == FRAMES)
		return false;
	memset(frames[bed.frames], 0x5a, FRAME);
	*out = (struct tdp_table){.va = frames[bed.frames], .hpa = FRAMES_HPA + bed.frames * FRAME};
	bed.frames++;
	return true;
}

/* There are enough of them: nothing is used twice. */
static void hook_free(void *ctx, const struct tdp_table *table)
{
	(void)ctx;
	(void)table;
}

static void hook_flush(void *ctx, void *user, const struct tdp_flush *flush)
{
	(void)ctx;
	(void)user;
	(void)flush;
}

static void hook_barrier(void *ctx)
{
	(void)ctx;
}

static void hook_sync(void *ctx, tdp_hpa_t hpa, uint64_t size, bool data, bool exec)
{
	(void)ctx;
	(void)hpa;
	(void)size;
	(void)data;
	(void)exec;
}

/* A thread: acts as often as it is told to. */
static void *act(void *arg)
{
	struct bed_actor *a = arg;

	if (a->rcu->enter)
		a->rcu->enter();
	sem_post(&stage.ready);
	for (;;) {
		sem_wait(&stage.go[a->who]);
		if (a->leave)
			break;
		watch_begin(a->who);
		a->result = a->call(a, a->gpa);
		watch_end(a->who);
		sem_post(&stage.done);
	}
	if (a->rcu->leave)
		a->rcu->leave();
	return NULL;
}

static void start_actor(enum actor who)
{
	struct bed_actor *a = &bed.actor[who];
	pthread_attr_t attr;

	*a = (struct bed_actor){.who = who, .rcu = bed.rcu};
	sem_init(&stage.go[who], 0, 0);
	must(tdp_cache_fill(&a->cache, TDP_FAULT_TABLES, &bed.ops, NULL, NULL), "tdp_cache_fill");
	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, stacks[who], STACK);
	if (pthread_create(&a->thread, &attr, act, a) != 0) {
		perror("conflict");
		abort();
	}
	pthread_attr_destroy(&attr);
	sem_wait(&stage.ready);
}

void bed_act(enum actor who)
{
	sem_post(&stage.go[who]);
	sem_wait(&stage.done);
}

void bed_start(const struct bed_format *format, const struct bed_rcu *rcu)
{
	struct tdp_config config = {.engine = format->engine, .layout = &bed.layout, .ops = &bed.ops, .rcu = rcu->rcu};
	struct tdp_regs regs;

	memset(&bed, 0, sizeof(bed));
	bed.rcu = rcu;
	bed.ops = (struct tdp_mm_ops){
		.size = sizeof(bed.ops),
		.va_offset = (uintptr_t)frames - FRAMES_HPA,
		.table_alloc = hook_alloc,
		.table_free = hook_free,
		.flush = hook_flush,
		.walker_barrier = format->hooks ? hook_barrier : NULL,
		.page_sync = format->hooks ? hook_sync : NULL,
	};
	config.flags = rcu->rcu ? 0 : TDP_TREE_KEEP_TABLES;
	must(tdp_layout_make(&bed.layout, format->format, &format->caps, 48), "tdp_layout_make");
	(void)hook_alloc(NULL, NULL, &config.root);
	must(tdp_tree_init(&bed.tree, &config), "tdp_tree_init");
	must(tdp_tree_load(&bed.tree, &regs), "tdp_tree_load");
	must(tdp_cache_fill(&bed.spare, SPARES, &bed.ops, NULL, NULL), "tdp_cache_fill");
	if (rcu->enter)
		rcu->enter();
	sem_init(&stage.ready, 0, 0);
	sem_init(&stage.done, 0, 0);
	start_actor(FIRST);
	start_actor(SECOND);
}

void bed_stop(void)
{
	for (unsigned who = FIRST; who < ACTORS; who++) {
		bed.actor[who].leave = true;
		sem_post(&stage.go[who]);
		pthread_join(bed.actor[who].thread, NULL);
	}
	if (bed.rcu->leave)
		bed.rcu->leave();
	/* No frame is anybody's: the tree is forgotten, not taken down. */
}
