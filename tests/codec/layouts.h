/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the codec tests share: layouts of every format, and a check that is silent until it fails (an assertion of Criterion's reports
 * each success too, which is slow in loops over all attributes).
 */
#ifndef TDPMMU_TESTS_CODEC_LAYOUTS_H
#define TDPMMU_TESTS_CODEC_LAYOUTS_H

#include <criterion/criterion.h>
#include <inttypes.h>
#include <tdpmmu/format_def.h>

#define CHECK(condition, ...)                                                                                                      \
	do {                                                                                                                       \
		if (!(condition))                                                                                                  \
			cr_assert_fail(__VA_ARGS__);                                                                               \
	} while (0)
#define CHECK_EQ(actual, expected, ...)                                                                                            \
	do {                                                                                                                       \
		uint64_t actual_ = (uint64_t)(actual), expected_ = (uint64_t)(expected);                                           \
		if (actual_ != expected_) {                                                                                        \
			cr_log_error("%s is 0x%" PRIx64 ", not 0x%" PRIx64, #actual, actual_, expected_);                          \
			cr_assert_fail(__VA_ARGS__);                                                                               \
		}                                                                                                                  \
	} while (0)

/* A layout with a name for messages. */
struct test_layout {
	const char *name;
	struct tdp_layout layout;
};

enum { TEST_LAYOUTS = 28 };

/* Layouts of every format, with few and with many features. */
void test_layouts(struct test_layout out[TEST_LAYOUTS]);

/* A machine that can do everything, with host addresses of 46 bits; 52 for the layouts of formats that can say so. */
struct tdp_caps test_caps(void);

/* One of Arm's? */
bool test_is_s2(const struct tdp_format *format);

/* A layout that must exist, on a machine with exactly these features. */
struct tdp_layout test_layout(const struct tdp_format *format, unsigned gpa_bits, unsigned features);

/* tdp_encode_leaf() that must succeed. */
tdp_spte_t test_leaf(const struct tdp_layout *layout, unsigned level, tdp_hpa_t hpa, struct tdp_attrs attrs);

/* tdp_decode() by value. */
struct tdp_entry test_decode(const struct tdp_layout *layout, enum tdp_origin origin, unsigned level, tdp_spte_t raw);

#endif
