/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory images for the tests of the command tdpmmu.
 *
 *   image tree FORMAT FILE     tables that the library's own engine built; says where, and what it would translate some addresses to
 *   image bad FILE             EPT written by hand, with everything that `tdpmmu dump --check` looks for
 */
#include "formats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tdpmmu/tdpmmu.h>

enum { BASE = 0x40000000, PAGES = 64, PAGE_BYTES = 65536, SPARE = 40 };

/* "Physical" memory from BASE on. Tables of any granule fit a page, and 16 root tables what is not spare. */
static _Alignas(1 << 20) unsigned char memory[PAGES][PAGE_BYTES];

static void die(const char *what)
{
	fprintf(stderr, "image: %s\n", what);
	exit(1);
}

static void must(enum tdp_result result)
{
	if (result != TDP_OK)
		die(tdp_result_name(result));
}

static void no_flush(void *ctx, void *user, const struct tdp_flush *flush)
{
	(void)ctx, (void)user, (void)flush;
}

static void save(const char *name)
{
	FILE *file = fopen(name, "wb");

	if (!file || fwrite(memory, sizeof(memory), 1, file) != 1 || fclose(file) != 0)
		die(name);
}

/* What the library says about an address: a line that `tdpmmu walk` must agree with. */
static void tell(struct tdp_tree *tree, tdp_gpa_t gpa)
{
	struct tdp_mapping m;
	const enum tdp_result result = tdp_lookup(tree, gpa, &m, NULL);

	if (result == TDP_OK)
		printf("gpa=0x%llx hpa=0x%llx\n", (unsigned long long)gpa, (unsigned long long)(m.entry.hpa + gpa % m.entry.size));
	else
		printf("gpa=0x%llx fault\n", (unsigned long long)gpa);
}

static void print_line(void *arg, const char *line)
{
	(void)arg;
	printf("dump %s\n", line);
}

/* A few pages, a block, a read-only page, and holes between. */
static void map_some(struct tdp_tree *tree, const struct tdp_layout *layout)
{
	const uint64_t page = tdp_level_size(layout, 0), block = tdp_level_size(layout, 1);
	const struct tdp_attrs all = {.prot = TDP_RWX, .memtype = TDP_MT_WB}, read_only = {.prot = TDP_RX, .memtype = TDP_MT_WB};

	must(tdp_map(tree, 16 * page, 3 * page, 0x80000000, all, NULL));
	must(tdp_map(tree, 2 * block, block, 16 * block, all, NULL));
	must(tdp_map(tree, 5 * block, page, 0x80100000, read_only, NULL));
	tell(tree, 0);
	tell(tree, 16 * page + 0x123);
	tell(tree, 19 * page - 1);
	tell(tree, 19 * page);
	tell(tree, 3 * block - 1);
	tell(tree, 5 * block + 8);
	tell(tree, (UINT64_C(1) << layout->gpa_bits) - 1);
}

static void make_tree(const char *name, const char *file)
{
	const struct format_line *line = format_find(name);
	const struct tdp_mm_ops ops = {.size = sizeof(ops), .flush = no_flush, .va_offset = (uintptr_t)memory - BASE};
	struct tdp_cache pool = {{0}};
	struct tdp_layout layout;
	struct tdp_tree tree;
	struct tdp_regs regs;

	if (!line)
		die("no such format");
	layout = format_layout(line);
	for (unsigned i = SPARE; i < PAGES; i++)
		tdp_cache_give(&pool, &(struct tdp_table){.va = memory[i], .hpa = BASE + (tdp_hpa_t)i * PAGE_BYTES});
	must(tdp_tree_init(&tree, &(struct tdp_config){.engine = &tdp_generic_engine,
						       .layout = &layout,
						       .ops = &ops,
						       .pool = &pool,
						       .root = {.va = memory[0], .hpa = BASE}}));
	must(tdp_tree_load(&tree, &regs));
	printf("base=0x%x root=0x%x reg=0x%llx control=0x%llx\n", BASE, BASE, (unsigned long long)regs.base,
	       (unsigned long long)regs.control);
	map_some(&tree, &layout);
	must(tdp_dump(&tree, print_line, NULL));
	save(file);
	tdp_tree_unload(&tree, NULL);
	tdp_tree_fini(&tree, NULL);
}

/* Physical address of the n-th table of a bad image: frames of 4K. */
static uint64_t at(unsigned n)
{
	return BASE + 0x1000 * (uint64_t)n;
}

/* The i-th entry of the n-th table. */
static void put(unsigned n, unsigned i, uint64_t entry)
{
	memcpy(&memory[0][0] + 0x1000 * (size_t)n + 8 * (size_t)i, &entry, sizeof(entry));
}

/* Root 0; 1 below it; 2 and 3 below that; 4 and 7 are tables of pages, 5 one that could be a 2M leaf, 6 is empty. */
static void make_bad(const char *file)
{
	put(0, 0, at(1) | 0x107);
	put(1, 0, at(2) | 0x107);
	put(1, 1, at(2) | 0x107);	    /* twice */
	put(1, 2, at(0) | 0x107);	    /* a loop */
	put(1, 3, 0x100000000 | 0x102);	    /* write without read */
	put(1, 4, 0x7f0000000 | 0x107);	    /* not in the image */
	put(1, 5, at(3) | 0x103);	    /* a table that forbids execution */
	put(1, 6, 0x7000000001000 | 0x1b7); /* a block that is not aligned */
	put(2, 0, at(4) | 0x107);
	put(2, 1, at(5) | 0x107);
	put(2, 2, at(6) | 0x107);
	put(2, 3, 0x80000000 | 0x2b7); /* a block, dirty and not accessed */
	put(3, 0, 0x80000000 | 0x3b7); /* the same memory again */
	put(3, 1, at(7) | 0x007);      /* a table that was not accessed */
	put(4, 0, at(4) | 0x137);      /* the guest can write this table */
	put(4, 1, 0x5a0);	       /* a leftover */
	put(4, 2, at(1) | 0x135);      /* and read this one */
	put(7, 0, 0xa0000000 | 0x137); /* but this page in it was */
	for (unsigned i = 0; i < 512; i++)
		put(5, i, (0x90000000 + 0x1000 * (uint64_t)i) | 0x137);
	save(file);
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "tree") == 0)
		make_tree(argv[2], argv[3]);
	else if (argc == 3 && strcmp(argv[1], "bad") == 0)
		make_bad(argv[2]);
	else
		die("tree FORMAT FILE | bad FILE");
	return 0;
}
