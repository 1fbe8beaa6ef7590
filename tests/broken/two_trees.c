/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One gather for two trees.
 */
#include "broken_tests.h"

uint32_t found_by_referee(const struct referee *r)
{
	uint32_t found = 0;

	for (unsigned v = REF_V1; v < REF_V_COUNT; v++)
		if (referee_count(r, (enum referee_violation)v))
			found |= FOUND(v);
	return found;
}

uint32_t two_trees(const struct setup *s, unsigned *calls)
{
	struct referee *r = referee_new(&(struct referee_config){
		.kind = s->kind, .features = s->ref_features, .hpa_bits = setup_hpa_bits(s), .pat = s->pat});
	const struct tdp_layout layout = setup_layout(s);
	static struct tdp_tree tree[2];
	struct tdp_gather gather = {0};
	struct tdp_op op = {.gather = &gather};
	uint32_t found;
	bool ok = true;

	for (unsigned i = 0; i < 2 && ok; i++) {
		ok &= referee_start(r, &tree[i], s->engine, &layout, s->tree_flags, i) == TDP_OK;
		ok &= tdp_cache_fill(referee_cache(r), 2 * TDP_FAULT_TABLES, referee_ops(r), r, NULL) == TDP_OK;
		ok &= REFEREE_OP(r, NULL, tdp_map(&tree[i], i * PAGE, PAGE, i * PAGE, (struct tdp_attrs){.prot = TDP_RWX}, NULL)) ==
		      TDP_OK;
		ok &= referee_guest(r, &tree[i], i * PAGE, TDP_W).fault == REF_OK;
	}
	for (unsigned i = 0; i < 2 && ok; i++)
		ok &= REFEREE_OP(r, &gather, tdp_zap(&tree[i], i * PAGE, PAGE, &op)) == TDP_OK;
	referee_gather_flush(r, &gather, NULL);
	*calls = 5;
	found = found_by_referee(r) | (ok ? 0 : REFERENCE);
	for (unsigned i = 0; i < 2 && !found; i++)
		referee_stop(r, &tree[i]);
	referee_free(r);
	return found;
}
