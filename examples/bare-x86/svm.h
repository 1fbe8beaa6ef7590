/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest under AMD's SVM with nested paging: one control block, four registers. */
#ifndef EXAMPLES_BARE_X86_SVM_H
#define EXAMPLES_BARE_X86_SVM_H

#include "machine.h"

/* Exit codes, APM vol. 2, appendix C. */
enum svm_exit {
	SVM_EXIT_INTR = 0x60,
	SVM_EXIT_HLT = 0x78,
	SVM_EXIT_SHUTDOWN = 0x7f,
	SVM_EXIT_VMMCALL = 0x81,
	SVM_EXIT_NPF = 0x400
};

/* EXITINFO1 of a nested page fault, APM vol. 2, 15.25.6. */
#define NPF_PRESENT  UINT64_C(1)
#define NPF_WRITE    UINT64_C(2)
#define NPF_USER     UINT64_C(4)
#define NPF_RESERVED UINT64_C(8)
#define NPF_FETCH    UINT64_C(0x10)
#define NPF_TABLE    (UINT64_C(1) << 33) /* one of the guest's page tables */
#define NPF_FINAL    (UINT64_C(1) << 32) /* the guest's own address */

/* How a guest starts: 32-bit code without paging, or long mode with the page tables at cr3. */
enum svm_mode { SVM_FLAT, SVM_LONG };

struct svm_vcpu {
	uint8_t *vmcb;		     /* legacy.S knows where this and the registers are */
	uint64_t rbx, rcx, rdx, rsi; /* the guest's; out: what they were at the exit. It uses no others */
	uint64_t info1, info2;	     /* out */
	bool legacy;		     /* the host is in legacy PAE mode while the guest runs */
	bool keep;		     /* translations that earlier runs have cached may be used */
};

/* Is there SVM with nested paging? */
bool svm_there(void);
/* Turn it on, on this processor. */
void svm_enable(void);
/* Make a guest (again, if v is not all zeroes) that walks nested tables at ncr3. */
void svm_init(struct svm_vcpu *v, uint64_t ncr3, enum svm_mode mode, uint64_t cr3);
/* Where it goes on. */
void svm_set_rip(struct svm_vcpu *v, uint64_t rip);
/* Its stack. */
void svm_set_rsp(struct svm_vcpu *v, uint64_t rsp);
/* Run until an exit, and say why. Cached translations of earlier runs are not used, unless v->keep says so. */
uint64_t svm_run(struct svm_vcpu *v);

#endif
