/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S22: hardware set Dirty between a hypervisor's read of an entry and its write, and the plain write lost it: in an unmapping, a protection, a split,
 * a promotion, and in a table that was unlinked already, but not out of every walk cache. (The referee's hardware does so at the worst moment
 * in every test that is not quiet; here the guest writes at each step of a call, too.)
 * S29: without Accessed and Dirty flags a page that was written, then made old, then collected was not named: what aging put away of the entry held
 * the only trace of the write.
 */
#include "names.h"
#include "scenarios.h"

/* ---- S22 ---- */

/* A guest that writes, wherever it is let. */
static struct {
	struct harness *h;
	tdp_gpa_t gpa[3];
	unsigned wrote; /* which of them */
	unsigned steps;
} guest;

static void guest_step(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < 3; i++)
		if (referee_guest(guest.h->r, &guest.h->tree, guest.gpa[i], REF_W).fault == REF_OK)
			guest.wrote |= 1u << i;
	guest.steps++;
}

/* What was written is Dirty in its entry, or the call has reported it. */
static void check_writes(struct harness *h, const char *call)
{
	for (unsigned i = 0; i < 3; i++) {
		struct tdp_mapping m;

		if (!(guest.wrote >> i & 1) || referee_reported(h->r, guest.gpa[i]))
			continue;
		if (tdp_lookup(&h->tree, guest.gpa[i], &m, NULL) != TDP_OK || !m.entry.dirty)
			harness_fail(h, 0, "%s: the write to gpa %#" PRIx64 " is lost", call, guest.gpa[i]);
	}
}

static enum tdp_result zap_page(struct harness *h)
{
	return tdp_zap(&h->tree, h->p, h->p, &h->op);
}

static enum tdp_result zap_table(struct harness *h)
{
	return tdp_zap(&h->tree, 0, h->b, &h->op);
}

static enum tdp_result protect_pages(struct harness *h)
{
	return tdp_protect(&h->tree, 0, 2 * h->p, &h->op);
}

static enum tdp_result narrow(struct harness *h)
{
	return tdp_set_attrs(&h->tree, 0, h->b, RX, TDP_MASK_PROT, &h->op);
}

static enum tdp_result move_page(struct harness *h)
{
	return tdp_replace(&h->tree, h->p, h->p, HPA + h->p, HPA2, RWX, &h->op);
}

static enum tdp_result split_here(struct harness *h)
{
	return tdp_split(&h->tree, 0, h->b, 0, &h->op);
}

static enum tdp_result promote_here(struct harness *h)
{
	return promote(h, 0, h->b, 1, NULL, NULL);
}

static enum tdp_result age_here(struct harness *h)
{
	return tdp_age(&h->tree, 0, h->b, true, NULL, &h->op);
}

static const struct {
	const char *name;
	enum tdp_result (*call)(struct harness *h);
	unsigned level; /* of the leaves that it meets */
} calls[] = {
	{"zap of a page", zap_page, 0},
	{"zap of a page of a huge leaf", zap_page, 1},
	{"zap of a table", zap_table, 0},
	{"zap of a huge leaf", zap_table, 1},
	{"protect", protect_pages, 0},
	{"protect of a part of a huge leaf", protect_pages, 1},
	{"set_attrs", narrow, 0},
	{"set_attrs of a huge leaf", narrow, 1},
	{"replace", move_page, 0},
	{"split", split_here, 1},
	{"promote", promote_here, 0},
	{"age", age_here, 0},
	{"age of a huge leaf", age_here, 1},
};

/* The leaves of case i, used by the guest, so that its caches are warm; page 1 was written. */
static void plant(struct harness *h, unsigned i)
{
	harness_tables(h, 64);
	IS(TDP_OK, map_at(h, calls[i].level, 0, h->b, HPA, RWX));
	GUEST(0, REF_R);
	GUEST(h->p, REF_W);
	GUEST(h->b - h->p, REF_R);
	guest.h = h;
	guest.gpa[0] = 0;
	guest.gpa[1] = h->p;
	guest.gpa[2] = h->b - h->p;
	guest.wrote = 2;
	guest.steps = 0;
}

/* The referee knows what was written. */
static void empty(struct harness *h)
{
	WITH(.flags = TDP_EXCLUSIVE);
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_zap(&h->tree, 0, h->b, &h->op));
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_trim(&h->tree, 0, h->b, &h->op));
	WITH(0);
}

/* The guest writes before each access and each hook of a call. */
SCENARIO(S22, guest_writes_in_the_middle)
{
	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		plant(h, i);
		referee_on_event(h->r, guest_step, NULL);
		IS(TDP_OK, calls[i].call(h));
		referee_on_event(h->r, NULL, NULL);
		CHECK(guest.steps > 1 && guest.wrote == 7);
		check_writes(h, calls[i].name);
		empty(h);
	}
}

/* Nobody writes but the hardware that races with the call, once for each entry. What is left is dirty, what went was reported. */
SCENARIO(S22, hardware_is_last, .with = HW_D)
{
	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		plant(h, i);
		IS(TDP_OK, calls[i].call(h));
		check_writes(h, calls[i].name);
		empty(h);
	}
}

/* A huge leaf that nobody has written is closed for a collection of a part of it, and is written at that moment. */
SCENARIO(S22, hardware_is_last_in_a_collection, .with = HW_D)
{
	struct names n;

	IS(TDP_OK, map_at(h, 1, 0, h->b, HPA, RWX));
	GUEST(0, REF_R);
	IS_EITHER(TDP_OK, TDP_SPURIOUS, arm(h, 2 * h->p, h->p, names_of(h, &n)));
	SAME(STORES > 0, true);
	SAME(entry_at(h, 0).dirty, 1);
	SAME(LIVE(0) & TDP_W, 0);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op));
	CHECK(referee_reported(h->r, h->b - h->p));
}

/* ---- S29 ---- */

/* Pages 0 and 2 of four are written while writes are logged, and then all are made old. */
static void write_and_age(struct harness *h, unsigned level)
{
	const uint64_t size = level ? h->b : 4 * h->p;
	struct names n;

	IS(TDP_OK, map_at(h, level, 0, size, HPA, RWX));
	IS_EITHER(TDP_OK, TDP_SPURIOUS, arm(h, 0, size, names_of(h, &n)));
	referee_log_writes(h->r, true);
	guest_writes(h, 0);
	guest_writes(h, 2 * h->p);
	IS(TDP_OK, tdp_age(&h->tree, 0, size, true, NULL, &h->op));
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_age(&h->tree, 0, size, true, NULL, &h->op));
}

/* Those, and no others. */
static void check_named(struct harness *h, uint64_t size, bool exactly)
{
	struct names n;

	IS(TDP_OK, arm(h, 0, size, names_of(h, &n)));
	CHECK(named(&n, 0) && named(&n, 2));
	if (exactly)
		SAME(n.words[0], 5);
	IS(TDP_SPURIOUS, arm(h, 0, size, names_of(h, &n)));
}

SCENARIO(S29, written_made_old_collected, .quiet = true)
{
	write_and_age(h, 0);
	check_named(h, 4 * h->p, true);
	/* And again: the next write is seen, however old the page is. */
	guest_writes(h, 0);
	guest_writes(h, 2 * h->p);
	IS(TDP_OK, tdp_age(&h->tree, 0, 4 * h->p, true, NULL, &h->op));
	check_named(h, 4 * h->p, true);
}

/* What touches it in between brings it back as it was. */
SCENARIO(S29, made_old_and_touched, .quiet = true)
{
	write_and_age(h, 0);
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_fault_fast(&h->tree, 0, TDP_READ, &h->op));
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_fault_fast(&h->tree, h->p, TDP_READ, &h->op));
	check_named(h, 4 * h->p, true);
}

SCENARIO(S29, huge_leaf, .quiet = true, .without = LARGE)
{
	write_and_age(h, 1);
	check_named(h, h->b, false);
}

SCENARIO(S29, made_old_and_split, .quiet = true, .without = LARGE)
{
	write_and_age(h, 1);
	IS(TDP_OK, tdp_split(&h->tree, 0, h->b, 0, &h->op));
	check_named(h, h->b, false);
}

SCENARIO(S29, made_old_and_promoted, .quiet = true, .without = LARGE)
{
	write_and_age(h, 0);
	if (h->n > 4)
		IS(TDP_OK, map_at(h, 0, 4 * h->p, h->b - 4 * h->p, HPA + 4 * h->p, RWX));
	IS(TDP_OK, promote(h, 0, h->b, 1, NULL, NULL));
	check_named(h, h->b, false);
}

/* The one that is not collected any more, because it goes. */
SCENARIO(S29, made_old_and_unmapped, .quiet = true)
{
	write_and_age(h, 0);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 4 * h->p, &h->op));
	CHECK(referee_reported(h->r, 0) && referee_reported(h->r, 2 * h->p));
}
