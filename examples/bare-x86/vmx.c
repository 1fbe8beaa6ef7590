/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest under VMX; see vmx.h. Encodings: SDM vol. 3D, appendices A and B. */
#include "vmx.h"

#define MSR_FEATURE_CONTROL 0x3au
#define MSR_VMX_BASIC	    0x480u
#define MSR_VMX_SECONDARY   0x48bu
#define MSR_VMX_EPT_CAP	    0x48cu
#define CR4_VMXE	    0x2000u
#define ACTIVATE_SECONDARY  (1u << 31)
#define EFER_LMA_LME	    UINT64_C(0x500)
#define EFER_NXE	    UINT64_C(0x800)

/* VMCS fields. */
enum {
	F_GUEST_SELECTORS = 0x800,
	F_PML_INDEX = 0x812,
	F_HOST_CS = 0xc02,
	F_HOST_SELECTORS = 0xc00,
	F_HOST_TR = 0xc0c,
	F_PML_ADDRESS = 0x200e,
	F_EPTP = 0x201a,
	F_VE_INFO = 0x202a,
	F_GPA = 0x2400,
	F_LINK = 0x2800,
	F_GUEST_EFER = 0x2806,
	F_HOST_EFER = 0x2c02,
	F_PIN = 0x4000,
	F_PRIMARY = 0x4002,
	F_EXCEPTIONS = 0x4004,
	F_EXIT = 0x400c,
	F_ENTRY = 0x4012,
	F_SECONDARY = 0x401e,
	F_ERROR = 0x4400,
	F_REASON = 0x4402,
	F_INTERRUPTION = 0x4404,
	F_GUEST_LIMITS = 0x4800,
	F_GDTR_LIMIT = 0x4810,
	F_IDTR_LIMIT = 0x4812,
	F_GUEST_ACCESS = 0x4814,
	F_QUALIFICATION = 0x6400,
	F_GUEST_CR0 = 0x6800,
	F_GUEST_CR3 = 0x6802,
	F_GUEST_CR4 = 0x6804,
	F_GUEST_BASES = 0x6806,
	F_GDTR_BASE = 0x6816,
	F_IDTR_BASE = 0x6818,
	F_DR7 = 0x681a,
	F_RSP = 0x681c,
	F_RIP = 0x681e,
	F_RFLAGS = 0x6820,
	F_HOST_CR0 = 0x6c00,
	F_HOST_CR3 = 0x6c02,
	F_HOST_CR4 = 0x6c04,
	F_HOST_FS_BASE = 0x6c06,
	F_HOST_GS_BASE = 0x6c08,
	F_HOST_TR_BASE = 0x6c0a,
	F_HOST_GDTR = 0x6c0c,
	F_HOST_IDTR = 0x6c0e,
	F_HOST_RSP = 0x6c14,
	F_HOST_RIP = 0x6c16
};

enum {
	SEGMENTS = 6, /* ES CS SS DS FS GS, then LDTR and TR */
	CODE_SELECTOR = 0x18,
	DATA_SELECTOR = 0x10,
	TSS_SELECTOR = 0x20,
	ACCESS_DATA = 0xc093,
	ACCESS_CODE = 0xa09b,
	ACCESS_NONE = 0x10000,
	ACCESS_TSS = 0x8b,
	PIN_INTERRUPTS = 1,
	PRIMARY_HLT = 1 << 7,
	EXIT_HOST_64 = 1 << 9,
	EXIT_SAVE_EFER = 1 << 20,
	EXIT_LOAD_EFER = 1 << 21,
	ENTRY_GUEST_64 = 1 << 9,
	ENTRY_LOAD_EFER = 1 << 15
};

struct descriptor_register {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

extern uint64_t tss_descriptor[2];
extern struct descriptor_register gdt_register, idt_register;

static uint64_t field(uint64_t f)
{
	uint64_t value;

	__asm__ volatile("vmread %1, %0" : "=r"(value) : "r"(f) : "cc");
	return value;
}

static void field_set(uint64_t f, uint64_t value)
{
	bool failed;

	__asm__ volatile("vmwrite %1, %2; setna %0" : "=q"(failed) : "r"(value), "r"(f) : "cc");
	if (failed)
		machine_fail("vmwrite %lx %lx: error %lu", f, value, field(F_ERROR));
}

/* Controls that must be 1, those that are wanted, and nothing that must be 0. */
static uint32_t controls(uint32_t msr, uint32_t wanted)
{
	const uint64_t allowed = msr_read(msr);
	const uint32_t value = (wanted | (uint32_t)allowed) & (uint32_t)(allowed >> 32);

	if ((value & wanted) != wanted)
		machine_fail("MSR %x does not allow %x", msr, wanted & ~value);
	return value;
}

bool vmx_there(void)
{
	return (cpuid(1).c & 1u << 5) && (msr_read(MSR_VMX_BASIC + 2) >> 63) && vmx_allows(VMX_EPT);
}

uint64_t vmx_ept_caps(void)
{
	return msr_read(MSR_VMX_EPT_CAP);
}

bool vmx_allows(uint32_t secondary)
{
	return ((uint32_t)(msr_read(MSR_VMX_SECONDARY) >> 32) & secondary) == secondary;
}

/* A page that VMX takes for its own: it starts with the revision. */
static uint64_t vmx_page(void)
{
	uint32_t *page = page_alloc();

	*page = (uint32_t)msr_read(MSR_VMX_BASIC) & 0x7fffffff;
	return (uintptr_t)page;
}

/* A task state segment, which an exit demands, and VMX operation; the firmware's part (feature control) is ours, too. */
void vmx_enable(void)
{
	const uint64_t tss = (uintptr_t)page_alloc(), region = vmx_page();
	uint64_t cr4;
	bool failed;

	tss_descriptor[0] = 0x67 | (tss & 0xffffff) << 16 | UINT64_C(0x89) << 40 | (tss >> 24 & 0xff) << 56;
	tss_descriptor[1] = tss >> 32;
	__asm__ volatile("ltr %w0" ::"r"(TSS_SELECTOR));
	if (!(msr_read(MSR_FEATURE_CONTROL) & 1))
		msr_write(MSR_FEATURE_CONTROL, 5);
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	__asm__ volatile("mov %0, %%cr4" ::"r"(cr4 | CR4_VMXE));
	__asm__ volatile("vmxon %1; setna %0" : "=q"(failed) : "m"(region) : "cc", "memory");
	if (failed)
		machine_fail("vmxon");
}

static void init_host(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr0, %0" : "=r"(value));
	field_set(F_HOST_CR0, value);
	__asm__ volatile("mov %%cr3, %0" : "=r"(value));
	field_set(F_HOST_CR3, value);
	__asm__ volatile("mov %%cr4, %0" : "=r"(value));
	field_set(F_HOST_CR4, value);
	for (unsigned i = 0; i < SEGMENTS; i++)
		field_set(F_HOST_SELECTORS + 2 * i, i < 4 ? DATA_SELECTOR : 0);
	field_set(F_HOST_CS, CODE_SELECTOR);
	field_set(F_HOST_TR, TSS_SELECTOR);
	field_set(F_HOST_FS_BASE, 0);
	field_set(F_HOST_GS_BASE, 0);
	field_set(F_HOST_TR_BASE, 0);
	field_set(F_HOST_GDTR, gdt_register.base);
	field_set(F_HOST_IDTR, idt_register.base);
	field_set(F_HOST_EFER, msr_read(MSR_EFER));
}

static void init_segment(unsigned i, uint64_t selector, uint64_t limit, uint64_t access)
{
	field_set(F_GUEST_SELECTORS + 2 * i, selector);
	field_set(F_GUEST_LIMITS + 2 * i, limit);
	field_set(F_GUEST_ACCESS + 2 * i, access);
	field_set(F_GUEST_BASES + 2 * i, 0);
}

static void init_guest(uint64_t cr3)
{
	for (unsigned i = 0; i < SEGMENTS; i++)
		init_segment(i, DATA_SELECTOR, 0xffffffff, ACCESS_DATA);
	init_segment(1, 8, 0xffffffff, ACCESS_CODE);
	init_segment(SEGMENTS, 0, 0xffff, ACCESS_NONE);
	init_segment(SEGMENTS + 1, 0, 0xffff, ACCESS_TSS);
	field_set(F_GDTR_LIMIT, 0);
	field_set(F_IDTR_LIMIT, 0);
	field_set(F_GDTR_BASE, 0);
	field_set(F_IDTR_BASE, 0);
	field_set(F_GUEST_CR0, 0x80010031);
	field_set(F_GUEST_CR3, cr3);
	field_set(F_GUEST_CR4, CR4_VMXE | 0x20);
	field_set(F_GUEST_EFER, EFER_LMA_LME | EFER_NXE);
	field_set(F_DR7, 0x400);
	/* With IF clear Bochs keeps a physical interrupt from ending the guest, though it is to exit for one. */
	field_set(F_RFLAGS, 0x202);
	field_set(F_LINK, ~UINT64_C(0));
}

void vmx_init(struct vmx_vcpu *v, uint64_t eptp, uint32_t secondary, uint64_t cr3)
{
	const uint32_t true_controls = msr_read(MSR_VMX_BASIC) >> 55 & 1 ? 12 : 0; /* from 0x48d on instead of 0x481 */
	bool failed;

	if (!v->vmcs)
		v->vmcs = vmx_page();
	__asm__ volatile("vmclear %1; setna %0" : "=q"(failed) : "m"(v->vmcs) : "cc", "memory");
	if (!failed)
		__asm__ volatile("vmptrld %1; setna %0" : "=q"(failed) : "m"(v->vmcs) : "cc", "memory");
	if (failed)
		machine_fail("vmclear or vmptrld");
	v->launched = false;
	field_set(F_PIN, controls(MSR_VMX_BASIC + 1 + true_controls, PIN_INTERRUPTS));
	field_set(F_PRIMARY, controls(MSR_VMX_BASIC + 2 + true_controls, ACTIVATE_SECONDARY | PRIMARY_HLT));
	field_set(F_SECONDARY, controls(MSR_VMX_SECONDARY, VMX_EPT | secondary));
	field_set(F_EXIT, controls(MSR_VMX_BASIC + 3 + true_controls, EXIT_HOST_64 | EXIT_SAVE_EFER | EXIT_LOAD_EFER));
	field_set(F_ENTRY, controls(MSR_VMX_BASIC + 4 + true_controls, ENTRY_GUEST_64 | ENTRY_LOAD_EFER));
	field_set(F_EXCEPTIONS, 0xffffffff);
	field_set(F_EPTP, eptp);
	if (secondary & VMX_PML) {
		v->log = v->log ? v->log : page_alloc();
		field_set(F_PML_ADDRESS, (uintptr_t)v->log);
		field_set(F_PML_INDEX, VMX_PML_ENTRIES - 1);
	}
	if (secondary & VMX_VE) {
		v->ve = v->ve ? v->ve : page_alloc();
		field_set(F_VE_INFO, (uintptr_t)v->ve);
	}
	init_host();
	init_guest(cr3);
}

void vmx_set_rip(struct vmx_vcpu *v, uint64_t rip)
{
	(void)v;
	field_set(F_RIP, rip);
}

void vmx_set_rsp(struct vmx_vcpu *v, uint64_t rsp)
{
	(void)v;
	field_set(F_RSP, rsp);
}

unsigned vmx_logged(struct vmx_vcpu *v)
{
	const unsigned next = (uint16_t)(field(F_PML_INDEX) + 1);

	(void)v;
	field_set(F_PML_INDEX, VMX_PML_ENTRIES - 1);
	return VMX_PML_ENTRIES - next;
}

/* All contexts: what earlier runs left, of this tree or of another. */
static void forget_translations(void)
{
	const uint64_t descriptor[2] = {0, 0};

	__asm__ volatile("invept %0, %1" ::"m"(descriptor), "r"(UINT64_C(2)) : "cc", "memory");
}

uint32_t vmx_run(struct vmx_vcpu *v)
{
	uint64_t rax = v->rax, rbx = v->rbx, rcx = v->rcx, rdx = v->rdx, rsi = v->rsi, failed = v->launched;

	if (!v->keep)
		forget_translations();
	/* An exit comes back at 2 with the stack as it was when HOST_RSP was written, and with no other register of ours. */
	__asm__ volatile("push %%rbp\n\t"
			 "mov $0x6c14, %%r8d\n\tvmwrite %%rsp, %%r8\n\t"
			 "mov $0x6c16, %%r8d\n\tlea 2f(%%rip), %%r9\n\tvmwrite %%r9, %%r8\n\t"
			 "test %%rdi, %%rdi\n\tjnz 1f\n\tvmlaunch\n\tjmp 3f\n"
			 "1:\tvmresume\n"
			 "3:\tmov $1, %%edi\n\tjmp 4f\n"
			 "2:\txor %%edi, %%edi\n"
			 "4:\tpop %%rbp"
			 : "+a"(rax), "+b"(rbx), "+c"(rcx), "+d"(rdx), "+S"(rsi), "+D"(failed)
			 :
			 : "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
	if (failed)
		machine_fail("the guest could not be entered: error %lu", field(F_ERROR));
	v->launched = true;
	v->rax = rax;
	v->rbx = rbx;
	v->rcx = rcx;
	v->rdx = rdx;
	v->rsi = rsi;
	v->qualification = field(F_QUALIFICATION);
	v->gpa = field(F_GPA);
	v->interruption = (uint32_t)field(F_INTERRUPTION);
	return (uint32_t)field(F_REASON);
}
