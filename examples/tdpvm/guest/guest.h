/* SPDX-License-Identifier: BSD-2-Clause */
/* What the guest's files share. */
#ifndef TDPVM_GUEST_H
#define TDPVM_GUEST_H

#include "abi.h"

/* What lies on the stack when the host has refused an access; see page_fault in entry.S. */
struct frame {
	uint64_t rdi, rsi, rdx, rax;
	uint64_t error;
	uint64_t rip, cs, rflags, rsp, ss;
};

/* The outcome of an access that may be refused. */
struct probe {
	uint64_t verdict; /* 0: it went through */
	uint64_t value;	  /* what was read, or the device's number */
};

/* One vCPU at work. */
struct job {
	const struct tdpvm_boot *boot;
	struct tdpvm_result *all; /* of every vCPU */
	struct tdpvm_result *me;
	uint64_t id;
	uint64_t pages; /* in both data windows */
};

struct probe probe_read(uint64_t address);
struct probe probe_write(uint64_t address, uint64_t value);
struct probe probe_exec(uint64_t address);

/* Called by entry.S. */
void guest_main(struct tdpvm_shared *shared, uint64_t id);
void page_refused(struct frame *frame, uint64_t address, uint64_t verdict, uint64_t device);

/* The phases. */
void data_fill(struct job *job);
void data_check(struct job *job);
void data_churn(struct job *job);
void data_act(struct job *job);
void code_run(struct job *job);
void poke_all(struct job *job);

/* Count a difference, and keep the first one. */
void expect(struct job *job, uint64_t address, uint64_t wanted, uint64_t seen);
/* Count an access that should have been refused in this way. */
void expect_refused(struct job *job, uint64_t address, struct probe probe, uint64_t verdict);

/* Leave for the host. The port is part of the instruction, so it must be a constant. */
#define host_call(port, a, b, c)                                                                                                   \
	({                                                                                                                         \
		uint64_t answer_ = 0, c_ = (c);                                                                                    \
		__asm__ volatile("outb %%al, %4" : "+a"(answer_), "+d"(c_) : "D"(a), "S"(b), "N"(port) : "memory");                \
		answer_;                                                                                                           \
	})

#endif
