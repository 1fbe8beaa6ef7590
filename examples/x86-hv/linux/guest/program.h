/* SPDX-License-Identifier: BSD-2-Clause */
/* A program in the guest without a libc: where it starts, system calls, and the call to the hypervisor, which works in user mode, too. */
#ifndef EXAMPLES_X86_HV_LINUX_GUEST_PROGRAM_H
#define EXAMPLES_X86_HV_LINUX_GUEST_PROGRAM_H

/* The kernel starts it with the arguments' number and the arguments on the stack. */
__asm__(".globl _start\n"
	"_start: mov (%rsp), %rdi\n"
	"	lea 8(%rsp), %rsi\n"
	"	and $-16, %rsp\n"
	"	call program\n"
	"	mov %eax, %edi\n"
	"	mov $60, %eax\n" /* exit */
	"	syscall\n");

int program(long count, char **words);

static inline long system_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/* See enum hypercall in ../main.c. */
static inline void hypercall(unsigned long what, unsigned long argument)
{
	__asm__ volatile("vmmcall" ::"a"(what), "b"(argument) : "memory");
}

static inline unsigned long number(const char *digits)
{
	unsigned long value = 0;

	for (; *digits >= '0' && *digits <= '9'; digits++)
		value = value * 10 + (unsigned long)(*digits - '0');
	return value;
}

#endif
