/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vCPUs: one thread each, and the promise that a flush needs. A vCPU that is inside the guest may hold any old translation; one
 * that is outside drops all of them (it loads CR3) before it goes in again. So vcpus_flush() marks every vCPU, kicks those that are
 * inside and waits until each has come out. Any number of threads may flush at once, vCPUs' threads too: those are outside.
 */
#ifndef TDPVM_VCPUS_H
#define TDPVM_VCPUS_H

#include <pthread.h>

#include "caller.h"
#include "guest/abi.h"
#include "machine.h"

struct vcpus;

struct vcpu {
	struct vcpus *all;
	unsigned id;
	int fd;
	struct kvm_run *run; /* shared with KVM */
	struct caller caller;
	pthread_t thread;
	bool started;

	pthread_mutex_t lock; /* what follows */
	pthread_cond_t out;   /* it came out; signalled while somebody waits */
	unsigned waiters;     /* flushes that wait for that */
	pthread_t self;	      /* for the kick: set by the thread itself, before it goes in for the first time */
	bool inside;	      /* in KVM_RUN, or about to be */
	bool kicked;	      /* and already on its way out */
	bool stale;	      /* must load CR3 before it goes in */
	bool stop;	      /* goes in no more */
	uint64_t entries;     /* how often it went in */
	uint64_t kicks;	      /* how often it was driven out */
};

/* The guest left by a port. true: go on; false: this vCPU has finished, or a problem is set. */
typedef bool (*port_fn)(void *ctx, struct vcpu *vcpu, unsigned port);

struct vcpus {
	struct vcpu one[TDPVM_MAX_VCPUS];
	unsigned count;
	size_t run_size;
	uint64_t cr3; /* the root of the page tables */
	port_fn on_port;
	void *ctx; /* for on_port */

	pthread_mutex_t lock; /* what follows */
	pthread_cond_t met;   /* a barrier opened, or a vCPU ended */
	unsigned waiting;     /* vCPUs at the barrier */
	unsigned ended;	      /* vCPUs whose thread has finished */
	unsigned phase;	      /* of the last barrier that opened */
	uint64_t barriers;    /* how many opened */
	bool stop;	      /* nobody goes in any more */
};

/* Make count vCPUs. On failure a problem is set, and vcpus_close() is due all the same. */
bool vcpus_open(struct vcpus *vcpus, const struct machine *machine, unsigned count, const struct tdp_urcu *rcu, port_fn on_port,
		void *ctx);
void vcpus_close(struct vcpus *vcpus);

/* Put a vCPU into 64-bit mode at an entry point, with its number, the shared page and a stack. */
bool vcpus_reset(struct vcpus *vcpus, unsigned id, uint64_t entry, uint64_t shared, uint64_t stack);

/* Start the threads. */
bool vcpus_start(struct vcpus *vcpus);

/* Wait until all threads ended, at most so long. true: they have. *phase: where the guest is. */
bool vcpus_wait(struct vcpus *vcpus, unsigned milliseconds, unsigned *phase);

/* Drive everybody out for good, and join the threads. */
void vcpus_stop(struct vcpus *vcpus);

/* Flush: when it returns, no vCPU can use a translation that it has cached until now. */
void vcpus_flush(struct vcpus *vcpus);

/* For a vCPU's thread, outside the guest: wait until all that still run are here. */
void vcpus_barrier(struct vcpus *vcpus, unsigned phase);

/* Whether everybody is being driven out. */
bool vcpus_stopping(struct vcpus *vcpus);

/* How often a vCPU was driven out of the guest. When all threads have ended. */
uint64_t vcpus_kicks(const struct vcpus *vcpus);

/* registers.c: the state a vCPU starts in, and loading CR3 anew. */
bool registers_reset(const struct vcpu *vcpu, uint64_t cr3, const struct kvm_regs *regs);
bool registers_load_cr3(const struct vcpu *vcpu, uint64_t cr3);

#endif
