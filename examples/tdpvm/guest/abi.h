/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tdpvm and the program it runs tell each other. Both sides include this file; assembly takes the numbers only.
 *
 * A vCPU starts at the ELF's entry point in 64-bit mode at privilege level 0, interrupts off, with
 *     RDI = address of struct tdpvm_shared      RSI = number of this vCPU, from 0      RSP = top of its own stack
 * It must load its own GDT and IDT. It calls the host by `out %al, $port` with arguments in RDI, RSI, RDX; the answer is in RAX.
 */
#ifndef TDPVM_ABI_H
#define TDPVM_ABI_H

/* A page fault: RDI = CR2, RSI = error code, RDX = RIP, RAX = 0. Answer: a verdict; for TDPVM_MMIO RDX = the device's number. */
#define TDPVM_PORT_FAULT 0xf0
/* Wait until every vCPU is here: RDI = the phase that begins then. */
#define TDPVM_PORT_BARRIER 0xf1
/* Change what is allowed in the W^X area: RDI = address, RSI = bytes, RDX = TDPVM_ALLOW_*. Answer: 0, or 1 = refused. */
#define TDPVM_PORT_ALLOW 0xf2
/* Is the host still moving pages about? Answer: 1 = yes, go round once more. In an act: the host may hold the vCPU here for a while. */
#define TDPVM_PORT_AGAIN 0xf3
/* This vCPU has finished; it is not entered again. */
#define TDPVM_PORT_DONE 0xf4
/* An exception nobody expected: RDI = vector, RSI = error code, RDX = RIP. */
#define TDPVM_PORT_PANIC 0xf5

/* Verdicts on a page fault. */
#define TDPVM_RETRY	0 /* resolved: run the instruction again */
#define TDPVM_PROTECTED 1 /* something is there, but not for this kind of access */
#define TDPVM_HOLE	2 /* nothing is there */
#define TDPVM_MMIO	3 /* a device is there */
#define TDPVM_VERDICTS	4

#define TDPVM_ALLOW_RW	1
#define TDPVM_ALLOW_RX	2

#define TDPVM_MAX_VCPUS 8

#ifndef __ASSEMBLER__
#include <stdint.h>

#define TDPVM_MAGIC 0x7464705f64656d6full
/* Word w of the read-only area holds this value. */
#define TDPVM_ROM_WORD(seed, w) (((seed) ^ (w)) * 0x9e3779b97f4a7c15ull)

enum tdpvm_phase {
	TDPVM_BOOT,   /* not yet at the first barrier */
	TDPVM_FILL,   /* write every page once */
	TDPVM_CHECK,  /* read what everybody wrote */
	TDPVM_CHURN,  /* rewrite, while the host moves and unmaps pages */
	TDPVM_REREAD, /* read everything again */
	TDPVM_CODE,   /* write code and run it */
	TDPVM_POKE,   /* touch holes, devices and read-only pages */
	TDPVM_END,
	TDPVM_ACT, /* with an act: work without an end, after TDPVM_FILL */
	TDPVM_PHASES
};

/* What the guest does after TDPVM_FILL. */
enum tdpvm_act {
	TDPVM_NO_ACT, /* all phases, and then it ends */
	TDPVM_WRITER, /* write pages for ever: most of the time the same few */
	TDPVM_READER  /* read for ever: a window of pages that wanders, and write a few */
};

/* A range of virtual addresses. */
struct tdpvm_window {
	uint64_t base;
	uint64_t pages; /* of 4 KiB */
};

/* What the host tells the guest. */
struct tdpvm_boot {
	uint64_t magic;
	uint64_t vcpus;
	struct tdpvm_window data[2]; /* memory to use: readable and writable, appears when touched */
	struct tdpvm_window rom;     /* readable: TDPVM_ROM_WORD(rom_seed, w) */
	struct tdpvm_window code;    /* readable, writable and executable */
	struct tdpvm_window jit;     /* writable or executable, never both: TDPVM_PORT_ALLOW */
	struct tdpvm_window mmio;    /* a device */
	struct tdpvm_window hole;    /* nothing */
	uint64_t rom_seed;
	uint64_t mmio_device; /* the device's number */
	uint64_t act;	      /* enum tdpvm_act */
};

/* What one vCPU tells the host. */
struct tdpvm_result {
	uint64_t visited;		  /* pages visited so far, for the progress bar */
	uint64_t generation;		  /* of the data in its share of the pages */
	uint64_t errors;		  /* how often it saw what it should not */
	uint64_t error_address;		  /* of the first one */
	uint64_t error_wanted;		  /* what should have been there */
	uint64_t error_seen;		  /* what was there */
	uint64_t refused[TDPVM_VERDICTS]; /* accesses that the host refused, by verdict, as the guest expected */
	uint64_t code_runs;		  /* generated functions that ran and returned the right value */
	uint64_t done;			  /* 1: went through every phase */
	uint64_t pad[4];
};

/* The page both sides see. */
struct tdpvm_shared {
	struct tdpvm_boot boot;
	struct tdpvm_result result[TDPVM_MAX_VCPUS];
};
_Static_assert(sizeof(struct tdpvm_shared) <= 4096, "one page");
#endif
#endif
