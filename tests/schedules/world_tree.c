/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree as it is now. Its levels from world_live_level() down may change.
 */
#include <string.h>
#include <tree_impl.h>

#include "world_impl.h"

uint64_t world_live_table;

/* A page's entry in a table of this level. */
static uint64_t *entry_in(uint64_t table, unsigned level, unsigned page)
{
	const unsigned i = level == 0 ? page % PER_TABLE : level == 1 ? page / PER_TABLE : 0;

	return world_entry_at(table) + i;
}

uint64_t *world_entry(uint64_t table, unsigned level, unsigned page)
{
	if (world.frame[(table - FRAME_HPA) / PAGE_BYTES].freed)
		explore_fail("hardware walks a freed table");
	return entry_in(table, level, page);
}

struct ref_entry world_seek(unsigned page, unsigned *level)
{
	const unsigned lowest = *level;
	struct ref_entry e = {.kind = REF_TABLE, .hpa = world_live_table};

	*level = world_live_level() + 1;
	if (world.gone[0])
		return (struct ref_entry){.kind = REF_ABSENT};
	while (e.kind == REF_TABLE && *level > lowest) {
		--*level;
		e = world_decode(*level, *entry_in(e.hpa, *level, page));
	}
	return e;
}

uint64_t world_offset(unsigned page, unsigned level)
{
	return level == 0 ? 0 : level == 1 ? page % PER_TABLE * PAGE_BYTES : AT(page);
}

struct tlb_entry world_live(unsigned page, struct ref_entry *entry)
{
	unsigned level = 0;
	const struct ref_entry e = world_seek(page, &level);

	if (entry)
		*entry = e;
	if (e.kind != REF_LEAF)
		return (struct tlb_entry){.level = (uint8_t)level};
	return (struct tlb_entry){.hpa = e.hpa + world_offset(page, level),
				  .level = (uint8_t)level,
				  .w = (e.perms & REF_W) != 0,
				  .d = e.dirty,
				  .uc = e.memtype == REF_UC};
}

/* Of a table and those below: has the running fibre frozen an entry, and not given it back, as it sees it itself? */
static bool owns_in(uint64_t table, unsigned level)
{
	const struct frame *f = &world.frame[(table - FRAME_HPA) / PAGE_BYTES];

	for (unsigned k = 0; k < PER_TABLE; k++) {
		struct ref_entry e = world_decode(level, world_entry_at(table)[k]);

		if ((f->owner[k] == world_self() && e.kind == REF_FROZEN) || (e.kind == REF_TABLE && owns_in(e.hpa, level - 1)))
			return true;
	}
	return false;
}

bool world_owns(void)
{
	return !world.gone[0] && owns_in(world_live_table, world_live_level());
}

void world_learn_level(uint64_t table, int level)
{
	struct frame *f = &world.frame[(table - FRAME_HPA) / PAGE_BYTES];

	if (f->freed)
		explore_fail("a freed table is linked");
	if (f->level < 0)
		memset(f->owner, NOBODY, sizeof(f->owner));
	f->level = (int8_t)level;
	for (unsigned k = 0; level > 0 && k < PER_TABLE; k++) {
		struct ref_entry e = world_decode((unsigned)level, world_entry_at(table)[k]);

		if (e.kind == REF_TABLE)
			world_learn_level(e.hpa, level - 1);
	}
}

unsigned world_count_tables(uint64_t table, unsigned level)
{
	const unsigned n = level ? PER_TABLE : world_config.format->entries;
	unsigned tables = 0;

	for (unsigned k = 0; k < n; k++) {
		struct ref_entry e = world_decode(level, world_entry_at(table)[k]);

		if (e.kind == REF_FROZEN && !tree_of(&world_tree)->invalid)
			explore_fail("entry %u of a table of level %u is frozen at the end", k, level);
		if (e.kind == REF_TABLE)
			tables += 1 + world_count_tables(e.hpa, level - 1);
	}
	return tables;
}
