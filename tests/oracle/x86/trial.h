/* SPDX-License-Identifier: BSD-2-Clause */
/* Many random layouts of one format, each asked about many times. */
#ifndef TESTS_ORACLE_X86_TRIAL_H
#define TESTS_ORACLE_X86_TRIAL_H

#include "probes.h"

struct trial {
	struct probe_walker walker;
	const struct tdp_engine *engine;
	const struct tdp_format *format;
	struct tdp_caps caps;
	/* What the guest runs under from now on, at the start of each layout. */
	void (*load)(const struct tdp_regs *regs);
	struct layout_run layout; /* random: the seed; gpa_bits and what may be granted */
	uint64_t queries;	  /* at least so many */
};

/* Ask, and print the counts. Returns how many mismatches there were. */
uint64_t trial_run(struct trial *t);

#endif
