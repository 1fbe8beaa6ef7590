/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S35: a walk that lost a race went on as if it had won: permission to ignore that was the default.
 * S39: vCPUs that fault on the same address rewrote the entry that the first one had made, each with an invalidation for all of them.
 */
#include "meanwhile.h"

static void plant_pages(struct harness *h)
{
	IS(TDP_OK, map_at(h, 0, 0, 4 * h->p, HPA, RWX));
	GUEST(h->p, REF_W);
}

static unsigned interruptions,
	lost; /* of one round: did the other thread's call change something; was somebody told that he lost */
static unsigned lost_ever;

/* ---- S35 ---- */

static const struct tdp_attrs marked = {.sw = 1};

static void mark_page_1(struct harness *h, struct tdp_op *op)
{
	enum tdp_result r = tdp_set_attrs(&h->tree, h->p, h->p, marked, TDP_MASK_SW, op);

	CHECK(r == TDP_OK || r == TDP_BUSY);
	interruptions += r == TDP_OK;
}

static void close_pages(struct harness *h)
{
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, 3 * h->p, RX, TDP_MASK_PROT, &h->op));
}

/* Neither change was lost, though both are of the same entry. */
static void check_both(struct harness *h)
{
	const struct tdp_attrs both = {TDP_RX, TDP_MT_WB, 0, 1};

	MAPPED(0, h->p, HPA, RX);
	if (interruptions)
		MAPPED(h->p, h->p, HPA + h->p, both);
	for (tdp_gpa_t gpa = 0; gpa < 3 * h->p; gpa += h->p)
		GUEST_FAULTS(gpa, REF_W);
	GUEST(3 * h->p, REF_W);
	interruptions = 0;
}

SCENARIO(S35, range_calls_take_a_lost_race_up_again, .modes = IN_COMPANY, .without = PAE | NO_SD)
{
	const struct meanwhile m = {plant_pages, close_pages, mark_page_1, check_both};

	interruptions = 0;
	CHECK(meanwhile_each(h, &m) > 3);
}

/* What a visitor does about it is his to say: again, by default; to pass on is his choice. */
static enum tdp_verdict on_loss;

static enum tdp_verdict close_it(void *arg, struct tdp_visit *visit)
{
	enum tdp_result r = tdp_visit_set(visit, RX, TDP_MASK_PROT);

	(void)arg;
	if (r == TDP_RACE || r == TDP_BUSY) {
		lost++;
		return on_loss;
	}
	return r >= 0 ? TDP_GO : TDP_STOP;
}

static void visit_pages(struct harness *h)
{
	IS(TDP_OK, tdp_walk(&h->tree, 0, 3 * h->p, TDP_VISIT_LEAF, close_it, NULL, &h->op));
}

/* Whoever passed on left exactly the page that he lost, and was told so. */
static void check_all_but_the_lost(struct harness *h)
{
	const bool left = lost && on_loss == TDP_SKIP;

	MAPPED(0, h->p, HPA, RX);
	MAPPED(2 * h->p, h->p, HPA + 2 * h->p, RX);
	SAME(entry_at(h, h->p).attrs.prot, left ? TDP_RWX : TDP_RX);
	SAME(entry_at(h, h->p).attrs.sw, interruptions != 0);
	if (!left)
		GUEST_FAULTS(h->p, REF_W);
	interruptions = 0;
	lost_ever += lost;
	lost = 0;
}

static void visit_in_company(struct harness *h, enum tdp_verdict verdict)
{
	const struct meanwhile m = {plant_pages, visit_pages, mark_page_1, check_all_but_the_lost};

	on_loss = verdict;
	interruptions = lost = lost_ever = 0;
	CHECK(meanwhile_each(h, &m) > 3);
	CHECK(lost_ever > 0);
}

SCENARIO(S35, visitors_say_what_a_lost_race_is_worth, .modes = IN_COMPANY, .without = PAE | NO_SD)
{
	visit_in_company(h, TDP_AGAIN);
	visit_in_company(h, TDP_SKIP);
}

/* Two who move the same page: one does, the other hears of it. */
static enum tdp_result moved[2];

static void move_away(struct harness *h, struct tdp_op *op)
{
	moved[1] = tdp_replace(&h->tree, h->p, h->p, HPA + h->p, HPA2 + 8 * h->p, RWX, op);
	interruptions++;
}

static void move(struct harness *h)
{
	harness_before(h, "the first move");
	moved[0] = tdp_replace(&h->tree, h->p, h->p, HPA + h->p, HPA2, RWX, &h->op);
	harness_after(h, __LINE__, moved[0], moved[0], "the first move");
}

static void check_one_moved(struct harness *h)
{
	if (!interruptions)
		moved[1] = TDP_RACE;
	if (moved[0] == TDP_OK) {
		CHECK(moved[1] == TDP_RACE || moved[1] == TDP_BUSY);
		MAPPED(h->p, h->p, HPA2, RWX);
	} else {
		CHECK((moved[0] == TDP_RACE || moved[0] == TDP_BUSY) && moved[1] == TDP_OK);
		MAPPED(h->p, h->p, HPA2 + 8 * h->p, RWX);
		lost_ever++;
	}
	interruptions = 0;
}

SCENARIO(S35, two_moves_of_one_page, .modes = IN_COMPANY)
{
	const struct meanwhile m = {plant_pages, move, move_away, check_one_moved};

	interruptions = lost_ever = 0;
	CHECK(meanwhile_each(h, &m) > 3);
	CHECK(lost_ever > 0);
}

/* Two who map other memory at the same place: nothing is ever overwritten. */
static void map_other_memory(struct harness *h, struct tdp_op *op)
{
	moved[1] = tdp_map(&h->tree, h->p, h->p, HPA2, RWX, op);
	interruptions++;
}

static void map_pages(struct harness *h)
{
	harness_before(h, "the first map");
	moved[0] = tdp_map(&h->tree, 0, 4 * h->p, HPA, RWX, &h->op);
	harness_after(h, __LINE__, moved[0], moved[0], "the first map");
}

static void check_one_mapped(struct harness *h)
{
	if (moved[0] == TDP_OK) {
		CHECK(!interruptions || moved[1] == TDP_EXISTS || moved[1] == TDP_BUSY);
		MAPPED(0, 4 * h->p, HPA, RWX);
	} else {
		CHECK(moved[0] == TDP_EXISTS && moved[1] == TDP_OK);
		MAPPED(h->p, h->p, HPA2, RWX);
		lost_ever++;
	}
	interruptions = 0;
}

static void plant_nothing(struct harness *h)
{
	IS(TDP_OK, map_at(h, 0, h->b, h->p, HPA + h->b, RWX));
}

SCENARIO(S35, two_maps_of_one_page, .modes = IN_COMPANY)
{
	const struct meanwhile m = {plant_nothing, map_pages, map_other_memory, check_one_mapped};

	interruptions = lost_ever = 0;
	CHECK(meanwhile_each(h, &m) > 3);
	CHECK(lost_ever > 0);
}

/* ---- S39 ---- */

static struct tdp_fault the_fault(struct harness *h, struct tdp_attrs attrs, uint32_t access)
{
	return (struct tdp_fault){
		.gpa = h->p + 8, .base = 0, .backing = {.hpa = HPA, .size = 2 * h->p, .attrs = attrs}, .access = access};
}

/* A fault that finds everything done: the entry is not written to, and no other CPU hears of it. */
static void check_untouched(struct harness *h, const struct tdp_fault *f, bool prefetch)
{
	const tdp_spte_t before = *raw_entry(h, 0, h->p);

	WITH(.flags = prefetch ? TDP_PREFETCH : 0);
	IS(TDP_SPURIOUS, tdp_fault(&h->tree, f, &h->op));
	SAME(STORES + h->op.changed + TAKEN, 0);
	SAME(*raw_entry(h, 0, h->p), before);
	/* Arm may keep the translation that faulted, on this CPU. */
	SAME(FLUSHES, h->bbm && !prefetch);
	if (h->bbm && !prefetch) {
		SAME(referee_flush(h->r, 0)->local, 1);
		SAME(referee_flush(h->r, 0)->size, h->p);
	}
	WITH(0);
}

SCENARIO(S39, same_fault_on_many_cpus, .quiet = true)
{
	struct tdp_fault f = the_fault(h, RX, TDP_READ);

	IS(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(FLUSHES, 0);
	for (unsigned cpu = 1; cpu < 4; cpu++)
		check_untouched(h, &f, cpu == 3);
	f = the_fault(h, RWX, TDP_WRITE);
	IS(TDP_OK, tdp_fault(&h->tree, &f, &h->op)); /* widens */
	for (unsigned i = 0; i < FLUSHES; i++)
		SAME(referee_flush(h->r, i)->local, 1);
	for (unsigned cpu = 1; cpu < 4; cpu++)
		check_untouched(h, &f, cpu == 3);
	IS(TDP_SPURIOUS, tdp_map(&h->tree, h->p, h->p, HPA + h->p, RWX, &h->op));
	SAME(STORES + FLUSHES, 0);
	/* Not the memory type: of that a shared call flushes what another one may have changed, and not flushed yet. */
	IS(TDP_SPURIOUS, tdp_set_attrs(&h->tree, h->p, h->p, RWX, TDP_MASK_PROT | TDP_MASK_SW, &h->op));
	SAME(STORES + FLUSHES, 0);
}

/* The quick fault: the first one opens the page that the log had closed, the others find it done. */
SCENARIO(S39, same_quick_fault_on_many_cpus, .quiet = true)
{
	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_OK, map_at(h, 0, 0, h->p, HPA, RWX));
	IS(TDP_OK, tdp_map(&h->tree, h->p, h->p, HPA + h->p, RWX, &h->op));
	for (unsigned cpu = 0; cpu < 4; cpu++) {
		const tdp_spte_t before = *raw_entry(h, 0, h->p);

		IS(cpu == 0 ? TDP_OK : TDP_SPURIOUS, tdp_fault_fast(&h->tree, h->p + 8, TDP_WRITE, &h->op));
		SAME(STORES, cpu == 0);
		SAME(h->op.changed, cpu == 0 ? h->p : 0);
		SAME(*raw_entry(h, 0, h->p) == before, cpu > 0);
		SAME(FLUSHES, h->bbm); /* on Arm each drops its own translation, and nobody else's */
		for (unsigned i = 0; i < FLUSHES; i++)
			CHECK(referee_flush(h->r, i)->local && referee_flush(h->r, i)->size == h->p);
	}
	GUEST(h->p, REF_W);
}

/* At the same time: whoever comes second is told so, or finds it done. */
static void fault_too(struct harness *h, struct tdp_op *op)
{
	const struct tdp_fault f = the_fault(h, RWX, TDP_WRITE);

	moved[1] = tdp_fault(&h->tree, &f, op);
	interruptions++;
}

static void fault(struct harness *h)
{
	const struct tdp_fault f = the_fault(h, RWX, TDP_WRITE);

	harness_before(h, "the first fault");
	moved[0] = tdp_fault(&h->tree, &f, &h->op);
	harness_after(h, __LINE__, moved[0], moved[0], "the first fault");
	for (unsigned i = 0; i < FLUSHES; i++)
		SAME(referee_flush(h->r, i)->local, 1);
}

static void check_mapped(struct harness *h)
{
	const struct tdp_fault f = the_fault(h, RWX, TDP_WRITE);

	if (!interruptions)
		moved[1] = TDP_SPURIOUS;
	interruptions = 0;
	/* One of them did it, or both the same; who did not found it done, or under way, or was late. */
	CHECK(moved[0] == TDP_OK || moved[1] == TDP_OK);
	for (unsigned i = 0; i < 2; i++)
		CHECK(moved[i] == TDP_OK || moved[i] == TDP_SPURIOUS || moved[i] == TDP_BUSY || moved[i] == TDP_RACE);
	lost_ever += moved[0] != TDP_OK || moved[1] != TDP_OK;
	GUEST(h->p, REF_W);
	check_untouched(h, &f, false);
}

static void check_mapped_once(struct harness *h)
{
	SAME((moved[0] == TDP_OK) + (interruptions && moved[1] == TDP_OK), 1);
	check_mapped(h);
}

static void plant_read_only(struct harness *h)
{
	IS(TDP_OK, map_at(h, 0, 0, 4 * h->p, HPA, RX));
	GUEST(h->p, REF_R);
}

SCENARIO(S39, same_fault_at_the_same_time, .modes = IN_COMPANY)
{
	const struct meanwhile m[] = {
		{plant_nothing, fault, fault_too, check_mapped_once}, /* both bring a table */
		{plant_read_only, fault, fault_too, check_mapped},    /* both widen */
	};

	for (unsigned i = 0; i < 2; i++) {
		interruptions = lost_ever = 0;
		CHECK(meanwhile_each(h, &m[i]) > 3);
		CHECK(lost_ever > 0);
	}
}
