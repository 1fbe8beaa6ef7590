/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hypervisor with 64 tables in its image and no allocator: enough for a guest of 1 GiB in pages of 2 MiB. Then single pages use them up,
 * and every call that would need one more says so and changes nothing: no byte of any table, no flush. What goes makes room again.
 * TAP. The library as it ships; also linked with archives for other machines.
 */
#include <stdio.h>
#include <string.h>
#include <tdpmmu/tdpmmu.h>

enum { TABLES = 64, PAGE = 4096, BIG = 2 << 20 };
#define GIB UINT64_C(0x40000000)
#define HPA UINT64_C(0x80200000) /* a multiple of 2 MiB, and of no more */

struct subject {
	const char *name;
	const struct tdp_format *format;
	const struct tdp_engine *engine;
	unsigned gpa_bits; /* of which the root is one table */
	bool arm, intel;
	struct tdp_svm svm;
};

static const struct subject subjects[] = {
	{.name = "npt", .format = &tdp_npt, .engine = &tdp_npt_engine, .gpa_bits = 48, .svm = {.maxphyaddr = 48, .nx = true}},
	{.name = "npt_pae",
	 .format = &tdp_npt_pae,
	 .engine = &tdp_npt_pae_engine,
	 .gpa_bits = 32,
	 .svm = {.maxphyaddr = 40, .nx = true, .pae = true}},
	{.name = "ept", .format = &tdp_ept, .engine = &tdp_ept_engine, .gpa_bits = 48, .intel = true},
	{.name = "s2_4k", .format = &tdp_s2_4k, .engine = &tdp_s2_4k_engine, .gpa_bits = 39, .arm = true},
};

static _Alignas(PAGE) unsigned char memory[TABLES][PAGE], before[TABLES][PAGE];
static struct tdp_cache pool;
static struct tdp_tree tree;
static struct tdp_op op;
static struct tdp_gather gather;
static unsigned flushes, checks;
static const struct tdp_attrs rwx = {.prot = TDP_RWX}, rx = {.prot = TDP_R | TDP_X | TDP_XU};

static void check(bool good, const char *subject, const char *what)
{
	printf("%sok %u - %s: %s\n", good ? "" : "not ", ++checks, subject, what);
}

static void flush(void *ctx, void *user, const struct tdp_flush *f)
{
	(void)ctx, (void)user, (void)f;
	flushes++;
}

/* Where hardware would find a table: not where it lies in this program, but in the first 4 GiB, where a root of PAE has to be. */
#define TABLES_HPA UINT64_C(0x40000000)

/* Begins with 63 tables in the pool and one as the root. */
static bool begin(const struct subject *s, struct tdp_mm_ops *ops)
{
	const struct tdp_arm64 arm = {.mmfr0 = 0x5};				      /* 48 bits, pages of 4 KiB */
	const struct tdp_vmx vmx = {.ept_vpid_cap = 0xf0106334141, .maxphyaddr = 46}; /* Skylake */
	struct tdp_config config = {.engine = s->engine, .ops = ops, .pool = &pool, .root = {.va = memory[0], .hpa = TABLES_HPA}};
	struct tdp_caps caps;
	struct tdp_layout layout;
	struct tdp_regs regs;

	memset(memory, 0, sizeof(memory));
	pool = (struct tdp_cache){{0}};
	flushes = 0;
	*ops = (struct tdp_mm_ops){.size = sizeof(*ops), .flush = flush, .va_offset = (uintptr_t)memory - TABLES_HPA};
	if ((s->arm	? tdp_caps_arm64(&caps, &arm)
	     : s->intel ? tdp_caps_vmx(&caps, &vmx)
			: tdp_caps_svm(&caps, &s->svm)) < 0 ||
	    tdp_layout_make(&layout, s->format, &caps, s->gpa_bits) < 0 || tdp_root_size(&layout) > PAGE)
		return false;
	config.layout = &layout;
	for (unsigned i = 1; i < TABLES; i++)
		tdp_cache_give(&pool, &(struct tdp_table){.va = memory[i], .hpa = TABLES_HPA + i * PAGE});
	return tdp_tree_init(&tree, &config) == TDP_OK && tdp_tree_load(&tree, &regs) == TDP_OK;
}

/* One page by a fault in a stretch of 2 MiB that has none yet. */
static enum tdp_result one_page(tdp_gpa_t gpa)
{
	const struct tdp_fault fault = {
		.gpa = gpa, .base = gpa, .backing = {.hpa = HPA + gpa, .size = PAGE, .attrs = rwx}, .access = TDP_READ};

	return tdp_fault(&tree, &fault, &op);
}

/* A write to a page of 2 MiB that is shut while writes are logged. */
static enum tdp_result logged_write(tdp_gpa_t gpa)
{
	const struct tdp_fault fault = {.gpa = gpa, .backing = {.hpa = HPA, .size = GIB, .attrs = rwx}, .access = TDP_WRITE};

	op.flags = TDP_LOG_DIRTY;
	return tdp_fault(&tree, &fault, &op);
}

static bool pages(void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out)
{
	(void)arg, (void)size;
	*out = (struct tdp_backing){.hpa = HPA + gpa, .size = PAGE, .attrs = rwx};
	return true;
}

static enum tdp_result call_map(tdp_gpa_t gpa)
{
	return tdp_map(&tree, gpa, PAGE, HPA + gpa, rwx, &op);
}

static enum tdp_result call_map_from(tdp_gpa_t gpa)
{
	return tdp_map_from(&tree, gpa, PAGE, pages, NULL, &op);
}

static enum tdp_result call_note(tdp_gpa_t gpa)
{
	return tdp_note(&tree, gpa, PAGE, 5, &op);
}

static enum tdp_result call_zap(tdp_gpa_t gpa)
{
	return tdp_zap(&tree, gpa, PAGE, &op);
}

static enum tdp_result call_zap_gather(tdp_gpa_t gpa)
{
	op.gather = &gather;
	return tdp_zap(&tree, gpa, PAGE, &op);
}

static enum tdp_result call_replace(tdp_gpa_t gpa)
{
	return tdp_replace(&tree, gpa, PAGE, HPA + gpa, HPA + 2 * GIB, rwx, &op);
}

static enum tdp_result call_set_attrs(tdp_gpa_t gpa)
{
	return tdp_set_attrs(&tree, gpa, PAGE, (struct tdp_attrs){.prot = TDP_R}, TDP_MASK_PROT, &op);
}

static enum tdp_result call_split(tdp_gpa_t gpa)
{
	return tdp_split(&tree, gpa, PAGE, 0, &op);
}

/* Calls that need a table, where there is no page yet (free) or in the middle of a big one (big). */
static const struct {
	const char *name;
	enum tdp_result (*call)(tdp_gpa_t gpa);
	bool big;
} calls[] = {
	{"fault", one_page, false},
	{"fault that is logged", logged_write, true},
	{"map", call_map, false},
	{"map_from", call_map_from, false},
	{"note", call_note, false},
	{"zap", call_zap, true},
	{"zap into a gather", call_zap_gather, true},
	{"replace", call_replace, true},
	{"set_attrs", call_set_attrs, true},
	{"split", call_split, true},
};
enum { CALLS = sizeof(calls) / sizeof(calls[0]) };

/* A fresh context each time. */
static enum tdp_result make(unsigned i, tdp_gpa_t gpa)
{
	enum tdp_result result;

	op = (struct tdp_op){0};
	result = calls[i].call(gpa);
	tdp_gather_flush(&gather, NULL);
	return result;
}

/* With nothing in the pool: the error that the headers name, what it would take, and nothing else. */
static void all_refused(const char *name, tdp_gpa_t free_gpa)
{
	memcpy(before, memory, sizeof(memory));
	for (unsigned i = 0; i < CALLS; i++) {
		const tdp_gpa_t gpa = calls[i].big ? 5 * PAGE : free_gpa;
		const unsigned flushed = flushes;
		const bool named = make(i, gpa) == TDP_NOMEM && op.next == gpa && op.changed == 0 && op.tables == 1;

		check(named, name, calls[i].name);
		check(memcmp(before, memory, sizeof(memory)) == 0 && flushes == flushed && tdp_cache_count(&pool) == 0, name,
		      "changed nothing");
	}
}

/* Each in its own stretch of 2 MiB, with one table to take: they go through. */
static void all_go_through(const char *name, tdp_gpa_t filled)
{
	for (unsigned i = 0; i < CALLS; i++) {
		const tdp_gpa_t gpa = (calls[i].big ? (tdp_gpa_t)i * BIG : filled) + 5 * PAGE;

		check(tdp_zap(&tree, filled, BIG, NULL) == TDP_OK && tdp_cache_count(&pool) == 1, name, "what goes makes room");
		filled += calls[i].big ? BIG : 0;
		check(make(i, gpa) == TDP_OK && tdp_cache_count(&pool) == 0, name, calls[i].name);
	}
}

static void try(const struct subject *s)
{
	struct tdp_mm_ops ops;
	struct tdp_count count;
	unsigned used, faults = 0;
	bool ready = begin(s, &ops);

	check(ready, s->name, "begins");
	if (!ready)
		return;
	check(tdp_map(&tree, 0, GIB, HPA, rwx, NULL) == TDP_OK, s->name, "maps 1 GiB");
	check(tdp_count(&tree, 0, GIB, &count, NULL) == TDP_OK && count.leaves[0] == 0 && count.leaves[1] == 512 &&
		      count.bytes == GIB,
	      s->name, "by pages of 2 MiB");
	/* Shut what the log shall open. */
	check(tdp_set_attrs(&tree, 0, GIB, rx, TDP_MASK_PROT, NULL) == TDP_OK, s->name, "shuts it");
	used = TABLES - 1 - tdp_cache_count(&pool);
	printf("# %s: %u tables of %u\n", s->name, used + 1, TABLES);
	op = (struct tdp_op){0};
	while (faults <= TABLES && one_page(GIB + (tdp_gpa_t)faults * BIG) == TDP_OK)
		faults++;
	/* The first one takes a table above it, too. */
	check(faults == TABLES - 1 - used - 1, s->name, "each page takes a table, to the last one");
	all_refused(s->name, GIB + (tdp_gpa_t)faults * BIG);
	all_go_through(s->name, GIB);
	check(tdp_verify(&tree, NULL, NULL) == TDP_OK, s->name, "is sound");
	tdp_tree_unload(&tree, NULL);
	tdp_tree_fini(&tree, NULL);
	check(tdp_cache_count(&pool) == TABLES - 1, s->name, "all tables are back");
}

int main(void)
{
	for (unsigned i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
		if (subjects[i].format) /* not in an archive without it: tests/checks/weak.h */
			try(&subjects[i]);
	printf("1..%u\n", checks);
	return 0;
}
