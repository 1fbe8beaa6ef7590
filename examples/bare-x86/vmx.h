/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest under Intel's VMX with extended page tables: one VMCS, long mode. */
#ifndef EXAMPLES_BARE_X86_VMX_H
#define EXAMPLES_BARE_X86_VMX_H

#include "machine.h"

/* Basic exit reasons, SDM vol. 3D, appendix C. */
enum vmx_exit {
	VMX_EXIT_EXCEPTION = 0,
	VMX_EXIT_INTERRUPT = 1,
	VMX_EXIT_HLT = 12,
	VMX_EXIT_VMCALL = 18,
	VMX_EXIT_EPT_VIOLATION = 48,
	VMX_EXIT_EPT_MISCONFIG = 49,
	VMX_EXIT_PML_FULL = 62
};

/* Exit qualification of an EPT violation, SDM vol. 3C, table 28-7. */
#define EPT_QUAL_READ	 UINT64_C(1)
#define EPT_QUAL_WRITE	 UINT64_C(2)
#define EPT_QUAL_FETCH	 UINT64_C(4)
#define EPT_QUAL_ALLOWED 3 /* how far to shift the entry's R, W, X */
#define EPT_QUAL_LINEAR	 UINT64_C(0x80)
#define EPT_QUAL_FINAL	 UINT64_C(0x100) /* the guest's own address, not one of its page tables */

/* Secondary controls. */
#define VMX_EPT (1u << 1)
#define VMX_PML (1u << 17)
#define VMX_VE	(1u << 18)

enum { VMX_VE_VECTOR = 20, VMX_PML_ENTRIES = 512 };

/* What the processor fills in at a #VE. */
struct vmx_ve_info {
	uint32_t reason, busy;
	uint64_t qualification, linear, gpa;
};

struct vmx_vcpu {
	bool launched;
	bool keep; /* translations that earlier runs have cached may be used */
	uint64_t vmcs;
	uint64_t rax, rbx, rcx, rdx, rsi; /* the guest's; out: what they were at the exit. It uses no others */
	uint64_t qualification, gpa;	  /* out */
	uint32_t interruption;		  /* out: which exception, if valid */
	uint64_t *log;			  /* PML: VMX_PML_ENTRIES addresses, filled from the end */
	struct vmx_ve_info *ve;
};

/* Is there VMX with EPT? */
bool vmx_there(void);
/* IA32_VMX_EPT_VPID_CAP. */
uint64_t vmx_ept_caps(void);
/* Are these secondary controls allowed? */
bool vmx_allows(uint32_t secondary);
/* Turn it on. */
void vmx_enable(void);
/* Make a guest (again, if v is not all zeroes) under an EPTP, on this processor; controls: VMX_PML, VMX_VE. */
void vmx_init(struct vmx_vcpu *v, uint64_t eptp, uint32_t controls, uint64_t cr3);
void vmx_set_rip(struct vmx_vcpu *v, uint64_t rip);
void vmx_set_rsp(struct vmx_vcpu *v, uint64_t rsp);
/* How many addresses were logged since the last call; they are the last ones of v->log. The log is empty then. */
unsigned vmx_logged(struct vmx_vcpu *v);
/* Run until an exit, and say why. Nothing that was cached of any EPT is used, unless v->keep says so. */
uint32_t vmx_run(struct vmx_vcpu *v);

#endif
