/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S40 with the library as it ships, and no hooks but a flush: calls that promise to be alone enter no read section, since where they are
 * made there may be none to enter; the same calls in company do. (The library of the other tests takes the long way through a fault.)
 */
#include <tdpmmu/tdpmmu.h>

#include <stdio.h>
#include <stdlib.h>

#define PAGE UINT64_C(0x1000)
#define HPA  UINT64_C(0x40000000)

static unsigned sections, inside, checks, failures;

static void read_lock(void *ctx)
{
	(void)ctx;
	sections++;
	inside++;
}

static void read_unlock(void *ctx)
{
	(void)ctx;
	inside--;
}

static void defer(void *ctx, struct tdp_rcu_head *head, void (*fn)(struct tdp_rcu_head *))
{
	(void)ctx;
	fn(head);
}

static void barrier(void *ctx)
{
	(void)ctx;
}

static void flush(void *ctx, void *user, const struct tdp_flush *f)
{
	(void)ctx, (void)user, (void)f;
}

static bool table_alloc(void *ctx, void *user, struct tdp_table *out)
{
	(void)ctx, (void)user;
	out->va = aligned_alloc(PAGE, PAGE);
	out->hpa = (tdp_hpa_t)(uintptr_t)out->va;
	return out->va != NULL;
}

static void table_free(void *ctx, const struct tdp_table *table)
{
	(void)ctx;
	free(table->va);
}

static void check(bool good, const char *what)
{
	failures += !good;
	printf("%sok %u - %s\n", good ? "" : "not ", ++checks, what);
}

static void print(void *arg, const char *line)
{
	(void)arg, (void)line;
}

/* Calls of every kind; each says OK. Returns how many did not. */
static unsigned calls(struct tdp_tree *tree, struct tdp_cache *cache, uint32_t flags)
{
	const struct tdp_attrs rwx = {.prot = TDP_RWX};
	struct tdp_fault f = {
		.gpa = PAGE, .base = 0, .backing = {.hpa = HPA, .size = 16 * PAGE, .attrs = rwx}, .access = TDP_WRITE};
	struct tdp_op op = {.flags = flags, .cache = cache};
	struct tdp_mapping m;
	struct tdp_count count;
	unsigned bad = 0;

	bad += tdp_map(tree, 0, PAGE, HPA, rwx, &op) != TDP_OK;
	bad += tdp_fault(tree, &f, &op) != TDP_OK;
	bad += tdp_fault(tree, &f, &op) != TDP_SPURIOUS;
	f.access = TDP_READ;
	f.gpa = 2 * PAGE;
	op.flags = flags | TDP_PREFETCH;
	bad += tdp_fault(tree, &f, &op) != TDP_OK;
	op.flags = flags;
	bad += tdp_fault_fast(tree, 0, TDP_WRITE, &op) < 0;
	bad += tdp_lookup(tree, 0, &m, &op) != TDP_OK;
	bad += tdp_count(tree, 0, 4 * PAGE, &count, &op) != TDP_OK || count.leaves[0] != 3;
	bad += tdp_protect(tree, 0, PAGE, &op) != TDP_OK;
	bad += tdp_zap(tree, 0, 4 * PAGE, &op) != TDP_OK;
	return bad;
}

static void run(const char *name, const struct tdp_format *format, const struct tdp_engine *engine)
{
	static const struct tdp_rcu rcu = {
		.size = sizeof(rcu), .read_lock = read_lock, .read_unlock = read_unlock, .defer = defer, .barrier = barrier};
	static const struct tdp_mm_ops ops = {
		.size = sizeof(ops), .flush = flush, .table_alloc = table_alloc, .table_free = table_free};
	const struct tdp_caps caps = {.hpa_bits = 48, .leaf_levels = 7, .features = TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_NX};
	static struct tdp_tree tree;
	struct tdp_layout layout;
	struct tdp_config config = {.engine = engine, .layout = &layout, .ops = &ops, .rcu = &rcu};
	struct tdp_cache cache = {{0}};
	struct tdp_table root;
	struct tdp_regs regs;

	printf("# %s\n", name);
	sections = 0;
	check(tdp_layout_make(&layout, format, &caps, 48) == TDP_OK && table_alloc(NULL, NULL, &config.root) &&
		      tdp_tree_init(&tree, &config) == TDP_OK && tdp_tree_load(&tree, &regs) == TDP_OK &&
		      tdp_cache_fill(&cache, 16, &ops, NULL, NULL) == TDP_OK,
	      "a tree with an RCU");
	check(calls(&tree, &cache, TDP_EXCLUSIVE) == 0, "every call does what it shall, alone");
	check(tdp_dump(&tree, print, NULL) == TDP_OK, "and a dump");
	check(sections == 0, "and none entered a read section");
	check(calls(&tree, &cache, 0) == 0, "every call does what it shall, in company");
	check(sections >= 9 && inside == 0, "each in a read section, and out again");
	tdp_tree_unload(&tree, NULL);
	tdp_tree_fini(&tree, &root);
	free(root.va);
	while (tdp_cache_take(&cache, &root))
		free(root.va);
}

int main(void)
{
	run("npt", &tdp_npt, &tdp_npt_engine);
	run("ept", &tdp_ept, &tdp_ept_engine);
	run("s2-4k", &tdp_s2_4k, &tdp_s2_4k_engine);
	printf("1..%u\n", checks);
	return failures != 0;
}
