/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hardware: one memory reference per step, Accessed and Dirty set by compare-and-swap, caches that lose nothing but by a flush.
 */
#include "world_impl.h"

/* The running fibre's bit. */
static uint8_t me(void)
{
	return (uint8_t)(1u << world_self());
}

/* Uses what is cached, if it permits the access. */
static bool hit(unsigned c, unsigned page, bool write)
{
	const struct tlb_entry *t = &world.cpu[c].tlb[page];
	uint64_t n = (t->hpa - AT(page)) / HPA(1, 0);

	if (!t->hpa || (write && (!t->w || (world_shape.hw_d && !t->d))))
		return false;
	if (write && world.closed[page] && n == 1)
		explore_fail("page %u is written after its protection has returned", page);
	if (write)
		world_log_written(page);
	if (write && n < MAX_BACKINGS && !(world.written[n][page] && world.uncopied[n][page])) {
		world.written[n][page] = world.uncopied[n][page] = true;
		explore_changed();
	}
	return true;
}

/* One reference of a walk: a page's entry in a table of this level. If that leads to a table, it is cached. */
static uint64_t *refer(struct cpu *cpu, uint64_t table, unsigned level, unsigned page, struct ref_entry *e, uint64_t *cached)
{
	uint64_t *p = world_entry(table, level, page);

	*e = world_decode(level, world_walked(p));
	explore_looks();
	if (e->kind == REF_TABLE) {
		*cached = e->hpa;
		explore_changed();
		explore_point();
	}
	return cpu->cancelled & me() ? NULL : p;
}

/* The entry that says what a page is, by way of the walk cache. NULL: the walk is cancelled. *level: of the entry. */
static uint64_t *find(struct cpu *cpu, unsigned page, unsigned *level, struct ref_entry *e)
{
	uint64_t *cached = &cpu->table[page / PER_TABLE], *p;

	if (!*cached && world_config.deep && !cpu->upper) {
		*level = 2;
		p = refer(cpu, world_live_table, 2, page, e, &cpu->upper);
		if (!p || e->kind != REF_TABLE)
			return p;
	}
	if (!*cached) {
		*level = 1;
		p = refer(cpu, world_config.deep ? cpu->upper : world_live_table, 1, page, e, cached);
		if (!p || e->kind != REF_TABLE)
			return p;
	}
	*level = 0;
	return refer(cpu, *cached, 0, page, e, NULL);
}

/* A walk. 1: the translation is cached now; 0: a fault; -1: from the start again. */
static int walk(unsigned c, unsigned page, bool write)
{
	struct cpu *cpu = &world.cpu[c];
	struct ref_entry e;
	unsigned level;
	uint64_t *p = find(cpu, page, &level, &e), seen, want;

	if (!p)
		return -1;
	if (e.kind != REF_LEAF || (write && !(e.perms & REF_W)) || (!e.accessed && !world_shape.hw_a))
		return 0;
	seen = *p;
	want = write && world_shape.hw_d ? e.with_d : e.with_a;
	if (want != seen && !world_config.nosnoop) {
		explore_point();
		if ((cpu->cancelled & me()) || *p != seen)
			return -1;
		world_buffer_fence(); /* hardware's compare-and-swap is a locked one */
		*p = want;
		e = world_decode(level, want);
		explore_changed();
	}
	cpu->tlb[page] = (struct tlb_entry){.hpa = e.hpa + world_offset(page, level),
					    .level = (uint8_t)level,
					    .w = (e.perms & REF_W) != 0,
					    .d = e.dirty,
					    .uc = e.memtype == REF_UC};
	explore_changed();
	return 1;
}

bool world_guest(unsigned c, unsigned page, bool write)
{
	struct cpu *cpu = &world.cpu[c];
	int done = -1;

	world.on_cpu[world_self()] = (uint8_t)(c + 1);
	explore_point();
	world_buffer_fence(); /* entering a guest serialises */
	if (hit(c, page, write))
		return true;
	for (unsigned tries = 0; done < 0 && tries < 3; tries++) {
		cpu->walking |= me();
		cpu->cancelled &= (uint8_t)~me();
		done = walk(c, page, write);
		cpu->walking &= (uint8_t)~me();
		if (done < 0)
			explore_point();
	}
	cpu->cancelled &= (uint8_t)~me();
	return done > 0 && hit(c, page, write);
}

void world_evict(unsigned c, unsigned page)
{
	explore_point();
	world.cpu[c].tlb[page] = (struct tlb_entry){0};
	explore_changed();
}

enum tdp_result world_fault(unsigned page, unsigned n, bool huge, struct tdp_op *op)
{
	const unsigned base = huge ? page / PER_TABLE * PER_TABLE : page;
	struct tdp_fault f = {
		.gpa = AT(page),
		.base = AT(base),
		.backing = {.hpa = HPA(n, base), .size = huge ? world_span(base, PER_TABLE) : PAGE_BYTES, .attrs = RWX},
		.access = TDP_WRITE};

	return tdp_fault(&world_tree, &f, op);
}
