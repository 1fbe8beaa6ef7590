/* SPDX-License-Identifier: BSD-2-Clause */
/* The bare machine: ports, registers, a serial line, two processors. */
#ifndef EXAMPLES_BARE_X86_MACHINE_H
#define EXAMPLES_BARE_X86_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MSR_EFER 0xc0000080u
/* Physical memory: all of it one to one in a payload, a piece of the process in a program of the host's. */
#ifdef HOSTED
extern uint8_t *machine_memory;
#define MEMORY_BASE ((uintptr_t)machine_memory)
#else
#define MEMORY_BASE ((uintptr_t)0)
#endif
#define ADDRESS(number)	   ((void *)(MEMORY_BASE + (uintptr_t)(number)))
#define HPA(pointer)	   ((uintptr_t)(pointer)-MEMORY_BASE)
#define HOST_WORD(address) (*(volatile uint32_t *)ADDRESS(address))

/* Memory as the oracles use it; the machine has 2 GiB, of which little is touched. */
enum {
	PAGE = 4096,
	KICK_VECTOR = 0x40,
	POOL_START = 32 << 20, /* pages for tables and control blocks, unless machine_set_pool() says otherwise */
	POOL_END = 64 << 20,
	GUEST_RAM = 64 << 20 /* guest address g of a test's fixed parts lies at GUEST_RAM + g */
};
#define DATA_START UINT64_C(0x40000000) /* what tests map at random: 1 GiB, so that one leaf of that size fits */
#define DATA_SIZE  UINT64_C(0x40000000)

struct cpuid {
	uint32_t a, b, c, d;
};

static inline void port_out(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

static inline uint8_t port_in(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline uint64_t msr_read(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return low | (uint64_t)high << 32;
}

static inline void msr_write(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" ::"a"((uint32_t)value), "d"((uint32_t)(value >> 32)), "c"(msr) : "memory");
}

static inline struct cpuid cpuid(uint32_t leaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(0));
	return r;
}

static inline void cpu_pause(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/* Serial line and exception table; once, on the first processor, before anything else. */
void machine_init(void);
/* Print: %s %c %u %x %d with an optional l. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);
/* End the machine: 0 is success. */
_Noreturn void machine_quit(unsigned status);
/* Say why, then quit(1). */
__attribute__((format(printf, 1, 2))) _Noreturn void machine_fail(const char *format, ...);
/* What compilers call. */
void *memset(void *to, int value, size_t n);
void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);

/* A zeroed page from the pool, forever. */
void *page_alloc(void);
/* Where the pool lies; before the first page is taken. */
void machine_set_pool(uint64_t start, uint64_t end);

/* What the image was started as: "rom", "multiboot", "pvh". */
const char *machine_loader(void);
/* What the image was told: the loader's command line without the image's name, or the words that run.sh put into the ROM. */
const char *machine_words(void);
/* Is this among the words? "name=value": what stands behind the =. NULL: no. The value ends at a space. */
const char *machine_word(const char *name);
/* The same as a number, decimal or 0x. */
uint64_t machine_number(const char *name, uint64_t otherwise);
/* What a boot loader put into memory beside the image, with its own words (QEMU: the file's name first). */
struct machine_module {
	uint64_t start, end;
	const char *words;
};
/* Tells the first ones, and how many there are. */
unsigned machine_modules(struct machine_module *out, unsigned most);
/* End of the memory that starts at 1 MiB, below 4 GiB. */
uint64_t machine_memory_end(void);

/* Where random numbers start: what run.sh was told, or a number of this model's own. */
uint64_t machine_seed(void);
/* Bochs, not QEMU. */
bool machine_is_bochs(void);
/* Bits of a physical address. */
unsigned machine_phys_bits(void);

/* Let the second processor run payload_second(); the first one returns at once. */
void machine_start_second(void);
/* On the second processor: let it be interrupted. */
void machine_init_second(void);
/* Which processor this is, 0 or 1: its stack says so. */
unsigned machine_processor(void);
/* Interrupt a processor, 0 or 1. */
void machine_kick(unsigned processor);
/* Stop until an interrupt comes, unless *word has changed from value: what its writer announces by machine_kick() cannot be missed. */
void machine_wait(const uint64_t *word, uint64_t value);
/* Stop for about so many nanoseconds; others run meanwhile, also where the host has few processors. Ticks slowly afterwards. */
void machine_sleep(uint32_t nanoseconds);
/* This processor, and its nested walks, go through 4 or 5 levels from now on. Not in VMX operation. */
void machine_walk_levels(unsigned levels);
/* May it say 5? */
static inline bool machine_has_la57(void)
{
	return cpuid(0).a >= 7 && (cpuid(7).c >> 16 & 1);
}
/*
 * Interrupt this processor about every so many nanoseconds from now on, so that whoever halts looks again. QEMU 7.2 now and then leaves an
 * interrupt pending without waking the processor; the next one does.
 */
void machine_tick(uint32_t nanoseconds);
/* So seldom that guests hardly notice, and so often that a run is not held up for long. */
#define MACHINE_LOOK_AGAIN 10000000
/* Let an interrupt that is pending in. */
static inline void machine_take_interrupt(void)
{
	__asm__ volatile("sti; nop; nop; cli" ::: "memory");
}

/* The test. */
_Noreturn void payload_main(void);
_Noreturn void payload_second(void);

/* Reproducible numbers (xorshift); the seed must not be 0. */
static inline uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#endif
