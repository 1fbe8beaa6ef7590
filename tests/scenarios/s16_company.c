/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S16: a fault that met a frozen entry allocated before it found out, and gave up or leaked.
 * S18: the attributes of one page of a huge page change while a neighbour faults: a huge leaf with the old attributes came back.
 */
#include "meanwhile.h"
#include "names.h"

/* What the interruptions brought in all. */
static struct {
	unsigned ok, same, busy, race; /* results */
	unsigned allocs, tables, flushes;
} sum;

static void add_up(struct harness *h, enum tdp_result r)
{
	sum.ok += r == TDP_OK;
	sum.same += r == TDP_SPURIOUS;
	sum.busy += r == TDP_BUSY;
	sum.race += r == TDP_RACE;
	if (r != TDP_OK && r != TDP_SPURIOUS && r != TDP_BUSY && r != TDP_RACE)
		harness_fail(h, 0, "the other thread's call is %s", tdp_result_name(r));
}

static struct tdp_fault fault_at(tdp_gpa_t gpa, tdp_gpa_t base, uint64_t size, struct tdp_attrs attrs, uint32_t access)
{
	return (struct tdp_fault){
		.gpa = gpa, .base = base, .backing = {.hpa = HPA + base, .size = size, .attrs = attrs}, .access = access};
}

static void plant_pages(struct harness *h)
{
	IS(TDP_OK, map_at(h, 0, 0, 4 * h->p, HPA, RWX));
	GUEST(h->p, REF_W);
}

static void plant_huge(struct harness *h)
{
	IS(TDP_OK, map_at(h, 1, 0, h->b, HPA, RWX));
	GUEST(h->p, REF_W);
}

/* ---- S16 ---- */

/* Must not need anything where it meets somebody: then it took no table, allocated none and flushed nothing. */
static void fault_page_1(struct harness *h, struct tdp_op *op)
{
	const struct tdp_fault f = fault_at(h->p, h->p, h->p, RWX, TDP_WRITE);
	const struct referee_counts before = referee_counts(h->r);
	const unsigned tables = tdp_cache_count(op->cache);
	enum tdp_result r = tdp_fault(&h->tree, &f, op);

	add_up(h, r);
	if (r == TDP_BUSY || r == TDP_RACE) {
		sum.allocs += referee_counts(h->r).allocs - before.allocs;
		sum.tables += tables - tdp_cache_count(op->cache);
		sum.flushes += referee_counts(h->r).flushes - before.flushes;
	}
	SAME(op->changed != 0, r == TDP_OK);
}

static void zap_pages(struct harness *h)
{
	IS(TDP_OK, tdp_zap(&h->tree, 0, 2 * h->p, &h->op));
}

static void zap_table(struct harness *h)
{
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op));
}

static void split_by_zap(struct harness *h)
{
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->p, &h->op));
}

/* Whatever it was told, the next fault gets there. */
static void fault_again(struct harness *h)
{
	const struct tdp_fault f = fault_at(h->p, h->p, h->p, RWX, TDP_WRITE);

	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_fault(&h->tree, &f, &h->op));
	GUEST(h->p, REF_W);
	MAPPED(h->p, h->p, HPA + h->p, RWX);
}

static void check_faults(struct harness *h, const struct meanwhile *m)
{
	memset(&sum, 0, sizeof(sum));
	CHECK(meanwhile_each(h, m) > 3);
	CHECK(sum.busy > 0);
	SAME(sum.allocs + sum.tables + sum.flushes, 0);
}

SCENARIO(S16, fault_meets_a_frozen_leaf, .modes = IN_COMPANY)
{
	check_faults(h, &(struct meanwhile){plant_pages, zap_pages, fault_page_1, fault_again});
	CHECK(sum.ok > 0 && sum.same > 0);
}

/* The table that it is in has been unlinked, but not emptied. In small formats, for there are as many moments as entries. */
SCENARIO(S16, fault_meets_a_table_that_goes, .modes = SHARED, .with = FAKE)
{
	check_faults(h, &(struct meanwhile){plant_pages, zap_table, fault_page_1, fault_again});
	CHECK(sum.ok > 0 && sum.same > 0);
}

SCENARIO(S16, fault_meets_a_split, .modes = IN_COMPANY, .with = BREAK)
{
	check_faults(h, &(struct meanwhile){plant_huge, split_by_zap, fault_page_1, fault_again});
}

/* A collection that says that it is done has named what was written before it began, also where somebody was at work. */
static void collect_all(struct harness *h, struct tdp_op *op)
{
	struct names n;
	const enum tdp_result r = tdp_dirty_arm(&h->tree, 0, h->b, names_of(h, &n), op);

	add_up(h, r);
	CHECK(r < 0 || named(&n, 1));
	SAME(r == TDP_BUSY && op->next >= h->b, false);
}

static void check_split(struct harness *h)
{
	SAME(entry_at(h, h->p).level, 0);
	MAPPED(h->p, h->b - h->p, HPA + h->p, RWX);
}

SCENARIO(S16, collection_meets_a_split, .modes = IN_COMPANY, .with = BREAK, .without = LARGE)
{
	const struct meanwhile m = {plant_huge, split_by_zap, collect_all, check_split};

	memset(&sum, 0, sizeof(sum));
	CHECK(meanwhile_each(h, &m) > 3);
	CHECK(sum.busy > 0 && sum.ok > 0);
}

/* ---- S18 ---- */

/* The neighbour's fault believes that all of it is alike still. */
static void fault_page_2_as_huge(struct harness *h, struct tdp_op *op)
{
	const struct tdp_fault f = fault_at(2 * h->p, 0, h->b, RWX, TDP_WRITE);

	add_up(h, tdp_fault(&h->tree, &f, op));
}

static void page_1_read_only(struct harness *h)
{
	IS(TDP_OK, tdp_set_attrs(&h->tree, h->p, h->p, RO, TDP_MASK_PROT, &h->op));
}

static void check_page_1(struct harness *h, struct tdp_attrs attrs)
{
	MAPPED(h->p, h->p, HPA + h->p, attrs);
	MAPPED(2 * h->p, h->p, HPA + 2 * h->p, RWX);
	SAME(entry_at(h, h->p).level, 0);
	GUEST(2 * h->p, REF_W);
	GUEST(h->p, REF_R);
}

static void check_read_only(struct harness *h)
{
	check_page_1(h, RO);
	GUEST_FAULTS(h->p, REF_W);
}

static void page_1_uncached(struct harness *h)
{
	IS(TDP_OK, tdp_set_attrs(&h->tree, h->p, h->p, UC, TDP_MASK_MEMTYPE, &h->op));
}

static void check_uncached(struct harness *h)
{
	check_page_1(h, (struct tdp_attrs){TDP_RWX, TDP_MT_UC, 0, 0});
}

SCENARIO(S18, neighbour_faults_while_attributes_change, .modes = IN_COMPANY)
{
	const struct meanwhile m[] = {
		{plant_huge, page_1_read_only, fault_page_2_as_huge, check_read_only},
		{plant_huge, page_1_uncached, fault_page_2_as_huge, check_uncached},
	};

	for (unsigned i = 0; i < 2; i++)
		CHECK(meanwhile_each(h, &m[i]) > 3);
}

/* In an exclusive tree one comes after the other. */
SCENARIO(S18, neighbour_faults_after_attributes_changed)
{
	struct tdp_op op = {.cache = h->cache};

	plant_huge(h);
	page_1_read_only(h);
	fault_page_2_as_huge(h, &op);
	check_read_only(h);
	page_1_uncached(h);
	fault_page_2_as_huge(h, &op);
	check_page_1(h, (struct tdp_attrs){TDP_R, TDP_MT_UC, 0, 0});
}

/* Nothing is there: the page with its own attributes appears while the neighbour maps all of it as one leaf. */
static enum tdp_result page_1_came;

static void nothing_there(struct harness *h)
{
	IS(TDP_OK, map_at(h, 0, h->b, h->p, HPA + h->b, RWX)); /* upper tables only */
}

static void map_page_1_read_only(struct harness *h, struct tdp_op *op)
{
	page_1_came = tdp_map(&h->tree, h->p, h->p, HPA + h->p, RO, op);
}

static void fault_huge(struct harness *h)
{
	const struct tdp_fault f = fault_at(2 * h->p, 0, h->b, RWX, TDP_WRITE);
	enum tdp_result r;

	page_1_came = TDP_SPURIOUS;
	harness_before(h, "the neighbour's fault");
	r = tdp_fault(&h->tree, &f, &h->op);
	harness_after(h, __LINE__, r == TDP_BUSY ? TDP_BUSY : r == TDP_RACE ? TDP_RACE : TDP_OK, r, "the neighbour's fault");
	if (r != TDP_OK)
		IS(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
}

static void check_who_came_first(struct harness *h)
{
	if (page_1_came == TDP_OK) {
		check_read_only(h);
		sum.ok++;
		return;
	}
	CHECK(page_1_came == TDP_EXISTS || page_1_came == TDP_BUSY || page_1_came == TDP_SPURIOUS);
	SAME(entry_at(h, h->p).level, 1);
	MAPPED(0, h->b, HPA, RWX);
}

SCENARIO(S18, page_of_its_own_appears_under_a_huge_fault, .modes = IN_COMPANY)
{
	const struct meanwhile m = {nothing_there, fault_huge, map_page_1_read_only, check_who_came_first};

	memset(&sum, 0, sizeof(sum));
	CHECK(meanwhile_each(h, &m) > 2);
	CHECK(sum.ok > 0);
}

/* The pages of one table are alike, until one of them is not, while they become a huge leaf; or the other way round. */
static void plant_table(struct harness *h)
{
	IS(TDP_OK, map_at(h, 0, 0, h->b, HPA, RWX));
}

static void promote_table(struct harness *h)
{
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_promote(&h->tree, 0, h->b, 1, NULL, NULL, &h->op));
}

static enum tdp_result narrowed;

static void narrow_page_1(struct harness *h, struct tdp_op *op)
{
	narrowed = tdp_set_attrs(&h->tree, h->p, h->p, RO, TDP_MASK_PROT, op);
	CHECK(narrowed == TDP_OK || narrowed == TDP_BUSY);
}

static void narrow_first(struct harness *h)
{
	harness_before(h, "set_attrs");
	narrowed = tdp_set_attrs(&h->tree, h->p, h->p, RO, TDP_MASK_PROT, &h->op);
	harness_after(h, __LINE__, narrowed == TDP_BUSY ? TDP_BUSY : TDP_OK, narrowed, "set_attrs");
}

static void promote_too(struct harness *h, struct tdp_op *op)
{
	add_up(h, tdp_promote(&h->tree, 0, h->b, 1, NULL, NULL, op));
}

static void check_narrowed(struct harness *h)
{
	if (narrowed != TDP_OK)
		page_1_read_only(h);
	check_read_only(h);
	narrowed = TDP_BUSY;
}

/* In small formats, for there are as many moments as entries. */
SCENARIO(S18, attributes_change_under_a_promotion, .modes = SHARED, .with = FAKE)
{
	const struct meanwhile m[] = {
		{plant_table, promote_table, narrow_page_1, check_narrowed},
		{plant_table, narrow_first, promote_too, check_narrowed},
	};

	narrowed = TDP_BUSY;
	for (unsigned i = 0; i < 2; i++)
		CHECK(meanwhile_each(h, &m[i]) > 3);
}

/* One after the other: the region is refused, with a backing that has not heard of the page, too. */
static bool old_news(void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out)
{
	(void)arg;
	*out = (struct tdp_backing){.hpa = HPA + gpa, .size = size, .attrs = RWX};
	return true;
}

SCENARIO(S18, attributes_changed_before_a_promotion)
{
	plant_table(h);
	page_1_read_only(h);
	IS(TDP_SPURIOUS, promote(h, 0, h->b, 1, NULL, NULL));
	IS(TDP_SPURIOUS, promote(h, 0, h->b, 1, old_news, NULL));
	check_read_only(h);
	page_1_uncached(h);
	IS(TDP_SPURIOUS, promote(h, 0, h->b, 1, old_news, NULL));
	check_page_1(h, (struct tdp_attrs){TDP_R, TDP_MT_UC, 0, 0});
}
