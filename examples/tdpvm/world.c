/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who gets which part of guest memory, and what the guest finds at which virtual address:
 *
 *   guest-physical   0 | payload, shared page, stacks, read-only area ... | spare frames | data, in shuffled order | page tables | end
 *
 *   guest-virtual    0x100000          shared page            0x80000000    device
 *                    0x200000          stacks                 0x100000000   nothing
 *                    0x40000000        read-only area         0x7fff800000  data, across the end of an upper table
 *                    0x50000000        code: all allowed      0xffff8000... more data, in the upper half
 *                    0x60000000        W^X area               0xffffffff80000000  the built-in payload
 */
#include "problem.h"
#include "vm.h"

#include <stdlib.h>
#include <string.h>

#define VA_SHARED  0x100000ull
#define VA_STACKS  0x200000ull
#define VA_ROM	   0x40000000ull
#define VA_CODE	   0x50000000ull
#define VA_JIT	   0x60000000ull
#define VA_MMIO	   0x7fffd000ull /* not aligned to anything, so that the note needs several entries */
#define VA_HOLE	   0x100000000ull
#define VA_DATA_LO 0x7fff800000ull
#define VA_DATA_HI 0xffff800000000000ull

enum {
	STACK_STEP = 0x10000, /* address space per stack; what is not stack is a hole */
	STACK_PAGES = 2,
	ROM_PAGES = 64,
	MMIO_PAGES = 0x1200,
	HOLE_PAGES = 0x100000,
	MMIO_DEVICE = 0xdecaf,
	ROM_SEED = 0x5eed
};

/* Give the pages of a region frames in a row. */
static bool back_in_a_row(struct vm *vm, const struct region *region)
{
	uint64_t hpa = frames_take(&vm->frames, region->pages * FRAME_4K, region->huge ? FRAME_2M : FRAME_4K);

	if (!hpa)
		return problem("'%s' does not fit into memory", region->name);
	for (uint64_t i = 0; i < region->pages; i++)
		region->page[i].frame = (uint32_t)(hpa / FRAME_4K + i);
	return true;
}

/* A region whose frames are in a row. NULL: a problem is set. */
static const struct region *add(struct vm *vm, const char *name, uint64_t va, uint64_t pages, uint8_t prot, bool huge)
{
	const struct region *region = regions_add(&vm->regions, name, va, pages, prot, huge);

	return region && back_in_a_row(vm, region) ? region : NULL;
}

/* The payload's segments, filled and mapped. */
static bool add_payload(struct vm *vm)
{
	for (unsigned i = 0; i < vm->payload.count; i++) {
		const struct segment *s = &vm->payload.segment[i];
		const uint64_t first = s->va & ~4095ull, pages = ((s->va & 4095) + s->bytes + 4095) / FRAME_4K;
		const struct region *region = add(vm, "payload", first, pages, s->prot, false);

		if (!region)
			return false;
		memcpy(vm->machine.ram + region->page[0].frame * FRAME_4K + (s->va & 4095), vm->payload.image + s->offset,
		       s->filled);
		if (!space_map(&vm->space, &vm->self, region))
			return false;
	}
	return true;
}

/* What the guest needs before it can take a fault: the shared page and the stacks. */
static bool add_first_needs(struct vm *vm)
{
	const struct region *region = add(vm, "shared page", VA_SHARED, 1, TDP_RW, false);

	if (!region || !space_map(&vm->space, &vm->self, region))
		return false;
	vm->shared = (struct tdpvm_shared *)(void *)(vm->machine.ram + region->page[0].frame * FRAME_4K);
	for (unsigned i = 0; i < vm->options->vcpus; i++) {
		region = add(vm, "stack", VA_STACKS + i * STACK_STEP, STACK_PAGES, TDP_RW, false);
		if (!region || !space_map(&vm->space, &vm->self, region))
			return false;
		vm->regions.one[vm->regions.count - 1].stack = true;
	}
	return true;
}

/* A window, as the guest is told about it. */
static struct tdpvm_window window(const struct region *region)
{
	return (struct tdpvm_window){.base = region->va, .pages = region->pages};
}

/* The areas with something special about them; all but the device appear by faults. */
static bool add_areas(struct vm *vm)
{
	struct tdpvm_boot *boot = &vm->shared->boot;
	const unsigned n = vm->options->vcpus;
	const bool huge = vm->options->huge;
	const struct region *rom = add(vm, "read-only area", VA_ROM, ROM_PAGES, TDP_R, false);
	const struct region *code = rom ? add(vm, "code area", VA_CODE, n, TDP_RWX, false) : NULL;
	const struct region *mmio = code ? regions_add_device(&vm->regions, "device", VA_MMIO, MMIO_PAGES, MMIO_DEVICE) : NULL;

	vm->jit = mmio ? add(vm, "W^X area", VA_JIT, huge ? 512 : n, TDP_RW, huge) : NULL;
	if (!vm->jit || !space_map(&vm->space, &vm->self, mmio))
		return false;
	uint64_t *words = (uint64_t *)(void *)(vm->machine.ram + rom->page[0].frame * FRAME_4K);
	for (uint64_t w = 0; w < ROM_PAGES * 512; w++)
		words[w] = TDPVM_ROM_WORD(ROM_SEED, w);

	boot->rom = window(rom);
	boot->code = window(code);
	boot->jit = window(vm->jit);
	boot->mmio = window(mmio);
	boot->hole = (struct tdpvm_window){.base = VA_HOLE, .pages = HOLE_PAGES};
	boot->rom_seed = ROM_SEED;
	boot->mmio_device = MMIO_DEVICE;
	return true;
}

/* Bring numbers into a random order (Fisher-Yates; the same one in every run). */
static void shuffle(uint32_t *number, uint64_t count)
{
	uint64_t random = 88172645463325252;

	for (uint64_t i = count; i > 1; i--) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		uint64_t other = (random >> 11) % i;
		uint32_t kept = number[i - 1];

		number[i - 1] = number[other];
		number[other] = kept;
	}
}

/* All memory that is left, in pages or blocks of 2 MiB, shuffled: half of it in each data window. */
static bool add_data(struct vm *vm)
{
	const bool huge = vm->options->huge;
	const uint64_t unit = huge ? FRAME_2M : FRAME_4K, pages = unit / FRAME_4K;
	uint64_t start = (vm->frames.next + unit - 1) & ~(unit - 1), count = (vm->frames.end - start) / unit;
	const uint64_t half[2] = {count / 2, count - count / 2}, va[2] = {VA_DATA_LO, VA_DATA_HI};
	uint32_t *order = calloc(count + 1, sizeof(*order));

	if (!order)
		return problem("out of memory");
	if (count < 2) {
		free(order);
		return problem("no memory is left for data");
	}
	for (uint64_t i = 0; i < count; i++)
		order[i] = (uint32_t)(start / FRAME_4K + i * pages);
	shuffle(order, count);
	const uint32_t *next = order;
	bool ok = true;
	for (unsigned w = 0; w < 2 && ok; w++) {
		const struct region *region = regions_add(&vm->regions, "data", va[w], half[w] * pages, TDP_RW, huge);

		ok = region;
		for (uint64_t i = 0; ok && i < region->pages; i++)
			region->page[i].frame = next[i / pages] + (uint32_t)(i % pages);
		next += half[w];
		vm->data[w] = region;
		if (ok)
			vm->shared->boot.data[w] = window(region);
	}
	free(order);
	return ok;
}

bool world_build(struct vm *vm)
{
	if (!add_first_needs(vm) || !add_payload(vm) || !add_areas(vm))
		return false;
	if (!frames_set_aside(&vm->frames, vm->options->huge))
		return problem("no memory is left for spare frames");
	if (!add_data(vm))
		return false;
	vm->shared->boot.magic = TDPVM_MAGIC;
	vm->shared->boot.vcpus = vm->options->vcpus;
	for (unsigned i = 0; i < vm->options->vcpus; i++)
		if (!vcpus_reset(&vm->vcpus, i, vm->payload.entry, VA_SHARED, VA_STACKS + i * STACK_STEP + STACK_PAGES * FRAME_4K))
			return false;
	return true;
}
