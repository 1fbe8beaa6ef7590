/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the library calls: hooks, RCU, and the report of each entry access.
 */
#include <spte.h>
#include <string.h>

#include "world_impl.h"

unsigned world_self(void)
{
	int self = explore_self();

	return self < 0 ? MAX_FIBRES : (unsigned)self;
}

static bool on_table_alloc(void *ctx, void *user, struct tdp_table *out)
{
	(void)ctx;
	(void)user;
	if (world.frames_used == FRAMES)
		return false;
	out->hpa = FRAME_HPA + (uint64_t)world.frames_used * PAGE_BYTES;
	out->va = world_frame(world.frames_used++);
	return true;
}

void world_free_frame(uint64_t frame)
{
	world_settle();
	world.frame[frame].freed = true;
	world.frames_free++;
	world_tail_changes(frame);
	for (unsigned i = 0; i < world_config.format->entries; i++)
		world_frame(frame)[i] = ref_poison(world_machine.kind, 0, HPA(99, 0));
	explore_changed();
}

static void on_table_free(void *ctx, const struct tdp_table *table)
{
	uint64_t frame = (table->hpa - FRAME_HPA) / PAGE_BYTES;

	(void)ctx;
	explore_point();
	world_buffer_fence(); /* whoever hands memory over makes what it has stored there visible first */
	if (world.frame[frame].freed) {
		explore_fail("a table is freed twice");
		return;
	}
	for (unsigned c = 0; c < CPUS; c++) {
		bool cached = world.cpu[c].upper == table->hpa;

		for (unsigned i = 0; i < PAGES / PER_TABLE; i++)
			cached |= world.cpu[c].table[i] == table->hpa;
		if (cached)
			explore_fail("a table is freed while a walk cache leads to it");
	}
	world_free_frame(frame);
}

void world_forget(struct cpu *cpu)
{
	memset(cpu->tlb, 0, sizeof(cpu->tlb));
	memset(cpu->table, 0, sizeof(cpu->table));
	cpu->upper = 0;
	cpu->cancelled |= cpu->walking; /* hardware waits for walks in flight, and they start again */
}

static void on_flush(void *ctx, void *user, const struct tdp_flush *f)
{
	(void)ctx;
	(void)user;
	world_settle();
	world_buffer_fence();
	for (unsigned c = 0; c < world_config.cpus; c++) {
		struct cpu *cpu = &world.cpu[c];

		if (f->local && world.on_cpu[world_self()] != c + 1)
			continue;
		explore_point();
		for (unsigned p = 0; p < PAGES; p++)
			if (f->size == 0 || (AT(p) >= f->gpa && AT(p) < f->gpa + f->size)) {
				bool was = cpu->tlb[p].hpa != 0;

				cpu->tlb[p] = (struct tlb_entry){0};
				if (was && !f->local)
					world_cache_again(cpu, p);
			}
		for (unsigned i = 0; i < PAGES / PER_TABLE; i++)
			if (f->size == 0 || (f->tables && AT(i * PER_TABLE) < f->gpa + f->size && AT((i + 1) * PER_TABLE) > f->gpa))
				cpu->table[i] = 0;
		if (f->size == 0 || (f->tables && f->gpa < AT(PAGES)))
			cpu->upper = 0;
		cpu->cancelled |= cpu->walking; /* hardware waits for walks in flight, and they start again */
		explore_changed();
	}
}

static void on_dirty(void *ctx, void *user, tdp_gpa_t gpa, uint64_t size)
{
	(void)ctx;
	(void)user;
	explore_point();
	world_settle();
	if (world.reports[world_self()]) {
		for (unsigned p = 0; p < PAGES; p++)
			if (AT(p) >= gpa && AT(p) < gpa + size)
				world_copied(p);
		return;
	}
	for (unsigned p = 0; p < PAGES; p++) {
		uint64_t live = world_live(p, NULL).hpa;

		if (AT(p) < gpa || AT(p) >= gpa + size)
			continue;
		if (live && !world.gathers[world_self()])
			explore_fail("page %u is reported when it is mapped again", p);
		for (unsigned n = 0; n < MAX_BACKINGS; n++)
			if (live != HPA(n, p))
				world.written[n][p] = world.uncopied[n][p] = false;
		for (unsigned f = 0; f < MAX_FIBRES; f++)
			if (live != HPA(world.must_find[f][p], p))
				world.must_find[f][p] = 0;
	}
	explore_changed();
}

static void on_relax(void *ctx, void *user)
{
	(void)ctx;
	(void)user;
	world_settle();
	if (world.reading[world_self()] && !world_owns())
		explore_fail("fibre %u waits inside a read section for no reason", world_self());
	explore_wait();
}

/* A call that may pause always does. */
static bool on_should_yield(void *ctx, void *user)
{
	(void)ctx;
	(void)user;
	return true;
}

static void on_yield(void *ctx, void *user)
{
	(void)ctx;
	(void)user;
	world_returned("a pause");
	explore_point();
}

static void on_walker_barrier(void *ctx)
{
	(void)ctx;
	world_settle();
	if (!world_config.format->overwrite)
		world_buffer_fence(); /* an x86 processor has nothing to do here */
	world.unseen[world_self()] = false;
}

/*
 * A page that is in use must not be made ready once more: what the guest has written to it meanwhile could be lost. Formats that
 * overwrite change memory types under the guest, so there it must be the embedder's page_sync that takes care.
 */
static void on_page_sync(void *ctx, tdp_hpa_t hpa, uint64_t size, bool data, bool exec)
{
	(void)ctx;
	(void)exec;
	if (explore_self() < 0 || !data || world_config.format->overwrite)
		return;
	world_settle();
	for (unsigned p = 0; p < PAGES; p++) {
		bool used = world_live(p, NULL).hpa - hpa < size;

		for (unsigned c = 0; c < world_config.cpus; c++)
			used |= world.cpu[c].tlb[p].hpa && world.cpu[c].tlb[p].hpa - hpa < size;
		if (used)
			explore_fail("page %u is made ready while it is in use", p);
	}
}

struct tdp_mm_ops world_ops = {
	.size = sizeof(world_ops),
	.table_alloc = on_table_alloc,
	.table_free = on_table_free,
	.flush = on_flush,
	.dirty = on_dirty,
	.relax = on_relax,
	.should_yield = on_should_yield,
	.yield = on_yield,
	.walker_barrier = on_walker_barrier,
	.page_sync = on_page_sync,
};

/* ---- RCU ---- */

static void on_read_lock(void *ctx)
{
	(void)ctx;
	world.reading[world_self()]++;
}

static void on_read_unlock(void *ctx)
{
	(void)ctx;
	/* No change that a waiting thread could see: whoever waits for it is asked (callback_ready()). */
	if (--world.reading[world_self()] == 0)
		for (unsigned i = 0; i < CALLBACKS; i++)
			world.callback[i].waits_for &= (uint8_t) ~(1u << world_self());
}

static void on_defer(void *ctx, struct tdp_rcu_head *head, void (*fn)(struct tdp_rcu_head *head))
{
	unsigned free = CALLBACKS;

	(void)ctx;
	explore_point();
	world_buffer_fence();
	for (unsigned i = 0; i < CALLBACKS; i++) {
		if (world.callback[i].head == head)
			explore_fail("one head in two callbacks");
		if (!world.callback[i].head)
			free = i;
	}
	if (free == CALLBACKS) {
		explore_fail("too many callbacks in flight");
		return;
	}
	world.callback[free] = (struct callback){.head = head, .fn = fn};
	for (unsigned i = 0; i < MAX_FIBRES; i++)
		world.callback[free].waits_for |= (uint8_t)((world.reading[i] != 0) << i);
	explore_changed();
}

static void on_barrier(void *ctx)
{
	(void)ctx;
}

const struct tdp_rcu world_rcu = {
	.size = sizeof(world_rcu),
	.read_lock = on_read_lock,
	.read_unlock = on_read_unlock,
	.defer = on_defer,
	.barrier = on_barrier,
};

static int callback_fibre;

/* One whose grace period is over. NULL: none. */
static struct callback *due(void)
{
	for (unsigned i = 0; i < CALLBACKS; i++)
		if (world.callback[i].head && world.callback[i].waits_for == 0)
			return &world.callback[i];
	return NULL;
}

static bool callback_ready(void)
{
	return due() || explore_alone(callback_fibre);
}

void world_callbacks(void *arg)
{
	(void)arg;
	callback_fibre = explore_self();
	for (;;) {
		struct callback *next, c;

		explore_until(callback_ready);
		next = due();
		if (!next)
			return;
		c = *next;
		*next = (struct callback){0};
		world_buffer_fence_all(); /* which a grace period is for every thread */
		c.fn(c.head);
	}
}

/* ---- entry accesses ---- */

/* Levels that no scenario changes need no point: reading them commutes with everything. Nor do entries that no guest uses. */
static bool changes(const volatile void *word)
{
	uint64_t offset = (uint64_t)((uintptr_t)word - (uintptr_t)world_memory);

	return offset >= world_memory_bytes() || (world.frame[offset / PAGE_BYTES].level <= (int)world_live_level() &&
						  offset % PAGE_BYTES < PER_TABLE * sizeof(uint64_t));
}

void tdp_test_point(const volatile void *word, bool locked)
{
	bool entry = (uintptr_t)word - (uintptr_t)world_memory < world_memory_bytes();

	if (explore_self() < 0)
		return;
	if (word && changes(word)) {
		world_settle();
		explore_point();
	}
	if (locked)
		world_buffer_fence();
	if (word && !entry) {
		world_set_check(word);
		explore_looks();
	}
	if (world_config.store_buffer || world_config.set != NO_SET)
		fibre_forget(); /* here and below: what was looked at for the test, the engine does not know */
}

/* The access that is pending is a plain store. */
static bool world_plain;

/* Behind this the access happens at once. What it comes to is seen at the next point (world_settle()). */
void tdp_test_access(enum tdp_spte_event event, tdp_spte_t *entry, tdp_spte_t old_value, tdp_spte_t new_value)
{
	uint64_t frame = ((uintptr_t)entry - (uintptr_t)world_memory) / PAGE_BYTES;

	if (world_pending) {
		world_settle();
		fibre_forget();
	}
	if (frame < FRAMES && world.frame[frame].freed)
		explore_fail("an entry of a freed table is touched");
	if (event != TDP_SPTE_LOAD && frame < FRAMES)
		world_tail_changes(frame);
	if (event == TDP_SPTE_PRIVATE)
		return;
	explore_looks();
	if (event != TDP_SPTE_LOAD && frame < FRAMES) {
		world_pending = entry;
		world_before = old_value;
		world_plain = event == TDP_SPTE_STORE;
		if (world.frame[frame].level > (int)world_live_level() && explore_self() >= 0 && old_value != new_value)
			explore_fail("the scenario changes a level that it calls fixed");
	}
}

void tdp_test_done(tdp_spte_t *entry, bool written)
{
	(void)written;
	if (world_pending == entry && world_plain)
		world_buffer_keep(entry, world_before);
	if (world_config.store_buffer)
		fibre_forget();
}
