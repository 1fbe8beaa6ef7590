/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of the phases, and what happens to accesses that the host refuses. */
#include "guest.h"

/* Where a refused instruction goes on; collected by the linker from probe.S. */
struct fixup {
	uint64_t at, to;
};
extern const struct fixup fixups_start[], fixups_end[];

void expect(struct job *job, uint64_t address, uint64_t wanted, uint64_t seen)
{
	if (wanted == seen)
		return;
	if (!job->me->errors++) {
		job->me->error_address = address;
		job->me->error_wanted = wanted;
		job->me->error_seen = seen;
	}
}

void expect_refused(struct job *job, uint64_t address, struct probe probe, uint64_t verdict)
{
	expect(job, address, verdict, probe.verdict);
	if (probe.verdict < TDPVM_VERDICTS)
		job->me->refused[probe.verdict]++;
}

/* Where to go on after a refusal at rip, or 0 if no probe expects one there. */
static uint64_t fixup_of(uint64_t rip)
{
	for (const struct fixup *f = fixups_start; f != fixups_end; f++)
		if (f->at == rip)
			return f->to;
	return 0;
}

void page_refused(struct frame *frame, uint64_t address, uint64_t verdict, uint64_t device)
{
	uint64_t rip = frame->rip, rsp = frame->rsp;

	if (rip == address) { /* a refused fetch: the instruction to blame is the call before it */
		rip = *(const uint64_t *)rsp;
		rsp += 8;
	}
	uint64_t to = fixup_of(rip);
	if (!to) {
		host_call(TDPVM_PORT_PANIC, 14ull, frame->error, frame->rip);
		return;
	}
	frame->rip = to;
	frame->rsp = rsp;
	frame->rax = verdict;
	frame->rdx = device;
}

void guest_main(struct tdpvm_shared *shared, uint64_t id)
{
	struct job job = {.boot = &shared->boot, .all = shared->result, .me = &shared->result[id], .id = id};

	job.pages = job.boot->data[0].pages + job.boot->data[1].pages;
	if (job.boot->magic != TDPVM_MAGIC)
		expect(&job, (uint64_t)job.boot, TDPVM_MAGIC, job.boot->magic);

	host_call(TDPVM_PORT_BARRIER, (uint64_t)TDPVM_FILL, 0ull, 0ull);
	data_fill(&job);
	if (job.boot->act != TDPVM_NO_ACT) {
		host_call(TDPVM_PORT_BARRIER, (uint64_t)TDPVM_ACT, 0ull, 0ull);
		data_act(&job);
	}
	host_call(TDPVM_PORT_BARRIER, (uint64_t)TDPVM_CHECK, 0ull, 0ull);
	data_check(&job);
	host_call(TDPVM_PORT_BARRIER, (uint64_t)TDPVM_CHURN, 0ull, 0ull);
	data_churn(&job);
	host_call(TDPVM_PORT_BARRIER, (uint64_t)TDPVM_REREAD, 0ull, 0ull);
	data_check(&job);
	host_call(TDPVM_PORT_BARRIER, (uint64_t)TDPVM_CODE, 0ull, 0ull);
	code_run(&job);
	host_call(TDPVM_PORT_BARRIER, (uint64_t)TDPVM_POKE, 0ull, 0ull);
	poke_all(&job);
	host_call(TDPVM_PORT_BARRIER, (uint64_t)TDPVM_END, 0ull, 0ull);
	job.me->done = 1;
}
