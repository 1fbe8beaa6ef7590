/* SPDX-License-Identifier: BSD-2-Clause */
#include "vcpus.h"
#include "problem.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* The signal only has to interrupt KVM_RUN. */
static void on_kick(int signal)
{
	(void)signal;
}

/* One vCPU and its window to KVM. */
static bool open_one(struct vcpus *vs, const struct machine *machine, const struct tdp_urcu *rcu)
{
	struct vcpu *v = &vs->one[vs->count];

	*v = (struct vcpu){.all = vs, .id = vs->count, .caller = {.rcu = rcu, .number = vs->count}};
	pthread_mutex_init(&v->lock, NULL);
	pthread_cond_init(&v->out, NULL);
	v->fd = ioctl(machine->vm, KVM_CREATE_VCPU, v->id);
	if (v->fd < 0)
		return problem("KVM_CREATE_VCPU: %s", strerror(errno));
	vs->count++;
	if (ioctl(v->fd, KVM_SET_CPUID2, machine->cpuid) < 0)
		return problem("KVM_SET_CPUID2: %s", strerror(errno));
	void *run = mmap(NULL, vs->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
	if (run == MAP_FAILED)
		return problem("vCPU %u: %s", v->id, strerror(errno));
	v->run = run;
	return true;
}

bool vcpus_open(struct vcpus *vs, const struct machine *machine, unsigned count, const struct tdp_urcu *rcu, port_fn on_port,
		void *ctx)
{
	const struct sigaction action = {.sa_handler = on_kick};
	bool ok = true;

	*vs = (struct vcpus){.run_size = machine->run_size, .on_port = on_port, .ctx = ctx};
	pthread_mutex_init(&vs->lock, NULL);
	pthread_cond_init(&vs->met, NULL);
	sigaction(SIGUSR1, &action, NULL);
	while (ok && vs->count < count)
		ok = open_one(vs, machine, rcu);
	return ok;
}

void vcpus_close(struct vcpus *vs)
{
	for (unsigned i = 0; i < vs->count; i++) {
		if (vs->one[i].run)
			munmap(vs->one[i].run, vs->run_size);
		close(vs->one[i].fd);
	}
	vs->count = 0;
}

bool vcpus_reset(struct vcpus *vs, unsigned id, uint64_t entry, uint64_t shared, uint64_t stack)
{
	/* As after a call: the stack pointer is 8 below a multiple of 16, where the return address would be. */
	const struct kvm_regs regs = {.rip = entry, .rdi = shared, .rsi = id, .rsp = stack - 8, .rflags = 2};

	return registers_reset(&vs->one[id], vs->cr3, &regs);
}

/* With its lock held: if it is inside it leaves soon. A signal before KVM_RUN is not lost: immediate_exit makes it return. */
static void kick(struct vcpu *v)
{
	if (!v->inside || v->kicked)
		return;
	v->kicked = true;
	v->kicks++;
	__atomic_store_n(&v->run->immediate_exit, 1, __ATOMIC_RELAXED);
	pthread_kill(v->self, SIGUSR1);
}

void vcpus_flush(struct vcpus *vs)
{
	uint64_t entries[TDPVM_MAX_VCPUS];

	/* All are told before the first is waited for. */
	for (unsigned i = 0; i < vs->count; i++) {
		struct vcpu *v = &vs->one[i];

		pthread_mutex_lock(&v->lock);
		v->stale = true;
		entries[i] = v->entries;
		kick(v);
		pthread_mutex_unlock(&v->lock);
	}
	for (unsigned i = 0; i < vs->count; i++) {
		struct vcpu *v = &vs->one[i];

		pthread_mutex_lock(&v->lock);
		v->waiters++;
		/* One that went in again meanwhile has loaded CR3. */
		while (v->inside && v->entries == entries[i])
			pthread_cond_wait(&v->out, &v->lock);
		v->waiters--;
		pthread_mutex_unlock(&v->lock);
	}
}

/* Go into the guest, if it still may; translations from before the last flush are gone. */
static bool enter(struct vcpus *vs, struct vcpu *v)
{
	pthread_mutex_lock(&v->lock);
	bool go = !v->stop;
	v->self = pthread_self();
	if (go && v->stale) {
		v->stale = false;
		go = registers_load_cr3(v, vs->cr3);
	}
	if (go) {
		__atomic_store_n(&v->run->immediate_exit, 0, __ATOMIC_RELAXED);
		v->kicked = false;
		v->inside = true;
		v->entries++;
	}
	pthread_mutex_unlock(&v->lock);
	return go;
}

/* Out of the guest: this is the acknowledgement that a flush waits for. */
static void leave(struct vcpu *v)
{
	pthread_mutex_lock(&v->lock);
	v->inside = false;
	if (v->waiters)
		pthread_cond_broadcast(&v->out);
	pthread_mutex_unlock(&v->lock);
}

/* Why the guest came out. true: go on. */
static bool handle_exit(struct vcpu *v)
{
	const struct kvm_run *run = v->run;

	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		if (run->io.direction == KVM_EXIT_IO_OUT && run->io.size == 1)
			return v->all->on_port(v->all->ctx, v, run->io.port);
		return problem("vCPU %u: unknown use of port %#x", v->id, run->io.port);
	case KVM_EXIT_INTR:
		return true;
	case KVM_EXIT_SHUTDOWN:
		return problem("vCPU %u: an exception in an exception (triple fault)", v->id);
	case KVM_EXIT_HLT:
		return problem("vCPU %u: halted", v->id);
	case KVM_EXIT_MMIO:
		return problem("vCPU %u: a mapping leads out of memory, to %#llx", v->id, run->mmio.phys_addr);
	case KVM_EXIT_INTERNAL_ERROR:
		return problem("vCPU %u: KVM gave up (internal error %u)", v->id, run->internal.suberror);
	default:
		return problem("vCPU %u: unexpected exit %u", v->id, run->exit_reason);
	}
}

/* Nobody goes in any more; those inside come out, those at the barrier leave it. */
static void end_all(struct vcpus *vs)
{
	for (unsigned i = 0; i < vs->count; i++) {
		struct vcpu *v = &vs->one[i];

		pthread_mutex_lock(&v->lock);
		v->stop = true;
		kick(v);
		pthread_mutex_unlock(&v->lock);
	}
	pthread_mutex_lock(&vs->lock);
	vs->stop = true;
	pthread_cond_broadcast(&vs->met);
	pthread_mutex_unlock(&vs->lock);
}

/* With the lock held: open the barrier if nobody is missing. */
static void open_barrier(struct vcpus *vs)
{
	if (vs->waiting && vs->waiting == vs->count - vs->ended) {
		vs->waiting = 0;
		vs->barriers++;
		pthread_cond_broadcast(&vs->met);
	}
}

void vcpus_barrier(struct vcpus *vs, unsigned phase)
{
	pthread_mutex_lock(&vs->lock);
	uint64_t turn = vs->barriers;
	vs->waiting++;
	open_barrier(vs);
	while (vs->barriers == turn && !vs->stop)
		pthread_cond_wait(&vs->met, &vs->lock);
	vs->phase = phase;
	pthread_mutex_unlock(&vs->lock);
}

bool vcpus_stopping(struct vcpus *vs)
{
	pthread_mutex_lock(&vs->lock);
	bool stop = vs->stop;
	pthread_mutex_unlock(&vs->lock);
	return stop;
}

/* One vCPU's life. If it meets a problem, it ends the others too. */
static void *vcpu_thread(void *arg)
{
	struct vcpu *v = arg;
	struct vcpus *vs = v->all;

	caller_register(&v->caller);
	while (enter(vs, v)) {
		int rc = ioctl(v->fd, KVM_RUN, 0), error = errno;

		leave(v);
		if (rc < 0 && error != EINTR && error != EAGAIN) {
			problem("KVM_RUN: %s", strerror(error));
			break;
		}
		if (rc == 0 && !handle_exit(v))
			break;
	}
	if (problem_text())
		end_all(vs);
	caller_unregister(&v->caller);
	pthread_mutex_lock(&vs->lock);
	vs->ended++;
	open_barrier(vs);
	pthread_cond_broadcast(&vs->met);
	pthread_mutex_unlock(&vs->lock);
	return NULL;
}

uint64_t vcpus_kicks(const struct vcpus *vs)
{
	uint64_t kicks = 0;

	for (unsigned i = 0; i < vs->count; i++)
		kicks += vs->one[i].kicks;
	return kicks;
}

bool vcpus_start(struct vcpus *vs)
{
	for (unsigned i = 0; i < vs->count; i++) {
		struct vcpu *v = &vs->one[i];
		int error = pthread_create(&v->thread, NULL, vcpu_thread, v);

		if (error)
			return problem("vCPU %u: %s", i, strerror(error));
		v->started = true;
	}
	return true;
}

bool vcpus_wait(struct vcpus *vs, unsigned milliseconds, unsigned *phase)
{
	struct timespec until;
	int error = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += milliseconds * 1000000l;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&vs->lock);
	while (vs->ended < vs->count && !error)
		error = pthread_cond_clockwait(&vs->met, &vs->lock, CLOCK_MONOTONIC, &until);
	bool ended = vs->ended == vs->count;
	*phase = vs->phase;
	pthread_mutex_unlock(&vs->lock);
	return ended;
}

void vcpus_stop(struct vcpus *vs)
{
	end_all(vs);
	for (unsigned i = 0; i < vs->count; i++) {
		if (vs->one[i].started)
			pthread_join(vs->one[i].thread, NULL);
		vs->one[i].started = false;
	}
}
