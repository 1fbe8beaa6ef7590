/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * More CPUs, by PSCI; and the four functions that a compiler expects of a program without a libc.
 */
#include "el2.h"

enum { PSCI_CPU_ON_LOW = 0x3 };
#define PSCI_CPU_ON (UINT64_C(0xc4000000) | PSCI_CPU_ON_LOW)

void second_cpu(void);
void *memset(void *to, int value, size_t n);
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);

bool start_cpu(unsigned cpu, void (*fn)(void))
{
	register uint64_t x0 __asm__("x0") = PSCI_CPU_ON;
	register uint64_t x1 __asm__("x1") = cpu;
	register uint64_t x2 __asm__("x2") = (uint64_t)second_cpu;
	register uint64_t x3 __asm__("x3") = (uint64_t)fn;

	__asm__ volatile("smc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
			 :
			 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory");
	return x0 == 0;
}

/* -fno-builtin keeps the compiler from making each of these a call of itself. */
void *memset(void *to, int value, size_t n)
{
	uint8_t *p = to;

	while (n-- > 0)
		*p++ = (uint8_t)value;
	return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	return memmove(to, from, n);
}

void *memmove(void *to, const void *from, size_t n)
{
	uint8_t *p = to;
	const uint8_t *q = from;

	if (p <= q) {
		while (n-- > 0)
			*p++ = *q++;
	} else {
		while (n-- > 0)
			p[n] = q[n];
	}
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *p = a, *q = b;

	for (; n > 0; n--, p++, q++) {
		if (*p != *q)
			return *p < *q ? -1 : 1;
	}
	return 0;
}
