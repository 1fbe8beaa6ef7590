/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest under SVM; see svm.h. Offsets and bits: APM vol. 2, appendix B. */
#include "svm.h"

#define EFER_SVME      UINT64_C(0x1000)
#define MSR_HSAVE_PA   0xc0010117u
#define PAT_POWER_ON   UINT64_C(0x0007040600070406)
#define EFER_LMA_LME   UINT64_C(0x500)
#define EFER_NXE       UINT64_C(0x800)
#define V_INTR_MASKING (1u << 24)

/* Control area. */
enum {
	C_EXCEPTIONS = 0x08,
	C_INTERCEPTS = 0x0c,
	C_INTERCEPTS_SVM = 0x10,
	C_ASID = 0x58,
	C_TLB_CONTROL = 0x5c,
	C_V_INTR = 0x60,
	C_EXITCODE = 0x70,
	C_EXITINFO1 = 0x78,
	C_EXITINFO2 = 0x80,
	C_NP_ENABLE = 0x90,
	C_NCR3 = 0xb0
};

/* State save area. */
enum {
	S_ES = 0x400,
	S_CS = 0x410,
	S_SS = 0x420,
	S_DS = 0x430,
	S_FS = 0x440,
	S_GS = 0x450,
	S_LDTR = 0x470,
	S_TR = 0x490,
	S_EFER = 0x4d0,
	S_CR4 = 0x548,
	S_CR3 = 0x550,
	S_CR0 = 0x558,
	S_DR7 = 0x560,
	S_DR6 = 0x568,
	S_RFLAGS = 0x570,
	S_RIP = 0x578,
	S_RSP = 0x5d8,
	S_PAT = 0x668
};

enum {
	INTERCEPT_INTR = 1,
	INTERCEPT_HLT = 1 << 24,
	INTERCEPT_VMRUN = 1,
	INTERCEPT_VMMCALL = 2,
	DATA_SEGMENT = 0xc93,
	CODE_32 = 0xc9b,
	CODE_64 = 0xa9b,
	FLUSH_EVERYTHING = 1
};
#define INTERCEPT_SHUTDOWN (1u << 31)

_Static_assert(offsetof(struct svm_vcpu, vmcb) == 0 && offsetof(struct svm_vcpu, rbx) == 8 && offsetof(struct svm_vcpu, rsi) == 32,
	       "what legacy.S knows");
void svm_run_legacy(struct svm_vcpu *v);

static void put32(struct svm_vcpu *v, unsigned offset, uint32_t value)
{
	*(volatile uint32_t *)(void *)(v->vmcb + offset) = value;
}

static void put64(struct svm_vcpu *v, unsigned offset, uint64_t value)
{
	*(volatile uint64_t *)(void *)(v->vmcb + offset) = value;
}

static uint64_t get64(const struct svm_vcpu *v, unsigned offset)
{
	return *(const volatile uint64_t *)(const void *)(v->vmcb + offset);
}

/* A flat segment. */
static void put_segment(struct svm_vcpu *v, unsigned offset, uint32_t selector, uint32_t attributes, uint32_t limit)
{
	put32(v, offset, selector | attributes << 16);
	put32(v, offset + 4, limit);
	put64(v, offset + 8, 0);
}

bool svm_there(void)
{
	return (cpuid(0x80000001).c & 4) && (cpuid(0x8000000a).d & 1);
}

void svm_enable(void)
{
	msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_SVME);
	msr_write(MSR_HSAVE_PA, (uintptr_t)page_alloc());
}

void svm_init(struct svm_vcpu *v, uint64_t ncr3, enum svm_mode mode, uint64_t cr3)
{
	const bool wide = mode == SVM_LONG;

	*v = (struct svm_vcpu){.vmcb = v->vmcb ? v->vmcb : page_alloc(), .legacy = v->legacy};
	for (unsigned i = 0; i < PAGE; i += 8)
		put64(v, i, 0);
	put32(v, C_EXCEPTIONS, ~0u);
	put32(v, C_INTERCEPTS, INTERCEPT_INTR | INTERCEPT_HLT | INTERCEPT_SHUTDOWN);
	put32(v, C_INTERCEPTS_SVM, INTERCEPT_VMRUN | INTERCEPT_VMMCALL);
	put32(v, C_ASID, 1);
	put32(v, C_V_INTR, V_INTR_MASKING);
	put32(v, C_NP_ENABLE, 1);
	put64(v, C_NCR3, ncr3);
	put_segment(v, S_CS, 8, wide ? CODE_64 : CODE_32, ~0u);
	for (unsigned s = S_SS; s <= S_GS; s += 0x10)
		put_segment(v, s, 0x10, DATA_SEGMENT, ~0u);
	put_segment(v, S_ES, 0x10, DATA_SEGMENT, ~0u);
	put_segment(v, S_LDTR, 0, 0x82, 0xffff);
	put_segment(v, S_TR, 0, 0x8b, 0xffff);
	put64(v, S_EFER, EFER_SVME | (wide ? EFER_LMA_LME | EFER_NXE : 0));
	put64(v, S_CR0, wide ? 0x80010011 : 0x11);
	put64(v, S_CR3, cr3);
	put64(v, S_CR4, wide ? 0x20 : 0);
	put64(v, S_DR6, 0xffff0ff0);
	put64(v, S_DR7, 0x400);
	/* With IF clear Bochs keeps a physical interrupt from ending the guest, whatever V_INTR_MASKING says. */
	put64(v, S_RFLAGS, 0x202);
	put64(v, S_PAT, PAT_POWER_ON);
}

void svm_set_rip(struct svm_vcpu *v, uint64_t rip)
{
	put64(v, S_RIP, rip);
}

void svm_set_rsp(struct svm_vcpu *v, uint64_t rsp)
{
	put64(v, S_RSP, rsp);
}

/* RAX and RSP are the control block's business; the host's come back by themselves. */
static void run_long(struct svm_vcpu *v)
{
	uint64_t rax = (uintptr_t)v->vmcb, rbx = v->rbx, rcx = v->rcx, rdx = v->rdx, rsi = v->rsi;

	__asm__ volatile("push %%rbp\n\tclgi\n\tsti\n\tvmrun\n\tcli\n\tstgi\n\tpop %%rbp"
			 : "+a"(rax), "+b"(rbx), "+c"(rcx), "+d"(rdx), "+S"(rsi)
			 :
			 : "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
	v->rbx = rbx;
	v->rcx = rcx;
	v->rdx = rdx;
	v->rsi = rsi;
}

uint64_t svm_run(struct svm_vcpu *v)
{
	put32(v, C_TLB_CONTROL, v->keep ? 0 : FLUSH_EVERYTHING);
	if (v->legacy)
		svm_run_legacy(v);
	else
		run_long(v);
	v->info1 = get64(v, C_EXITINFO1);
	v->info2 = get64(v, C_EXITINFO2);
	return get64(v, C_EXITCODE);
}
