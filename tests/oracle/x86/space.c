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

		table.hpa = (uintptr_t)table.va;
		tdp_cache_give(cache, &table);
	}
}

struct tdp_caps space_caps_svm(void)
{
	const unsigned pages_1g = cpuid(0x80000001).d >> 26 & 1;
	struct tdp_caps caps;

	space_must(tdp_caps_svm(&caps, machine_phys_bits(), pages_1g), "tdp_caps_svm");
	caps.features |= TDP_CAP_NX;
	return caps;
}

void space_init(struct space *s, const struct tdp_engine *engine, const struct tdp_format *format, const struct tdp_caps *caps,
		unsigned gpa_bits, uint32_t flags, const struct space_hooks *hooks)
{
	struct tdp_config config = {
		.engine = engine, .layout = &s->layout, .ops = &s->ops, .ctx = s, .pool = &s->tables, .flags = flags};

	s->tables = (struct tdp_cache){{0}};
	s->ops = (struct tdp_mm_ops){
		.size = sizeof(s->ops), .flush = hooks->flush, .dirty = hooks->dirty, .relax = relax, .warn = warn};
	config.root.va = page_alloc();
	config.root.hpa = (uintptr_t)config.root.va;
	space_tables(&s->tables, POOL_TABLES);
	space_must(tdp_layout_make(&s->layout, format, caps, gpa_bits), "tdp_layout_make");
	space_must(tdp_tree_init(&s->tree, &config), "tdp_tree_init");
	space_must(tdp_tree_load(&s->tree, &s->regs), "tdp_tree_load");
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
