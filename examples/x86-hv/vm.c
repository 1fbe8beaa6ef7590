/* SPDX-License-Identifier: BSD-2-Clause */
/* A virtual machine: its tree, with the hooks that the library wants, and its guest. */
#include "vm.h"

#include "breaks.h"
#include "grace.h"
#include "pool.h"

#define TABLE_BITS UINT64_C(0x27) /* present, writable, user, accessed */
#define LEAF_BITS  UINT64_C(0xe3) /* present, writable, accessed, dirty, 2 MiB */

/* ---- hooks ---- */

static bool table_alloc(void *ctx, void *user, struct tdp_table *out)
{
	(void)ctx;
	(void)user;
	return pool_take(out);
}

static void table_free(void *ctx, const struct tdp_table *table)
{
	(void)ctx;
	pool_give(table);
}

static void flush(void *ctx, void *user, const struct tdp_flush *what)
{
	struct vm *vm = ctx;

	(void)user;
	(void)what;
	__atomic_add_fetch(&vm->flushes, 1, __ATOMIC_RELAXED);
	if (break_kind == BREAK_NO_KICK)
		cpu_self()->forget = true;
	else if (break_kind != BREAK_KICK_EARLY)
		cpus_flush();
}

void vm_announce(void)
{
	if (break_kind == BREAK_KICK_EARLY)
		cpus_flush();
}

void vm_written(struct vm *vm, tdp_gpa_t gpa)
{
	const uint64_t page = (gpa - GUEST_DATA) / PAGE;

	if (page < GUEST_PAGES)
		__atomic_fetch_or(&vm->written[page / 64], UINT64_C(1) << page % 64, __ATOMIC_RELAXED);
}

/* Pages that go away, or move, and were written. */
static void dirty(void *ctx, void *user, tdp_gpa_t gpa, uint64_t size)
{
	(void)user;
	for (tdp_gpa_t at = gpa; at < gpa + size; at += PAGE)
		vm_written(ctx, at);
}

static void relax(void *ctx, void *user)
{
	(void)ctx;
	(void)user;
	cpu_pause();
}

static void warn(void *ctx, const char *what, const struct tdp_visit *where)
{
	(void)ctx;
	machine_fail("the library warns: %s at %lx", what, where ? where->gpa : 0);
}

/* ---- life ---- */

void vm_must(enum tdp_result result, const char *what)
{
	if (result == TDP_NOMEM)
		machine_fail("%s: the pool of tables is empty (%s)", what, tdp_result_name(result));
	if (result < 0)
		machine_fail("%s: %s", what, tdp_result_name(result));
}

struct tdp_cache *vm_tables(struct vm *vm, unsigned count)
{
	struct tdp_cache *cache = &cpu_self()->tables;

	vm_must(tdp_cache_fill(cache, count, &vm->ops, vm, NULL), "spare tables");
	return cache;
}

void vm_give(struct vm *vm, const struct region *region)
{
	if (vm->region_count == MOST_REGIONS)
		machine_fail("too many regions");
	vm->regions[vm->region_count++] = *region;
}

/* Guest page tables: the first GiB one to one, the last 2 MiB of it wherever a probe wants. */
static void fill_fixed(struct vm *vm)
{
	uint64_t *pd = vm_host(vm, GUEST_PD);

	*(uint64_t *)vm_host(vm, GUEST_PML4) = GUEST_PDPT | TABLE_BITS;
	*(uint64_t *)vm_host(vm, GUEST_PDPT) = GUEST_PD | TABLE_BITS;
	for (uint64_t i = 0; i < PAGE / sizeof(*pd); i++)
		pd[i] = i * WINDOW_SIZE | LEAF_BITS;
	memcpy(vm_host(vm, GUEST_CODE), guest_start, (size_t)(guest_end - guest_start));
	*vm_orders(vm) = (struct guest_orders){.base = GUEST_DATA,
					       .mask = GUEST_PAGES - 1,
					       .journal = GUEST_JOURNAL,
					       .random = machine_seed(),
					       .factor = UINT64_C(6364136223846793005)};
}

void vm_open(struct vm *vm, const struct form *form, uint32_t flags)
{
	struct tdp_config config = {.engine = form->engine, .ctx = vm, .rcu = &grace_rcu, .flags = flags};

	*vm = (struct vm){.form = form};
	vm->ops = (struct tdp_mm_ops){.size = sizeof(vm->ops),
				      .table_alloc = table_alloc,
				      .table_free = table_free,
				      .flush = flush,
				      .dirty = dirty,
				      .relax = relax,
				      .warn = warn};
	config.layout = &vm->layout;
	config.ops = &vm->ops;
	if (!pool_take(&config.root))
		machine_fail("the pool of tables is empty");
	vm_must(tdp_layout_make(&vm->layout, form->format, &form->caps, form->gpa_bits), "tdp_layout_make");
	vm_must(tdp_tree_init(&vm->tree, &config), "tdp_tree_init");
	vm_must(tdp_tree_load(&vm->tree, &vm->regs), "tdp_tree_load");
	vm_give(vm, &(struct region){.size = GUEST_FIXED_END, .hpa = GUEST_RAM, .attrs = {.prot = TDP_RWX}});
	fill_fixed(vm);
}

/* QEMU sets Accessed in PAE's root, where the manual and the library take that bit for a reserved one. */
static void forgive_qemu(struct vm *vm)
{
	uint64_t *root = ADDRESS(vm->regs.base);

	for (unsigned i = 0; i < 4 && !machine_is_bochs(); i++)
		root[i] &= ~UINT64_C(0x20);
}

void vm_close(struct vm *vm)
{
	struct tdp_table table;

	if (vm->form->legacy)
		forgive_qemu(vm);
	vm_must(tdp_verify(&vm->tree, NULL, NULL), "tdp_verify");
	tdp_tree_unload(&vm->tree, NULL);
	tdp_tree_fini(&vm->tree, &table);
	pool_give(&table);
	for (unsigned i = 0; i < 2; i++)
		while (tdp_cache_take(&cpus[i].tables, &table))
			pool_give(&table);
	if (pool_left() != machine_number("tables", TABLES))
		machine_fail("tables are missing: %u of the pool are left", pool_left());
}

struct guest_orders *vm_orders(struct vm *vm)
{
	return vm_host(vm, GUEST_ORDERS);
}

/* ---- the guest ---- */

void vm_load(struct vm *vm, bool log)
{
	struct cpu *cpu = cpu_self();

	cpu->forget = true;
	virt->load(&cpu->vcpu, vm->form, &vm->regs, log);
}

unsigned vm_drain_log(struct vm *vm)
{
	const uint64_t *first;
	const unsigned n = virt->logged(&cpu_self()->vcpu, &first);

	for (unsigned i = 0; i < n; i++)
		if (first[i] >= GUEST_DATA)
			vm_written(vm, first[i]);
	return n;
}

_Noreturn void vm_stuck(const struct exit *exit)
{
	static const char *const verb[] = {[TDP_READ] = "reads", [TDP_WRITE] = "writes", [TDP_EXEC_S] = "executes"};

	if (exit->kind == EXIT_FAULT)
		machine_fail("the guest %s %lx, which it was not given", verb[exit->access], exit->gpa);
	machine_fail("the guest left for reason %lx (%lx)", exit->reason, exit->detail);
}

void vm_run(struct vm *vm)
{
	struct cpu *cpu = cpu_self();
	struct exit exit = {.kind = EXIT_KICK};

	while (exit.kind != EXIT_HALT && cpu_may_enter(cpu)) {
		exit = virt->run(&cpu->vcpu, cpu->forget);
		cpu->forget = false;
		if (exit.kind == EXIT_KICK)
			machine_take_interrupt();
		else if (exit.kind == EXIT_LOG_FULL)
			vm_drain_log(vm);
		else if (exit.kind == EXIT_OTHER || (exit.kind == EXIT_FAULT && !vm_fault(vm, &exit)))
			vm_stuck(&exit);
		grace_poll();
	}
	cpu_left(cpu);
}

void vm_work(struct vm *vm, const char *program, uint64_t times)
{
	vm_orders(vm)->times = times;
	virt->go(&cpu_self()->vcpu, GUEST_CODE + (uint64_t)(program - guest_start), GUEST_ORDERS);
	vm_run(vm);
}
