/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walkers that do not snoop: they read memory as it was written back last (table_clean). What a flush took away they may cache again at
 * once, by what they find there; and a call that says that a page is mapped has let them see it. Such hardware sets no bits here.
 */
#include <string.h>

#include "world_impl.h"

static uint64_t memory[FRAMES * MOST_ENTRIES];

static uint64_t *behind(const uint64_t *entry)
{
	return memory + (entry - world_memory);
}

uint64_t world_walked(const uint64_t *entry)
{
	return world_config.nosnoop ? *behind(entry) : *entry;
}

static void on_table_clean(void *ctx, const void *va, size_t bytes)
{
	uint64_t *to = behind(va);

	(void)ctx;
	if (explore_self() >= 0)
		explore_point();
	world_settle();
	if (memcmp(to, va, bytes) == 0)
		return;
	memcpy(to, va, bytes);
	explore_changed();
}

void world_nosnoop_start(void)
{
	world_ops.table_clean = world_config.nosnoop ? on_table_clean : NULL;
	for (unsigned i = 0; world_config.nosnoop && i < FRAMES; i++)
		memset(behind(world_frame(i)), 0, world_config.format->entries * sizeof(memory[0]));
}

uint64_t world_nosnoop_state(void)
{
	uint64_t h = 0;

	for (unsigned i = 0; world_config.nosnoop && i < world.frames_used; i++)
		h = hash_bytes(h, behind(world_frame(i)), PER_TABLE * sizeof(memory[0]));
	return h;
}

/* What a walk finds that nothing interrupts. */
static struct ref_entry walked(unsigned page, unsigned *level)
{
	struct ref_entry e = {.kind = REF_TABLE, .hpa = world_live_table};

	for (*level = world_live_level() + 1; e.kind == REF_TABLE && *level > 0;) {
		--*level;
		e = world_decode(*level, world_walked(world_entry(e.hpa, *level, page)));
	}
	return e;
}

void world_cache_again(struct cpu *cpu, unsigned page)
{
	unsigned level;
	struct ref_entry e = walked(page, &level);

	if (!world_config.nosnoop || e.kind != REF_LEAF || !e.accessed)
		return;
	cpu->tlb[page] = (struct tlb_entry){.hpa = e.hpa + world_offset(page, level),
					    .level = (uint8_t)level,
					    .w = (e.perms & REF_W) != 0,
					    .d = e.dirty,
					    .uc = e.memtype == REF_UC};
}

void world_must_see(unsigned page, uint64_t hpa)
{
	unsigned level;
	struct ref_entry e;

	world_settle();
	if (!world_config.nosnoop || world_live(page, NULL).hpa != hpa)
		return;
	e = walked(page, &level);
	if (e.kind != REF_LEAF || e.hpa + world_offset(page, level) != hpa)
		explore_fail("page %u is mapped, says a call that has returned, and walkers do not see it", page);
}
