/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S07: effects of a removal (dirty marking, freeing) come after its flush, and the flush after the entry went not present. The hooks
 * write down what they see: N or P = the watched page is not present or present, then F flush, D dirty, T table freed.
 */
#include "scenarios.h"

static struct {
	struct harness *h;
	tdp_gpa_t watch;
	char log[64];
	size_t len;
	struct tdp_mm_ops plain;
} seen;

/* Until the tree is taken down. */
static void write_down(char what)
{
	bool present;

	if (seen.h->stopped || seen.len + 3 > sizeof(seen.log))
		return;
	present = referee_walk(seen.h->r, &seen.h->tree, seen.watch, 0).fault == REF_OK;
	seen.log[seen.len++] = present ? 'P' : 'N';
	seen.log[seen.len++] = what;
	seen.log[seen.len] = '\0';
}

static void on_flush(void *ctx, void *user, const struct tdp_flush *flush)
{
	write_down('F');
	seen.plain.flush(ctx, user, flush);
}

static void on_dirty(void *ctx, void *user, tdp_gpa_t gpa, uint64_t size)
{
	write_down('D');
	seen.plain.dirty(ctx, user, gpa, size);
}

static void on_free(void *ctx, const struct tdp_table *table)
{
	write_down('T');
	seen.plain.table_free(ctx, table);
}

static void watch_hooks(struct tdp_mm_ops *ops)
{
	seen.plain = *ops;
	ops->flush = on_flush;
	ops->dirty = on_dirty;
	ops->table_free = on_free;
}

/* Watches a page from here on. */
static void watch(struct harness *h, tdp_gpa_t gpa)
{
	seen.h = h;
	seen.watch = gpa;
	seen.len = 0;
	seen.log[0] = '\0';
}

static void check_log(struct harness *h, int line, const char *want)
{
	if (strcmp(seen.log, want) != 0)
		harness_fail(h, line, "the hooks saw %s, not %s", seen.log, want);
}
#define SAW(want) check_log(h, __LINE__, want)

/* Pages that were written, and a huge leaf. */
static void plant(struct harness *h)
{
	seen.h = h;
	IS(TDP_OK, map_at(h, 0, 0, h->b, HPA, RWX));
	IS(TDP_OK, map_at(h, 0, h->b, h->b, HPA + h->b, RWX));
	IS(TDP_OK, map_at(h, 1, 2 * h->b, h->b, HPA + 2 * h->b, RWX));
	for (tdp_gpa_t gpa = 0; gpa < 2 * h->b; gpa += h->p)
		GUEST(gpa, REF_W);
	GUEST(2 * h->b, REF_W);
}

SCENARIO(S07, zap_of_a_page, .hooks = watch_hooks)
{
	plant(h);
	watch(h, h->p);
	IS(TDP_OK, tdp_zap(&h->tree, h->p, h->p, &h->op));
	SAW("NFND");
	watch(h, 3 * h->p);
	IS(TDP_OK, tdp_zap(&h->tree, 2 * h->p, 2 * h->p, &h->op));
	SAW("NFND");
}

SCENARIO(S07, zap_of_a_table, .modes = FREEING, .hooks = watch_hooks)
{
	plant(h);
	watch(h, h->b + h->p);
	IS(TDP_OK, tdp_zap(&h->tree, h->b, h->b, &h->op));
	CHECK(strcmp(seen.log, "NFNDNT") == 0 || strcmp(seen.log, "NFNTND") == 0);
	watch(h, h->p);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->g, &h->op));
	CHECK(strncmp(seen.log, "NFN", 3) == 0 && strchr(seen.log, 'P') == NULL && strchr(seen.log + 2, 'F') == NULL);
}

SCENARIO(S07, zap_of_a_huge_leaf, .hooks = watch_hooks)
{
	plant(h);
	watch(h, 3 * h->b - h->p);
	IS(TDP_OK, tdp_zap(&h->tree, 2 * h->b, h->b, &h->op));
	SAW("NFND");
}

/* The split's window first (break-before-make), then the removal. */
SCENARIO(S07, zap_that_splits, .hooks = watch_hooks)
{
	plant(h);
	watch(h, 2 * h->b + h->p);
	IS(TDP_OK, tdp_zap(&h->tree, 2 * h->b + h->p, h->p, &h->op));
	SAW(h->bbm ? "NFNFND" : "NFND");
	watch(h, 2 * h->b + 2 * h->p); /* its neighbour is there at the end */
	CHECK(referee_walk(h->r, &h->tree, seen.watch, 0).fault == REF_OK);
}

SCENARIO(S07, gathered_zap, .hooks = watch_hooks)
{
	struct tdp_gather gather = {0};

	plant(h);
	watch(h, h->p);
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, h->p, h->p, &h->op));
	SAW("");
	GATHER_FLUSH(&gather);
	SAW("NFND");
}

SCENARIO(S07, replace, .hooks = watch_hooks)
{
	plant(h);
	watch(h, h->p);
	IS(TDP_OK, tdp_replace(&h->tree, h->p, h->p, HPA + h->p, HPA2, RWX, &h->op));
	CHECK(strcmp(seen.log, "NFND") == 0 || strcmp(seen.log, "NFPD") == 0);
}

SCENARIO(S07, trim, .modes = FREEING, .hooks = watch_hooks)
{
	plant(h);
	WITH(.flags = TDP_ZAP_LEAVES);
	IS(TDP_OK, tdp_zap(&h->tree, h->b, h->b, &h->op));
	WITH(0);
	watch(h, h->b);
	IS(TDP_OK, tdp_trim(&h->tree, h->b, h->b, &h->op));
	SAW("NFNT");
}

/* A narrowing is in the tables before it is flushed, or a walk could cache the wide one again. */
SCENARIO(S07, narrowing, .hooks = watch_hooks)
{
	plant(h);
	watch(h, h->p);
	IS(TDP_OK, tdp_protect(&h->tree, h->p, h->p, &h->op));
	SAW("PF");
	GUEST_FAULTS(h->p, REF_W);
	watch(h, 2 * h->p);
	IS(TDP_OK, tdp_set_attrs(&h->tree, 2 * h->p, h->p, RO, TDP_MASK_PROT, &h->op));
	SAW("PF");
	GUEST_FAULTS(2 * h->p, REF_W);
}

SCENARIO(S07, memory_type, .with = BREAK, .hooks = watch_hooks)
{
	plant(h);
	watch(h, h->p);
	IS(TDP_OK, tdp_set_attrs(&h->tree, h->p, h->p, UC, TDP_MASK_MEMTYPE, &h->op));
	SAW("NF");
	MAPPED(h->p, h->p, HPA + h->p, ((struct tdp_attrs){TDP_RWX, TDP_MT_UC, 0, 0}));
}
