/* SPDX-License-Identifier: BSD-2-Clause */
/* Generated code: in memory where everything is allowed, and in W^X fashion, where the host flips a page to and fro. */
#include "guest.h"

/* Write a function that returns a number: mov $number, %eax; ret. */
static void emit(uint64_t at, uint32_t number)
{
	volatile uint8_t *code = (volatile uint8_t *)at;

	code[0] = 0xb8;
	for (int i = 0; i < 4; i++)
		code[1 + i] = (uint8_t)(number >> (8 * i));
	code[5] = 0xc3;
}

/* Run the function and see that it returns its number. */
static void run(struct job *job, uint64_t at, uint32_t number)
{
	struct probe p = probe_exec(at);

	expect(job, at, 0, p.verdict);
	expect(job, at, number, p.value);
	if (!p.verdict && p.value == number)
		job->me->code_runs++;
}

/* Readable, writable and executable at once: rewrite and run with no help from the host. */
static void anything_goes(struct job *job)
{
	uint64_t page = job->boot->code.base + (job->id << 12);

	for (uint32_t round = 0; round < 16; round++) {
		emit(page + round * 8, 0x10000 + round);
		run(job, page + round * 8, 0x10000 + round);
		emit(page, 0x20000 + round);
		run(job, page, 0x20000 + round);
	}
}

/* Ask the host for permissions, and see that it agrees. */
static void allow(struct job *job, uint64_t page, uint64_t what)
{
	expect(job, page, 0, host_call(TDPVM_PORT_ALLOW, page, 4096ull, what));
}

/* Write while it must not run, run while it must not be written. */
static void write_xor_execute(struct job *job)
{
	uint64_t page = job->boot->jit.base + (job->id << 12);

	for (uint32_t round = 0; round < 8; round++) {
		uint32_t number = (uint32_t)job->id * 256 + round + 0x30000;

		allow(job, page, TDPVM_ALLOW_RW);
		emit(page, number);
		expect_refused(job, page, probe_exec(page), TDPVM_PROTECTED);
		allow(job, page, TDPVM_ALLOW_RX);
		run(job, page, number);
		expect_refused(job, page, probe_write(page, 0), TDPVM_PROTECTED);
		run(job, page, number);
	}
	/* Both at once is not to be had. */
	expect(job, page, 1, host_call(TDPVM_PORT_ALLOW, page, 4096ull, (uint64_t)(TDPVM_ALLOW_RW | TDPVM_ALLOW_RX)));
	/* Nor is execution of memory that is data. */
	page = job->boot->data[0].base;
	expect(job, page, 1, host_call(TDPVM_PORT_ALLOW, page, 4096ull, (uint64_t)TDPVM_ALLOW_RX));
}

void code_run(struct job *job)
{
	anything_goes(job);
	write_xor_execute(job);
}
