/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * events TIMES: INT3, INT n, an undefined instruction and a page fault, each with nothing mapped: the hypervisor forgets everything just before,
 * so that the way into the kernel faults again and again. Status 0: each came in exactly once and said what it must.
 */
#include "program.h"

enum {
	SYS_SIGACTION = 13,
	SYS_GETPID = 39,
	SYS_GETPID_32 = 20, /* by INT 80h */
	SIGNAL_ILL = 4,
	SIGNAL_TRAP = 5,
	SIGNAL_SEGV = 11,
	WITH_INFO_AND_RESTORER = 0x04000004,
	INFO_ADDRESS = 16 / 8, /* in siginfo, in words */
	CONTEXT_RIP = 168 / 8, /* in ucontext, in words */
	CALL_FORGET = 5
};
#define NOWHERE 0x1230

struct action {
	void (*handler)(int signal, const unsigned long *info, unsigned long *context);
	unsigned long flags;
	void (*restorer)(void);
	unsigned long mask;
};

/* rt_sigreturn */
__asm__("restorer: mov $15, %eax\n"
	"	syscall\n");
void restorer(void);

static unsigned traps, undefined, faults;
static unsigned long address;

/* An undefined instruction and a fault's are passed over: both are two bytes long. */
static void handler(int signal, const unsigned long *info, unsigned long *context)
{
	traps += signal == SIGNAL_TRAP;
	undefined += signal == SIGNAL_ILL;
	faults += signal == SIGNAL_SEGV;
	if (signal == SIGNAL_TRAP)
		return;
	address = info[INFO_ADDRESS];
	context[CONTEXT_RIP] += 2;
}

static long catch (int signal)
{
	const struct action action = {.handler = handler, .flags = WITH_INFO_AND_RESTORER, .restorer = restorer};

	return system_call(SYS_SIGACTION, signal, (long)&action, 0, sizeof(action.mask), 0, 0);
}

/* Each event directly behind the call. What is wrong: 0 nothing. */
static int all_events(void)
{
	const long expected = system_call(SYS_GETPID, 0, 0, 0, 0, 0, 0);
	long pid = CALL_FORGET, rax = CALL_FORGET;

	traps = undefined = faults = 0;
	__asm__ volatile("vmmcall; int3" : "+a"(rax)::"rbx", "memory");
	if (traps != 1 || rax != CALL_FORGET)
		return 1;
	__asm__ volatile("vmmcall; mov %1, %%eax; int $0x80"
			 : "+a"(pid)
			 : "i"(SYS_GETPID_32)
			 : "rbx", "r8", "r9", "r10", "r11", "memory");
	if (pid != expected)
		return 2;
	__asm__ volatile("vmmcall; ud2" : "+a"(rax)::"rbx", "memory");
	if (undefined != 1)
		return 3;
	__asm__ volatile("vmmcall; mov (%1), %%ecx" : "+a"(rax) : "D"((unsigned long)NOWHERE) : "rbx", "rcx", "memory");
	return faults == 1 && address == NOWHERE ? 0 : 4;
}

int program(long count, char **words)
{
	if (count != 2 || catch (SIGNAL_TRAP) || catch (SIGNAL_ILL) || catch (SIGNAL_SEGV))
		return 5;
	for (unsigned long i = number(words[1]); i > 0; i--) {
		const int wrong = all_events();

		if (wrong)
			return wrong;
	}
	return 0;
}
