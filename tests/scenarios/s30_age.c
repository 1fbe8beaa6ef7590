/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S30: aging lost its race for an entry and tried again until it won: it spun against hardware and faults, or put back what it had read, and undid
 * the other's change. One try is enough: who lost met somebody who uses the page.
 */
#include "meanwhile.h"
#include "names.h"

static struct {
	bool came;
	enum tdp_result r;
	unsigned stores; /* of the other thread's call */
} other;

static void plant_page(struct harness *h)
{
	IS(TDP_OK, map_at(h, 0, 0, 4 * h->p, HPA, RWX));
	GUEST(h->p, REF_W);
	memset(&other, 0, sizeof(other));
}

/* The one that came between has done its work. */
static void came(struct harness *h, enum tdp_result r, unsigned stores)
{
	CHECK(r >= 0 || r == TDP_BUSY || r == TDP_RACE);
	other.came = true;
	other.r = r;
	other.stores = referee_counts(h->r).stores - stores;
}

/* One page, one attempt; nothing is flushed for it. */
static void age_page(struct harness *h)
{
	struct names young;
	unsigned flushes = referee_counts(h->r).flushes;

	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_age(&h->tree, h->p, h->p, true, names_of(h, &young), &h->op));
	CHECK(STORES - other.stores <= 1);
	CHECK(other.came || referee_counts(h->r).flushes == flushes);
	SAME(named(&young, 1), h->op.changed != 0);
}

static void close_page(struct harness *h, struct tdp_op *op)
{
	unsigned stores = referee_counts(h->r).stores;

	came(h, tdp_protect(&h->tree, h->p, h->p, op), stores);
}

static void check_closed(struct harness *h)
{
	if (!other.came)
		return;
	SAME(entry_at(h, h->p).state & TDP_STATE_MMU_WRITABLE, 0);
	SAME(entry_at(h, h->p).dirty, 1);
	GUEST_FAULTS(h->p, REF_W);
}

static void mark_page(struct harness *h, struct tdp_op *op)
{
	const struct tdp_attrs mark = {.sw = 1};
	unsigned stores = referee_counts(h->r).stores;

	came(h, tdp_set_attrs(&h->tree, h->p, h->p, mark, TDP_MASK_SW, op), stores);
}

static void check_marked(struct harness *h)
{
	SAME(entry_at(h, h->p).attrs.sw, other.came);
	SAME(entry_at(h, h->p).dirty, 1);
}

static void unmap_page(struct harness *h, struct tdp_op *op)
{
	unsigned stores = referee_counts(h->r).stores;

	came(h, tdp_zap(&h->tree, h->p, h->p, op), stores);
}

static void check_unmapped(struct harness *h)
{
	if (!other.came)
		return;
	HOLE(h->p, h->p);
	GUEST_FAULTS(h->p, REF_R);
}

static void move_page(struct harness *h, struct tdp_op *op)
{
	unsigned stores = referee_counts(h->r).stores;

	came(h, tdp_replace(&h->tree, h->p, h->p, HPA + h->p, HPA2, RWX, op), stores);
}

static void check_moved(struct harness *h)
{
	MAPPED(h->p, h->p, other.came ? HPA2 : HPA + h->p, RWX);
	SAME(entry_at(h, h->p).dirty, 1);
}

/* What was written is collected by the other one, or still to be collected. */
static bool collected;

static void collect_page(struct harness *h, struct tdp_op *op)
{
	struct names n;
	unsigned stores = referee_counts(h->r).stores;

	came(h, tdp_dirty_arm(&h->tree, h->p, h->p, names_of(h, &n), op), stores);
	collected = named(&n, 1);
}

static void check_collected(struct harness *h)
{
	struct names n;

	IS_EITHER(TDP_OK, TDP_SPURIOUS, arm(h, h->p, h->p, names_of(h, &n)));
	CHECK(named(&n, 1) || (other.came && collected));
}

/* Everything stays that anybody else did, whenever he came. */
SCENARIO(S30, loses_to_another_call, .modes = IN_COMPANY, .without = PAE | NO_SD)
{
	const struct meanwhile m[] = {
		{plant_page, age_page, close_page, check_closed},      {plant_page, age_page, mark_page, check_marked},
		{plant_page, age_page, unmap_page, check_unmapped},    {plant_page, age_page, move_page, check_moved},
		{plant_page, age_page, collect_page, check_collected},
	};

	for (unsigned i = 0; i < sizeof(m) / sizeof(m[0]); i++)
		CHECK(meanwhile_each(h, &m[i]) > 1);
}

/* Two that age at once. */
static void age_too(struct harness *h, struct tdp_op *op)
{
	unsigned stores = referee_counts(h->r).stores;

	came(h, tdp_age(&h->tree, 0, 4 * h->p, true, NULL, op), stores);
}

static void check_old(struct harness *h)
{
	SAME(entry_at(h, h->p).dirty, 1);
	MAPPED(0, 4 * h->p, HPA, RWX);
}

SCENARIO(S30, loses_to_another_who_ages, .modes = IN_COMPANY)
{
	const struct meanwhile m = {plant_page, age_page, age_too, check_old};

	CHECK(meanwhile_each(h, &m) > 1);
}

/* Hardware is quicker with its Dirty: the page stays young, and written. The referee's hardware is always quicker, once. */
SCENARIO(S30, loses_to_hardware, .with = HW_D)
{
	struct names young;

	IS(TDP_OK, map_at(h, 0, 0, h->p, HPA, RWX));
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_age(&h->tree, 0, h->p, true, names_of(h, &young), &h->op));
	CHECK(STORES <= 1);
	SAME(FLUSHES, 0);
	CHECK(entry_at(h, 0).dirty);
	MAPPED(0, h->p, HPA, RWX);
}
