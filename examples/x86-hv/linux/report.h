/* SPDX-License-Identifier: BSD-2-Clause */
/* What happened, and the verdict. */
#ifndef EXAMPLES_X86_HV_LINUX_REPORT_H
#define EXAMPLES_X86_HV_LINUX_REPORT_H

#include "machine.h"

struct report {
	/* faults */
	uint64_t faults, fast, mapped, pages, spurious, devices, table_walks, exits, interrupted, forgotten;
	/* moves */
	uint64_t moves, replaced, zapped, blocks, homes, split, promoted;
	/* flushes asked for; of these, the guest had to be thrown out of the other processor */
	uint64_t flushes, kicks, nmis;
	/* logs */
	uint64_t logs, rounds, logged, logged_same, missed, told, open_clean;
	/* what the guest says of its own checks */
	uint64_t guest_ok, guest_bad;
};

extern struct report report;

/* Say it, and end the machine: success if nothing was missed, spoilt, or wrong in the guest. */
_Noreturn void report_end(void);

#endif
