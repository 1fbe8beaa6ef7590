/* SPDX-License-Identifier: BSD-2-Clause */
/* What the host's program and the payload tell each other: where in the machine's memory, and in which form. */
#ifndef ORACLE_ARM64_AT_ABI_H
#define ORACLE_ARM64_AT_ABI_H

#include <stdint.h>

/* Loaded by QEMU: the questions, and the tables where their addresses say they are. The answers go in between. */
#define AT_QUESTIONS UINT64_C(0x44000000)
#define AT_ANSWERS   UINT64_C(0x4c000000)
#define AT_TABLES    UINT64_C(0x54000000)
#define AT_MAGIC     UINT64_C(0x317461706d647400)

/* One tree: what goes into the registers, and which questions are its own. */
struct at_job {
	uint64_t vtcr, vttbr, hcr;
	uint64_t first, count;
};

/* At AT_QUESTIONS; questions follow behind the last job. A question is a 4 KiB page of the guest, plus AT_WRITE if it is about a store. */
struct at_header {
	uint64_t magic;
	uint64_t jobs;
	uint64_t questions;
	uint64_t tables_size;
	struct at_job job[64];
};
enum { AT_JOBS = 64, AT_WRITE = 1, AT_PAGE = 4096 };

#endif
