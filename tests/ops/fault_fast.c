/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_fault_fast(): opens what was granted and is shut for the log or for aging, and nothing else.
 */
#include "harness.h"

/* Arm drops the narrow translation on this CPU; nobody else flushes. */
static void check_local_flush(struct harness *h, int line, tdp_gpa_t gpa, uint64_t size, int level)
{
	const struct tdp_flush *f = referee_flush(h->r, 0);

	harness_same(h, line, FLUSHES, h->bbm, "FLUSHES");
	if (h->bbm && (f->gpa != gpa || f->size != size || f->level != level || f->tables || !f->local))
		harness_fail(h, line, "flush of gpa %#" PRIx64 " size %#" PRIx64 " level %d local %u", f->gpa, f->size, f->level,
			     f->local);
}
#define LOCAL_FLUSH(gpa, size, level) check_local_flush(h, __LINE__, gpa, size, level)

/* An answer that changed and flushed nothing. */
#define REFUSED(want, gpa, access)                                                                                                 \
	do {                                                                                                                       \
		IS(want, tdp_fault_fast(&h->tree, gpa, access, &h->op));                                                           \
		SAME(STORES + FLUSHES + h->op.changed, 0);                                                                         \
	} while (0)

/* Leaves that wait for their first write, as a log wants them. */
static void map_logged(struct harness *h, tdp_gpa_t gpa, uint64_t size, tdp_hpa_t hpa, struct tdp_attrs attrs)
{
	h->op = (struct tdp_op){.flags = TDP_LOG_DIRTY};
	IS(TDP_OK, tdp_map(&h->tree, gpa, size, hpa, attrs, &h->op));
	h->op = (struct tdp_op){0};
}

TREE_TEST(fault_fast, opens_a_logged_page, .modes = ALONE | SHARED)
{
	map_logged(h, 0, 2 * h->p, HPA, RWX);
	SAME(LIVE(h->p), TDP_RX);
	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_OK, tdp_fault_fast(&h->tree, h->p + 5, TDP_WRITE, &h->op));
	SAME(h->op.first, h->p);
	SAME(h->op.changed, h->p);
	LOCAL_FLUSH(h->p, h->p, 0);
	SAME(LIVE(h->p), TDP_RWX);
	SAME(entry_at(h, h->p).dirty, 1);
	SAME(LIVE(0), TDP_RX);
	SAME(entry_at(h, 0).dirty, 0);
	GUEST(h->p, REF_W);
	GUEST_FAULTS(0, REF_W);
	MAPPED(0, 2 * h->p, HPA, RWX);
	IS(TDP_SPURIOUS, tdp_fault_fast(&h->tree, h->p, TDP_WRITE | TDP_READ, &h->op));
	SAME(STORES + h->op.changed, 0);
	LOCAL_FLUSH(h->p, h->p, 0);
}

/* A read does not open it for writes. */
TREE_TEST(fault_fast, reads_open_no_write)
{
	map_logged(h, 0, h->p, HPA, RW);
	IS(TDP_SPURIOUS, tdp_fault_fast(&h->tree, 0, TDP_READ, &h->op));
	SAME(LIVE(0), TDP_R);
	SAME(entry_at(h, 0).dirty, 0);
}

/* What was not granted is not this call's to give; nor is anything where nothing is. */
TREE_TEST(fault_fast, absent)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RO, &h->op));
	REFUSED(TDP_ABSENT, 0, TDP_WRITE);
	REFUSED(TDP_ABSENT, 0, TDP_EXEC_S);
	REFUSED(TDP_ABSENT, 0, TDP_EXEC_U | TDP_READ);
	REFUSED(TDP_ABSENT, h->p, TDP_READ);
	REFUSED(TDP_ABSENT, h->g, TDP_READ);
	IS(TDP_OK, tdp_note(&h->tree, h->b, h->p, 0x2a5, &h->op));
	REFUSED(TDP_ABSENT, h->b, TDP_READ);
	IS(TDP_OK, tdp_map(&h->tree, 2 * h->b, h->b, HPA + h->b, RX, &h->op));
	REFUSED(TDP_ABSENT, 2 * h->b + 7, TDP_WRITE | TDP_READ);
}

TREE_TEST(fault_fast, keeps_protection, .modes = ALONE | SHARED)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->p, &h->op));
	REFUSED(TDP_PROTECTED, 0, TDP_WRITE);
	REFUSED(TDP_PROTECTED, 0, TDP_WRITE | TDP_READ);
	IS(TDP_SPURIOUS, tdp_fault_fast(&h->tree, 0, TDP_READ, &h->op));
	SAME(LIVE(0), TDP_RX);
	GUEST_FAULTS(0, REF_W);
}

/* A huge leaf opens as a whole, but not while pages are logged: then tdp_fault() splits it. */
TREE_TEST(fault_fast, huge, .modes = ALONE | SHARED)
{
	IS(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA, RX, &h->op));
	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_OK, tdp_set_attrs(&h->tree, h->b, h->b, RWX, TDP_MASK_PROT, &h->op));
	SAME(entry_at(h, h->b).level, 1);
	SAME(LIVE(h->b), TDP_RX);
	REFUSED(TDP_ABSENT, h->b + h->p, TDP_WRITE);
	IS(TDP_SPURIOUS, tdp_fault_fast(&h->tree, h->b + h->p, TDP_READ, &h->op));
	LOCAL_FLUSH(h->b, h->b, 1);
	WITH(0);
	IS(TDP_OK, tdp_fault_fast(&h->tree, h->b + h->p, TDP_WRITE, &h->op));
	SAME(h->op.first, h->b);
	SAME(h->op.changed, h->b);
	LOCAL_FLUSH(h->b, h->b, 1);
	SAME(LIVE(h->b), TDP_RWX);
	SAME(entry_at(h, h->b).dirty, 1);
	/* Open already: the log has it. */
	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_SPURIOUS, tdp_fault_fast(&h->tree, h->b, TDP_WRITE, &h->op));
}

/* The first access of a prefetched page. */
TREE_TEST(fault_fast, first_access, .quiet = true)
{
	WITH(.flags = TDP_PREFETCH);
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RX, &h->op));
	SAME(entry_at(h, 0).accessed, 0);
	WITH(0);
	IS(TDP_OK, tdp_fault_fast(&h->tree, 0, TDP_READ, &h->op));
	SAME(entry_at(h, 0).accessed, 1);
	SAME(entry_at(h, 0).dirty, 0);
	SAME(LIVE(0), TDP_RX);
	IS(TDP_SPURIOUS, tdp_fault_fast(&h->tree, 0, TDP_EXEC_S, &h->op));
}

/* Tables that must be mapped to be seen, and memory that walkers do not snoop. */
TREE_TEST(fault_fast, mapped_tables, .map_tables = true, .noncoherent = true)
{
	map_logged(h, h->b, h->p, HPA, RWX);
	IS(TDP_OK, tdp_fault_fast(&h->tree, h->b, TDP_WRITE, &h->op));
	LOCAL_FLUSH(h->b, h->p, 0);
	REFUSED(TDP_ABSENT, 0, TDP_READ);
	GUEST(h->b, REF_W);
}

TREE_TEST(fault_fast, refusals)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	REFUSED(TDP_INVALID, 0, 0);
	REFUSED(TDP_INVALID, 0, 16);
	REFUSED(TDP_RANGE, h->end, TDP_READ);
	WITH(.flags = TDP_DRY_RUN);
	REFUSED(TDP_INVALID, 0, TDP_READ);
	WITH(.flags = TDP_PREFETCH);
	REFUSED(TDP_INVALID, 0, TDP_READ);
	WITH(.flags = TDP_EXCLUSIVE);
	IS(TDP_SPURIOUS, tdp_fault_fast(&h->tree, 0, TDP_READ, &h->op));
	IS(TDP_SPURIOUS, tdp_fault_fast(&h->tree, 0, TDP_READ, NULL));
}

/* Somebody else's frozen entry is met in tests/conflict; a DEAD one is planted here. */
TREE_TEST(fault_fast, frozen, .corrupt = true)
{
	tdp_spte_t *entry, kept;

	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	entry = raw_entry(h, h->layout.top_level, 0);
	kept = *entry;
	*entry = raw_bits_at(h, h->layout.top_level, h->setup->format->frozen);
	IS(TDP_BUSY, tdp_fault_fast(&h->tree, 0, TDP_READ, &h->op));
	*entry = raw_bits_at(h, h->layout.top_level, h->setup->format->dead);
	IS(TDP_STALE_ROOT, tdp_fault_fast(&h->tree, 0, TDP_READ, &h->op));
	*entry = kept;
}
