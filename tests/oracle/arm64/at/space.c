/* SPDX-License-Identifier: BSD-2-Clause */
#include "space.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "abi.h"

enum { ARENA_SIZE = 512 << 20, VMID = 1, VMID_SHIFT = 48 };

static uint8_t *arena;
static uint64_t used;

void die(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	exit(2);
}

void random_seed(struct random *r, uint64_t seed)
{
	r->state = seed;
}

/* SplitMix64. */
uint64_t random_u64(struct random *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t random_below(struct random *r, uint64_t n)
{
	return random_u64(r) % n;
}

void arena_init(void)
{
	arena = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (arena == MAP_FAILED)
		die("no memory for tables");
}

void *arena_start(void)
{
	return arena;
}

uint64_t arena_size(void)
{
	return used;
}

uint64_t *arena_entry(uint64_t hpa)
{
	if (hpa < AT_TABLES || hpa - AT_TABLES >= used)
		return NULL;
	return (uint64_t *)(void *)(arena + (hpa - AT_TABLES));
}

/* Machine addresses are aligned as their offsets are. */
static struct tdp_table arena_take(uint64_t size)
{
	const uint64_t at = (used + size - 1) & ~(size - 1);

	if (at + size > ARENA_SIZE)
		die("tables for more than the arena");
	used = at + size;
	return (struct tdp_table){.va = arena + at, .hpa = AT_TABLES + at};
}

static bool read_entry(void *ctx, uint64_t hpa, uint64_t *value)
{
	const uint64_t *entry = arena_entry(hpa);

	(void)ctx;
	if (entry)
		*value = *entry;
	return entry != NULL;
}

/* Nobody has cached anything yet. */
static void flush(void *ctx, void *user, const struct tdp_flush *f)
{
	(void)ctx;
	(void)user;
	(void)f;
}

static void table_free(void *ctx, const struct tdp_table *table)
{
	tdp_cache_give(&((struct space *)ctx)->pool, table);
}

static struct tdp_mm_ops ops = {.size = sizeof(ops), .flush = flush, .table_free = table_free};

void space_init(struct space *s, const struct geometry *g, const struct feature_set *set)
{
	const struct tdp_caps caps = {
		.hpa_bits = (uint8_t)g->hpa_bits, .leaf_levels = 0x1f, .features = set->caps, .granules = g->granules};
	const struct tdp_wish wish = {.gpa_bits = (uint8_t)g->ipa_bits, .levels = (uint8_t)g->levels};
	enum tdp_misfit why;
	struct tdp_config config = {.engine = g->engine, .layout = &s->layout, .ops = &ops, .ctx = s};

	*s = (struct space){.geometry = g, .set = set};
	ops.va_offset = (uint64_t)(uintptr_t)arena - AT_TABLES;
	if (tdp_layout_choose(&s->layout, g->constant, &caps, &wish, &why) != TDP_OK)
		die("%s, %u bits: %s", g->format, g->ipa_bits, tdp_misfit_name(why));
	config.root = arena_take(tdp_root_size(&s->layout));
	config.pool = &s->pool;
	for (unsigned i = 0; i < g->tables; i++) {
		const struct tdp_table table = arena_take(tdp_table_size(&s->layout));

		tdp_cache_give(&s->pool, &table);
	}
	if (tdp_tree_init(&s->tree, &config) != TDP_OK || tdp_tree_load(&s->tree, &s->regs) != TDP_OK)
		die("%s, %u bits: no tree", g->format, g->ipa_bits);
	s->machine = (struct ref_machine){.kind = REF_S2,
					  .features = set->features,
					  .hpa_bits = g->hpa_bits,
					  .base = s->regs.base,
					  .control = s->regs.control,
					  .read = read_entry};
}

void space_settle(struct space *s)
{
	struct tdp_table table;

	while (tdp_cache_take(&s->pool, &table))
		memset(table.va, 0, tdp_table_size(&s->layout));
}
