/* SPDX-License-Identifier: BSD-2-Clause */
/* A Linux kernel and its initial RAM disk into the guest's memory, as boot loaders do it: the kernel's Documentation/x86/boot. */
#ifndef EXAMPLES_X86_HV_LINUX_KERNEL_H
#define EXAMPLES_X86_HV_LINUX_KERNEL_H

#include "machine.h"

/* Where the 64-bit entry point wants its parameters. */
enum { BOOT_PARAMS = 0x90000 };

/* Load them (bzImage or ELF); claimed: where the guest is told that its memory ends. Returns the entry point; fails the run if it is none. */
uint64_t kernel_load(const struct machine_module *kernel, const struct machine_module *initrd, uint64_t claimed);

#endif
