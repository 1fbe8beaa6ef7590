/* SPDX-License-Identifier: BSD-2-Clause */
/* The words after the program's name, each KEY=VALUE; demo.sh makes them of its options. */
#ifndef ARM64_HV_OPTIONS_H
#define ARM64_HV_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "flush.h"

enum mode { MODE_PLAIN, MODE_MIGRATE, MODE_DIRTY, MODE_SPLIT_PROMOTE };

struct options {
	uint64_t memory; /* the machine's, in MiB */
	uint64_t guest;	 /* of it the guest's, in MiB */
	uint64_t tables; /* in the pool; 0: as many as the guest can need */
	uint64_t smp;	 /* the guest's CPUs */
	uint64_t ipa;	 /* guest addresses, in bits */
	uint64_t every;	 /* migrate: a page moves for so many faults */
	uint64_t seed;
	uint64_t moves; /* migrate: fewer moves are a failure */
	uint64_t json;	/* the figures once more, for programs */
	enum mode mode;
	bool soft;     /* do not let hardware set Accessed and Dirty */
	bool hardware; /* insist on hardware's Dirty */
	bool blocks;   /* plain: 2 MiB blocks where they fit */
	enum omission omission;
	const char *defect; /* "" or a defect of the library's test build */
};

extern struct options options;
/* Reads the words; an unknown one ends the machine with a line that names it. */
void options_read(void);
const char *mode_name(enum mode mode);

#endif
