/* SPDX-License-Identifier: BSD-2-Clause */
#include "world_impl.h"

#include <stdlib.h>
#include <string.h>
#include <tree_impl.h>

struct world world;
struct world_config world_config;
struct ref_machine world_machine;
struct ref_shape world_shape;
struct tdp_tree world_tree;
uint64_t *world_pending, world_before;
uint64_t world_memory[FRAMES * MOST_ENTRIES] __attribute__((aligned(65536)));
struct tdp_cache world_caches[MAX_FIBRES + 1];

uint64_t *world_entry_at(uint64_t hpa)
{
	uint64_t offset = hpa - FRAME_HPA;

	return offset < world_memory_bytes() ? world_memory + offset / sizeof(uint64_t) : NULL;
}

static bool read_entry(void *ctx, uint64_t hpa, uint64_t *value)
{
	const uint64_t *p = world_entry_at(hpa);

	(void)ctx;
	if (p)
		*value = *p;
	return p != NULL;
}

struct ref_entry world_decode(unsigned level, uint64_t value)
{
	return ref_decode(&world_machine, &world_shape, level, value);
}

/* Level of the root's entries. */
static unsigned top(void)
{
	if (world_config.set != NO_SET)
		return 1;
	return world_config.deep ? 2 : world_shape.top;
}

void world_wrote(const uint64_t *entry, uint64_t before, uint64_t now, unsigned who)
{
	uint64_t at = (uint64_t)(entry - world_memory), frame = at / (PAGE_BYTES / sizeof(uint64_t));
	enum ref_entry_kind was, is;
	uint8_t *owner;

	if (now == before)
		return;
	explore_changed();
	if (world.frame[frame].level < 0 || at % world_config.format->entries >= PER_TABLE)
		return;
	owner = &world.frame[frame].owner[at % PER_TABLE];
	was = world_decode((unsigned)world.frame[frame].level, before).kind;
	is = world_decode((unsigned)world.frame[frame].level, now).kind;
	if (was == REF_FROZEN && *owner != who && *owner != NOBODY)
		explore_fail("fibre %u changes an entry that fibre %u has frozen", who, *owner);
	if (world_config.set != NO_SET && frame == 0)
		world_set_wrote(before);
	*owner = is == REF_FROZEN ? (uint8_t)who : NOBODY;
	if (is == REF_TABLE && world.frame[frame].level > 0)
		world_learn_level(world_decode((unsigned)world.frame[frame].level, now).hpa, world.frame[frame].level - 1);
	if ((was == REF_FROZEN || was == REF_ABSENT) && (is == REF_LEAF || is == REF_TABLE))
		world_made_valid();
	/* A store that is on its way through an x86 processor's buffer will arrive, and nobody asks when. */
	if (!world_config.store_buffer || !world_config.format->overwrite)
		world.unseen[who] |= (was == REF_FROZEN || was == REF_ABSENT) && (is == REF_LEAF || is == REF_TABLE);
}

void world_settle(void)
{
	uint64_t *p = world_pending;

	world_pending = NULL;
	world_set_settle();
	if (p)
		world_wrote(p, world_before, *p, world_self());
}

/* ---- set-up ---- */

enum { SETUP = MAX_FIBRES, SETUP_TABLES = 10, FIBRE_TABLES = 6 };

/* The tables from the root down to the first that may change are there, and one page at the end. */
static void make_upper_levels(void)
{
	struct tdp_op op = {.flags = TDP_EXCLUSIVE, .cache = &world_caches[SETUP]};
	uint64_t table = world_shape.root;
	int level = (int)top();

	/* The last page keeps them from being trimmed. */
	if (top() > world_live_level() && tdp_map(&world_tree, AT(PAGES - 1), PAGE_BYTES, HPA(1, PAGES - 1), RWX, &op) != TDP_OK)
		abort();
	for (; level > (int)world_live_level(); level--) {
		world.frame[(table - FRAME_HPA) / PAGE_BYTES].level = (int8_t)level;
		table = world_decode((unsigned)level, *world_entry_at(table)).hpa;
	}
	/* The last page was mapped before that was known. */
	world_learn_level(table, level);
	world_live_table = table;
}

/* Frames, caches and hooks as they are at the beginning. */
static void start_afresh(const struct world_config *config)
{
	const bool same_format = world_config.format == config->format;

	world_config = *config;
	world_clear_frames(same_format);
	memset(&world, 0, sizeof(world));
	memset(world_caches, 0, sizeof(world_caches));
	world_pending = NULL;
	world_buffer_start();
	world_nosnoop_start();
	for (unsigned i = 0; i < FRAMES; i++) {
		world.frame[i].level = -1;
		memset(world.frame[i].owner, NOBODY, sizeof(world.frame[i].owner));
	}
	world_ops.va_offset = (uint64_t)(uintptr_t)world_memory - FRAME_HPA;
}

/* The tree, by itself or in a set. */
static void start_tree(const struct world_config *config)
{
	const struct world_format *f = config->format;
	struct tdp_caps caps = {.hpa_bits = (uint8_t)f->hpa_bits,
				.leaf_levels = f->features & REF_HAS_1G ? 7 : 3,
				.features = f->caps,
				.granules = TDP_GRANULE_NONE - 1};
	struct tdp_layout layout;
	struct tdp_config c = {.layout = &layout, .ops = &world_ops, .rcu = config->keep ? NULL : &world_rcu};
	struct tdp_regs regs;

	c.engine = f->engine;
	c.flags = (config->keep ? TDP_TREE_KEEP_TABLES : 0u) | (config->write_protect ? TDP_TREE_LOG_BY_WRITE_PROTECT : 0u);
	c.root = (struct tdp_table){.va = world_memory, .hpa = FRAME_HPA};
	c.pool = config->keep ? &world_caches[SETUP] : NULL;
	if (tdp_layout_make(&layout, f->format, &caps, f->gpa_bits) != TDP_OK)
		abort();
	/* Geometry of our own: what happens to a root shall not need four levels. */
	if (config->set != NO_SET || config->deep) {
		layout.top_level = (uint8_t)top();
		layout.gpa_bits = (uint8_t)(14 + 2 * top());
	}
	world.frames_used = 1u << layout.root_concat_lg2;
	world.root_frames = world.frames_used;
	if (config->set != NO_SET)
		world_set_start(&c, c.engine, &layout);
	else if (tdp_tree_init(&world_tree, &c) != TDP_OK || tdp_tree_load(&world_tree, &regs) != TDP_OK)
		abort();
	/* Of a tree with less levels the machine sees entries only. */
	if (config->set != NO_SET || config->deep)
		regs = (struct tdp_regs){.base = FRAME_HPA | (f->overwrite ? 3 : 0), .control = 64 - f->gpa_bits};
	world_machine = (struct ref_machine){.kind = f->kind,
					     .features = f->features,
					     .hpa_bits = caps.hpa_bits,
					     .base = regs.base,
					     .control = regs.control,
					     .read = read_entry};
	if (!ref_shape(&world_machine, &world_shape))
		abort();
}

void world_start(const struct world_config *config)
{
	start_afresh(config);
	start_tree(config);
	for (unsigned i = 0; i <= MAX_FIBRES; i++) {
		const unsigned tables = i == SETUP ? SETUP_TABLES : i + 1 == config->dry ? config->tables : FIBRE_TABLES;

		if (tdp_cache_fill(&world_caches[i], tables, &world_ops, NULL, NULL) != TDP_OK)
			abort();
	}
	make_upper_levels();
}

void world_map(unsigned page, unsigned n, unsigned level, struct tdp_attrs attrs, uint32_t flags)
{
	struct tdp_op op = {.flags = TDP_EXCLUSIVE | flags, .cache = &world_caches[SETUP], .max_level_plus1 = (uint8_t)(level + 1)};

	if (tdp_map(&world_tree, AT(page), level ? world_span(page, n) : n * PAGE_BYTES, HPA(1, page), attrs, &op) != TDP_OK)
		abort();
	world_settle();
}

void world_fill(unsigned page, unsigned n)
{
	struct tdp_op op = {.flags = TDP_EXCLUSIVE, .cache = &world_caches[SETUP], .max_level_plus1 = 1};

	if (tdp_map(&world_tree, AT(page), world_span(page, n), HPA(1, page), RWX, &op) != TDP_OK)
		abort();
	world_settle();
}

void world_hole(unsigned page, unsigned n)
{
	struct tdp_op op = {.flags = TDP_EXCLUSIVE | TDP_ZAP_LEAVES};

	if (tdp_zap(&world_tree, AT(page), n * PAGE_BYTES, &op) != TDP_OK)
		abort();
	world_settle();
}

void world_empty_table(unsigned page)
{
	world_map(page, 1, 0, RWX, 0);
	world_hole(page, 1);
}

void world_touch(unsigned cpu, unsigned page, bool write)
{
	(void)world_guest(cpu, page, write); /* where nothing is mapped the walk cache is filled all the same */
}

struct tdp_op world_op(uint32_t flags, struct tdp_gather *gather)
{
	world.gathers[world_self()] = gather || (flags & TDP_EXCLUSIVE);
	return (struct tdp_op){.flags = flags, .cache = &world_caches[world_self()], .gather = gather};
}

void world_refill(struct tdp_op *op, const char *what)
{
	struct tdp_cache *cache = &world_caches[world_self()];

	if (op->tables == 0)
		explore_fail("%s has no memory, and does not say how much it needs", what);
	if (tdp_cache_fill(cache, tdp_cache_count(cache) + op->tables, &world_ops, NULL, NULL) != TDP_OK)
		explore_fail("%s asks for %u tables", what, op->tables);
}

/* ---- what must hold ---- */

/* A translation that is cached against the live one: on neither discipline may they name different pages; a format that breaks before it
 * makes allows no other size either. */
static void check_cached(const struct cpu *cpu, unsigned page)
{
	const struct tlb_entry *t = &cpu->tlb[page];
	struct tlb_entry live;

	if (!t->hpa)
		return;
	live = world_live(page, NULL);
	if (live.hpa && live.hpa != t->hpa)
		explore_fail("page %u is cached as %#llx and mapped to %#llx", page, (unsigned long long)t->hpa,
			     (unsigned long long)live.hpa);
	if (live.hpa && live.level != t->level && !world_config.format->overwrite)
		explore_fail("page %u is cached from level %u and mapped at level %u", page, t->level, live.level);
}

/* A table that is cached against the live one, where a format breaks before it makes. */
static void check_walk_cache(const struct cpu *cpu)
{
	struct ref_entry e;

	if (world_config.deep && cpu->upper) {
		e = world_decode(2, *world_entry_at(world_live_table));
		if (e.kind == REF_LEAF || (e.kind == REF_TABLE && e.hpa != cpu->upper))
			explore_fail("the entry of level 2 became valid again while its old table is cached");
	}
	for (unsigned i = 0; i < PAGES / PER_TABLE; i++) {
		unsigned level = 1;

		if (!cpu->table[i])
			continue;
		e = world_seek(i * PER_TABLE, &level);
		if ((e.kind == REF_LEAF || (e.kind == REF_TABLE && e.hpa != cpu->table[i])))
			explore_fail("entry %u of level 1 became valid again while its old table is cached", i);
	}
}

void world_step(void *arg)
{
	(void)arg;
	world_settle();
	if (world_config.set != NO_SET)
		world_set_step();
	if (explore_again())
		return;
	world_steady_step();
	for (unsigned c = 0; c < world_config.cpus; c++) {
		const struct cpu *cpu = &world.cpu[c];

		for (unsigned p = 0; p < PAGES; p++)
			check_cached(cpu, p);
		if (!world_config.format->overwrite && !world.gone[0])
			check_walk_cache(cpu);
	}
}

void world_returned(const char *what)
{
	world_settle();
	if (world.reading[world_self()])
		explore_fail("%s returns inside a read section", what);
	if (world.unseen[world_self()])
		explore_fail("%s returns before walkers are sure to see what it made", what);
	if (world_owns())
		explore_fail("%s returns and leaves something frozen", what);
}

void world_end(void *arg)
{
	/* Those of levels that never change, and the first that may, are always there. */
	unsigned tables = world_config.set == NO_SET ? top() - world_live_level() + 1 : world_set_end(), spare = 0;
	struct ref_entry e;

	world_step(arg);
	tables += world.root_frames - 1;
	tables += world.gone[0] ? 0 : world_count_tables(world_live_table, world_live_level());
	for (unsigned i = 0; i <= MAX_FIBRES; i++)
		spare += tdp_cache_count(&world_caches[i]);
	if (tables + spare + world.frames_free != world.frames_used)
		explore_fail("%u tables are linked, %u spare, %u freed, of %u: some are lost", tables, spare, world.frames_free,
			     world.frames_used);
	for (unsigned p = 0; p < PAGES; p++) {
		struct tlb_entry live = world_live(p, &e);

		if (live.uc && !world.typed[p])
			explore_fail("page %u has another memory type, and nobody asked for it", p);
		for (unsigned c = 0; c < world_config.cpus; c++)
			if (world.cpu[c].tlb[p].hpa && world.cpu[c].tlb[p].hpa != live.hpa)
				explore_fail("page %u is stale in a TLB at the end", p);
		world_log_end(p, &e, live.hpa);
		for (unsigned n = 0; n < MAX_BACKINGS; n++)
			if (world.written[n][p] && !(live.hpa == HPA(n, p) && e.dirty_for_sw))
				explore_fail("page %u was written, and it is neither dirty nor reported", p);
	}
	if (tree_of(&world_tree)->gathers)
		explore_fail("a gather is counted as open at the end");
}
