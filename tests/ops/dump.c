/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_dump(): the text, to the letter.
 */
#include "harness.h"

/* Lines, joined. */
struct text {
	char buf[2048];
	size_t len;
};

static void add_line(void *arg, const char *line)
{
	struct text *x = arg;
	const size_t n = strlen(line);

	cr_assert(x->len + n + 2 < sizeof(x->buf));
	memcpy(x->buf + x->len, line, n);
	x->len += n;
	x->buf[x->len++] = '\n';
}

static const struct {
	const char *setup, *text;
} golden[] = {
	{"NPT", "0x1000-0x3000 8K -> 0x1000000000 rwx WB\n"
		"0x1ff000-0x400000 2052K -> 0x10001ff000 rwx WB\n"
		"0x400000-0x401000 4K -> 0x10001ff000 r-- UC sw=1\n"
		"0x40000000-0x80000000 1G -> 0x3000000000 r-x WB\n"
		"level 3 (PML4E): 0 leaves, 1 tables\n"
		"level 2 (PDPE): 1 leaves, 1 tables\n"
		"level 1 (PDE): 1 leaves, 1 tables\n"
		"level 0 (PTE): 4 leaves, 2 tables\n"},
	{"EPT", "0x1000-0x3000 8K -> 0x1000000000 rwx WB\n"
		"0x1ff000-0x400000 2052K -> 0x10001ff000 rwx WB\n"
		"0x400000-0x401000 4K -> 0x10001ff000 r-- UC sw=1\n"
		"0x40000000-0x80000000 1G -> 0x3000000000 r-x WB\n"
		"level 3 (PML4E): 0 leaves, 1 tables\n"
		"level 2 (PDPTE): 1 leaves, 1 tables\n"
		"level 1 (PDE): 1 leaves, 1 tables\n"
		"level 0 (PTE): 4 leaves, 2 tables\n"},
	{"S2, 40 bits: two root tables, software A and D", "0x1000-0x3000 8K -> 0x1000000000 rwx WB\n"
							   "0x1ff000-0x400000 2052K -> 0x10001ff000 rwx WB\n"
							   "0x400000-0x401000 4K -> 0x10001ff000 r-- UC sw=1\n"
							   "0x40000000-0x80000000 1G -> 0x3000000000 r-x WB\n"
							   "level 2 (L1): 1 leaves, 2 tables\n"
							   "level 1 (L2): 1 leaves, 1 tables\n"
							   "level 0 (L3): 4 leaves, 2 tables\n"},
	{"FAKE-B, four root tables, hardware A", "0x1000-0x2000 4K -> 0x1000000000 rwx WB\n"
						 "0x2000-0x8000 24K -> 0x1000002000 rwx WB\n"
						 "0x8000-0x9000 4K -> 0x1000003000 r-- UC sw=1\n"
						 "0x10000-0x20000 64K -> 0x3000000000 r-x WB\n"
						 "level 3 (B3): 0 leaves, 4 tables\n"
						 "level 2 (B2): 1 leaves, 1 tables\n"
						 "level 1 (B1): 1 leaves, 1 tables\n"
						 "level 0 (B0): 4 leaves, 2 tables\n"},
};

TREE_TEST(dump, golden, .without = PAE | NO_SD)
{
	const struct tdp_attrs uc = {TDP_R, TDP_MT_UC, 0, 1};
	struct text x = {0};
	uint64_t state;

	if (h->setup->traits & FAKE) {
		IS(TDP_OK, map_at(h, 0, h->p, h->p, HPA, RWX));
		IS(TDP_OK, tdp_map(&h->tree, 2 * h->p, h->b + 2 * h->p, HPA + 2 * h->p, RWX, &h->op));
	} else {
		IS(TDP_OK, tdp_map(&h->tree, h->p, 2 * h->p, HPA, RWX, &h->op));
		IS(TDP_OK, tdp_map(&h->tree, h->b - h->p, h->b + h->p, HPA + h->b - h->p, RWX, &h->op));
	}
	IS(TDP_OK, tdp_map(&h->tree, 2 * h->b, h->p, HPA + h->b - h->p, uc, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, h->g, h->g, HPA2, RX, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, 2 * h->b + h->p, h->p, 5, &h->op));
	state = tables_digest(h);
	IS(TDP_OK, tdp_dump(&h->tree, add_line, &x));
	SAME(STORES + FLUSHES, 0);
	SAME(tables_digest(h), state);
	for (unsigned i = 0; i < sizeof(golden) / sizeof(golden[0]); i++)
		if (strcmp(golden[i].setup, h->setup->name) == 0)
			cr_assert_str_eq(x.buf, golden[i].text);
}

TREE_TEST(dump, empty_tree, .with = IS_NPT)
{
	struct text x = {0};

	IS(TDP_OK, tdp_dump(&h->tree, add_line, &x));
	cr_assert_str_eq(x.buf, h->setup->traits & PAE	   ? "level 2 (PDPE): 0 leaves, 1 tables\n"
							     "level 1 (PDE): 0 leaves, 0 tables\n"
							     "level 0 (PTE): 0 leaves, 0 tables\n"
				: h->layout.top_level == 4 ? "level 4 (PML5E): 0 leaves, 1 tables\n"
							     "level 3 (PML4E): 0 leaves, 0 tables\n"
							     "level 2 (PDPE): 0 leaves, 0 tables\n"
							     "level 1 (PDE): 0 leaves, 0 tables\n"
							     "level 0 (PTE): 0 leaves, 0 tables\n"
							   : "level 3 (PML4E): 0 leaves, 1 tables\n"
							     "level 2 (PDPE): 0 leaves, 0 tables\n"
							     "level 1 (PDE): 0 leaves, 0 tables\n"
							     "level 0 (PTE): 0 leaves, 0 tables\n");
	IS(TDP_INVALID, tdp_dump(&h->tree, NULL, NULL));
}

/* Up to the last page, without going on behind it. */
TREE_TEST(dump, last_page)
{
	struct text x = {0};

	IS(TDP_OK, tdp_map(&h->tree, h->end - h->p, h->p, HPA, RWX, &h->op));
	IS(TDP_OK, tdp_dump(&h->tree, add_line, &x));
	cr_assert(strstr(x.buf, " -> 0x1000000000 rwx WB\n") != NULL);
	cr_assert(strstr(x.buf, "(") > strstr(x.buf, "->"));
}
