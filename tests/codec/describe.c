/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries in words, and that no buffer is ever overrun.
 */
#include "layouts.h"

#include <string.h>

static const struct {
	struct tdp_entry entry;
	const char *text;
} lines[] = {
	{{.kind = TDP_LEAF,
	  .hpa = 0x40200000,
	  .size = 0x200000,
	  .attrs = {TDP_RWX, TDP_MT_WB, 0, 0},
	  .live = TDP_RWX,
	  .accessed = 1,
	  .dirty = 1,
	  .state = TDP_STATE_MMU_WRITABLE},
	 "leaf 2M 0x40200000 rwx WB A D"},
	{{.kind = TDP_LEAF,
	  .hpa = 0x1000,
	  .size = 0x1000,
	  .attrs = {TDP_RW, TDP_MT_UC, TDP_ATTR_FORCE_MT | TDP_ATTR_SUPERVISOR | TDP_ATTR_VE, 15},
	  .live = TDP_R,
	  .state = TDP_STATE_WRITTEN},
	 "leaf 4K 0x1000 rw- now=r-- UC force super ve sw=15 written protected"},
	{{.kind = TDP_LEAF,
	  .hpa = 0,
	  .size = 0x40000000,
	  .attrs = {TDP_R | TDP_XS, TDP_MT_DEVICE_STRICT, 0, 0},
	  .live = 0,
	  .state = TDP_STATE_TRACKED},
	 "leaf 1G 0x0 r-s now=--- DEV tracked"},
	{{.kind = TDP_LEAF, .size = 0x4000, .attrs = {TDP_XU, TDP_MT_STAGE1, 0, 0}, .live = TDP_XU}, "leaf 16K 0x0 --u S1"},
	{{.kind = TDP_LEAF, .size = 0x1000, .attrs = {TDP_R, 100, 0, 0}, .live = TDP_R}, "leaf 4K 0x0 r-- ?"},
	{{.kind = TDP_TABLE, .hpa = 0xfedcba9876543000, .size = 0x8000000000, .accessed = 1}, "table 512G 0xfedcba9876543000 A"},
	{{.kind = TDP_TABLE, .hpa = 0x1000, .size = 0x40000000}, "table 1G 0x1000"},
	{{.kind = TDP_EMPTY, .size = 0x1000000000000}, "empty 256T"},
	{{.kind = TDP_NOTE, .size = 0x1000, .note = 0x7fffffffffffff}, "note 4K 0x7fffffffffffff"},
	{{.kind = TDP_FROZEN, .size = 0x1000}, "frozen 4K"},
	{{.kind = TDP_FROZEN, .size = 0x1000, .state = TDP_STATE_DEAD}, "frozen 4K dead"},
	{{.kind = TDP_RESERVED, .size = 0x1000, .raw = 0x12345132, .why = TDP_WHY_PERMISSION},
	 "reserved 4K 0x12345132: bad permission"},
	{{.kind = TDP_RESERVED, .size = 0, .raw = 1, .why = TDP_WHY_LEVEL}, "reserved 0 0x1: bad level"},
	{{.kind = TDP_RESERVED, .size = 1, .raw = 1, .why = 99}, "reserved 1 0x1: bad ?"},
	{{.kind = TDP_UNREADABLE, .size = 0x200000}, "unreadable 2M"},
	{{.kind = 99, .size = 0x1001}, "? 4097"},
	{{.kind = TDP_EMPTY, .size = UINT64_MAX}, "empty 18446744073709551615"},
	{{.kind = TDP_EMPTY, .size = UINT64_C(1) << 63}, "empty 8E"},
};

enum { LINES = sizeof(lines) / sizeof(lines[0]) };

Test(describe, lines)
{
	for (unsigned i = 0; i < LINES; i++) {
		char buf[128];

		CHECK_EQ(tdp_describe(&lines[i].entry, buf, sizeof(buf)), strlen(lines[i].text), "%s", lines[i].text);
		cr_assert_str_eq(buf, lines[i].text);
	}
}

/* At every length: the start of the text, terminated, and not a byte more. */
Test(describe, every_buffer_length)
{
	for (unsigned i = 0; i < LINES; i++) {
		const size_t whole = strlen(lines[i].text);

		for (size_t len = 0; len <= whole + 2; len++) {
			const size_t fits = len == 0 ? 0 : len - 1 < whole ? len - 1 : whole;
			char buf[128];

			memset(buf, 0x7e, sizeof(buf));
			CHECK_EQ(tdp_describe(&lines[i].entry, buf, len), whole, "%s, %zu bytes", lines[i].text, len);
			CHECK(memcmp(buf, lines[i].text, fits) == 0, "%s, %zu bytes", lines[i].text, len);
			CHECK_EQ(buf[fits], len == 0 ? 0x7e : 0, "%s, %zu bytes", lines[i].text, len);
			for (size_t at = len; at < sizeof(buf); at++)
				CHECK_EQ(buf[at], 0x7e, "%s, %zu bytes: overrun", lines[i].text, len);
		}
	}
	CHECK_EQ(tdp_describe(&lines[0].entry, NULL, 0), strlen(lines[0].text), "no buffer at all");
}

Test(describe, from_a_real_entry)
{
	struct tdp_layout lay = test_layout(&tdp_ept, 48, TDP_CAP_HW_A | TDP_CAP_HW_D);
	struct tdp_entry entry = test_decode(&lay, TDP_OURS, 1, 0x80a0000040200bb7);
	char buf[64];

	CHECK(tdp_describe(&entry, buf, sizeof(buf)) < sizeof(buf), "fits");
	cr_assert_str_eq(buf, "leaf 2M 0x40200000 rwx WB A D");
}
