/* SPDX-License-Identifier: BSD-2-Clause */
/* AMD's virtual machine control block, as far as it is used here: APM vol. 2, appendix B. */
#ifndef EXAMPLES_X86_HV_LINUX_VMCB_H
#define EXAMPLES_X86_HV_LINUX_VMCB_H

#include <stddef.h>
#include <stdint.h>

struct vmcb_segment {
	uint16_t selector, attributes;
	uint32_t limit;
	uint64_t base;
};

struct vmcb {
	uint32_t intercept_cr, intercept_dr, intercept_exceptions, intercepts, intercepts_svm;
	uint8_t pad_14[0x58 - 0x14];
	uint32_t asid, tlb_control;
	uint64_t v_intr, interrupt_shadow, exit_code, exit_info1, exit_info2, exit_int_info, np_enable;
	uint8_t pad_98[0xa8 - 0x98];
	uint64_t event_injection, ncr3;
	uint8_t pad_b8[0x400 - 0xb8];
	struct vmcb_segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
	uint8_t pad_4a0[0x4d0 - 0x4a0];
	uint64_t efer;
	uint8_t pad_4d8[0x548 - 0x4d8];
	uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
	uint8_t pad_580[0x5d8 - 0x580];
	uint64_t rsp;
	uint8_t pad_5e0[0x5f8 - 0x5e0];
	uint64_t rax;
	uint8_t pad_600[0x640 - 0x600];
	uint64_t cr2;
	uint8_t pad_648[0x668 - 0x648];
	uint64_t g_pat;
	uint8_t pad_670[0x1000 - 0x670];
};

_Static_assert(offsetof(struct vmcb, asid) == 0x58 && offsetof(struct vmcb, exit_code) == 0x70 &&
		       offsetof(struct vmcb, event_injection) == 0xa8 && offsetof(struct vmcb, ncr3) == 0xb0,
	       "control area");
_Static_assert(offsetof(struct vmcb, es) == 0x400 && offsetof(struct vmcb, tr) == 0x490 && offsetof(struct vmcb, efer) == 0x4d0 &&
		       offsetof(struct vmcb, cr4) == 0x548 && offsetof(struct vmcb, rsp) == 0x5d8 &&
		       offsetof(struct vmcb, rax) == 0x5f8 && offsetof(struct vmcb, cr2) == 0x640 &&
		       offsetof(struct vmcb, g_pat) == 0x668 && sizeof(struct vmcb) == 0x1000,
	       "state save area");

enum vmcb_exit { EXIT_NMI = 0x61, EXIT_SHUTDOWN = 0x7f, EXIT_VMMCALL = 0x81, EXIT_NPF = 0x400 };

/* exit_info1 of a nested page fault, APM vol. 2, 15.25.6. */
#define NPF_WRITE UINT64_C(2)
#define NPF_FETCH UINT64_C(0x10)
#define NPF_TABLE (UINT64_C(1) << 33) /* the walk of the guest's own page tables faulted */

#endif
