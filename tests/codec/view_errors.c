/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What views refuse, and what a look-up says of every kind of entry.
 */
#include "dump.h"

static enum tdp_verdict never(void *arg, struct tdp_visit *visit)
{
	(void)arg;
	(void)visit;
	cr_assert_fail("visited although refused");
	return TDP_STOP;
}

#define REFUSED(call, why) CHECK_EQ((unsigned)-(call), (unsigned)-(why), #call)

Test(view_errors, walk)
{
	static struct dump d;
	struct tdp_view zero = {0}, view = dump_view(&d, test_layout(&tdp_s2_4k, 40, 0));
	const uint64_t end = UINT64_C(1) << 40;

	REFUSED(tdp_view_walk(NULL, 0, 0x1000, TDP_VISIT_LEAF, never, NULL), TDP_INVALID);
	REFUSED(tdp_view_walk(&zero, 0, 0x1000, TDP_VISIT_LEAF, never, NULL), TDP_INVALID);
	REFUSED(tdp_view_walk(&view, 0, 0x1000, TDP_VISIT_LEAF, NULL, NULL), TDP_INVALID);
	REFUSED(tdp_view_walk(&view, 0, 0x1000, 0, never, NULL), TDP_INVALID);
	REFUSED(tdp_view_walk(&view, 0, 0x1000, 32, never, NULL), TDP_INVALID);
	REFUSED(tdp_view_walk(&view, 0, 0, TDP_VISIT_LEAF, never, NULL), TDP_INVALID);
	REFUSED(tdp_view_walk(&view, 0x800, 0x1000, TDP_VISIT_LEAF, never, NULL), TDP_INVALID);
	REFUSED(tdp_view_walk(&view, 0, 0x1800, TDP_VISIT_LEAF, never, NULL), TDP_INVALID);
	REFUSED(tdp_view_walk(&view, end, 0x1000, TDP_VISIT_LEAF, never, NULL), TDP_RANGE);
	REFUSED(tdp_view_walk(&view, end - 0x1000, 0x2000, TDP_VISIT_LEAF, never, NULL), TDP_RANGE);
	REFUSED(tdp_view_walk(&view, 0x1000, UINT64_C(0) - 0x1000, TDP_VISIT_LEAF, never, NULL), TDP_RANGE);
	REFUSED(tdp_view_walk(&view, UINT64_C(0) - 0x1000, 0x2000, TDP_VISIT_LEAF, never, NULL), TDP_RANGE);
	CHECK_EQ(d.reads, 0, "read although refused");
	CHECK_EQ(tdp_view_walk(&view, end - 0x1000, 0x1000, TDP_VISIT_LEAF, never, NULL), TDP_OK, "the last page");
	view.layout.gpa_or = 1;
	REFUSED(tdp_view_walk(&view, 0, 0x1000, TDP_VISIT_LEAF, never, NULL), TDP_INVALID);
	view.layout.gpa_or = 0;
	view.read = NULL;
	REFUSED(tdp_view_walk(&view, 0, 0x1000, TDP_VISIT_LEAF, never, NULL), TDP_INVALID);
}

Test(view_errors, lookup)
{
	static struct dump d;
	struct tdp_view zero = {0}, view = dump_view(&d, test_layout(&tdp_ept, 40, TDP_CAP_HW_A | TDP_CAP_HW_D));
	struct tdp_entry e;

	REFUSED(tdp_view_lookup(NULL, 0, &e), TDP_INVALID);
	REFUSED(tdp_view_lookup(&zero, 0, &e), TDP_INVALID);
	REFUSED(tdp_view_lookup(&view, 0, NULL), TDP_INVALID);
	REFUSED(tdp_view_lookup(&view, UINT64_C(1) << 40, &e), TDP_RANGE);
	CHECK_EQ(d.reads, 0, "read although refused");

	d.mem[0][0] = dump_hpa(1) | 0x107;
	d.mem[1][1] = 0x400001b7;
	d.mem[1][2] = 0x12345132;
	d.mem[1][3] = 0x8000000000000000;
	CHECK_EQ(tdp_view_lookup(&view, 0x40000123, &e), TDP_OK, "a leaf, at an odd address");
	CHECK_EQ(e.kind, TDP_LEAF, "a leaf");
	CHECK_EQ(e.hpa, 0x40000000, "a leaf");
	CHECK_EQ(e.level, 2, "a leaf");
	CHECK_EQ(d.reads, 2, "one read per level");
	REFUSED(tdp_view_lookup(&view, 0x80000000, &e), TDP_ABSENT);
	CHECK_EQ(e.kind, TDP_RESERVED, "a reserved entry");
	CHECK_EQ(e.why, TDP_WHY_PERMISSION, "a reserved entry");
	REFUSED(tdp_view_lookup(&view, 0xc0000000, &e), TDP_ABSENT);
	CHECK_EQ(e.kind, TDP_EMPTY, "an empty entry");
	REFUSED(tdp_view_lookup(&view, UINT64_C(1) << 39, &e), TDP_ABSENT);
	CHECK_EQ(e.kind, TDP_EMPTY, "an empty entry of the root");
	CHECK_EQ(e.level, 3, "an empty entry of the root");
	view.read = NULL;
	REFUSED(tdp_view_lookup(&view, 0, &e), TDP_INVALID);
}
