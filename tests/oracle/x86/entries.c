/* SPDX-License-Identifier: BSD-2-Clause */
/* Random entries; see entries.h. */
#include "entries.h"

#include "pages.h"

#define SIZE_1G UINT64_C(0x40000000)
enum { SHOWN = 10, CODE_RETURN = 0xc3, GUEST_TABLE_ENTRY = 0xe3, PAGE_HPA = (int)DATA_START + 0x5000 };

static struct {
	struct trial *trial;
	const struct entries_bits *bits;
	struct space space;
	tdp_spte_t *slot[TDP_MAX_LEVELS]; /* on the way to place */
	tdp_spte_t good[TDP_MAX_LEVELS];  /* what is there otherwise */
	tdp_gpa_t place;		  /* the guest address that goes through the entry */
	uint64_t random, queries, mismatches, leaves, tables, reserved, absent;
} run;

static uint64_t pick(uint64_t n)
{
	return (random_next(&run.random) >> 16) % n;
}

static void flush(void *ctx, void *user, const struct tdp_flush *what)
{
	(void)ctx;
	(void)user;
	(void)what;
}

/* On no level beside the guest's fixed parts. */
static tdp_gpa_t place(unsigned top)
{
	tdp_gpa_t gpa = 0;

	for (unsigned level = 2; level <= top; level++)
		gpa += UINT64_C(2) << (12 + 9 * level) >> (level > 2);
	return gpa;
}

/* A tree with one page, at run.place, and where its entries lie. */
static void build(void)
{
	const struct space_hooks hooks = {.flush = flush};
	const struct trial *t = run.trial;
	struct tdp_op op = {.max_level_plus1 = 1};
	tdp_hpa_t table;

	space_init(&run.space, t->engine, t->format, &t->caps, t->layout.gpa_bits, 0, &hooks);
	window_init(&run.space);
	run.place = place(run.space.layout.top_level);
	space_must(tdp_map(&run.space.tree, run.place, PAGE, PAGE_HPA, (struct tdp_attrs){.prot = TDP_RWX}, &op), "tdp_map");
	t->load(&run.space.regs);
	table = run.space.regs.base & run.bits->address;
	for (unsigned level = run.space.layout.top_level + 1u; level-- > 0;) {
		run.slot[level] = (tdp_spte_t *)ADDRESS(table) + (run.place >> (12 + 9 * level) & 511);
		run.good[level] = *run.slot[level];
		table = run.good[level] & run.bits->address;
	}
}

/* An address that a leaf may have: inside the data, and mostly aligned. */
static tdp_hpa_t leaf_address(unsigned level)
{
	const uint64_t size = tdp_level_size(&run.space.layout, level);

	if (size >= DATA_SIZE)
		return DATA_START;
	return DATA_START + pick(DATA_SIZE / size) * size;
}

/* Something near a legal entry: a few bits turned over, or all of those outside the address at random. */
static tdp_spte_t invent(unsigned level)
{
	const bool leaf = level == 0 || pick(2);
	tdp_spte_t e = leaf ? run.bits->leaf | (level > 0 ? run.bits->huge : 0) | leaf_address(level) : run.good[level];

	if (pick(4) == 0)
		e ^= random_next(&run.random) & ~run.bits->address;
	for (uint64_t flips = pick(4); flips > 0; flips--)
		e ^= UINT64_C(1) << pick(64);
	return e;
}

/* The library's opinion, but of bits that this emulator overlooks. */
static struct tdp_entry decode(unsigned level, tdp_spte_t e)
{
	struct tdp_entry entry;

	tdp_decode(&run.space.layout, TDP_FOREIGN, level, e & ~run.bits->overlooked(level, e), &entry);
	entry.raw = e;
	return entry;
}

/* What is legal must also lead somewhere. Returns what it is. */
static struct tdp_entry domesticate(unsigned level, tdp_spte_t *e)
{
	const struct tdp_entry entry = decode(level, *e);

	if (entry.kind == TDP_TABLE && entry.hpa != (run.good[level] & run.bits->address))
		*e = (*e & ~run.bits->address) | (run.good[level] & run.bits->address);
	else if (entry.kind == TDP_LEAF && (entry.hpa < DATA_START || entry.hpa + entry.size > DATA_START + DATA_SIZE))
		*e = (*e & ~run.bits->address) | leaf_address(level);
	return decode(level, *e);
}

static void wrong(const char *what, enum probe_access access, unsigned level, tdp_spte_t e, uint64_t got, uint64_t want)
{
	static const char *const names[] = {"read", "write", "fetch", "walk"};

	if (run.mismatches++ < SHOWN)
		say("MISMATCH %s: %s through %lx at level %u: %lx, should be %lx\n", what, names[access], e, level, got, want);
}

static void check(enum probe_access access, unsigned level, tdp_gpa_t gpa, const struct tdp_entry *entry, tdp_hpa_t hpa)
{
	const struct probe_walker *w = &run.trial->walker;
	const struct probe_view view = {.mapped = entry->kind == TDP_LEAF || entry->kind == TDP_TABLE, .entry = *entry};
	const struct probe_outcome want = w->expect(access, gpa, &view);
	const uint32_t number = (uint32_t)(random_next(&run.random) >> 24) & ~0xffu, value = number ^ 0x5500;
	struct probe_outcome got;

	if (view.mapped) {
		HOST_WORD(hpa) = number | (access == PROBE_WALK ? 0 : CODE_RETURN);
		if (access == PROBE_WALK)
			*(volatile uint64_t *)ADDRESS(hpa) = GUEST_TABLE_ENTRY;
	}
	got = w->access(access, gpa, value);
	if (got.done != want.done || got.exit != want.exit)
		wrong("exit", access, level, entry->raw, got.exit, want.exit);
	else if (got.code != want.code || got.address != want.address)
		wrong("fault", access, level, entry->raw, got.code, want.code);
	else if (got.done && access == PROBE_READ && got.value != (number | CODE_RETURN))
		wrong("value", access, level, entry->raw, got.value, number | CODE_RETURN);
	else if (got.done && access == PROBE_WRITE && HOST_WORD(hpa) != value)
		wrong("memory", access, level, entry->raw, HOST_WORD(hpa), value);
	/* A table on the way may become accessed though the access is refused. */
	const tdp_spte_t sets = entry->kind == TDP_TABLE ? w->sets(PROBE_READ, &view, true) : w->sets(access, &view, want.done);

	if (entry->kind == TDP_TABLE ? (*run.slot[level] | sets) != (entry->raw | sets) : *run.slot[level] != (entry->raw | sets))
		wrong("entry", access, level, entry->raw, *run.slot[level], entry->raw | sets);
}

static void one(unsigned level)
{
	const enum probe_access access = (enum probe_access)pick(run.trial->walker.accesses);
	const uint64_t size = tdp_level_size(&run.space.layout, level), align = access == PROBE_WALK ? PAGE : 4;
	const uint64_t offset = pick(size / align) * align;
	tdp_spte_t e = invent(level);
	struct tdp_entry entry = domesticate(level, &e);
	tdp_gpa_t gpa = (run.place & ~(size - 1)) + offset;
	tdp_hpa_t hpa = entry.hpa + offset;

	if (entry.kind == TDP_TABLE) { /* there is one page below */
		gpa = run.place + offset % PAGE;
		hpa = PAGE_HPA + offset % PAGE;
		entry.attrs = run.bits->table_grants(level, e);
		entry.live = entry.attrs.prot;
	}
	run.queries++;
	run.leaves += entry.kind == TDP_LEAF;
	run.tables += entry.kind == TDP_TABLE;
	run.reserved += entry.kind == TDP_RESERVED;
	run.absent += entry.kind == TDP_EMPTY;
	*run.slot[level] = e;
	check(access, level, gpa, &entry, hpa);
	*run.slot[level] = run.good[level];
}

uint64_t entries_run(struct trial *t, const struct entries_bits *bits, uint64_t queries)
{
	const uint64_t seed = t->layout.random;

	run.trial = t;
	run.bits = bits;
	run.random = seed;
	run.queries = run.mismatches = run.leaves = run.tables = run.reserved = run.absent = 0;
	build();
	while (run.queries < queries)
		one((unsigned)pick(run.space.layout.top_level + 1u));
	space_fini(&run.space);
	say("walker=%s format=%s kind=entries seed=%lx leaves=%lu tables=%lu reserved=%lu absent=%lu queries=%lu mismatches=%lu\n",
	    t->walker.name, t->walker.format, seed, run.leaves, run.tables, run.reserved, run.absent, run.queries, run.mismatches);
	return run.mismatches;
}
