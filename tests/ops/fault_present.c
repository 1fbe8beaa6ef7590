/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_fault() where a leaf is mapped: spurious, widened, split for the log, never narrowed.
 */
#include "harness.h"

static struct tdp_fault fault_at(tdp_gpa_t gpa, tdp_gpa_t base, uint64_t size, tdp_hpa_t hpa, struct tdp_attrs attrs,
				 unsigned access)
{
	return (struct tdp_fault){
		.gpa = gpa, .base = base, .backing = {.hpa = hpa, .size = size, .attrs = attrs}, .access = access};
}

/* A break-before-make machine may keep the narrow translation: this CPU, and only this one, drops it. Others owe nothing. */
static void check_local_flush(struct harness *h, int line, tdp_gpa_t gpa, uint64_t size, int level)
{
	const struct tdp_flush *f = referee_flush(h->r, 0);

	harness_same(h, line, FLUSHES, h->bbm, "FLUSHES");
	if (h->bbm && (f->gpa != gpa || f->size != size || f->level != level || f->tables || !f->local))
		harness_fail(h, line, "flush of gpa %#" PRIx64 " size %#" PRIx64 " level %d local %u", f->gpa, f->size, f->level,
			     f->local);
}
#define LOCAL_FLUSH(gpa, size, level) check_local_flush(h, __LINE__, gpa, size, level)

TREE_TEST(fault_present, spurious)
{
	struct tdp_fault f = fault_at(h->b + h->p, h->b, h->b, HPA, RWX, TDP_READ | TDP_EXEC_S);
	uint64_t state;

	IS(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA, RWX, &h->op));
	state = tables_digest(h);
	FORETOLD(TDP_SPURIOUS, tdp_fault(&h->tree, &f, &h->op));
	SAME(STORES + h->op.changed + TAKEN, 0);
	LOCAL_FLUSH(h->b, h->b, 1);
	f.access = TDP_WRITE;
	FORETOLD(TDP_SPURIOUS, tdp_fault(&h->tree, &f, &h->op));
	/* A backing that grants less, or is smaller than the leaf, changes nothing. */
	f = fault_at(h->b + h->p, h->b + h->p, h->p, HPA + h->p, RO, TDP_READ);
	FORETOLD(TDP_SPURIOUS, tdp_fault(&h->tree, &f, &h->op));
	SAME(tables_digest(h), state);
	MAPPED(h->b, h->b, HPA, RWX);
}

TREE_TEST(fault_present, widen)
{
	struct tdp_fault f = fault_at(0, 0, h->b, HPA, RWX, TDP_WRITE);

	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RO, &h->op));
	GUEST_FAULTS(0, REF_W);
	GUEST(0, REF_R);
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(h->op.first, 0);
	SAME(h->op.changed, h->b);
	SAME(TAKEN, 0);
	LOCAL_FLUSH(0, h->b, 1);
	MAPPED(0, h->b, HPA, RWX);
	SAME(LIVE(0), TDP_RWX);
	SAME(entry_at(h, 0).dirty, 1);
	SAME(entry_at(h, 0).level, 1);
	GUEST(h->p, REF_W);
	GUEST(h->p, REF_XS);
}

/* Execution alone, and not what was not asked for by the backing. */
TREE_TEST(fault_present, widen_execute)
{
	struct tdp_fault f = fault_at(0, 0, h->p, HPA, RX, TDP_EXEC_U);

	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RO, &h->op));
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	MAPPED(0, h->p, HPA, RX);
	SAME(LIVE(0), TDP_RX);
	SAME(entry_at(h, 0).dirty, 0);
	f = fault_at(0, 0, h->p, HPA, RW, TDP_WRITE);
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	MAPPED(0, h->p, HPA, RWX); /* the union: a fault never narrows */
	SAME(LIVE(0), TDP_RWX);
}

/* A leaf that was prefetched gets its Accessed bit; nothing else. */
TREE_TEST(fault_present, first_access, .quiet = true)
{
	struct tdp_fault f = fault_at(0, 0, h->p, HPA, RO, TDP_READ);

	WITH(.flags = TDP_PREFETCH);
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	WITH(0);
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(entry_at(h, 0).accessed, 1);
	SAME(entry_at(h, 0).dirty, !h->hw_d);
	MAPPED(0, h->p, HPA, RWX);
	FORETOLD(TDP_SPURIOUS, tdp_fault(&h->tree, &f, &h->op));
}

/* Prefetching what is there and permits it touches nothing, least of all Accessed. */
TREE_TEST(fault_present, prefetch_is_spurious, .quiet = true)
{
	struct tdp_fault f = fault_at(0, 0, h->p, HPA, RWX, TDP_READ);

	WITH(.flags = TDP_PREFETCH);
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	FORETOLD(TDP_SPURIOUS, tdp_fault(&h->tree, &f, &h->op));
	SAME(STORES, 0);
	SAME(entry_at(h, 0).accessed, 0);
}

/* A widening that the prefetcher asks for sets neither Accessed nor Dirty. */
TREE_TEST(fault_present, prefetch_widens, .quiet = true)
{
	struct tdp_fault f = fault_at(0, 0, h->p, HPA, RWX, TDP_WRITE);

	WITH(.flags = TDP_PREFETCH);
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RO, &h->op));
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	MAPPED(0, h->p, HPA, RWX);
	SAME(entry_at(h, 0).accessed, 0);
	SAME(entry_at(h, 0).dirty, !h->hw_d && !(h->setup->traits & TRACKS));
}

TREE_TEST(fault_present, protected_page)
{
	struct tdp_fault f = fault_at(0, 0, h->p, HPA, RWX, TDP_WRITE);

	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->p, &h->op));
	FORETOLD(TDP_PROTECTED, tdp_fault(&h->tree, &f, &h->op));
	SAME(STORES + FLUSHES + h->op.changed, 0);
	f.access = TDP_READ;
	FORETOLD(TDP_SPURIOUS, tdp_fault(&h->tree, &f, &h->op));
	SAME(LIVE(0), TDP_RX);
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, h->p, RWX, TDP_MASK_PROT, &h->op));
	f.access = TDP_WRITE;
	FORETOLD(TDP_SPURIOUS, tdp_fault(&h->tree, &f, &h->op));
	SAME(LIVE(0), TDP_RWX);
}

/* Execution is granted on a protected page; writes stay out. */
TREE_TEST(fault_present, widen_a_protected_page)
{
	struct tdp_fault f = fault_at(0, 0, h->p, HPA, RWX, TDP_EXEC_S);

	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RW, &h->op));
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->p, &h->op));
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	MAPPED(0, h->p, HPA, RWX);
	SAME(LIVE(0), TDP_RX);
	f.access = TDP_WRITE;
	FORETOLD(TDP_PROTECTED, tdp_fault(&h->tree, &f, &h->op));
}

/* Only what lies in the backing may be widened: a larger leaf is split first. */
TREE_TEST(fault_present, widen_part_of_a_huge_leaf, .without = PAE)
{
	struct tdp_fault f = fault_at(h->g + h->b + h->p + 3, h->g + h->b + h->p, 2 * h->p, HPA + h->b + h->p, RWX, TDP_WRITE);

	IS(TDP_OK, tdp_map(&h->tree, h->g, h->g, HPA, RO, &h->op));
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(TAKEN, 2);
	SAME(h->op.first, h->g + h->b + h->p);
	SAME(h->op.changed, h->p);
	MAPPED(h->g, h->b + h->p, HPA, RO);
	MAPPED(h->g + h->b + h->p, h->p, HPA + h->b + h->p, RWX);
	MAPPED(h->g + h->b + 2 * h->p, h->g - h->b - 2 * h->p, HPA + h->b + 2 * h->p, RO);
	/* By a b where the backing holds one. */
	f = fault_at(h->g + 2 * h->b, h->g + 2 * h->b, h->b, HPA + 2 * h->b, RWX, TDP_WRITE);
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(TAKEN, 0);
	SAME(entry_at(h, h->g + 2 * h->b).level, 1);
}

/* While writes are logged: a write splits down to the page and opens only that. A read does not. */
TREE_TEST(fault_present, log_dirty_splits, .without = PAE)
{
	struct tdp_fault f = fault_at(h->b + h->p, 0, h->g, HPA, RWX, TDP_READ);

	IS(TDP_OK, tdp_map(&h->tree, 0, h->g, HPA, RX, &h->op));
	WITH(.flags = TDP_LOG_DIRTY);
	FORETOLD(TDP_SPURIOUS, tdp_fault(&h->tree, &f, &h->op));
	SAME(entry_at(h, h->b).level, 2);
	f.access = TDP_WRITE;
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(TAKEN, 2);
	SAME(h->op.changed, h->p);
	SAME(entry_at(h, h->b + h->p).level, 0);
	SAME(LIVE(h->b + h->p), TDP_RWX);
	SAME(entry_at(h, h->b + h->p).dirty, 1);
	SAME(LIVE(h->b), TDP_RX);
	SAME(LIVE(0), TDP_RX);
	SAME(entry_at(h, 0).level, 1);
	GUEST(h->b + h->p, REF_W);
	GUEST_FAULTS(h->b, REF_W);
}

/* A logged page that was mapped for a read opens at its write fault, without a flush for the others. */
TREE_TEST(fault_present, log_dirty_opens)
{
	struct tdp_fault f = fault_at(0, 0, h->b, HPA, RWX, TDP_WRITE);

	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RWX, &h->op));
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	LOCAL_FLUSH(0, h->p, 0);
	SAME(LIVE(0), TDP_RWX);
	SAME(LIVE(h->p), TDP_RX);
	FORETOLD(TDP_SPURIOUS, tdp_fault(&h->tree, &f, &h->op));
	MAPPED(0, h->b, HPA, RWX);
}
