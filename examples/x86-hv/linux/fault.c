/* SPDX-License-Identifier: BSD-2-Clause */
/* Nested page faults; see fault.h. */
#include "fault.h"

#include "log.h"
#include "memory.h"
#include "move.h"
#include "options.h"
#include "report.h"
#include "touched.h"
#include "vmcb.h"

enum { WRONG_ONE = 3000, MOVES_PER_FAULT = 2, FAULTS_PER_ROUND = 1024 };

static uint32_t access_of(uint64_t info1)
{
	if (info1 & NPF_WRITE)
		return TDP_WRITE;
	return info1 & NPF_FETCH ? TDP_EXEC_S | TDP_EXEC_U : TDP_READ;
}

/* What the machine has there, one to one. */
static struct tdp_fault device_fault(uint64_t gpa)
{
	const uint64_t page = gpa / PAGE * PAGE;

	return (struct tdp_fault){.base = page,
				  .backing = {.hpa = page, .size = PAGE, .attrs = {.prot = TDP_RWX, .memtype = TDP_MT_UC}}};
}

/* The frame of the page or, with 2 MiB pages, the whole region, if its pages lie together. */
static struct tdp_fault ram_fault(uint64_t gpa)
{
	const uint64_t region = gpa / BLOCK;
	struct tdp_fault fault = {.base = gpa / PAGE * PAGE,
				  .backing = {.hpa = page_hpa(gpa / PAGE), .size = PAGE, .attrs = {.prot = TDP_RWX}}};

	if (options.huge && region > 0 && region_is_block(region)) {
		fault.base = region * BLOCK;
		fault.backing.hpa = page_hpa(region * BLOCK_PAGES);
		fault.backing.size = BLOCK;
	}
	if (breaks(BREAK_WRONG_FRAME) && report.faults == WRONG_ONE) {
		say("[hv] page %lx gets the wrong frame\n", gpa / PAGE);
		fault.backing.hpa ^= PAGE;
	}
	return fault;
}

/* Pages that were never mapped have their hash taken before the guest gets them: a leaf may bring more than the one that faulted. */
static void first_time(const struct tdp_fault *fault)
{
	for (uint64_t gfn = fault->base / PAGE; gfn < (fault->base + fault->backing.size) / PAGE; gfn++)
		if (touch(gfn)) {
			log_new_page(gfn);
			report.pages++;
		}
}

/* What tdp_fault_fast() does not know: nothing is mapped there, or it must be split. */
static enum tdp_result resolve_slowly(uint64_t gpa, uint32_t access, enum memory_kind kind, struct tdp_op *op)
{
	struct tdp_fault fault = kind == MEMORY_RAM ? ram_fault(gpa) : device_fault(gpa);

	fault.gpa = gpa;
	fault.access = access;
	if (kind == MEMORY_RAM) {
		first_time(&fault);
		report.mapped++;
	} else {
		report.devices++;
	}
	return tdp_fault(&tree, &fault, op);
}

/* With one processor what is to happen now and then happens here: pages move when another one is mapped. */
static void meanwhile(bool mapped)
{
	if (options.second)
		return;
	for (unsigned i = 0; options.migrate && mapped && i < MOVES_PER_FAULT; i++)
		move_something(GUESTS_PROCESSOR);
	if (report.faults % FAULTS_PER_ROUND == 0)
		log_round(GUESTS_PROCESSOR);
}

void fault_resolve(uint64_t gpa, uint64_t exit_info1)
{
	const enum memory_kind kind = memory_kind(gpa);
	const uint32_t access = access_of(exit_info1);
	struct tdp_op op;
	enum tdp_result r;
	bool fast;

	if (kind == MEMORY_NONE)
		machine_fail("the guest touches %lx, which it was not given", gpa);
	tree_lock();
	report.faults++;
	report.table_walks += (exit_info1 & NPF_TABLE) != 0;
	op = tree_op(GUESTS_PROCESSOR, log_flag());
	r = tdp_fault_fast(&tree, gpa, access, &op);
	fast = r != TDP_ABSENT;
	if (!fast)
		r = resolve_slowly(gpa, access, kind, &op);
	report.fast += fast;
	tree_must(r, "a fault", gpa);
	report.spurious += r == TDP_SPURIOUS;
	meanwhile(!fast);
	tree_unlock();
}
