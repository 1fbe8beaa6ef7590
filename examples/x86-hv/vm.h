/* SPDX-License-Identifier: BSD-2-Clause */
/* A virtual machine: what memory the guest was given, the tree of tables for it, and how its faults are resolved. */
#ifndef EXAMPLES_X86_HV_VM_H
#define EXAMPLES_X86_HV_VM_H

#include "cpus.h"
#include "guest.h"

/* Host memory, fixed. */
#define TABLES_START  UINT64_C(0x2400000) /* the pool of tables */
#define FRAMES_START  UINT64_C(0x6000000) /* where pages move to, and a copy of them */
#define MEMORY_NEEDED UINT64_C(0x8000000)
enum { TABLES = 64, MOST_REGIONS = 4 };

/* Memory that the guest was given. */
struct region {
	tdp_gpa_t gpa;
	uint64_t size;
	tdp_hpa_t hpa;
	uint64_t *frames; /* NULL, or where each page is instead: its address, and FRAME_MOVES while it goes elsewhere */
	struct tdp_attrs attrs;
	uint8_t max_level_plus1;
};
#define FRAME_MOVES UINT64_C(1)

/* How faults were resolved. */
struct fault_counts {
	uint64_t all, fast, spurious, moving, busy, lost; /* lost: another processor's compare-and-swap came first */
};

struct vm {
	struct tdp_tree tree;
	struct tdp_layout layout;
	struct tdp_mm_ops ops;
	struct tdp_regs regs;
	const struct form *form;
	struct region regions[MOST_REGIONS];
	unsigned region_count;
	bool logging; /* writes are being logged: faults get TDP_LOG_DIRTY */
	struct fault_counts faults;
	uint64_t flushes;
	uint64_t written[GUEST_PAGES / 64]; /* data pages that went away written (the dirty hook), or that the processor logged */
};

/* An empty tree of this form, with a guest's fixed parts given and filled in. Flags: enum tdp_tree_flag. */
void vm_open(struct vm *vm, const struct form *form, uint32_t flags);
/* Frees everything; fails the run if a table is missing afterwards. */
void vm_close(struct vm *vm);
/* Give the guest memory. */
void vm_give(struct vm *vm, const struct region *region);
/* Where the hypervisor finds it. */
void *vm_host(struct vm *vm, tdp_gpa_t gpa);
struct guest_orders *vm_orders(struct vm *vm);
/* Fail the run unless the library did it. */
void vm_must(enum tdp_result result, const char *what);
/* Spare tables for calls of this processor's: as many as count. */
struct tdp_cache *vm_tables(struct vm *vm, unsigned count);

/* The guest on this processor. */
void vm_load(struct vm *vm, bool log);
/* Run what it was sent to until it halts, or is told to leave. */
void vm_run(struct vm *vm);
/* Let a program of guest.S work on random pages. */
void vm_work(struct vm *vm, const char *program, uint64_t times);
/* Fail the run: the guest cannot go on. */
_Noreturn void vm_stuck(const struct exit *exit);

/* False: the guest may not do that. */
bool vm_fault(struct vm *vm, const struct exit *exit);
/* Note that a page was written, if it is one of the data pages. */
void vm_written(struct vm *vm, tdp_gpa_t gpa);
/* Note what the processor has logged. Returns how many addresses there were. */
unsigned vm_drain_log(struct vm *vm);
/* A mistake on purpose: kick before the library is called instead of in the hook. Nothing otherwise. */
void vm_announce(void);

#endif
