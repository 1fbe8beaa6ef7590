/* SPDX-License-Identifier: BSD-2-Clause */
/* What nested paging can do here, in long mode; who walks another number of levels says so himself. */
#ifndef TESTS_ORACLE_X86_SVM_CAPS_H
#define TESTS_ORACLE_X86_SVM_CAPS_H

#include "space.h"

static inline struct tdp_caps svm_caps(void)
{
	const struct tdp_svm svm = {
		.maxphyaddr = (uint8_t)machine_phys_bits(), .pages_1g = cpuid(0x80000001).d >> 26 & 1, .nx = true};
	struct tdp_caps caps;

	space_must(tdp_caps_svm(&caps, &svm), "tdp_caps_svm");
	return caps;
}

#endif
