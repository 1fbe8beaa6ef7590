/* SPDX-License-Identifier: BSD-2-Clause */
/* The virtual machine as KVM sees it: one file descriptor and one stretch of memory, guest-physical address = offset. */
#ifndef TDPVM_MACHINE_H
#define TDPVM_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/kvm.h>

struct machine {
	int kvm;		  /* /dev/kvm */
	int vm;			  /* the machine */
	uint8_t *ram;		  /* guest-physical memory, mapped here */
	uint64_t size;		  /* its bytes */
	size_t run_size;	  /* bytes of struct kvm_run and what follows it */
	unsigned phys_bits;	  /* width of guest-physical addresses */
	struct kvm_cpuid2 *cpuid; /* what the vCPUs shall say of themselves */
	bool missing;		  /* after a failure: there is no usable KVM here at all */
};

/* Open KVM, make a machine and give it size bytes of memory. On failure a problem is set; machine_close() is due all the same. */
bool machine_open(struct machine *machine, const char *device, uint64_t size);

/* Give everything back. */
void machine_close(struct machine *machine);

#endif
