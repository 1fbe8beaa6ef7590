/* SPDX-License-Identifier: BSD-2-Clause */
/* A tree on the bare machine; see space.h. */
#include "space.h"

enum { POOL_TABLES = 64 };

static void warn(void *ctx, const char *what, const struct tdp_visit *where)
{
	(void)ctx;
	machine_fail("the library warns: %s at %lx", what, where ? where->gpa : 0);
}

static void relax(void *ctx, void *user)
{
	(void)ctx;
	(void)user;
	cpu_pause();
}

void space_must(enum tdp_result result, const char *what)
{
	if (result < 0)
		machine_fail("%s: %s", what, tdp_result_name(result));
}

void space_tables(struct tdp_cache *cache, unsigned count)
{
	while (tdp_cache_count(cache) < count) {
		struct tdp_table table = {.va = page_alloc()};

		table.hpa = HPA(table.va);
		tdp_cache_give(cache, &table);
	}
}

void space_init(struct space *s, const struct tdp_engine *engine, const struct tdp_format *format, const struct tdp_caps *caps,
		unsigned gpa_bits, uint32_t flags, const struct space_hooks *hooks)
{
	struct tdp_config config = {
		.engine = engine, .layout = &s->layout, .ops = &s->ops, .ctx = s, .pool = &s->tables, .flags = flags};

	s->ops = (struct tdp_mm_ops){.size = sizeof(s->ops),
				     .va_offset = MEMORY_BASE,
				     .flush = hooks->flush,
				     .dirty = hooks->dirty,
				     .relax = relax,
				     .warn = warn};
	space_tables(&s->tables, POOL_TABLES);
	if (!tdp_cache_take(&s->tables, &config.root))
		machine_fail("no table for the root");
	space_must(tdp_layout_make(&s->layout, format, caps, gpa_bits), "tdp_layout_make");
	space_must(tdp_tree_init(&s->tree, &config), "tdp_tree_init");
	space_must(tdp_tree_load(&s->tree, &s->regs), "tdp_tree_load");
}

void space_fini(struct space *s)
{
	struct tdp_table root;

	tdp_tree_unload(&s->tree, NULL);
	tdp_tree_fini(&s->tree, &root);
	tdp_cache_give(&s->tables, &root);
}

void space_map_fixed(struct space *s, tdp_gpa_t gpa, uint64_t size)
{
	struct tdp_op op = {.cache = &s->tables};

	space_must(tdp_map(&s->tree, gpa, size, GUEST_RAM + gpa, (struct tdp_attrs){.prot = TDP_RWX}, &op), "tdp_map");
}

void space_put(tdp_gpa_t gpa, const char *from, const char *end)
{
	for (char *to = ADDRESS(GUEST_RAM + gpa); from < end;)
		*to++ = *from++;
}
