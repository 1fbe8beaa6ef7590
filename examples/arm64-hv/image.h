/* SPDX-License-Identifier: BSD-2-Clause */
/* Where in the guest's memory what it boots from lies. demo.sh and guest-dtb.c keep to it. */
#ifndef ARM64_HV_IMAGE_H
#define ARM64_HV_IMAGE_H

#include <stdint.h>

#define IMAGE_KERNEL UINT64_C(0)
#define IMAGE_DTB    UINT64_C(0x07c00000)
#define IMAGE_INITRD UINT64_C(0x08000000)
enum { IMAGE_LEAST_MIB = 192 };

/* Looks at what QEMU has loaded; whatever is no arm64 Image, or does not fit, ends the machine with a line that says so. */
void image_check(uint64_t host, uint64_t size);

#endif
