/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole virtual machine: the parts, and who may touch them. */
#ifndef TDPVM_VM_H
#define TDPVM_VM_H

#include "frames.h"
#include "machine.h"
#include "options.h"
#include "park.h"
#include "payload.h"
#include "regions.h"
#include "space.h"
#include "tables.h"
#include "unrest.h"
#include "vcpus.h"

struct vm {
	const struct options *options;
	struct payload payload;
	struct machine machine;
	struct tables tables;
	struct frames frames;
	struct regions regions; /* the ranges never change once the guest runs, their pages do */
	struct space space;
	struct vcpus vcpus;
	struct unrest churn, chaos;
	struct caller self;	     /* main() */
	struct tdpvm_shared *shared; /* in guest memory: the guest writes it at any time, so nothing here trusts it */
	const struct region *data[2];
	const struct region *jit;
	struct park park; /* of acts */
};

/* Exit statuses of the program. */
enum {
	EXIT_OK = 0,
	EXIT_WRONG = 1,
	EXIT_SKIPPED = 77 /* what test drivers take for "cannot be tried here" */
};

/* life.c: everything up to the first instruction of the guest. */
bool vm_set_up(struct vm *vm);

/* Give everything back, in reverse order. Returns how many tables are lost. */
unsigned vm_tear_down(struct vm *vm);

/* world.c: give guest memory out and describe the guest's address space; then map what is there from the start. */
bool world_build(struct vm *vm);

/* ports.c: what the guest asks for. A port_fn; ctx is the vm. */
bool ports_handle(void *ctx, struct vcpu *vcpu, unsigned port);

#endif
