/* SPDX-License-Identifier: BSD-2-Clause */
/* Second-level faults: which memory is it, and what does the library make of it. */
#include "vm.h"

#include "grace.h"

/* The region of an address; NULL: the guest was not given it. */
static const struct region *find(const struct vm *vm, tdp_gpa_t gpa)
{
	for (unsigned i = 0; i < vm->region_count; i++)
		if (gpa >= vm->regions[i].gpa && gpa - vm->regions[i].gpa < vm->regions[i].size)
			return &vm->regions[i];
	return NULL;
}

static uint64_t frame(const struct region *region, tdp_gpa_t gpa)
{
	return __atomic_load_n(&region->frames[(gpa - region->gpa) / PAGE], __ATOMIC_ACQUIRE);
}

void *vm_host(struct vm *vm, tdp_gpa_t gpa)
{
	const struct region *region = find(vm, gpa);

	if (!region)
		machine_fail("%lx is not the guest's", gpa);
	return ADDRESS(region->frames ? (frame(region, gpa) & ~FRAME_MOVES) + gpa % PAGE : region->hpa + (gpa - region->gpa));
}

/*
 * What backs the address: all of its region, or one page. Who moves a page says so first, and waits for read sections that may have missed
 * it; so what is read here holds until the section ends. False: it moves, and the guest may try again.
 */
static bool backing(const struct region *region, tdp_gpa_t gpa, struct tdp_fault *fault)
{
	fault->base = region->gpa;
	fault->backing = (struct tdp_backing){
		.hpa = region->hpa, .size = region->size, .attrs = region->attrs, .max_level_plus1 = region->max_level_plus1};
	if (region->frames) {
		fault->base = gpa & ~(uint64_t)(PAGE - 1);
		fault->backing.hpa = frame(region, gpa);
		fault->backing.size = PAGE;
	}
	return !(fault->backing.hpa & FRAME_MOVES);
}

/* Bits in the entry may be all that it takes; then the lock-free call does it, without looking for what backs the page. */
static enum tdp_result resolve(struct vm *vm, const struct region *region, struct tdp_fault *fault, struct tdp_op *op)
{
	enum tdp_result result;

	if (!backing(region, fault->gpa, fault)) {
		vm->faults.moving++;
		return TDP_SPURIOUS;
	}
	result = tdp_fault_fast(&vm->tree, fault->gpa, fault->access, op);
	if (result == TDP_ABSENT)
		return tdp_fault(&vm->tree, fault, op);
	vm->faults.fast += result == TDP_OK;
	return result;
}

bool vm_fault(struct vm *vm, const struct exit *exit)
{
	const struct region *region = find(vm, exit->gpa);
	struct tdp_op op = {.flags = vm->logging ? TDP_LOG_DIRTY : 0, .cache = vm_tables(vm, TDP_FAULT_TABLES)};
	struct tdp_fault fault = {.gpa = exit->gpa, .access = exit->access};
	enum tdp_result result;

	if (!region)
		return false;
	vm->faults.all++;
	grace_enter();
	result = resolve(vm, region, &fault, &op);
	grace_leave();
	switch (result) {
	case TDP_OK:
		/* A page that comes in by a write is dirty from the start, so the processor has nothing to log. */
		if (cpu_self()->vcpu.logging && exit->access == TDP_WRITE)
			vm_written(vm, exit->gpa);
		return true;
	case TDP_SPURIOUS:
		vm->faults.spurious++;
		return true;
	case TDP_BUSY:
		vm->faults.busy++;
		return true;
	case TDP_RACE:
		vm->faults.lost++;
		return true;
	case TDP_PROTECTED:
		return false;
	default:
		machine_fail("a fault at %lx: %s", exit->gpa, tdp_result_name(result));
	}
}
