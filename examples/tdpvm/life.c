/* SPDX-License-Identifier: BSD-2-Clause */
/* The beginning and the end of the machine. */
#include "vm.h"

bool vm_set_up(struct vm *vm)
{
	const struct options *o = vm->options;
	/* One table per 2 MiB of pages, a few for the upper levels of each range, and those in the vCPUs' caches. */
	const uint64_t table_bytes = (o->mem / 512 + (2 << 20)) & ~(FRAME_2M - 1), table_base = o->mem - table_bytes;

	if (!payload_read(&vm->payload, o->payload, o->mem / 2))
		return false;
	if (!machine_open(&vm->machine, o->kvm_device, o->mem))
		return false;
	frames_open(&vm->frames, vm->machine.ram, table_base);
	if (!tables_open(&vm->tables, vm->machine.ram, table_base, (unsigned)(table_bytes / FRAME_4K)))
		return false;
	if (!vcpus_open(&vm->vcpus, &vm->machine, o->vcpus, o->rcu, ports_handle, vm))
		return false;
	if (!space_open(&vm->space, &vm->machine, &vm->tables, &vm->regions, &vm->frames, &vm->vcpus, o))
		return false;
	vm->vcpus.cr3 = vm->space.regs.base;
	if (!world_build(vm))
		return false;
	vm->shared->boot.act = o->act == ACT_NONE ? TDPVM_NO_ACT : o->act == ACT_WSS ? TDPVM_READER : TDPVM_WRITER;
	return true;
}

/* Take the tables back that a caller has not used. */
static void empty_cache(struct vm *vm, struct caller *caller)
{
	struct tdp_table table;

	while (tdp_cache_take(&caller->cache, &table))
		tables_give(&vm->tables, &table);
}

unsigned vm_tear_down(struct vm *vm)
{
	for (unsigned i = 0; i < vm->vcpus.count; i++)
		empty_cache(vm, &vm->vcpus.one[i].caller);
	empty_cache(vm, &vm->churn.caller);
	empty_cache(vm, &vm->chaos.caller);
	empty_cache(vm, &vm->self);
	unsigned lost = space_close(&vm->space, &vm->self);
	vcpus_close(&vm->vcpus);
	regions_close(&vm->regions);
	tables_close(&vm->tables);
	machine_close(&vm->machine);
	payload_close(&vm->payload);
	return lost;
}
