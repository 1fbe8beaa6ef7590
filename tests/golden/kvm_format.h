/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our formats with the software bits where KVM of Linux 6.1 has them, for the generic engine.
 */
#ifndef TDPMMU_TESTS_GOLDEN_KVM_FORMAT_H
#define TDPMMU_TESTS_GOLDEN_KVM_FORMAT_H

#include <tdpmmu/format_def.h>

/* NPT: host-writable 9, MMU-writable 10, present to KVM 11. */
struct tdp_format kvm_npt(void);
/* EPT: host-writable 57, MMU-writable 58, present to KVM 11; nothing suppresses #VE. */
struct tdp_format kvm_ept(void);

#endif
