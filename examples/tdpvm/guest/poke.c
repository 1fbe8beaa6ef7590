/* SPDX-License-Identifier: BSD-2-Clause */
/* Touch what must not be touched, and see that the answer is the right one each time. */
#include "guest.h"

enum {
	POKES = 24 /* per kind and vCPU */
};

/* Some address in a window; i picks it. */
static uint64_t somewhere(struct tdpvm_window w, uint64_t i)
{
	uint64_t hash = (i + 1) * 0x9e3779b97f4a7c15ull;

	return w.base + (((hash >> 20) % w.pages) << 12) + ((hash >> 8) & 0xff8);
}

/* Nothing is there, for any access. */
static void poke_hole(struct job *job, uint64_t i)
{
	uint64_t at = somewhere(job->boot->hole, i);

	expect_refused(job, at, probe_read(at), TDPVM_HOLE);
	expect_refused(job, at, probe_write(at, i), TDPVM_HOLE);
	expect_refused(job, at, probe_exec(at), TDPVM_HOLE);
}

/* A device: the host names it. */
static void poke_mmio(struct job *job, uint64_t i)
{
	uint64_t at = somewhere(job->boot->mmio, i);
	struct probe p = probe_read(at);

	expect_refused(job, at, p, TDPVM_MMIO);
	expect(job, at, job->boot->mmio_device, p.value);
	expect_refused(job, at, probe_write(at, i), TDPVM_MMIO);
}

/* Readable memory: a write changes nothing, and it does not run. */
static void poke_rom(struct job *job, uint64_t i)
{
	uint64_t at = somewhere(job->boot->rom, i), word = (at - job->boot->rom.base) / 8;

	expect_refused(job, at, probe_write(at, i), TDPVM_PROTECTED);
	expect_refused(job, at, probe_exec(at), TDPVM_PROTECTED);
	expect(job, at, TDPVM_ROM_WORD(job->boot->rom_seed, word), *(volatile uint64_t *)at);
}

/* Data does not run either. */
static void poke_data(struct job *job, uint64_t i)
{
	uint64_t at = somewhere(job->boot->data[i & 1], i);

	expect_refused(job, at, probe_exec(at), TDPVM_PROTECTED);
}

/* Every page of the read-only area holds what the host put there. */
static void read_rom(struct job *job)
{
	const struct tdpvm_window *rom = &job->boot->rom;

	for (uint64_t page = 0; page < rom->pages; page++) {
		uint64_t word = page * 512 + ((page * 37 + job->id) & 511);

		expect(job, rom->base + word * 8, TDPVM_ROM_WORD(job->boot->rom_seed, word),
		       *(volatile uint64_t *)(rom->base + word * 8));
	}
}

void poke_all(struct job *job)
{
	read_rom(job);
	for (uint64_t i = job->id * POKES; i < (job->id + 1) * POKES; i++) {
		poke_hole(job, i);
		poke_mmio(job, i);
		poke_rom(job, i);
		poke_data(job, i);
	}
}
