/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The second processor. A kick is a number that it must have seen while no guest ran there, and an interrupt so that it looks: the only
 * way to be sure, for an interrupt alone may arrive before the guest is entered.
 */
#include "remote.h"

static struct {
	uint64_t kicks, seen;
	bool held;
	struct svm_vcpu vcpu;
	remote_fault_fn fault;
} remote = {.held = true};

/* No guest runs here now. */
static void acknowledge(void)
{
	do
		__atomic_store_n(&remote.seen, __atomic_load_n(&remote.kicks, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
	while (__atomic_load_n(&remote.held, __ATOMIC_ACQUIRE));
}

_Noreturn void payload_second(void)
{
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

void remote_kick(void)
{
	const uint64_t number = __atomic_add_fetch(&remote.kicks, 1, __ATOMIC_ACQ_REL);

	machine_kick_second();
	while (__atomic_load_n(&remote.seen, __ATOMIC_ACQUIRE) < number)
		;
}

void remote_start(void)
{
	const uint64_t number = __atomic_add_fetch(&remote.kicks, 1, __ATOMIC_ACQ_REL);

	machine_start_second();
	while (__atomic_load_n(&remote.seen, __ATOMIC_ACQUIRE) < number)
		cpu_pause();
}

void remote_hold(void)
{
	__atomic_store_n(&remote.held, true, __ATOMIC_RELEASE);
	remote_kick();
}

void remote_release(void)
{
	__atomic_store_n(&remote.held, false, __ATOMIC_RELEASE);
}

bool remote_held(void)
{
	return __atomic_load_n(&remote.held, __ATOMIC_ACQUIRE);
}

void remote_set(const struct svm_vcpu *v, remote_fault_fn fault)
{
	remote.vcpu = *v;
	remote.fault = fault;
}
