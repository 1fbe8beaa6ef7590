/* SPDX-License-Identifier: BSD-2-Clause */
/* The bare machine; see machine.h. Works without firmware in QEMU and Bochs. */
#include "machine.h"

#define APIC(offset) (*(volatile uint32_t *)ADDRESS(0xfee00000u + (offset)))

enum {
	APIC_SVR = 0xf0,
	APIC_ICR_LOW = 0x300,
	APIC_ICR_HIGH = 0x310,
	APIC_TIMER = 0x320,
	APIC_TIMER_COUNT = 0x380,
	APIC_TIMER_DIVIDE = 0x3e0,
	TIMER_PERIODIC = 1 << 17,
	ICR_FIXED = 0x4000,
	ICR_INIT = 0x4500,
	ICR_STARTUP = 0x4600,
	TRAMPOLINE = 0x8000,
	VECTORS = 22,
	EXIT_PORT_QEMU = 0x501,
	EXIT_PORT_BOCHS = 0x8900
};

struct gate {
	uint16_t low, selector, type, middle;
	uint32_t high, reserved;
};

/* What boot.S pushes before it calls machine_exception(). */
struct exception {
	uint64_t number, code, rip, cs, flags;
};

extern struct gate idt[];
extern const uint64_t exception_table[VECTORS];
extern char stack_first[], kick_handler[], trampoline[], trampoline_end[];
void machine_exception(const struct exception *e);

/* A gate of ring 0 with interrupts off. */
static void gate_set(unsigned vector, uint64_t target)
{
	idt[vector] = (struct gate){.low = (uint16_t)target,
				    .selector = 0x18,
				    .type = 0x8e00,
				    .middle = (uint16_t)(target >> 16),
				    .high = (uint32_t)(target >> 32)};
}

void machine_exception(const struct exception *e)
{
	uint64_t cr2;

	__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	machine_fail("exception %lu code %lx at %lx cr2 %lx", e->number, e->code, e->rip, cr2);
}

/* Without firmware the serial line starts with 5-bit words, and the old interrupt controllers are open. */
void machine_init(void)
{
	port_out(0x3fb, 3);
	port_out(0x21, 0xff);
	port_out(0xa1, 0xff);
	for (unsigned i = 0; i < VECTORS; i++)
		gate_set(i, exception_table[i]);
	gate_set(KICK_VECTOR, (uintptr_t)kick_handler);
	APIC(APIC_SVR) = 0x1ff;
}

void machine_init_second(void)
{
	APIC(APIC_SVR) = 0x1ff;
}

/* QEMU has a device that ends it with a status; Bochs ends at a word, always with the same status: readers look for "DONE". */
_Noreturn void machine_quit(unsigned status)
{
	if (status == 0)
		say("DONE\n");
	while (!(port_in(0x3fd) & 0x40))
		cpu_pause();
	__asm__ volatile("outl %0, %1" ::"a"(status), "Nd"((uint16_t)EXIT_PORT_QEMU));
	for (const char *word = "Shutdown"; *word; word++)
		port_out(EXIT_PORT_BOCHS, (uint8_t)*word);
	for (;;)
		__asm__ volatile("hlt");
}

static uint64_t pool_next = POOL_START, pool_end = POOL_END;

void machine_set_pool(uint64_t start, uint64_t end)
{
	pool_next = start;
	pool_end = end;
}

void *page_alloc(void)
{
	const uint64_t page = __atomic_fetch_add(&pool_next, PAGE, __ATOMIC_RELAXED);

	if (page >= pool_end)
		machine_fail("the page pool is empty");
	for (uint64_t *p = ADDRESS(page); p < (uint64_t *)ADDRESS(page + PAGE); p++)
		*p = 0;
	return ADDRESS(page);
}

uint64_t machine_seed(void)
{
	const uint64_t told = *(const volatile uint64_t *)ADDRESS(0xffffffe8u);

	return told ? told : UINT64_C(0x9e3779b97f4a7c15) * (cpuid(1).a | 1) + machine_phys_bits();
}

/* Its debug port answers, if bochs.rc turns it on. */
bool machine_is_bochs(void)
{
	return port_in(0xe9) == 0xe9;
}

unsigned machine_phys_bits(void)
{
	return cpuid(0x80000008).a & 0xff;
}

/* Give the other processor time to take an INIT. */
static void settle(void)
{
	for (unsigned i = 0; i < 10000; i++)
		cpu_pause();
}

void machine_start_second(void)
{
	char *to = ADDRESS(TRAMPOLINE);

	for (const char *from = trampoline; from < trampoline_end; from++)
		*to++ = *from;
	APIC(APIC_ICR_HIGH) = 1u << 24;
	APIC(APIC_ICR_LOW) = ICR_INIT;
	settle();
	APIC(APIC_ICR_HIGH) = 1u << 24;
	APIC(APIC_ICR_LOW) = ICR_STARTUP | TRAMPOLINE >> 12;
}

unsigned machine_processor(void)
{
	return (uintptr_t)__builtin_frame_address(0) > (uintptr_t)stack_first;
}

void machine_kick(unsigned processor)
{
	APIC(APIC_ICR_HIGH) = processor << 24;
	APIC(APIC_ICR_LOW) = ICR_FIXED | KICK_VECTOR;
}

/* STI takes effect behind the next instruction, so nothing comes between the look and the HLT. */
void machine_wait(const uint64_t *word, uint64_t value)
{
	if (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value)
		__asm__ volatile("sti; hlt; cli" ::: "memory");
}

void machine_tick(uint32_t nanoseconds)
{
	APIC(APIC_TIMER_DIVIDE) = 0xb; /* by 1: nanoseconds in QEMU */
	APIC(APIC_TIMER) = KICK_VECTOR | TIMER_PERIODIC;
	APIC(APIC_TIMER_COUNT) = nanoseconds;
}

/* Not one shot: its interrupt may be the one that does not wake the processor. */
void machine_sleep(uint32_t nanoseconds)
{
	machine_tick(nanoseconds);
	__asm__ volatile("sti; hlt; cli" ::: "memory");
	machine_tick(MACHINE_LOOK_AGAIN);
}
