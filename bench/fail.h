/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A benchmark whose result is wrong has no time worth printing: say why and end.
 */
#ifndef TDPMMU_BENCH_FAIL_H
#define TDPMMU_BENCH_FAIL_H

__attribute__((noreturn, cold, format(printf, 1, 2))) void bench_fail(const char *format, ...);

/* End the program unless a check holds. */
#define bench_check(condition, ...)                                                                                                \
	do {                                                                                                                       \
		if (__builtin_expect(!(condition), 0))                                                                             \
			bench_fail(__VA_ARGS__);                                                                                   \
	} while (0)

#endif
