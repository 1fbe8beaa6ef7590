/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walks and look-ups of dumps: what is visited, in which order, and what the visitor's answers do.
 */
#include "dump.h"

#include "fake.h"

/* What a visitor saw, and what it answers at one of its calls. */
struct log {
	struct tdp_visit visits[64];
	unsigned n;
	unsigned answer_at; /* this call, counted from 1, gets the answer; all others TDP_GO */
	enum tdp_verdict answer;
	tdp_spte_t *poke; /* written, with value, before that answer */
	tdp_spte_t value;
};

static enum tdp_verdict record(void *arg, struct tdp_visit *visit)
{
	struct log *log = arg;

	CHECK(log->n < 64, "too many visits");
	log->visits[log->n++] = *visit;
	if (log->n != log->answer_at)
		return TDP_GO;
	if (log->poke)
		*log->poke = log->value;
	return log->answer;
}

/* A visit that is expected. */
struct want {
	unsigned when, kind, level;
	tdp_gpa_t gpa;
	tdp_hpa_t hpa, entry_hpa;
};

static void check_log(const struct log *log, const struct want *want, unsigned n)
{
	for (unsigned i = 0; i < n && i < log->n; i++) {
		const struct tdp_visit *v = &log->visits[i];

		CHECK_EQ(v->when, want[i].when, "visit %u", i);
		CHECK_EQ(v->entry.kind, want[i].kind, "visit %u", i);
		CHECK_EQ(v->entry.level, want[i].level, "visit %u", i);
		CHECK_EQ(v->gpa, want[i].gpa, "visit %u", i);
		CHECK_EQ(v->entry.hpa, want[i].hpa, "visit %u", i);
		CHECK_EQ(v->entry_hpa, want[i].entry_hpa, "visit %u", i);
	}
	CHECK_EQ(log->n, n, "visits");
}

enum {
	ALL = TDP_VISIT_LEAF | TDP_VISIT_TABLE_PRE | TDP_VISIT_TABLE_POST | TDP_VISIT_HOLE | TDP_VISIT_BAD,
	NO_HOLES = ALL & ~TDP_VISIT_HOLE,
};

/*
 * An EPT of four levels: page 0 is the root, 1 its L2 table, 2 an L1 table with a 2M leaf at index 1, 3 an L0 table with pages at 0 and
 * 511; a leaf of 1G at index 2 of page 1; an impossible entry (write only) at index 3 of it.
 */
static struct tdp_view small_ept(struct dump *d)
{
	memset(d, 0, sizeof(*d));
	d->mem[0][0] = dump_hpa(1) | 0x107;
	d->mem[1][0] = dump_hpa(2) | 0x107;
	d->mem[1][2] = 0x400001b7;
	d->mem[1][3] = 0x12345132;
	d->mem[2][0] = dump_hpa(3) | 0x107;
	d->mem[2][1] = 0x402001b7;
	d->mem[3][0] = 0x12345137;
	d->mem[3][511] = 0x12346137;
	return dump_view(d, test_layout(&tdp_ept, 48, TDP_CAP_HW_A | TDP_CAP_HW_D));
}

static const struct want whole_ept[] = {
	{TDP_VISIT_TABLE_PRE, TDP_TABLE, 3, 0, 0x101000, 0x100000},
	{TDP_VISIT_TABLE_PRE, TDP_TABLE, 2, 0, 0x102000, 0x101000},
	{TDP_VISIT_TABLE_PRE, TDP_TABLE, 1, 0, 0x103000, 0x102000},
	{TDP_VISIT_LEAF, TDP_LEAF, 0, 0, 0x12345000, 0x103000},
	{TDP_VISIT_LEAF, TDP_LEAF, 0, 0x1ff000, 0x12346000, 0x103ff8},
	{TDP_VISIT_TABLE_POST, TDP_TABLE, 1, 0, 0x103000, 0x102000},
	{TDP_VISIT_LEAF, TDP_LEAF, 1, 0x200000, 0x40200000, 0x102008},
	{TDP_VISIT_TABLE_POST, TDP_TABLE, 2, 0, 0x102000, 0x101000},
	{TDP_VISIT_LEAF, TDP_LEAF, 2, 0x80000000, 0x40000000, 0x101010},
	{TDP_VISIT_BAD, TDP_RESERVED, 2, 0xc0000000, 0, 0x101018},
	{TDP_VISIT_TABLE_POST, TDP_TABLE, 3, 0, 0x101000, 0x100000},
};

Test(view, whole_space)
{
	static struct dump d;
	struct tdp_view view = small_ept(&d);
	struct log log = {.n = 0};

	CHECK_EQ(tdp_view_walk(&view, 0, UINT64_C(1) << 48, NO_HOLES, record, &log), TDP_OK, "walk");
	check_log(&log, whole_ept, 11);
	CHECK_EQ(log.visits[9].entry.why, TDP_WHY_PERMISSION, "why");
	/* 8 chunks of each of 4 tables, and once more each parent's chunk on the way back. */
	CHECK_EQ(d.reads, 4 * 8 + 3, "reads");
}

/* A machine without accessed and dirty flags: by its EPTP, the same tree; a leaf that is closed to be aged is not there for hardware. */
Test(view, without_accessed_and_dirty)
{
	static struct dump d;
	struct tdp_view view = small_ept(&d);
	const struct tdp_regs regs = {.base = DUMP_BASE | 0x1e};
	struct log log = {.n = 0};

	CHECK_EQ(tdp_layout_from_regs(&view.layout, &tdp_ept_noad, &regs, &view.root), TDP_OK, "EPTP");
	CHECK_EQ(view.root, DUMP_BASE, "root");
	CHECK_EQ(tdp_view_walk(&view, 0, UINT64_C(1) << 48, NO_HOLES, record, &log), TDP_OK, "walk");
	check_log(&log, whole_ept, 11);
	log.n = 0;
	d.mem[3][0] = 0x80f0000012345a30;
	CHECK_EQ(tdp_view_walk(&view, 0, 0x1000, TDP_VISIT_LEAF | TDP_VISIT_HOLE, record, &log), TDP_OK, "tracked");
	CHECK_EQ(log.n, 1, "visits");
	CHECK_EQ(log.visits[0].entry.kind, TDP_EMPTY, "kind");
}

/* Entries that stick out of the range are visited with their own start. */
Test(view, part_of_the_space)
{
	static struct dump d;
	struct tdp_view view = small_ept(&d);
	struct log log = {.n = 0};
	const struct want want[] = {
		{TDP_VISIT_TABLE_PRE, TDP_TABLE, 3, 0, 0x101000, 0x100000},
		{TDP_VISIT_TABLE_PRE, TDP_TABLE, 2, 0, 0x102000, 0x101000},
		{TDP_VISIT_TABLE_PRE, TDP_TABLE, 1, 0, 0x103000, 0x102000},
		{TDP_VISIT_HOLE, TDP_EMPTY, 0, 0x1fe000, 0, 0x103ff0},
		{TDP_VISIT_LEAF, TDP_LEAF, 0, 0x1ff000, 0x12346000, 0x103ff8},
		{TDP_VISIT_TABLE_POST, TDP_TABLE, 1, 0, 0x103000, 0x102000},
		{TDP_VISIT_LEAF, TDP_LEAF, 1, 0x200000, 0x40200000, 0x102008},
		{TDP_VISIT_TABLE_POST, TDP_TABLE, 2, 0, 0x102000, 0x101000},
		{TDP_VISIT_TABLE_POST, TDP_TABLE, 3, 0, 0x101000, 0x100000},
	};

	CHECK_EQ(tdp_view_walk(&view, 0x1fe000, 0x3000, ALL, record, &log), TDP_OK, "walk");
	check_log(&log, want, 9);
	log.n = 0;
	CHECK_EQ(tdp_view_walk(&view, 0xbffff000, 0x1000, TDP_VISIT_LEAF, record, &log), TDP_OK, "walk");
	check_log(&log, &whole_ept[8], 1);
	log.n = 0;
	CHECK_EQ(tdp_view_walk(&view, 0xfffffffff000, 0x1000, TDP_VISIT_HOLE, record, &log), TDP_OK, "the last page");
	CHECK_EQ(log.n, 1, "visits");
	CHECK_EQ(log.visits[0].gpa, 0xff8000000000, "a hole of level 3");
}

Test(view, skip_and_stop)
{
	static struct dump d;
	struct tdp_view view = small_ept(&d);
	struct log log = {.answer_at = 2, .answer = TDP_SKIP};
	struct want want[] = {whole_ept[0], whole_ept[1], whole_ept[8], whole_ept[9], whole_ept[10]};

	CHECK_EQ(tdp_view_walk(&view, 0, UINT64_C(1) << 48, NO_HOLES, record, &log), TDP_OK, "skip a table");
	check_log(&log, want, 5);
	for (unsigned at = 1; at <= 11; at++) {
		log = (struct log){.answer_at = at, .answer = TDP_STOP};
		CHECK_EQ((unsigned)-tdp_view_walk(&view, 0, UINT64_C(1) << 48, NO_HOLES, record, &log), (unsigned)-TDP_STOPPED,
			 "call %u", at);
		check_log(&log, whole_ept, at);
	}
}

/* TDP_AGAIN reads the entry afresh, from before and from after its table. */
Test(view, again)
{
	static struct dump d;
	struct tdp_view view = small_ept(&d);
	struct log log = {.answer_at = 4, .answer = TDP_AGAIN, .poke = &d.mem[3][0], .value = 0x7777137};

	CHECK_EQ(tdp_view_walk(&view, 0, 0x1000, TDP_VISIT_LEAF | TDP_VISIT_TABLE_PRE, record, &log), TDP_OK, "a leaf");
	CHECK_EQ(log.n, 5, "visits");
	CHECK_EQ(log.visits[4].entry.hpa, 0x7777000, "the new value");

	view = small_ept(&d);
	log = (struct log){.answer_at = 3, .answer = TDP_AGAIN, .poke = &d.mem[2][0], .value = 0x600001b7};
	CHECK_EQ(tdp_view_walk(&view, 0x1000, 0x1ff000, NO_HOLES, record, &log), TDP_OK, "a table, before");
	CHECK_EQ(log.visits[3].entry.kind, TDP_LEAF, "is a leaf now");
	CHECK_EQ(log.visits[3].entry.hpa, 0x60000000, "is a leaf now");
	CHECK_EQ(log.visits[4].when, TDP_VISIT_TABLE_POST, "and the walk goes on");
	CHECK_EQ(log.n, 6, "visits");

	view = small_ept(&d);
	log = (struct log){.answer_at = 5, .answer = TDP_AGAIN, .poke = &d.mem[2][0], .value = 0x600001b7};
	CHECK_EQ(tdp_view_walk(&view, 0x1000, 0x1ff000, NO_HOLES, record, &log), TDP_OK, "a table, after");
	CHECK_EQ(log.visits[4].when, TDP_VISIT_TABLE_POST, "after");
	CHECK_EQ(log.visits[4].entry.level, 1, "after");
	CHECK_EQ(log.visits[5].entry.kind, TDP_LEAF, "is a leaf now");
	CHECK_EQ(log.visits[5].gpa, 0, "with its own start");
	CHECK_EQ(log.n, 8, "visits");

	view = small_ept(&d);
	log = (struct log){.answer_at = 3, .answer = TDP_AGAIN};
	CHECK_EQ(tdp_view_walk(&view, 0x1fe000, 0x2000, TDP_VISIT_HOLE | TDP_VISIT_LEAF | TDP_VISIT_TABLE_POST, record, &log),
		 TDP_OK, "a table, after, unchanged");
	CHECK_EQ(log.visits[3].gpa, 0x1fe000, "from the start of the range, not of the table");
	CHECK_EQ(log.n, 8, "visits");
}

Test(view, unreadable)
{
	static struct dump d;
	struct tdp_view view = small_ept(&d);
	struct log log = {.n = 0};
	struct tdp_entry e;
	const struct want table[] = {{TDP_VISIT_BAD, TDP_UNREADABLE, 1, 0, 0x103000, 0x102000},
				     {TDP_VISIT_BAD, TDP_RESERVED, 2, 0xc0000000, 0, 0x101018}};
	const struct want root = {TDP_VISIT_BAD, TDP_UNREADABLE, 4, 0, 0x100000, 0};

	d.missing[3] = true;
	CHECK_EQ(tdp_view_walk(&view, 0, UINT64_C(1) << 48, TDP_VISIT_BAD, record, &log), TDP_OK, "a table");
	check_log(&log, table, 2);
	CHECK_EQ(log.visits[0].entry.raw, 0x103107, "the entry that points to it");
	CHECK_EQ(log.visits[0].entry.size, 0x200000, "what it would map");
	CHECK_EQ((unsigned)-tdp_view_lookup(&view, 0x1ff123, &e), (unsigned)-TDP_ABSENT, "lookup");
	CHECK_EQ(e.kind, TDP_UNREADABLE, "lookup");
	CHECK_EQ(e.hpa, 0x103000, "lookup");
	CHECK_EQ(e.raw, 0x103107, "lookup");

	d.missing[0] = true;
	log.n = 0;
	CHECK_EQ(tdp_view_walk(&view, 0, UINT64_C(1) << 48, ALL, record, &log), TDP_OK, "the root");
	check_log(&log, &root, 1);
	CHECK_EQ((unsigned)-tdp_view_lookup(&view, 0, &e), (unsigned)-TDP_ABSENT, "lookup");
	CHECK_EQ(e.kind, TDP_UNREADABLE, "lookup");
	CHECK_EQ(e.level, 4, "lookup");
}

/* Two root tables in a row, the second one not in the dump. */
Test(view, concatenated_root)
{
	static struct dump d;
	struct tdp_view view = dump_view(&d, test_layout(&tdp_s2_4k, 40, 0));
	struct log log = {.n = 0};
	struct tdp_entry e;
	const struct want want[] = {{TDP_VISIT_LEAF, TDP_LEAF, 2, 0x7fc0000000, 0x40000000, 0x100ff8},
				    {TDP_VISIT_LEAF, TDP_LEAF, 2, 0x8000000000, 0x80000000, 0x101000}};

	d.mem[0][511] = 0x4000077d;
	d.mem[1][0] = 0x8000077d;
	CHECK_EQ(tdp_view_walk(&view, 0, UINT64_C(1) << 40, NO_HOLES, record, &log), TDP_OK, "both");
	check_log(&log, want, 2);
	CHECK_EQ(tdp_view_lookup(&view, 0x8012345678, &e), TDP_OK, "lookup");
	CHECK_EQ(e.hpa, 0x80000000, "lookup");
	d.missing[1] = true;
	log.n = 0;
	CHECK_EQ(tdp_view_walk(&view, 0, UINT64_C(1) << 40, NO_HOLES, record, &log), TDP_OK, "one");
	CHECK_EQ(log.n, 2, "visits");
	CHECK_EQ(log.visits[1].entry.kind, TDP_UNREADABLE, "the second");
	CHECK_EQ(log.visits[1].entry.hpa, 0x101000, "the second");
	CHECK_EQ(log.visits[1].gpa, 0x8000000000, "the second");
	CHECK_EQ((unsigned)-tdp_view_lookup(&view, 0x8000000000, &e), (unsigned)-TDP_ABSENT, "lookup");
	CHECK_EQ(e.hpa, 0x101000, "lookup");
}

/* A table that points to itself ends by level; max_tables ends it earlier. */
Test(view, loops_and_limits)
{
	static struct dump d;
	struct tdp_view view = dump_view(&d, test_layout(&tdp_ept, 57, TDP_CAP_HW_A | TDP_CAP_HW_D));
	struct log log = {.n = 0};
	const unsigned when = TDP_VISIT_TABLE_PRE | TDP_VISIT_LEAF | TDP_VISIT_BAD;

	d.mem[0][0] = DUMP_BASE | 0x107;
	CHECK_EQ(tdp_view_walk(&view, 0, UINT64_C(1) << 57, when, record, &log), TDP_OK, "loop");
	CHECK_EQ(log.n, 5, "four tables below the root, then an entry that is no leaf of level 0");
	CHECK_EQ(log.visits[4].entry.level, 0, "the end");
	for (view.max_tables = 1; view.max_tables <= 4; view.max_tables++) {
		log.n = 0;
		CHECK_EQ((unsigned)-tdp_view_walk(&view, 0, UINT64_C(1) << 57, when, record, &log), (unsigned)-TDP_STOPPED,
			 "limit %" PRIu64, view.max_tables);
		CHECK_EQ(log.n, view.max_tables, "limit");
	}
	log.n = 0;
	CHECK_EQ(tdp_view_walk(&view, 0, UINT64_C(1) << 57, when, record, &log), TDP_OK, "as many as there are");
}

/* Short tables: no read leaves its 32 bytes. */
Test(view, short_tables)
{
	static struct dump d;
	struct tdp_layout lay = test_layout(&tdp_fake_o, 20, 0);
	struct tdp_view view = dump_view(&d, lay);
	struct log log = {.n = 0};
	const struct want want[] = {{TDP_VISIT_LEAF, TDP_LEAF, 0, 0x8c000, 0x12345000, 0x103000},
				    {TDP_VISIT_LEAF, TDP_LEAF, 1, 0x90000, 0x12344000, 0x104000}};

	d.mem[0][2] = (dump_hpa(1) | 0x107) << 9;
	d.mem[1][0] = (dump_hpa(2) | 0x107) << 6;
	d.mem[1][1] = (dump_hpa(4) | 0x107) << 6;
	d.mem[2][3] = (dump_hpa(3) | 0x107) << 3;
	d.mem[3][0] = 0x12345107;
	d.mem[4][0] = UINT64_C(0x12344187) << 3;
	CHECK_EQ(tdp_view_walk(&view, 0, 0x100000, TDP_VISIT_LEAF, record, &log), TDP_OK, "walk");
	check_log(&log, want, 2);
}
