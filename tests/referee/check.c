/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables against a flat reference, page by page, by the walker that shares nothing with the library.
 */
#include "referee_impl.h"

#include <inttypes.h>

_Static_assert(TDP_R == (int)REF_R && TDP_W == (int)REF_W && TDP_XS == (int)REF_XS && TDP_XU == (int)REF_XU,
	       "permissions have the same bits on both sides");
_Static_assert(TDP_MT_WB == (int)REF_WB && TDP_MT_WT == (int)REF_WT && TDP_MT_WP == (int)REF_WP && TDP_MT_WC == (int)REF_WC &&
		       TDP_MT_UC == (int)REF_UC && TDP_MT_DEVICE_STRICT == (int)REF_STRICT && TDP_MT_STAGE1 == (int)REF_STAGE1,
	       "memory types have the same numbers on both sides");

struct ref_walk referee_walk(struct referee *r, const void *key, tdp_gpa_t gpa, unsigned access)
{
	referee_settle(r);
	return tables_peek(referee_tree(r, key), gpa, access);
}

/* x86 has one uncacheable type; what else it cannot express it refuses. */
static bool memtype_fits(const struct ref_tree *tree, int16_t asked, enum ref_memtype got)
{
	bool x86 = tree->m.kind == REF_EPT || tree->m.kind == REF_NPT;

	return asked < 0 || asked == (int)got || (x86 && asked == TDP_MT_DEVICE_STRICT && got == REF_UC);
}

/* One page. */
static void check_page(struct referee *r, const struct ref_tree *tree, uint64_t gpa, const struct referee_page *page)
{
	struct ref_walk walk = tables_peek(tree, gpa, 0);

	if ((walk.fault == REF_RESERVED_BITS && !walk.on_purpose) || walk.fault == REF_ADDRESS_SIZE ||
	    walk.fault == REF_NO_MEMORY) {
		verdict(&r->m.v, REF_V12, "gpa %#" PRIx64 " level %u: %s", gpa, walk.level, ref_fault_name(walk.fault));
		return;
	}
	if (walk.fault != REF_OK || !page->mapped) {
		if ((walk.fault == REF_OK) != page->mapped)
			verdict(&r->m.v, REF_V9, "gpa %#" PRIx64 " is %s, but %s", gpa, page->mapped ? "mapped" : "not mapped",
				page->mapped ? ref_fault_name(walk.fault) : "translates");
		return;
	}
	if (walk.hpa != page->hpa)
		verdict(&r->m.v, REF_V9, "gpa %#" PRIx64 " leads to hpa %#" PRIx64 " instead of %#" PRIx64, gpa, walk.hpa,
			page->hpa);
	else if (walk.perms & ~(unsigned)page->may)
		verdict(&r->m.v, REF_V7, "gpa %#" PRIx64 " permits %#x, granted %#x", gpa, walk.perms, page->may);
	else if (page->must & ~walk.perms)
		verdict(&r->m.v, REF_V9, "gpa %#" PRIx64 " permits %#x, should permit %#x", gpa, walk.perms, page->must);
	else if (!memtype_fits(tree, page->memtype, walk.memtype))
		verdict(&r->m.v, REF_V9, "gpa %#" PRIx64 " has memory type %d instead of %d", gpa, (int)walk.memtype,
			page->memtype);
}

unsigned referee_check_map(struct referee *r, const void *key, tdp_gpa_t gpa, uint64_t size, referee_page_fn fn, void *arg)
{
	const struct ref_tree *tree = referee_tree(r, key);
	uint64_t granule = UINT64_C(1) << tree->s.page_lg2;
	unsigned before = r->m.v.total;

	referee_settle(r);
	for (uint64_t done = 0; done < size; done += granule) {
		struct referee_page page = fn(arg, gpa + done);

		check_page(r, tree, gpa + done, &page);
	}
	return r->m.v.total - before;
}

void referee_expect(struct referee *r, const void *key, referee_page_fn fn, void *arg)
{
	r->expect[referee_tree(r, key) - r->m.tree] = (struct expectation){.fn = fn, .arg = arg};
}

void referee_audit(struct referee *r)
{
	referee_settle(r);
	tables_audit(&r->m);
	tlb_audit(&r->m);
}
