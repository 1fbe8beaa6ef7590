/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where threads run.
 */
#ifndef TDPMMU_BENCH_CPU_H
#define TDPMMU_BENCH_CPU_H

#include <stdbool.h>

/* The CPUs that this process may use: the last one is for everything, the one before it for a second thread; -1: there is none. */
struct cpus {
	int main, second;
};

struct cpus cpu_list(void);

/* Pin the calling thread to a CPU and ask for real-time scheduling. Whether it is pinned, and whether it is real-time. */
bool cpu_pin(int cpu, bool *real_time);

#endif
