/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Table caches and the hooks that reach, free and flush tables.
 */
#include "harness.h"

enum { CACHE_NODE = 32 };

Test(cache, give_and_take)
{
	static char memory[3][4096] __attribute__((aligned(4096)));
	struct tdp_cache cache = {0}, moved;
	struct tdp_table table = {0}, seen = {0};
	unsigned found = 0;

	cr_assert_eq(tdp_cache_count(&cache), 0);
	cr_assert_not(tdp_cache_take(&cache, &seen));
	cr_assert_null(seen.va);
	for (unsigned i = 0; i < 3; i++) {
		memset(memory[i], 0x33, sizeof(memory[i]));
		table = (struct tdp_table){.va = memory[i], .hpa = 0x10000 + i * 0x1000, .aux = &memory[i][i]};
		tdp_cache_give(&cache, &table);
		cr_assert_eq(tdp_cache_count(&cache), i + 1);
		for (unsigned at = CACHE_NODE; at < sizeof(memory[i]); at++)
			cr_assert(memory[i][at] == 0x33); /* only the start is scratch */
	}
	moved = cache; /* movable while idle */
	memset(&cache, 0xff, sizeof(cache));
	while (tdp_cache_take(&moved, &table)) {
		const unsigned i = (unsigned)(table.hpa - 0x10000) / 0x1000;

		cr_assert(i < 3 && table.va == memory[i] && table.aux == &memory[i][i]);
		found |= 1u << i;
	}
	cr_assert_eq(found, 7);
	cr_assert_eq(tdp_cache_count(&moved), 0);
}

TREE_TEST(cache, fill, .with = IS_NPT)
{
	struct tdp_mm_ops no_alloc = *referee_ops(h->r);
	struct tdp_cache cache = {0};

	no_alloc.table_alloc = NULL;
	SAME(tdp_cache_fill(&cache, 3, referee_ops(h->r), h->r, NULL), TDP_OK);
	SAME(tdp_cache_count(&cache), 3);
	SAME(tdp_cache_fill(&cache, 2, referee_ops(h->r), h->r, NULL), TDP_OK); /* at least so many */
	SAME(tdp_cache_count(&cache), 3);
	SAME(tdp_cache_fill(&cache, 3, &no_alloc, h->r, NULL), TDP_OK); /* nothing is missing */
	SAME(tdp_cache_fill(&cache, 3, NULL, NULL, NULL), TDP_OK);
	SAME(tdp_cache_fill(&cache, 4, &no_alloc, h->r, NULL), TDP_INVALID);
	SAME(tdp_cache_fill(&cache, 4, NULL, NULL, NULL), TDP_INVALID);
	SAME(tdp_cache_count(&cache), 3);
	/* The n-th allocation fails: the cache keeps what it got. */
	for (unsigned n = 1; n < 6; n++) {
		referee_drain(h->r, &cache);
		referee_fail_alloc(h->r, n, false);
		SAME(tdp_cache_fill(&cache, 5, referee_ops(h->r), h->r, NULL), TDP_NOMEM);
		SAME(tdp_cache_count(&cache), n - 1);
		SAME(tdp_cache_fill(&cache, 5, referee_ops(h->r), h->r, NULL), TDP_OK);
		SAME(tdp_cache_count(&cache), 5);
	}
	referee_drain(h->r, &cache);
	referee_fail_alloc(h->r, 1, true);
	SAME(tdp_cache_fill(&cache, 1, referee_ops(h->r), h->r, NULL), TDP_NOMEM);
	SAME(tdp_cache_fill(&cache, 1, referee_ops(h->r), h->r, NULL), TDP_NOMEM);
	referee_fail_alloc(h->r, 0, false);
}

/* A call's own cache comes first; the tree's pool is not touched. */
TREE_TEST(cache, of_the_call)
{
	struct tdp_cache cache = {0};

	SAME(tdp_cache_fill(&cache, 2 * h->layout.top_level, referee_ops(h->r), h->r, NULL), TDP_OK);
	WITH(.cache = &cache);
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	SAME(TAKEN, 0);
	SAME(tdp_cache_count(&cache), h->layout.top_level);
	referee_drain(h->r, &cache);
	IS(TDP_NOMEM, tdp_map(&h->tree, h->b, h->p, HPA, RWX, &h->op)); /* although the pool is full */
	SAME(h->op.tables, 1);
	WITH(0);
	IS(TDP_OK, tdp_map(&h->tree, h->b, h->p, HPA, RWX, &h->op));
	SAME(TAKEN, 1);
}

/* Without table_free tables go back to the pool. */
static void without_table_free(struct tdp_mm_ops *ops)
{
	ops->table_free = NULL;
}

TREE_TEST(cache, pool_takes_freed_tables, .hooks = without_table_free)
{
	const unsigned pool = tdp_cache_count(referee_cache(h->r));

	IS(TDP_OK, map_at(h, 0, h->b - h->p, 2 * h->p, HPA, RWX));
	SAME(TAKEN, h->layout.top_level + 1);
	IS(TDP_OK, tdp_zap(&h->tree, h->b, h->b, &h->op));
	SAME(tdp_cache_count(referee_cache(h->r)), pool - h->layout.top_level);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->end, &h->op));
	SAME(tdp_cache_count(referee_cache(h->r)), pool);
	SAME(referee_counts(h->r).frees, 0);
}

/* And they can be used again at once, at any level. */
TREE_TEST(cache, pool_is_used_again, .hooks = without_table_free)
{
	harness_tables(h, h->layout.top_level);
	for (unsigned i = 0; i < 4; i++) {
		IS(TDP_OK, map_at(h, 0, i * h->g, h->p, HPA, RWX));
		SAME(TAKEN, h->layout.top_level);
		GUEST(i * h->g, REF_W);
		IS(TDP_OK, tdp_zap(&h->tree, 0, h->end, &h->op));
	}
}

/* ---- table_map ---- */

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
#define MAPPER(want, call)                                                                                                       \
	do {                                                                                                                     \
		IS(want, call);                                                                                                  \
		check_mapper(h, __LINE__);                                                                                       \
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

/* ---- what hooks are told ---- */

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
