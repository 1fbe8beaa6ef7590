/* SPDX-License-Identifier: BSD-2-Clause */
/* A processor's way to run guests under second-level tables: AMD's SVM or Intel's VMX, behind one interface. */
#ifndef EXAMPLES_X86_HV_VIRT_H
#define EXAMPLES_X86_HV_VIRT_H

#include <tdpmmu/tdpmmu.h>

#include "svm.h"
#include "vmx.h"

/* One kind of tables that a processor may walk. */
struct form {
	const char *name;
	const struct tdp_engine *engine;
	const struct tdp_format *format;
	struct tdp_caps caps;
	unsigned host_levels; /* what the host's own paging must have: 4 or 5 (SVM); 0: it does not matter */
	bool legacy;	      /* the host is in legacy PAE mode while the guest runs (SVM) */
	bool dirty_flags;     /* the walker sets Accessed and Dirty */
	bool log;	      /* the processor can log the addresses that it makes dirty (PML) */
	unsigned gpa_bits;
};

/* A guest on one processor. */
struct vcpu {
	struct svm_vcpu svm;
	struct vmx_vcpu vmx;
	bool logging; /* PML is on */
};

enum exit_kind {
	EXIT_HALT,  /* the guest has done what it was told to */
	EXIT_KICK,  /* an interrupt for this processor */
	EXIT_FAULT, /* the second-level tables did not permit an access */
	EXIT_LOG_FULL,
	EXIT_OTHER
};

/* Why a guest is out. */
struct exit {
	enum exit_kind kind;
	tdp_gpa_t gpa;		 /* EXIT_FAULT */
	uint32_t access;	 /* EXIT_FAULT: enum tdp_access */
	uint64_t reason, detail; /* as the processor says it */
};

enum { MOST_FORMS = 3 };

struct virt {
	const char *name;
	/* NULL: this processor has it. Else the first thing that is missing, with the bit that says so. */
	const char *(*missing)(void);
	/* Turn it on, on this processor. */
	void (*enable)(void);
	/* Which tables this processor walks; returns how many. */
	unsigned (*forms)(struct form forms[MOST_FORMS]);
	/* A guest on this processor, under the tables that regs name. log: PML shall be on. */
	void (*load)(struct vcpu *v, const struct form *form, const struct tdp_regs *regs, bool log);
	/* Where it goes on, and its stack. */
	void (*go)(struct vcpu *v, uint64_t rip, uint64_t rsp);
	/* RBX and RCX: how probes get their address and value. */
	void (*set)(struct vcpu *v, uint64_t rbx, uint64_t rcx);
	uint64_t (*rcx)(const struct vcpu *v);
	/* Run it. forget: drop what this processor has cached of any tree first. */
	struct exit (*run)(struct vcpu *v, bool forget);
	/* How many addresses the processor has logged, and where; the log is empty then. */
	unsigned (*logged)(struct vcpu *v, const uint64_t **first);
};

extern const struct virt virt_svm, virt_vmx;
/* The one of them that this machine has; main.c chooses. */
extern const struct virt *virt;

#endif
