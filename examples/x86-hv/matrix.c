/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The access matrix: a leaf of every size, with every permission that the form has; the guest reads, writes and executes near its end. What
 * was granted must be done, with the right memory; what was not must come out as a fault of that address and kind.
 */
#include "parts.h"

#define SMALL_HPA  UINT64_C(0x7000000) /* 2 MiB */
#define LARGE_HPA  UINT64_C(0x40000000)
#define LARGE_END  UINT64_C(0x80000000)
#define MATRIX_GPA UINT64_C(0x40000000)
#define FLAT_GPA   UINT64_C(0x40000000)
#define RETURN	   0xc3c3c3c3u /* RET, as what is to be executed */
enum { KINDS = 3, OFFSET_FROM_END = 64 };

static const struct {
	const char *stub;
	uint32_t access;
	uint8_t needs;
	char letter;
} kinds[KINDS] = {{guest_read, TDP_READ, TDP_R, 'R'}, {guest_write, TDP_WRITE, TDP_W, 'W'}, {guest_fetch, TDP_EXEC_S, TDP_X, 'X'}};

static const struct {
	const char *name;
	uint8_t prot;
} grants[] = {{"r--", TDP_R}, {"rw-", TDP_RW}, {"r-x", TDP_RX}, {"rwx", TDP_RWX}, {"--x", TDP_X}};
enum { GRANTS = sizeof(grants) / sizeof(grants[0]) };

/* The guest's address for a guest physical one: through the window, or the same if it has no paging. */
static uint64_t address(struct vm *vm, tdp_gpa_t gpa)
{
	if (vm->form->legacy)
		return gpa;
	((uint64_t *)vm_host(vm, GUEST_PD))[GUEST_WINDOW / WINDOW_SIZE] = (gpa & ~(uint64_t)(WINDOW_SIZE - 1)) | 0xe3;
	return GUEST_WINDOW + gpa % WINDOW_SIZE;
}

/* One access; the guest's fixed parts fault in on the way, and a late interrupt may come between. */
static struct exit access(struct vm *vm, unsigned kind, tdp_gpa_t gpa, uint32_t value)
{
	struct cpu *cpu = cpu_self();
	struct exit exit;

	do {
		virt->go(&cpu->vcpu, GUEST_CODE + (uint64_t)(kinds[kind].stub - guest_start), GUEST_STACK_TOP);
		virt->set(&cpu->vcpu, address(vm, gpa), value);
		exit = virt->run(&cpu->vcpu, true);
		if (exit.kind == EXIT_KICK)
			machine_take_interrupt();
	} while (exit.kind == EXIT_KICK || (exit.kind == EXIT_FAULT && exit.gpa < GUEST_FIXED_END && vm_fault(vm, &exit)));
	return exit;
}

/* Does the guest get what it was granted, and no more? Returns the letter of what was done, '.' for what was refused. */
static char try_one(struct vm *vm, unsigned kind, uint8_t prot, tdp_gpa_t gpa, tdp_hpa_t hpa)
{
	volatile uint32_t *word = ADDRESS(hpa);
	const bool granted = (prot & kinds[kind].needs) != 0;
	struct exit exit;

	*word = RETURN;
	exit = access(vm, kind, gpa, ~RETURN);
	if (exit.kind == EXIT_OTHER)
		vm_stuck(&exit);
	if ((exit.kind == EXIT_HALT) != granted)
		machine_fail("%s at %lx: %c was %s (%lx, %lx, %lx)", vm->form->name, gpa, kinds[kind].letter,
			     granted ? "refused" : "done", exit.reason, exit.detail, exit.gpa);
	if (!granted) {
		if (exit.gpa != gpa || exit.access != kinds[kind].access)
			machine_fail("%s at %lx: the fault says %lx, access %u", vm->form->name, gpa, exit.gpa, exit.access);
		return '.';
	}
	if (kinds[kind].access == TDP_READ && (uint32_t)virt->rcx(&cpu_self()->vcpu) != RETURN)
		machine_fail("%s at %lx: read something else", vm->form->name, gpa);
	if ((*word == ~RETURN) != (kinds[kind].access == TDP_WRITE))
		machine_fail("%s at %lx: the memory holds %x", vm->form->name, gpa, *word);
	return kinds[kind].letter;
}

static void try_leaf(struct vm *vm, const char *size_name, tdp_gpa_t gpa, uint64_t size, tdp_hpa_t hpa)
{
	say("  %s at %lx", size_name, gpa);
	for (unsigned g = 0; g < GRANTS; g++) {
		struct tdp_op op = {.cache = vm_tables(vm, TDP_FAULT_TABLES)};
		char done[KINDS + 1] = "";

		if (!(grants[g].prot & TDP_R) && !(vm->layout.features & TDP_CAP_EXEC_ONLY))
			continue;
		vm_must(tdp_map(&vm->tree, gpa, size, hpa, (struct tdp_attrs){.prot = grants[g].prot}, &op), "tdp_map");
		for (unsigned k = 0; k < KINDS; k++)
			done[k] = try_one(vm, k, grants[g].prot, gpa + size - OFFSET_FROM_END, hpa + size - OFFSET_FROM_END);
		say("  %s: %s", grants[g].name, done);
		vm_must(tdp_zap(&vm->tree, gpa, size, NULL), "tdp_zap");
	}
	say("\n");
}

void matrix(const struct form *form)
{
	static const char *const names[] = {"4K", "2M", "1G"};
	static struct vm vm;
	tdp_gpa_t top;

	vm_open(&vm, form, 0);
	vm_load(&vm, false);
	say("access matrix, %s: %u levels, guest addresses of %u bits; granted: done\n", form->name, vm.layout.top_level + 1u,
	    form->gpa_bits);
	for (unsigned level = 0; level < 3; level++) {
		if (!(vm.layout.leaf_levels >> level & 1))
			continue;
		if (level == 2 && machine_memory_end() < LARGE_END) {
			say("  1G: not tried, this machine has less than 2 GiB\n");
			continue;
		}
		try_leaf(&vm, names[level], MATRIX_GPA, tdp_level_size(&vm.layout, level), level == 2 ? LARGE_HPA : SMALL_HPA);
	}
	top = form->legacy ? FLAT_GPA * 3 : (UINT64_C(1) << form->gpa_bits) - PAGE;
	try_leaf(&vm, names[0], top, PAGE, SMALL_HPA);
	cpu_left(cpu_self());
	vm_close(&vm);
}

_Noreturn void stray(const struct form *form)
{
	static struct vm vm;
	struct exit exit;

	vm_open(&vm, form, 0);
	vm_load(&vm, false);
	exit = access(&vm, 1, GUEST_DATA, 0);
	vm_stuck(&exit);
}
