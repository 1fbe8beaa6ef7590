/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The second processor. A kick is a number that it must have seen while no guest ran there, and an interrupt so that it looks: the only
 * way to be sure, for an interrupt alone may arrive before the guest is entered.
 */
#include "remote.h"

static struct {
	uint64_t kicks, seen;
	uint64_t held;
	struct svm_vcpu vcpu;
	remote_fault_fn fault;
} remote = {.held = 1};

/* No guest runs here now. */
static void acknowledge(void)
{
	uint64_t held;

	do {
		const uint64_t kicks = __atomic_load_n(&remote.kicks, __ATOMIC_ACQUIRE);

		if (__atomic_exchange_n(&remote.seen, kicks, __ATOMIC_ACQ_REL) != kicks)
			machine_kick(0);
		held = __atomic_load_n(&remote.held, __ATOMIC_ACQUIRE);
		if (held)
			machine_wait(&remote.kicks, kicks);
	} while (held);
}

_Noreturn void payload_second(void)
{
	machine_init_second();
	machine_tick(MACHINE_LOOK_AGAIN);
	svm_enable();
	for (;;) {
		acknowledge();
		const uint64_t code = svm_run(&remote.vcpu);

		if (code == SVM_EXIT_INTR)
			machine_take_interrupt();
		else if (code == SVM_EXIT_NPF && remote.fault)
			remote.fault(remote.vcpu.info2, remote.vcpu.info1);
		else
			machine_fail("second processor: exit %lx info1 %lx info2 %lx", code, remote.vcpu.info1, remote.vcpu.info2);
	}
}

/* Until the second processor has seen this kick. */
static void wait_for(uint64_t number)
{
	uint64_t seen;

	while ((seen = __atomic_load_n(&remote.seen, __ATOMIC_ACQUIRE)) < number)
		machine_wait(&remote.seen, seen);
}

void remote_kick(void)
{
	const uint64_t number = __atomic_add_fetch(&remote.kicks, 1, __ATOMIC_ACQ_REL);

	machine_kick(1);
	wait_for(number);
}

void remote_start(void)
{
	const uint64_t number = __atomic_add_fetch(&remote.kicks, 1, __ATOMIC_ACQ_REL);

	machine_start_second();
	machine_tick(MACHINE_LOOK_AGAIN);
	wait_for(number);
}

void remote_hold(void)
{
	__atomic_store_n(&remote.held, 1, __ATOMIC_RELEASE);
	remote_kick();
}

void remote_release(void)
{
	__atomic_store_n(&remote.held, 0, __ATOMIC_RELEASE);
	machine_kick(1);
}

bool remote_held(void)
{
	return __atomic_load_n(&remote.held, __ATOMIC_ACQUIRE) != 0;
}

void remote_set(const struct svm_vcpu *v, remote_fault_fn fault)
{
	remote.vcpu = *v;
	remote.fault = fault;
}
