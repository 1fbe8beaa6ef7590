/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory; see memory.h. */
#include "memory.h"

#define POISON UINT64_C(0xdededededededede)
enum { BLOCKS = FRAMES / BLOCK_PAGES, WORDS = PAGE / 8 };

static uint64_t base;			/* of the frames */
static uint32_t frame_of[PAGES];	/* where each page of the guest lies */
static bool spare[FRAMES];		/* poisoned, and nobody's */
static uint16_t block_spare[BLOCKS];	/* how many spare frames a block has */
static uint32_t next_frame, next_block; /* behind the one taken last: what was given last is taken last */
static uint64_t spoilt;

static uint64_t *words_at(uint64_t hpa)
{
	return ADDRESS(hpa);
}

static uint64_t hpa_of(uint64_t frame)
{
	return base + frame * PAGE;
}

static void poison(uint64_t hpa)
{
	uint64_t *to = words_at(hpa), words = WORDS;

	__asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(POISON) : "memory");
}

static bool is_poisoned(uint64_t hpa)
{
	const uint64_t *w = words_at(hpa);

	for (unsigned i = 0; i < WORDS; i++)
		if (w[i] != POISON)
			return false;
	return true;
}

void memory_init(uint64_t used)
{
	const uint64_t tables = (used + BLOCK - 1) / BLOCK * BLOCK, end = machine_memory_end();

	base = tables + TABLES_SIZE;
	if (hpa_of(FRAMES) > end)
		machine_fail("too little memory: %lu MiB are needed, the machine has %lu (QEMU: -m)", (hpa_of(FRAMES) >> 20) + 1,
			     end >> 20);
	machine_set_pool(tables, tables + TABLES_SIZE);
	for (uint64_t i = 0; i < PAGES; i++)
		frame_of[i] = (uint32_t)i;
	for (uint64_t i = PAGES; i < FRAMES; i++)
		frame_give(hpa_of(i));
}

enum memory_kind memory_kind(uint64_t gpa)
{
	if (gpa < LOW_END || (gpa >= HIGH_START && gpa < GUEST_SIZE))
		return MEMORY_RAM;
	/* The hole with firmware and the screen; I/O APIC, HPET and local APIC. */
	if (gpa < HIGH_START || gpa >> 12 == 0xfec00 || gpa >> 12 == 0xfed00 || gpa >> 12 == 0xfee00)
		return MEMORY_DEVICE;
	return MEMORY_NONE;
}

void *guest_at(uint64_t gpa)
{
	return ADDRESS(page_hpa(gpa / PAGE) + gpa % PAGE);
}

/* Nothing has moved yet. */
void guest_put(uint64_t gpa, const void *from, uint64_t size)
{
	if (size > GUEST_SIZE || gpa > GUEST_SIZE - size)
		machine_fail("%lu bytes for the guest's address %lx do not fit into its %d MiB", size, gpa, GUEST_SIZE >> 20);
	memcpy(ADDRESS(base + gpa), from, size);
}

uint64_t page_hpa(uint64_t gfn)
{
	return hpa_of(frame_of[gfn]);
}

void page_move(uint64_t gfn, uint64_t hpa)
{
	frame_of[gfn] = (uint32_t)((hpa - base) / PAGE);
}

bool region_is_block(uint64_t region)
{
	const uint32_t *frames = frame_of + region * BLOCK_PAGES;

	if (frames[0] % BLOCK_PAGES)
		return false;
	for (unsigned i = 1; i < BLOCK_PAGES; i++)
		if (frames[i] != frames[0] + i)
			return false;
	return true;
}

/* It is somebody's from now on. */
static uint64_t take(uint64_t frame)
{
	const uint64_t hpa = hpa_of(frame);

	spare[frame] = false;
	block_spare[frame / BLOCK_PAGES]--;
	if (!is_poisoned(hpa)) {
		if (spoilt++ == 0)
			say("\n[hv] the spare frame at %lx was written to\n", hpa);
	}
	return hpa;
}

/* The next spare frame; whole: also out of a block that is spare as a whole. */
static bool find(bool whole, uint64_t *frame)
{
	for (uint32_t i = 0; i < FRAMES; i++) {
		const uint32_t f = (next_frame + i) % FRAMES;

		if (!spare[f] || (!whole && block_spare[f / BLOCK_PAGES] == BLOCK_PAGES))
			continue;
		next_frame = f + 1;
		*frame = f;
		return true;
	}
	return false;
}

uint64_t frame_take(void)
{
	uint64_t frame;

	if (!find(false, &frame) && !find(true, &frame))
		machine_fail("no spare frame is left");
	return take(frame);
}

bool block_take(uint64_t *hpa)
{
	for (uint32_t i = 0; i < BLOCKS; i++) {
		const uint32_t b = (next_block + i) % BLOCKS;

		if (block_spare[b] != BLOCK_PAGES)
			continue;
		next_block = b + 1;
		*hpa = hpa_of((uint64_t)b * BLOCK_PAGES);
		for (uint64_t f = 0; f < BLOCK_PAGES; f++)
			(void)take((uint64_t)b * BLOCK_PAGES + f);
		return true;
	}
	return false;
}

void frame_give(uint64_t hpa)
{
	const uint64_t frame = (hpa - base) / PAGE;

	poison(hpa);
	spare[frame] = true;
	block_spare[frame / BLOCK_PAGES]++;
}

uint64_t frames_spoilt(void)
{
	return spoilt;
}

uint64_t frames_spoilt_now(void)
{
	uint64_t count = 0;

	for (uint64_t f = 0; f < FRAMES; f++)
		count += spare[f] && !is_poisoned(hpa_of(f));
	return count;
}

void page_copy(uint64_t to_hpa, uint64_t from_hpa)
{
	uint64_t *to = words_at(to_hpa), words = WORDS;
	const uint64_t *from = words_at(from_hpa);

	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words)::"memory");
}

/* The guest may write meanwhile, so not memory that the compiler may think constant. */
uint64_t page_hash(uint64_t hpa)
{
	const volatile uint64_t *w = words_at(hpa);
	uint64_t hash = 1;

	for (unsigned i = 0; i < WORDS; i++)
		hash = (hash ^ w[i]) * UINT64_C(0x9e3779b97f4a7c15);
	return hash;
}
