/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Translates what the host asks through the tables that the host built: AT S12E1R or AT S12E1W, and the answer is PAR_EL1. Then writes
 * down all answers, and the tables as hardware left them.
 */
#include "../at/abi.h"
#include "el2.h"

enum { STATUS_NO_QUESTIONS = 2, STATUS_NO_FILE = 3 };

static uint64_t ask(uint64_t question)
{
	const uint64_t address = question & ~(uint64_t)AT_WRITE;

	if (question & AT_WRITE)
		__asm__ volatile("at s12e1w, %0" ::"r"(address) : "memory");
	else
		__asm__ volatile("at s12e1r, %0" ::"r"(address) : "memory");
	BARRIER("isb");
	return REG_READ(par_el1);
}

static void work(const struct at_job *job, const uint64_t *questions, uint64_t *answers)
{
	REG_WRITE(vtcr_el2, job->vtcr);
	REG_WRITE(vttbr_el2, job->vttbr);
	REG_WRITE(hcr_el2, job->hcr);
	BARRIER("isb");
	TLB_INVALIDATE("alle1");
	BARRIER("dsb sy");
	BARRIER("isb");
	for (uint64_t i = job->first; i < job->first + job->count; i++)
		answers[i] = ask(questions[i]);
}

void el2_main(void)
{
	const struct at_header *h = (const struct at_header *)AT_QUESTIONS;
	const uint64_t *questions = (const uint64_t *)(h + 1);
	uint64_t *answers = (uint64_t *)AT_ANSWERS;

	if (h->magic != AT_MAGIC)
		quit(STATUS_NO_QUESTIONS);
	for (uint64_t i = 0; i < h->jobs; i++)
		work(&h->job[i], questions, answers);
	if (!write_file("answers", answers, h->questions * sizeof(*answers)) ||
	    !write_file("tables-after", (const void *)AT_TABLES, h->tables_size))
		quit(STATUS_NO_FILE);
	quit(0);
}
