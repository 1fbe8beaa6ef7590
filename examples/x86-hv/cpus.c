/* SPDX-License-Identifier: BSD-2-Clause */
/* Two processors; see cpus.h. */
#include "cpus.h"

#include "breaks.h"

/* How often to look before halting: to be woken takes a loaded host long. */
enum { LOOKS = 2000 };
/* How often the first processor looks again, in nanoseconds, and after how many looks a second one is taken for absent. */
enum { TICK = 200000, TICK_BOCHS = 20000, PATIENCE = 5000 };

struct cpu cpus[2];
uint64_t cpus_kicks;

/* What the second processor is told to do. */
static struct {
	uint64_t given, done; /* how many jobs */
	cpu_job_fn job;
	void *arg;
} work;

struct cpu *cpu_self(void)
{
	return &cpus[machine_processor()];
}

/*
 * On the first processor: until *word, which the other one changes and announces by a kick, is at least value. An interrupt may get lost, so
 * it looks at each tick, too, and kicks again.
 */
static void wait_for(const uint64_t *word, uint64_t value)
{
	uint64_t now;

	for (unsigned looks = 0; looks < LOOKS && __atomic_load_n(word, __ATOMIC_ACQUIRE) < value; looks++)
		cpu_pause();
	while ((now = __atomic_load_n(word, __ATOMIC_ACQUIRE)) < value) {
		machine_wait(word, now);
		if (__atomic_load_n(word, __ATOMIC_ACQUIRE) == now)
			machine_kick(1);
	}
}

_Noreturn void payload_second(void)
{
	machine_init_second();
	virt->enable();
	for (uint64_t number = 1;; number++) {
		__atomic_store_n(&work.done, number, __ATOMIC_RELEASE);
		machine_kick(0);
		while (__atomic_load_n(&work.given, __ATOMIC_ACQUIRE) < number)
			machine_wait(&work.given, number - 1); /* it is kicked until it has begun */
		work.job(work.arg);
	}
}

/* The second processor says that it is there by counting a job that nobody gave. A machine without one never does. */
bool cpus_start(void)
{
	machine_start_second();
	machine_tick(machine_is_bochs() ? TICK_BOCHS : TICK);
	for (unsigned i = 0; i < PATIENCE && __atomic_load_n(&work.done, __ATOMIC_ACQUIRE) == 0; i++)
		machine_wait(&work.done, 0);
	return __atomic_load_n(&work.done, __ATOMIC_ACQUIRE) != 0;
}

void cpus_do(cpu_job_fn job, void *arg)
{
	work.job = job;
	work.arg = arg;
	__atomic_add_fetch(&work.given, 1, __ATOMIC_RELEASE);
	machine_kick(1);
	wait_for(&cpus[1].inside, 1);
}

/*
 * "Inside" is stored before "asked" is read, and a flusher does it the other way round: either it sees that it must wait for this
 * processor, or this processor sees the changed tables.
 */
bool cpu_may_enter(struct cpu *cpu)
{
	uint64_t asked;

	__atomic_store_n(&cpu->inside, 1, __ATOMIC_SEQ_CST);
	asked = __atomic_load_n(&cpu->asked, __ATOMIC_SEQ_CST);
	if (asked != cpu->seen) {
		cpu->forget = cpu->forget || break_kind != BREAK_NO_FORGET;
		__atomic_store_n(&cpu->seen, asked, __ATOMIC_RELEASE);
		machine_kick(0);
	}
	return __atomic_load_n(&cpu->leave, __ATOMIC_ACQUIRE) == 0;
}

/* Whatever was asked for meanwhile is granted: no guest runs here, and the next one starts with nothing cached. */
void cpu_left(struct cpu *cpu)
{
	cpu->forget = true;
	__atomic_store_n(&cpu->inside, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&cpu->seen, __atomic_load_n(&cpu->asked, __ATOMIC_SEQ_CST), __ATOMIC_RELEASE);
	machine_kick(0);
}

/* Throw the guest out; an interrupt alone proves nothing, for it may come before the guest is entered. */
static void kick(unsigned number)
{
	struct cpu *cpu = &cpus[number];
	const uint64_t asked = __atomic_add_fetch(&cpu->asked, 1, __ATOMIC_SEQ_CST);

	if (!__atomic_load_n(&cpu->inside, __ATOMIC_SEQ_CST))
		return;
	machine_kick(number);
	__atomic_add_fetch(&cpus_kicks, 1, __ATOMIC_RELAXED);
	if (break_kind != BREAK_NO_ACK)
		wait_for(&cpu->seen, asked);
}

void cpus_flush(void)
{
	const unsigned self = machine_processor();

	cpus[self].forget = cpus[self].forget || break_kind != BREAK_NO_FORGET;
	kick(1 - self);
}

void cpus_nap(void)
{
	static const uint64_t never;

	machine_wait(&never, never);
}

void cpus_stop(void)
{
	__atomic_store_n(&cpus[1].leave, 1, __ATOMIC_SEQ_CST);
	machine_kick(1);
	wait_for(&work.done, work.given + 1);
	__atomic_store_n(&cpus[1].leave, 0, __ATOMIC_SEQ_CST);
}
