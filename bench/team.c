/* SPDX-License-Identifier: BSD-2-Clause */
#include "team.h"
#include "cpu.h"
#include "fail.h"
#include "stats.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <string.h>

#define EVICT_BYTES (8 << 20)
#define SPINS	    (1u << 20)

/* The second thread: asleep until there is a job, then spinning until both are ready. */
static struct {
	const struct job *job; /* NULL: the end */
	pthread_t thread;
	sem_t wake, awake;
	bool ready, go, done, failed;
	int cpu;
} second __attribute__((aligned(64)));

/* Waiting. Not for ever without a pause: another program's real-time thread may have to run here before ours on the other CPU can. */
static inline void spin(unsigned *spins)
{
	if (++*spins % SPINS == 0)
		sched_yield();
}

static void spin_until(const bool *flag)
{
	for (unsigned spins = 0; !__atomic_load_n(flag, __ATOMIC_ACQUIRE);)
		spin(&spins);
}

/* ---- the work ---- */

/* In which table each thread is, plus one. Lines of their own. */
static struct {
	uint64_t table;
} __attribute__((aligned(128))) place[THREADS];

/*
 * Both begin a table at the same time. Without this the one that is ahead by a few lines stays ahead, and two threads that alternate
 * never touch the same line at once: LIM-atomic took 1.8 or 8 ns, as chance would have it.
 */
static inline void meet(const struct job *job, unsigned thread, uint64_t gpa)
{
	if (!job->meet || gpa % TABLE_BYTES >= THREADS * BENCH_PAGE)
		return;
	__atomic_store_n(&place[thread].table, gpa / TABLE_BYTES + 1, __ATOMIC_RELEASE);
	for (unsigned spins = 0; __atomic_load_n(&place[!thread].table, __ATOMIC_ACQUIRE) <= gpa / TABLE_BYTES;)
		spin(&spins);
}

/* One fault. Where threads race for a new table one of them has to try again, as a vCPU would by running its guest. */
static inline bool resolve(struct guest *guest, const struct tdp_fault *fault, struct tdp_op *op)
{
	enum tdp_result result = tdp_fault(&guest->tree, fault, op);

	while (__builtin_expect(result == TDP_RACE || result == TDP_BUSY, 0))
		result = tdp_fault(&guest->tree, fault, op);
	return __builtin_expect(result == TDP_OK, 1);
}

/* A thread's units of the guest, ascending. */
static bool work_op(const struct job *job, unsigned thread)
{
	struct guest *guest = job->guest;
	struct tdp_op op = {.cache = &job->cache[thread]};
	struct tdp_fault fault = {
		.backing = {.hpa = GUEST_HPA, .size = guest->bytes, .attrs = guest_attrs(), .max_level_plus1 = 1},
		.access = TDP_WRITE,
	};

	for (uint64_t start = thread * job->unit; start < guest->bytes; start += job->threads * job->unit) {
		meet(job, thread, start);
		for (fault.gpa = start; fault.gpa < start + job->unit; fault.gpa += BENCH_PAGE)
			if (!resolve(guest, &fault, &op))
				return false;
	}
	return true;
}

/* The same of the limit's array. */
static bool work_limit(const struct job *job, unsigned thread)
{
	const struct flat *flat = job->flat;

	for (uint64_t start = thread * job->unit; start < flat->bytes; start += job->threads * job->unit) {
		meet(job, thread, start);
		for (uint64_t gpa = start; gpa < start + job->unit; gpa += BENCH_PAGE)
			if (lim_atomic_map_page(flat->pte, gpa, LIM_PRESENT | (GUEST_HPA + gpa)) != 0)
				return false;
	}
	return true;
}

static bool work(const struct job *job, unsigned thread)
{
	return job->guest ? work_op(job, thread) : work_limit(job, thread);
}

/* ---- the threads ---- */

static void *second_thread(void *arg)
{
	bool real_time;

	(void)arg;
	(void)cpu_pin(second.cpu, &real_time);
	share_enter_all();
	sem_post(&second.awake);
	for (;;) {
		sem_wait(&second.wake);
		if (!second.job)
			break;
		__atomic_store_n(&second.ready, true, __ATOMIC_RELEASE);
		spin_until(&second.go);
		second.failed = !work(second.job, 1);
		__atomic_store_n(&second.done, true, __ATOMIC_RELEASE);
	}
	share_leave_all();
	return NULL;
}

/*
 * Preparations were the main thread's: push what they wrote out of its CPU's own caches, so that one thread does not find all and two do
 * not find half of their tables in the wrong place.
 */
static void evict(void)
{
	static uint8_t other[EVICT_BYTES];
	static uint8_t value;

	memset(other, ++value, sizeof(other));
	__asm__ volatile("" : : "r"(other) : "memory");
}

double team_time(const struct job *job, uint64_t pages)
{
	bool two = job->threads > 1, good;
	double start, end;

	evict();
	second.ready = second.go = second.done = second.failed = false;
	memset(place, 0, sizeof(place));
	if (two) {
		second.job = job;
		sem_post(&second.wake);
		spin_until(&second.ready);
	}
	start = now();
	__atomic_store_n(&second.go, true, __ATOMIC_RELEASE);
	good = work(job, 0);
	if (two)
		spin_until(&second.done);
	end = now();
	bench_check(good && !second.failed, "two threads: a page could not be mapped");
	return (end - start) / (double)pages;
}

void team_start(int second_cpu)
{
	second.cpu = second_cpu;
	sem_init(&second.wake, 0, 0);
	sem_init(&second.awake, 0, 0);
	bench_check(pthread_create(&second.thread, NULL, second_thread, NULL) == 0, "no second thread");
	/* It begins on our CPU, where it would never get a turn while we spin. */
	sem_wait(&second.awake);
}

void team_stop(void)
{
	second.job = NULL;
	sem_post(&second.wake);
	pthread_join(second.thread, NULL);
}
