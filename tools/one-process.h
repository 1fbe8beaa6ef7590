/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As much of Criterion as tests/codec uses, in one process: the first failure ends it with status 1. For tools/mutate-formats, which runs
 * these tests a thousand times and wants to know only whether they pass. Criterion starts a process for each test, and takes twenty times
 * as long.
 */
#ifndef TDPMMU_TOOLS_ONE_PROCESS_H
#define TDPMMU_TOOLS_ONE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A test, in a list that is made before main() starts. */
struct one_test {
	void (*run)(void);
	struct one_test *next;
};

/* In every file that includes this; one of each is linked. */
__attribute__((weak)) struct one_test *one_tests;
__attribute__((weak)) int main(void)
{
	const struct one_test *test = one_tests;

	if (!test)
		return 1;
	for (; test; test = test->next)
		test->run();
	return 0;
}

#define Test(suite, name)                                                                                                          \
	static void suite##_##name(void);                                                                                          \
	__attribute__((constructor)) static void suite##_##name##_listed(void)                                                     \
	{                                                                                                                          \
		static struct one_test self = {.run = suite##_##name};                                                             \
                                                                                                                                   \
		self.next = one_tests;                                                                                             \
		one_tests = &self;                                                                                                 \
	}                                                                                                                          \
	static void suite##_##name(void)
#define cr_log_error(...)		 ((void)0)
#define cr_assert_fail(...)		 exit(1)
#define cr_assert_str_eq(actual, wanted) (strcmp(actual, wanted) == 0 ? (void)0 : exit(1))

#endif
