/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user asked for. */
#ifndef TDPVM_OPTIONS_H
#define TDPVM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <tdpmmu/urcu.h>

/* What to show instead of the whole demonstration. */
enum act { ACT_NONE, ACT_DIRTY, ACT_PROMOTE, ACT_SPLIT, ACT_WSS };

struct options {
	uint64_t mem;	  /* bytes of guest memory, tables included; a multiple of 2 MiB */
	unsigned vcpus;	  /* 1 to TDPVM_MAX_VCPUS */
	unsigned timeout; /* seconds until a guest that does not end is stopped */
	unsigned chaos;	  /* seconds of chaos that come on top; 0: none */
	const struct tdp_urcu *rcu;
	enum act act;
	const char *svg;    /* acts: draw a picture into this file */
	bool write_protect; /* log writes by write-protection, not by the Dirty bits that the processor sets */
	bool huge;	    /* data in 2 MiB pages */
	bool mem_given;
	bool page_given;	/* huge was said on the command line */
	bool json;		/* one JSON object on stdout, nothing else */
	bool verbose;		/* tell on stderr what happens */
	const char *payload;	/* an ELF file; NULL: the one that is built in */
	const char *kvm_device; /* "/dev/kvm" */
};

/* Read the command line. Ends the program for --help and, with status 2, for a mistake. */
void options_parse(struct options *options, int argc, char **argv);

/* As on the command line. */
const char *options_act_name(enum act act);

#endif
