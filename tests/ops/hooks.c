/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What hooks are told: where tables lie, whose call it is.
 */
#include "harness.h"

/* What is mapped now: at most one table per level, released last in, first out. */
static struct {
	struct harness *h;
	void *held[TDP_MAX_LEVELS];
	unsigned n, maps;
	tdp_gpa_t gpa_limit;
	const char *wrong;
} mapper;

static void *on_table_map(void *ctx, tdp_hpa_t table, unsigned level, tdp_gpa_t gpa)
{
	void *va = (void *)(uintptr_t)(table + referee_ops(ctx)->va_offset - 0x1000000000);

	if (level >= mapper.h->layout.top_level)
		mapper.wrong = "a level that is the root's or above";
	if (gpa >= mapper.h->end)
		mapper.wrong = "a gpa that is none";
	if (mapper.n == TDP_MAX_LEVELS)
		mapper.wrong = "more tables than levels";
	else
		mapper.held[mapper.n++] = va;
	mapper.maps++;
	return va;
}

static void on_table_unmap(void *ctx, void *va)
{
	(void)ctx;
	if (mapper.n == 0 || mapper.held[mapper.n - 1] != va)
		mapper.wrong = "not the table that was mapped last";
	else
		mapper.n--;
}

/* va_offset is useless, so that a table reached around the hook is not found. */
static void map_by_hook(struct tdp_mm_ops *ops)
{
	ops->table_map = on_table_map;
	ops->table_unmap = on_table_unmap;
	ops->va_offset += 0x1000000000;
	mapper.n = mapper.maps = 0;
	mapper.wrong = NULL;
}

static enum tdp_verdict look(void *arg, struct tdp_visit *visit)
{
	(void)visit;
	return *(unsigned *)arg && --*(unsigned *)arg == 0 ? TDP_STOP : TDP_GO;
}

static void print(void *arg, const char *line)
{
	(void)arg;
	(void)line;
}

/* Nothing is held any longer, and every rule was kept. */
static void check_mapper(struct harness *h, int line)
{
	if (mapper.wrong || mapper.n)
		harness_fail(h, line, "table_map: %s, %u held", mapper.wrong ? mapper.wrong : "-", mapper.n);
}
#define MAPPER(want, call)                                                                                                         \
	do {                                                                                                                       \
		IS(want, call);                                                                                                    \
		check_mapper(h, __LINE__);                                                                                         \
	} while (0)

TREE_TEST(table_map, every_operation, .hooks = map_by_hook)
{
	struct tdp_fault f = {.gpa = h->p, .backing = {.hpa = HPA, .size = h->g, .attrs = RWX}, .access = TDP_WRITE};
	unsigned stop_after = 3, never = 0;
	struct tdp_gather gather = {0};
	struct tdp_visit visit;
	struct tdp_mapping m;
	struct tdp_count c;

	mapper.h = h;
	MAPPER(TDP_OK, tdp_map(&h->tree, h->b - h->p, h->b + 2 * h->p, HPA + h->b - h->p, RX, &h->op));
	MAPPER(TDP_EXISTS, tdp_map(&h->tree, h->b - 2 * h->p, h->g, HPA2, RX, &h->op));
	MAPPER(TDP_OK, tdp_zap(&h->tree, h->b - 2 * h->p, h->p, &h->op));
	MAPPER(TDP_OK, tdp_lookup(&h->tree, h->b - h->p, &m, NULL));
	CHECK(mapper.maps > 0);
	MAPPER(TDP_OK, tdp_note(&h->tree, 3 * h->b + h->p, h->p, 5, &h->op));
	WITH(.flags = TDP_LOG_DIRTY);
	f.gpa = h->b;
	f.backing.hpa = HPA;
	MAPPER(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	WITH(0);
	MAPPER(TDP_OK, tdp_replace(&h->tree, h->b, 2 * h->p, HPA + h->b, HPA2, RWX, &h->op));
	MAPPER(TDP_RACE, tdp_replace(&h->tree, h->b, h->b, HPA, HPA2, RX, &h->op));
	MAPPER(TDP_OK, tdp_set_attrs(&h->tree, h->b + h->p, h->b, UC, TDP_MASK_MEMTYPE, &h->op));
	MAPPER(TDP_OK, tdp_protect(&h->tree, 0, h->g, &h->op));
	MAPPER(TDP_OK, tdp_walk(&h->tree, 0, h->end, TDP_VISIT_LEAF | TDP_VISIT_TABLE_POST, look, &never, &h->op));
	MAPPER(TDP_STOPPED, tdp_walk(&h->tree, 0, h->end, TDP_VISIT_LEAF, look, &stop_after, &h->op));
	MAPPER(TDP_OK, tdp_next(&h->tree, 0, h->end, TDP_VISIT_LEAF, &visit, NULL));
	MAPPER(TDP_OK, tdp_extent(&h->tree, 0, h->end, &m, NULL));
	MAPPER(TDP_OK, tdp_count(&h->tree, 0, h->end, &c, NULL));
	MAPPER(TDP_OK, tdp_verify(&h->tree, NULL, NULL));
	MAPPER(TDP_OK, tdp_dump(&h->tree, print, NULL));
	WITH(.gather = &gather);
	MAPPER(TDP_OK, tdp_zap(&h->tree, h->b, 2 * h->p, &h->op));
	GATHER_FLUSH(&gather);
	WITH(.flags = TDP_ZAP_LEAVES);
	MAPPER(TDP_OK, tdp_zap(&h->tree, h->b - h->p, 2 * h->b, &h->op));
	WITH(0);
	MAPPER(TDP_OK, tdp_trim(&h->tree, 0, h->b, &h->op));
	MAPPER(TDP_OK, tdp_zap(&h->tree, 0, h->g, &h->op));
	MAPPER(TDP_OK, tdp_map(&h->tree, h->b - h->p, 2 * h->p, HPA, RWX, &h->op));
	harness_stop(h);
	check_mapper(h, __LINE__);
}

/* ---- whose call it is ---- */

static struct {
	int flush, dirty, seen;
} user;

static void (*plain_flush)(void *ctx, void *u, const struct tdp_flush *flush);

/* Remembers whose call it was. */
static void on_flush(void *ctx, void *u, const struct tdp_flush *flush)
{
	user.flush += u == &user;
	user.seen++;
	plain_flush(ctx, u, flush);
}

static void (*plain_dirty)(void *ctx, void *u, tdp_gpa_t gpa, uint64_t size);

static void on_dirty(void *ctx, void *u, tdp_gpa_t gpa, uint64_t size)
{
	user.dirty += u == &user;
	plain_dirty(ctx, u, gpa, size);
}

static void remember_user(struct tdp_mm_ops *ops)
{
	plain_flush = ops->flush;
	plain_dirty = ops->dirty;
	ops->flush = on_flush;
	ops->dirty = on_dirty;
	user.flush = user.dirty = user.seen = 0;
}

TREE_TEST(hooks, user_of_the_call, .hooks = remember_user)
{
	struct tdp_gather gather = {0};

	IS(TDP_OK, map_at(h, 0, 0, 4 * h->p, HPA, RWX));
	WITH(.user = &user);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->p, &h->op));
	SAME(user.flush, 1);
	SAME(user.dirty, 1);
	IS(TDP_OK, tdp_protect(&h->tree, h->p, h->p, &h->op));
	IS(TDP_OK, tdp_replace(&h->tree, h->p, h->p, HPA + h->p, HPA2, RWX, &h->op));
	SAME(user.flush, 3);
	SAME(user.dirty, 2);
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, 2 * h->p, h->p, &h->op));
	tdp_gather_flush(&gather, &user);
	referee_gather_flush(h->r, &gather, NULL);
	SAME(user.flush, 4);
	SAME(user.dirty, 3);
	SAME(user.seen, 4);
	WITH(0);
}
