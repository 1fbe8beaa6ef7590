/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S46: a split that installs the child before filling it, or forgets attributes, or the flush. The guest runs at every step of the
 * call: it must see the page as it was, or (break-before-make) nothing for a moment, and never anything else.
 */
#include "scenarios.h"

/* The guest, between any two accesses of the library. */
static struct {
	struct harness *h;
	tdp_gpa_t gpa[4];
	tdp_hpa_t hpa; /* of gpa 0 */
	unsigned n, access;
	unsigned steps, faults;
	const char *wrong;
} guest;

static void guest_step(void *arg)
{
	struct harness *h = guest.h;
	struct referee_access a;

	(void)arg;
	for (unsigned i = 0; i < guest.n; i++) {
		a = referee_guest(h->r, &h->tree, guest.gpa[i], guest.access);
		guest.steps++;
		if (a.fault == REF_NOT_PRESENT)
			guest.faults++;
		else if (a.fault != REF_OK)
			guest.wrong = ref_fault_name(a.fault);
		else if (a.hpa != guest.hpa + guest.gpa[i])
			guest.wrong = "another page";
	}
}

/* Lets the guest touch the page before and the page after a range, and the ends of the leaf of level 1 around it. */
static void guest_starts(struct harness *h, tdp_gpa_t gpa, uint64_t size, tdp_hpa_t hpa, unsigned access)
{
	guest.h = h;
	guest.n = 4;
	guest.gpa[0] = gpa - h->p;
	guest.gpa[1] = gpa + size;
	guest.gpa[2] = (gpa & ~(h->b - 1)) + 5;
	guest.gpa[3] = (gpa | (h->b - 1)) - 7;
	guest.hpa = hpa;
	guest.access = access;
	guest.steps = guest.faults = 0;
	guest.wrong = NULL;
	referee_on_event(h->r, guest_step, NULL);
}

static void guest_stops(struct harness *h, int line)
{
	referee_on_event(h->r, NULL, NULL);
	if (guest.wrong || guest.steps == 0)
		harness_fail(h, line, "the guest met %s in %u steps", guest.wrong ? guest.wrong : "nothing", guest.steps);
	if (!h->bbm && guest.faults)
		harness_fail(h, line, "the guest faulted %u times", guest.faults);
	if (!referee_clean(h->r))
		harness_fail(h, line, "%s", referee_violations(h->r));
}
#define GUEST_STOPS() guest_stops(h, __LINE__)

/* A leaf of level 1 at b, or of level 2 at g, with everything that a split must hand down. */
static const struct tdp_attrs odd = {TDP_RWX, TDP_MT_UC, 0, 1};

SCENARIO(S46, zap_while_the_guest_runs, .without = PAE | NO_SD)
{
	IS(TDP_OK, map_at(h, 1, h->b, h->b, HPA + h->b, odd));
	guest_starts(h, h->b + h->p, h->p, HPA, REF_R);
	IS(TDP_OK, tdp_zap(&h->tree, h->b + h->p, h->p, &h->op));
	GUEST_STOPS();
	MAPPED(h->b, h->p, HPA + h->b, odd);
	MAPPED(h->b + 2 * h->p, h->b - 2 * h->p, HPA + h->b + 2 * h->p, odd);
}

/* Writes in the middle of the split: each of them is remembered. */
SCENARIO(S46, zap_while_the_guest_writes)
{
	for (unsigned level = 1; level < 3; level++) {
		const uint64_t size = tdp_level_size(&h->layout, level);

		IS(TDP_OK, map_at(h, level, size, size, HPA + size, RWX));
		guest_starts(h, size + h->p, h->p, HPA, REF_W);
		IS(TDP_OK, tdp_zap(&h->tree, size + h->p, h->p, &h->op));
		GUEST_STOPS();
		SAME(entry_at(h, size).dirty, 1);
		IS(TDP_OK, tdp_zap(&h->tree, size, size, &h->op));
		CHECK(referee_reported(h->r, size) && referee_reported(h->r, size + 2 * h->p));
	}
}

SCENARIO(S46, set_attrs_while_the_guest_runs, .without = PAE | NO_SD)
{
	const struct tdp_attrs ro = {TDP_R, TDP_MT_UC, 0, 1};

	IS(TDP_OK, map_at(h, 2, h->g, h->g, HPA + h->g, odd));
	guest_starts(h, h->g + h->b + h->p, h->p, HPA, REF_W);
	IS(TDP_OK, tdp_set_attrs(&h->tree, h->g + h->b + h->p, h->p, ro, TDP_MASK_PROT, &h->op));
	GUEST_STOPS();
	SAME(TAKEN, 2);
	MAPPED(h->g, h->b + h->p, HPA + h->g, odd);
	MAPPED(h->g + h->b + h->p, h->p, HPA + h->g + h->b + h->p, ro);
	MAPPED(h->g + h->b + 2 * h->p, h->g - h->b - 2 * h->p, HPA + h->g + h->b + 2 * h->p, odd);
}

SCENARIO(S46, replace_while_the_guest_runs, .without = PAE | NO_SD)
{
	IS(TDP_OK, map_at(h, 1, h->b, h->b, HPA + h->b, odd));
	guest_starts(h, h->b + h->p, h->p, HPA, REF_R);
	IS(TDP_OK, tdp_replace(&h->tree, h->b + h->p, h->p, HPA + h->b + h->p, HPA2, RX, &h->op));
	GUEST_STOPS();
	MAPPED(h->b, h->p, HPA + h->b, odd);
	MAPPED(h->b + h->p, h->p, HPA2, RX);
}

/* The split of a logged write: neighbours stay shut. */
SCENARIO(S46, fault_while_the_guest_runs)
{
	const struct tdp_fault f = {
		.gpa = h->b + h->p, .base = h->b, .backing = {.hpa = HPA + h->b, .size = h->b, .attrs = RWX}, .access = TDP_WRITE};

	IS(TDP_OK, map_at(h, 1, h->b, h->b, HPA + h->b, RX));
	guest_starts(h, h->b + h->p, h->p, HPA, REF_R);
	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	GUEST_STOPS();
	GUEST_FAULTS(h->b, REF_W);
	GUEST_FAULTS(h->b + 2 * h->p, REF_W);
	GUEST(h->b + h->p, REF_W);
}

/* Ahead of time, over several leaves, of either level; first reads, then writes. */
SCENARIO(S46, split_ahead_while_the_guest_runs, .without = PAE | NO_SD)
{
	for (unsigned how = 0; how < 4; how++) {
		const unsigned level = 1 + how % 2;
		const uint64_t size = tdp_level_size(&h->layout, level);

		harness_tables(h, 64);
		IS(TDP_OK, map_at(h, level, 0, 2 * size, HPA, odd));
		guest_starts(h, size + h->p, h->p, HPA, how < 2 ? REF_R : REF_W);
		IS(TDP_OK, tdp_split(&h->tree, size, 2 * h->b, 0, &h->op));
		GUEST_STOPS();
		SAME(entry_at(h, size).level, 0);
		SAME(entry_at(h, 0).level, level);
		MAPPED(0, 2 * size, HPA, odd);
		for (unsigned i = 0; how >= 2 && i < 4; i++)
			CHECK(entry_at(h, guest.gpa[i]).dirty);
		WITH(.flags = TDP_EXCLUSIVE);
		IS(TDP_OK, tdp_zap(&h->tree, 0, h->end, &h->op));
		WITH(0);
	}
}

/* In chunks of as many tables as there are, the guest running: whatever is split is whole, whatever is not is as it was. */
SCENARIO(S46, split_ahead_in_chunks, .without = PAE | NO_SD)
{
	for (unsigned chunk = 1; chunk < 4; chunk++) {
		enum tdp_result r = TDP_NOMEM;
		tdp_gpa_t next = 0;

		harness_tables(h, 64);
		IS(TDP_OK, map_at(h, 1, 0, 4 * h->b, HPA, odd));
		guest_starts(h, h->b + h->p, h->p, HPA, REF_W);
		for (unsigned n = 0; r == TDP_NOMEM; n++) {
			CHECK(n <= 4);
			harness_tables(h, 0);
			harness_tables(h, chunk);
			harness_before(h, "split");
			r = tdp_split(&h->tree, next, 4 * h->b - next, 0, &h->op);
			harness_after(h, __LINE__, r == TDP_OK ? TDP_OK : TDP_NOMEM, r, "split");
			CHECK(h->op.next > next);
			next = h->op.next;
			MAPPED(0, 4 * h->b, HPA, odd);
		}
		GUEST_STOPS();
		SAME(next, 4 * h->b);
		SAME(entry_at(h, 4 * h->b - h->p).level, 0);
		WITH(.flags = TDP_EXCLUSIVE);
		IS(TDP_OK, tdp_zap(&h->tree, 0, h->end, &h->op));
		WITH(0);
	}
}

/* A protection, and what was not accessed, are handed down as well. */
SCENARIO(S46, state_is_inherited, .quiet = true)
{
	WITH(.flags = TDP_PREFETCH);
	IS(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA, RWX, &h->op));
	WITH(0);
	IS(TDP_OK, tdp_protect(&h->tree, h->b, h->b, &h->op));
	IS(TDP_OK, tdp_zap(&h->tree, h->b, h->p, &h->op));
	SAME(entry_at(h, h->b + h->p).accessed, 0);
	SAME(entry_at(h, h->b + h->p).dirty, !h->hw_d && !(h->setup->traits & TRACKS));
	SAME(entry_at(h, h->b + h->p).state & TDP_STATE_MMU_WRITABLE, 0);
	SAME(LIVE(h->b + h->p), TDP_RX);
	MAPPED(h->b + h->p, h->b - h->p, HPA + h->p, RWX);
	/* What the log still keeps shut stays shut. */
	IS(TDP_OK, tdp_map(&h->tree, 2 * h->b, h->b, HPA, RX, &h->op));
	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_OK, tdp_set_attrs(&h->tree, 2 * h->b, h->b, RWX, TDP_MASK_PROT, &h->op));
	WITH(0);
	IS(TDP_OK, tdp_zap(&h->tree, 2 * h->b, h->p, &h->op));
	SAME(LIVE(2 * h->b + h->p), TDP_RX);
	SAME(entry_at(h, 2 * h->b + h->p).state, TDP_STATE_MMU_WRITABLE);
}

/* Machines where splitting an executable huge leaf owes a flush, although nothing changed for the guest. */
SCENARIO(S46, split_that_owes_a_flush, .caps = TDP_CAP_SPLIT_FLUSH, .ref_features = REF_OWES_SPLIT, .without = NO_SD)
{
	struct tdp_gather gather = {0};

	IS(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA, RWX, &h->op));
	GUEST(h->b, REF_XS);
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, h->b, h->p, &h->op));
	CHECK(FLUSHES >= 1);
	SAME(referee_flush(h->r, 0)->gpa, h->b);
	SAME(referee_flush(h->r, 0)->size, h->b);
	GATHER_FLUSH(&gather);
	WITH(0);
	IS(TDP_OK, tdp_map(&h->tree, h->g, h->g, HPA, RX, &h->op));
	IS(TDP_OK, tdp_set_attrs(&h->tree, h->g + h->b, h->p, RO, TDP_MASK_PROT, &h->op));
	CHECK(FLUSHES >= 2);
}
