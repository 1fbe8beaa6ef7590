/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's program: an ELF file, read and checked before anything else happens. */
#ifndef TDPVM_PAYLOAD_H
#define TDPVM_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PAYLOAD_SEGMENTS = 16 /* loadable ones; more are refused */
};

struct segment {
	uint64_t va;	 /* first address */
	uint64_t offset; /* in the file */
	uint64_t filled; /* bytes from the file */
	uint64_t bytes;	 /* bytes in memory; the rest is zero */
	uint8_t prot;	 /* enum tdp_prot */
};

struct payload {
	uint8_t *image; /* the whole file */
	size_t size;	/* its bytes */
	uint64_t entry; /* address of the first instruction */
	unsigned count;
	struct segment segment[PAYLOAD_SEGMENTS];
};

/* Read the file, or what is built in for NULL, and check that it fits: its segments may take limit bytes. */
bool payload_read(struct payload *payload, const char *path, uint64_t limit);
void payload_close(struct payload *payload);

#endif
