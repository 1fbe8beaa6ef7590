/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's processor; see vcpu.h. */
#include "vcpu.h"

#include "kernel.h"
#include "machine.h"
#include "memory.h"
#include "options.h"

#define EFER_LME_LMA	   UINT64_C(0x500)
#define EFER_NXE	   UINT64_C(0x800)
#define EFER_SVME	   UINT64_C(0x1000)
#define MSR_HSAVE_PA	   0xc0010117u
#define MSR_FS_BASE	   0xc0000100u
#define MSR_GS_BASE	   0xc0000101u
#define PAT_POWER_ON	   UINT64_C(0x0007040600070406)
#define CR0_LINUX	   UINT64_C(0x80050033) /* PG AM WP NE ET MP PE */
#define CR4_PAE		   UINT64_C(0x20)
#define EVENT_VALID	   UINT64_C(0x80000000)
#define EVENT_TYPE	   UINT64_C(0x700)
#define EVENT_TRAP	   UINT64_C(0x300)
#define EVENT_SOFTWARE	   UINT64_C(0x400)
#define EVENT_VECTOR	   UINT64_C(0xff)
#define INTERCEPT_NMI	   (1u << 1)
#define INTERCEPT_SHUTDOWN (1u << 31)

#define V_IRQ		   UINT64_C(0x100)
#define V_IGN_TPR	   UINT64_C(0x100000)

enum {
	V_INTR_VECTOR = 32, /* where it is in v_intr */
	FIRST_INTERRUPT = 32,
	INTERCEPTS_SVM = 0x7f, /* all of SVM's own instructions; VMMCALL among them */
	FLUSH_EVERYTHING = 1,
	NMI_VECTOR = 2,
	BREAKPOINT = 3,
	OVERFLOW = 4,
	/* Where the guest finds its first page tables and segments; it makes its own soon. */
	BOOT_PML4 = 0x70000,
	BOOT_PDPT = 0x71000,
	BOOT_PDS = 0x72000, /* four */
	BOOT_GDT = 0x77000,
	BOOT_STACK = 0x7f000,
	BOOT_CODE = 0x10,
	BOOT_DATA = 0x18,
	TABLE_ENTRY = 7,
	PAGE_2M_ENTRY = 0xe7,
	CODE_64 = 0xa9b,
	DATA = 0xc93,
	BUSY_TSS = 0x8b
};

struct idt_gate {
	uint16_t low, selector, type, middle;
	uint32_t high, reserved;
};

extern struct idt_gate idt[];
extern char nmi_handler[];
void vcpu_enter(struct vcpu_registers *registers, uint64_t vmcb);

_Static_assert(offsetof(struct vcpu_registers, rdi) == 32 && offsetof(struct vcpu_registers, r8_15) == 48, "what run.S knows");

void vcpu_must_be_possible(void)
{
	if (!(cpuid(0x80000001).c & 4))
		machine_fail("no SVM: CPUID.80000001H:ECX[2] is 0 (QEMU: -cpu ...,+svm)");
	if (!(cpuid(0x8000000a).d & 1))
		machine_fail("SVM without nested paging: CPUID.8000000AH:EDX[0] is 0 (QEMU: -cpu ...,+npt)");
}

/* 4 GiB one to one, and two flat segments, in the guest's memory. */
static void boot_tables(void)
{
	uint64_t *pml4 = guest_at(BOOT_PML4), *pdpt = guest_at(BOOT_PDPT), *pds = guest_at(BOOT_PDS), *gdt = guest_at(BOOT_GDT);

	pml4[0] = BOOT_PDPT | TABLE_ENTRY;
	for (unsigned i = 0; i < 4; i++)
		pdpt[i] = (BOOT_PDS + i * PAGE) | TABLE_ENTRY;
	for (uint64_t i = 0; i < UINT64_C(4) * 512; i++)
		pds[i] = i << 21 | PAGE_2M_ENTRY;
	gdt[BOOT_CODE / 8] = UINT64_C(0x00af9b000000ffff);
	gdt[BOOT_DATA / 8] = UINT64_C(0x00cf93000000ffff);
}

static void state_init(struct vmcb *b, uint64_t entry)
{
	const struct vmcb_segment data = {.selector = BOOT_DATA, .attributes = DATA, .limit = UINT32_MAX};

	b->es = b->ss = b->ds = b->fs = b->gs = data;
	b->cs = (struct vmcb_segment){.selector = BOOT_CODE, .attributes = CODE_64, .limit = UINT32_MAX};
	b->tr = (struct vmcb_segment){.attributes = BUSY_TSS, .limit = 0xffff};
	b->gdtr = (struct vmcb_segment){.limit = BOOT_DATA + 7, .base = BOOT_GDT};
	b->efer = EFER_SVME | EFER_LME_LMA | EFER_NXE;
	b->cr0 = CR0_LINUX;
	b->cr3 = BOOT_PML4;
	b->cr4 = CR4_PAE;
	b->dr6 = 0xffff0ff0;
	b->dr7 = 0x400;
	b->rflags = 2;
	b->rip = entry;
	b->rsp = BOOT_STACK;
	b->g_pat = PAT_POWER_ON;
}

/*
 * Interrupts are not intercepted, and their masking is not virtual: the guest has the processor's interrupts, APIC and ports to itself. An
 * NMI is how the other processor throws it out.
 */
static void control_init(struct vmcb *b, uint64_t ncr3)
{
	b->intercepts = INTERCEPT_NMI | INTERCEPT_SHUTDOWN;
	b->intercepts_svm = INTERCEPTS_SVM;
	b->asid = 1;
	b->np_enable = 1;
	b->ncr3 = ncr3;
}

/* The host's own NMI does nothing but come. */
static void nmi_init(void)
{
	const uintptr_t handler = (uintptr_t)nmi_handler;

	idt[NMI_VECTOR].low = (uint16_t)handler;
	idt[NMI_VECTOR].middle = (uint16_t)(handler >> 16);
	idt[NMI_VECTOR].high = (uint32_t)(handler >> 32);
}

void vcpu_init(struct vcpu *v, uint64_t entry, uint64_t boot_params, uint64_t ncr3)
{
	nmi_init();
	msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_SVME);
	msr_write(MSR_HSAVE_PA, HPA(page_alloc()));
	msr_write(MSR_FS_BASE, 0);
	msr_write(MSR_GS_BASE, 0);
	boot_tables();
	*v = (struct vcpu){.vmcb = page_alloc(), .registers.rsi = boot_params};
	control_init(v->vmcb, ncr3);
	state_init(v->vmcb, entry);
}

void vcpu_run(struct vcpu *v, bool flush)
{
	v->vmcb->tlb_control = flush ? FLUSH_EVERYTHING : 0;
	vcpu_enter(&v->registers, HPA(v->vmcb));
}

/* A vector that waits goes to where the processor takes virtual interrupts from, if that is free. */
static void offer_interrupt(struct vcpu *v)
{
	for (unsigned i = 0; i < VECTORS && !(v->vmcb->v_intr & V_IRQ); i++) {
		if (!v->waiting[i])
			continue;
		v->waiting[i] = false;
		v->vmcb->v_intr = V_IRQ | V_IGN_TPR | (uint64_t)i << V_INTR_VECTOR;
	}
}

/*
 * INT n, INT3, INTO: RIP is still at the instruction, which does it again. As an event it would return to the instruction instead of behind it.
 * The processor calls INT3 and INTO exceptions, QEMU software interrupts.
 */
static bool is_software(uint64_t event)
{
	const uint8_t vector = event & EVENT_VECTOR;

	if (breaks(BREAK_INJECT_SOFTWARE))
		return false;
	return (event & EVENT_TYPE) == EVENT_SOFTWARE ||
	       ((event & EVENT_TYPE) == EVENT_TRAP && (vector == BREAKPOINT || vector == OVERFLOW));
}

/* QEMU 7.2 says "exception" of a hardware interrupt, too; vectors above 31 tell. */
static bool is_interrupt(uint64_t event)
{
	return (event & EVENT_TYPE) == 0 || ((event & EVENT_TYPE) == EVENT_TRAP && (event & EVENT_VECTOR) >= FIRST_INTERRUPT);
}

/*
 * A hardware interrupt goes in again as a virtual one: injected as an event, QEMU would deliver it a second time later, even if the guest has
 * interrupts off then. One that faulted on its way in as a virtual interrupt is still there.
 */
bool vcpu_reinject(struct vcpu *v)
{
	const uint64_t event = v->vmcb->exit_int_info;
	const uint8_t vector = event & EVENT_VECTOR;
	const bool valid = event & EVENT_VALID, interrupt = is_interrupt(event);

	v->vmcb->event_injection = valid && !interrupt && !is_software(event) ? event : 0;
	if (valid && interrupt && !((v->vmcb->v_intr & V_IRQ) && (uint8_t)(v->vmcb->v_intr >> V_INTR_VECTOR) == vector))
		v->waiting[vector] = true;
	offer_interrupt(v);
	return valid;
}
