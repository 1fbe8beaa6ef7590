/* SPDX-License-Identifier: BSD-2-Clause */
#include "world_impl.h"

#include <fake.h>
#include <stdlib.h>
#include <string.h>
#include <tree_impl.h>

struct world world;
struct world_config world_config;
struct ref_machine world_machine;
struct ref_shape world_shape;
struct tdp_tree world_tree;
uint64_t *world_pending, world_before;
uint64_t world_memory[FRAMES][PAGE_BYTES / sizeof(uint64_t)] __attribute__((aligned(65536)));
static struct tdp_cache caches[MAX_FIBRES + 1];

uint64_t *world_entry_at(uint64_t hpa)
{
	uint64_t offset = hpa - FRAME_HPA;

	return offset < sizeof(world_memory) ? &world_memory[0][0] + offset / sizeof(uint64_t) : NULL;
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

uint64_t *world_upper(unsigned page)
{
	uint64_t table = world_shape.root;

	for (unsigned level = 3; level > 1; level--)
		table = world_decode(level, *world_entry_at(table)).hpa; /* everything is below the first entries */
	return world_entry_at(table + page / PER_TABLE * sizeof(uint64_t));
}

struct tlb_entry world_live(unsigned page, struct ref_entry *entry)
{
	struct ref_entry e = world_decode(1, *world_upper(page));
	unsigned level = 1;

	if (e.kind == REF_TABLE) {
		e = world_decode(0, *world_entry_at(e.hpa + page % PER_TABLE * sizeof(uint64_t)));
		level = 0;
	}
	if (entry)
		*entry = e;
	if (e.kind != REF_LEAF)
		return (struct tlb_entry){.level = (uint8_t)level};
	return (struct tlb_entry){.hpa = e.hpa + (level ? AT(page % PER_TABLE) : 0),
				  .level = (uint8_t)level,
				  .w = (e.perms & REF_W) != 0,
				  .d = e.dirty,
				  .uc = e.memtype == REF_UC};
}

/* Of one table: has the running fibre frozen an entry? */
static bool owns_in(uint64_t table)
{
	const struct frame *f = &world.frame[(table - FRAME_HPA) / PAGE_BYTES];

	for (unsigned k = 0; k < PER_TABLE; k++)
		if (f->owner[k] == world_self())
			return true;
	return false;
}

bool world_owns(void)
{
	uint64_t *upper = world_upper(0);
	bool owns = owns_in(FRAME_HPA + (uint64_t)((char *)upper - (char *)world_memory));

	for (unsigned i = 0; i < PAGES / PER_TABLE; i++) {
		struct ref_entry e = world_decode(1, upper[i]);

		owns |= e.kind == REF_TABLE && owns_in(e.hpa);
	}
	return owns;
}

/* Level of a frame's entries: from where it is linked, and from then on. */
static void learn_levels(void)
{
	uint64_t *upper = world_upper(0);

	for (unsigned i = 0; i < PAGES / PER_TABLE; i++) {
		struct ref_entry e = world_decode(1, upper[i]);
		struct frame *f = &world.frame[(e.hpa - FRAME_HPA) / PAGE_BYTES];

		if (e.kind != REF_TABLE)
			continue;
		if (f->freed)
			explore_fail("a freed table is linked");
		if (f->level < 0)
			memset(f->owner, NOBODY, sizeof(f->owner));
		f->level = 0;
	}
}

void world_settle(void)
{
	uint64_t *p = world_pending;
	uint64_t at = (uint64_t)(p - &world_memory[0][0]), frame = at / (PAGE_BYTES / sizeof(uint64_t));
	enum ref_entry_kind was, is;
	uint8_t *owner;

	if (!p)
		return;
	world_pending = NULL;
	if (*p == world_before)
		return;
	explore_changed();
	if (world.frame[frame].level < 0)
		return;
	owner = &world.frame[frame].owner[at % PER_TABLE];
	was = world_decode((unsigned)world.frame[frame].level, world_before).kind;
	is = world_decode((unsigned)world.frame[frame].level, *p).kind;
	if (was == REF_FROZEN && *owner != world_self() && *owner != NOBODY)
		explore_fail("fibre %u changes an entry that fibre %u has frozen", world_self(), *owner);
	*owner = is == REF_FROZEN ? (uint8_t)world_self() : NOBODY;
	world.unseen[world_self()] |= (was == REF_FROZEN || was == REF_ABSENT) && (is == REF_LEAF || is == REF_TABLE);
}

/* ---- set-up ---- */

enum { SETUP = MAX_FIBRES, SETUP_TABLES = 10, FIBRE_TABLES = 6 };

/* The tables from the root down to level 1 are there, and one page at the end. */
static void make_upper_levels(void)
{
	struct tdp_op op = {.flags = TDP_EXCLUSIVE, .cache = &caches[SETUP]};
	uint64_t table = world_shape.root;

	/* The last page keeps them from being trimmed. */
	if (tdp_map(&world_tree, AT(PAGES - 1), AT(1), HPA(1, PAGES - 1), RWX, &op) != TDP_OK)
		abort();
	for (int level = 3; level > 0; level--) {
		world.frame[(table - FRAME_HPA) / PAGE_BYTES].level = (int8_t)level;
		table = world_decode((unsigned)level, *world_entry_at(table)).hpa;
	}
}

void world_start(const struct world_config *config)
{
	struct tdp_caps caps = {.hpa_bits = 40, .leaf_levels = 7};
	struct tdp_layout layout;
	struct tdp_config c = {.layout = &layout, .ops = &world_ops, .rcu = config->keep ? NULL : &world_rcu};
	struct tdp_regs regs;

	world_config = *config;
	memset(&world, 0, sizeof(world));
	memset(caches, 0, sizeof(caches));
	for (unsigned i = 0; i < FRAMES; i++) /* what is used of them */
		memset(world_memory[i], 0, 8 * PER_TABLE);
	world_pending = NULL;
	for (unsigned i = 0; i < FRAMES; i++) {
		world.frame[i].level = -1;
		memset(world.frame[i].owner, NOBODY, sizeof(world.frame[i].owner));
	}
	world_ops.va_offset = (uint64_t)(uintptr_t)world_memory - FRAME_HPA;
	caps.features = config->overwrite ? TDP_CAP_HW_A | TDP_CAP_HW_D : TDP_CAP_HW_A;
	c.engine = config->overwrite ? &tdp_fake_o_engine : &tdp_fake_b_engine;
	c.flags = config->keep ? TDP_TREE_KEEP_TABLES : 0;
	c.root = (struct tdp_table){.va = world_memory[0], .hpa = FRAME_HPA};
	c.pool = config->keep ? &caches[SETUP] : NULL;
	world.frames_used = 1;
	if (tdp_layout_make(&layout, config->overwrite ? &tdp_fake_o : &tdp_fake_b, &caps, 20) != TDP_OK ||
	    tdp_tree_init(&world_tree, &c) != TDP_OK || tdp_tree_load(&world_tree, &regs) != TDP_OK)
		abort();
	world_machine = (struct ref_machine){.kind = config->overwrite ? REF_FAKE_O : REF_FAKE_B,
					     .features = REF_HAS_1G | REF_HW_ACCESSED,
					     .hpa_bits = 40,
					     .base = regs.base,
					     .control = regs.control,
					     .read = read_entry};
	if (!ref_shape(&world_machine, &world_shape))
		abort();
	for (unsigned i = 0; i <= MAX_FIBRES; i++)
		if (tdp_cache_fill(&caches[i], i == SETUP ? SETUP_TABLES : FIBRE_TABLES, &world_ops, NULL, NULL) != TDP_OK)
			abort();
	make_upper_levels();
}

void world_map(unsigned page, unsigned n, unsigned level, struct tdp_attrs attrs, uint32_t flags)
{
	struct tdp_op op = {.flags = TDP_EXCLUSIVE | flags, .cache = &caches[SETUP], .max_level_plus1 = (uint8_t)(level + 1)};

	if (tdp_map(&world_tree, AT(page), AT(n), HPA(1, page), attrs, &op) != TDP_OK)
		abort();
	world_settle();
	learn_levels();
}

void world_empty_table(unsigned page)
{
	struct tdp_op op = {.flags = TDP_EXCLUSIVE | TDP_ZAP_LEAVES};

	world_map(page, 1, 0, RWX, 0);
	if (tdp_zap(&world_tree, AT(page), AT(1), &op) != TDP_OK)
		abort();
	world_settle();
}

void world_touch(unsigned cpu, unsigned page, bool write)
{
	(void)world_guest(cpu, page, write); /* where nothing is mapped the walk cache is filled all the same */
}

struct tdp_op world_op(uint32_t flags, struct tdp_gather *gather)
{
	world.gathers[world_self()] = gather != NULL;
	return (struct tdp_op){.flags = flags, .cache = &caches[world_self()], .gather = gather};
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
	if (live.hpa && live.level != t->level && !world_config.overwrite)
		explore_fail("page %u is cached from level %u and mapped at level %u", page, t->level, live.level);
}

void world_step(void *arg)
{
	(void)arg;
	world_settle();
	learn_levels();
	for (unsigned c = 0; c < world_config.cpus; c++) {
		const struct cpu *cpu = &world.cpu[c];

		for (unsigned p = 0; p < PAGES; p++)
			check_cached(cpu, p);
		for (unsigned i = 0; i < PAGES / PER_TABLE && !world_config.overwrite; i++) {
			struct ref_entry e = world_decode(1, *world_upper(i * PER_TABLE));

			if (cpu->table[i] && (e.kind == REF_LEAF || (e.kind == REF_TABLE && e.hpa != cpu->table[i])))
				explore_fail("entry %u of level 1 became valid again while its old table is cached", i);
		}
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

void world_replaced(unsigned page)
{
	if (world_live(page, NULL).hpa == HPA(1, page))
		explore_fail("replace says that page %u is elsewhere, and it is not", page);
}

void world_zapped(unsigned page, unsigned n)
{
	for (unsigned p = page; p < page + n; p++) {
		uint64_t live = world_live(p, NULL).hpa;

		for (unsigned c = 0; c < world_config.cpus; c++)
			if (world.cpu[c].tlb[p].hpa && world.cpu[c].tlb[p].hpa != live)
				explore_fail("page %u is still cached when its zap has returned", p);
	}
}

void world_withheld(unsigned page, unsigned n)
{
	for (unsigned p = page; p < page + n; p++)
		for (unsigned c = 0; c < world_config.cpus; c++)
			if (world.cpu[c].tlb[p].w && world.cpu[c].tlb[p].hpa == HPA(1, p) && !world_live(p, NULL).w)
				explore_fail("page %u can still be written when the call that forbids it has returned", p);
}

void world_may_type(unsigned page, unsigned n)
{
	memset(&world.typed[page], true, n);
}

void world_typed(unsigned page, unsigned n)
{
	for (unsigned p = page; p < page + n; p++)
		for (unsigned c = 0; c < world_config.cpus; c++)
			if (world.cpu[c].tlb[p].hpa && !world.cpu[c].tlb[p].uc && world_live(p, NULL).uc)
				explore_fail("page %u is still cached with another memory type", p);
}

void world_protected(unsigned page, unsigned n)
{
	world_withheld(page, n);
	for (unsigned p = page; p < page + n; p++)
		world.closed[p] = true;
}

/* The leaf tables that are linked; and nothing is frozen. */
static unsigned count_tables(void)
{
	unsigned tables = 0;

	for (unsigned i = 0; i < PAGES / PER_TABLE; i++) {
		struct ref_entry e = world_decode(1, world_upper(0)[i]);

		if (e.kind == REF_FROZEN)
			explore_fail("entry %u of level 1 is frozen at the end", i);
		tables += e.kind == REF_TABLE;
		for (unsigned k = 0; e.kind == REF_TABLE && k < PER_TABLE; k++)
			if (world_decode(0, world_entry_at(e.hpa)[k]).kind == REF_FROZEN)
				explore_fail("page %u is frozen at the end", i * PER_TABLE + k);
	}
	return tables;
}

void world_end(void *arg)
{
	unsigned tables = 3 + count_tables(), spare = 0;
	struct ref_entry e;

	(void)arg;
	world_step(arg);
	for (unsigned i = 0; i <= MAX_FIBRES; i++)
		spare += tdp_cache_count(&caches[i]);
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
		for (unsigned n = 0; n < MAX_BACKINGS; n++)
			if (world.written[n][p] && !(live.hpa == HPA(n, p) && e.dirty_for_sw))
				explore_fail("page %u was written, and it is neither dirty nor reported", p);
	}
	if (tree_of(&world_tree)->gathers)
		explore_fail("a gather is counted as open at the end");
}

static uint64_t hash_bytes(uint64_t h, const void *bytes, size_t n)
{
	const unsigned char *b = bytes;
	uint64_t word = 0;

	for (; n >= sizeof(word); n -= sizeof(word), b += sizeof(word)) {
		memcpy(&word, b, sizeof(word));
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	word = 0;
	memcpy(&word, b, n);
	h = (h ^ word) * UINT64_C(0xff51afd7ed558ccd);
	return h ^ h >> 32;
}

uint64_t world_state(void *arg)
{
	const struct tree *t = tree_of(&world_tree);
	uint64_t h = 1;

	(void)arg;
	for (unsigned i = 0; i < world.frames_used; i++)
		h = hash_bytes(h, world_memory[i], PER_TABLE * sizeof(uint64_t));
	h = hash_bytes(h, &world, sizeof(world));
	h = hash_bytes(h, &t->gathers, sizeof(t->gathers));
	return hash_bytes(h, &t->retire, sizeof(t->retire));
}
