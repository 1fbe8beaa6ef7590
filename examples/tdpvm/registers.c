/* SPDX-License-Identifier: BSD-2-Clause */
/* The register state of a vCPU: 64-bit mode at privilege level 0, paging on. */
#include "problem.h"
#include "vcpus.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

/* Control registers, with the manual's names. */
enum {
	CR0_PE = 1 << 0,
	CR0_ET = 1 << 4,
	CR0_NE = 1 << 5,
	CR0_WP = 1 << 16, /* read-only pages are read-only for level 0 too */
	CR4_PAE = 1 << 5,
	EFER_LME = 1 << 8,
	EFER_LMA = 1 << 10,
	EFER_NXE = 1 << 11,
	CR3_PWT = 1 << 3
};
#define CR0_PG (1u << 31)

/* A flat segment of level 0. */
static struct kvm_segment segment(uint16_t selector, uint8_t type, bool code64)
{
	return (struct kvm_segment){
		.limit = 0xffffffff,
		.selector = selector,
		.type = type,
		.present = 1,
		.db = !code64,
		.s = 1,
		.l = code64,
		.g = 1,
	};
}

bool registers_reset(const struct vcpu *v, uint64_t cr3, const struct kvm_regs *regs)
{
	struct kvm_sregs s;

	if (ioctl(v->fd, KVM_GET_SREGS, &s) < 0)
		return problem("KVM_GET_SREGS: %s", strerror(errno));
	s.cs = segment(0x08, 11, true);
	s.ds = s.es = s.fs = s.gs = s.ss = segment(0x10, 3, false);
	s.tr = (struct kvm_segment){.limit = 0x67, .selector = 0x18, .type = 11, .present = 1};
	s.ldt = (struct kvm_segment){.unusable = 1};
	/* The guest brings its own descriptor tables; until it has loaded them any exception ends it. */
	s.gdt = s.idt = (struct kvm_dtable){0};
	s.cr0 = CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_PE;
	s.cr3 = cr3;
	s.cr4 = CR4_PAE;
	s.efer = EFER_LME | EFER_LMA | EFER_NXE;
	if (ioctl(v->fd, KVM_SET_SREGS, &s) < 0)
		return problem("KVM_SET_SREGS: %s", strerror(errno));
	if (ioctl(v->fd, KVM_SET_REGS, regs) < 0)
		return problem("KVM_SET_REGS: %s", strerror(errno));
	return true;
}

/*
 * KVM takes a CR3 that does not change for nothing to do and keeps the guest's translations. So it changes, by a bit that only says
 * how the root table is cached, and changes back: each time KVM drops what the vCPU had.
 */
bool registers_load_cr3(const struct vcpu *v, uint64_t cr3)
{
	struct kvm_sregs s;

	if (ioctl(v->fd, KVM_GET_SREGS, &s) < 0)
		return problem("KVM_GET_SREGS: %s", strerror(errno));
	s.cr3 = cr3 ^ CR3_PWT;
	if (ioctl(v->fd, KVM_SET_SREGS, &s) < 0)
		return problem("KVM_SET_SREGS: %s", strerror(errno));
	s.cr3 = cr3;
	if (ioctl(v->fd, KVM_SET_SREGS, &s) < 0)
		return problem("KVM_SET_SREGS: %s", strerror(errno));
	return true;
}
