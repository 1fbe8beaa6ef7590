/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cpu.h"

#include <sched.h>

struct cpus cpu_list(void)
{
	struct cpus cpus = {-1, -1};
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return cpus;
	/* The last CPU: the first one usually serves more interrupts. */
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set)) {
			cpus.second = cpus.main;
			cpus.main = (int)cpu;
		}
	return cpus;
}

bool cpu_pin(int cpu, bool *real_time)
{
	struct sched_param param = {.sched_priority = 1};
	cpu_set_t set;

	*real_time = sched_setscheduler(0, SCHED_FIFO, &param) == 0;
	if (cpu < 0)
		return false;
	CPU_ZERO(&set);
	CPU_SET((unsigned)cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) == 0;
}
