/* SPDX-License-Identifier: BSD-2-Clause */
/* A hypervisor that boots an unmodified Linux on nested tables of the library's. See README.md. */
#include "fault.h"
#include "kernel.h"
#include "log.h"
#include "memory.h"
#include "move.h"
#include "options.h"
#include "report.h"
#include "tree.h"
#include "vcpu.h"

enum {
	VMMCALL_LENGTH = 3,
	MORE = 16 << 20,
	SLEEP = 1000000, /* nanoseconds */
	STEPS_PER_ROUND = 32,
	APIC_SVR = 0xfee000f0,
	APIC_LVT0 = 0xfee00350,
	APIC_LVT1 = 0xfee00360
};

/* What the guest asks for by VMMCALL, in RAX; guest/program.h. RBX: an argument. */
enum hypercall { CALL_END = 1, CALL_LOG_START, CALL_LOG_END, CALL_WROTE, CALL_FORGET };

static struct vcpu guest;
static bool started; /* the guest runs: the second processor may begin */

/* RBX: how many of its checks were ok, and above bit 16 how many were not. */
static void hypercall(void)
{
	const uint64_t argument = guest.registers.rbx;

	guest.vmcb->rip += VMMCALL_LENGTH;
	tree_lock();
	switch (guest.vmcb->rax) {
	case CALL_END:
		report.guest_ok = argument & 0xffff;
		report.guest_bad = argument >> 16;
		report_end();
	case CALL_LOG_START:
		log_start();
		break;
	case CALL_LOG_END:
		log_end();
		break;
	case CALL_WROTE:
		log_told(argument);
		break;
	case CALL_FORGET:
		move_forget();
		break;
	default:
		machine_fail("the guest asks for %lx, which there is not", guest.vmcb->rax);
	}
	tree_unlock();
}

static void handle_exit(void)
{
	switch (guest.vmcb->exit_code) {
	case EXIT_NPF:
		fault_resolve(guest.vmcb->exit_info2, guest.vmcb->exit_info1);
		break;
	case EXIT_VMMCALL:
		hypercall();
		break;
	case EXIT_NMI:
		report.nmis++;
		vcpu_take_nmi();
		break;
	case EXIT_SHUTDOWN:
		machine_fail("the guest shut down (triple fault) at %lx", guest.vmcb->rip);
	default:
		machine_fail("exit %lx info1 %lx info2 %lx at %lx", guest.vmcb->exit_code, guest.vmcb->exit_info1,
			     guest.vmcb->exit_info2, guest.vmcb->rip);
	}
}

/* What firmware leaves behind: the old interrupt controller comes through the local APIC. Linux without SMP counts on it. */
static void virtual_wire(void)
{
	HOST_WORD(APIC_SVR) = 0x1ff;
	HOST_WORD(APIC_LVT0) = 0x700;
	HOST_WORD(APIC_LVT1) = 0x400;
}

static uint64_t load(void)
{
	struct machine_module modules[2];
	const unsigned count = machine_modules(modules, 2);

	if (count != 2)
		machine_fail("a kernel and an initial RAM disk are wanted as modules; there are %u", count);
	memory_init(modules[0].end > modules[1].end ? modules[0].end : modules[1].end);
	return kernel_load(&modules[0], &modules[1], breaks(BREAK_MORE_MEMORY) ? GUEST_SIZE + MORE : GUEST_SIZE);
}

_Noreturn void payload_main(void)
{
	uint64_t entry;

	machine_init();
	options_read();
	vcpu_must_be_possible();
	if (options.levels == 5 && !machine_has_la57())
		machine_fail("no 5-level paging: CPUID.7.0:ECX[16] (LA57) is 0 (QEMU: -cpu max)");
	if (options.levels == 5)
		machine_walk_levels(5);
	entry = load();
	vcpu_init(&guest, entry, BOOT_PARAMS, tree_init());
	virtual_wire();
	if (options.second)
		machine_start_second();
	__atomic_store_n(&started, true, __ATOMIC_RELEASE);
	for (;;) {
		vcpu_run(&guest, guest_enters());
		guest_left();
		report.exits++;
		if (!breaks(BREAK_NO_REINJECT))
			report.interrupted += vcpu_reinject(&guest);
		handle_exit();
	}
}

/* The second processor moves pages under the running guest, and collects what it has written. */
_Noreturn void payload_second(void)
{
	machine_init_second();
	while (!__atomic_load_n(&started, __ATOMIC_ACQUIRE))
		cpu_pause();
	for (unsigned i = 0;; i++) {
		machine_sleep(SLEEP);
		tree_lock();
		if (options.migrate)
			move_something(OTHER_PROCESSOR);
		if (i % STEPS_PER_ROUND == 0)
			log_round(OTHER_PROCESSOR);
		tree_unlock();
	}
}
