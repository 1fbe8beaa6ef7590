/* SPDX-License-Identifier: BSD-2-Clause */
/* SVM: nested paging works as the host's own paging does, so a form is chosen by the host's mode when it enters the guest. */
#include "virt.h"

#include "guest.h"

static const char *missing(void)
{
	if (!(cpuid(0x80000001).c & 4))
		return "no SVM (CPUID Fn8000_0001 ECX[2] = 0)";
	if (!(cpuid(0x8000000a).d & 1))
		return "no nested paging (CPUID Fn8000_000A EDX[0] = 0)";
	return NULL;
}

/* What the processor says, in a host that walks five levels, or four, or runs in legacy PAE mode. */
static struct tdp_caps caps(bool la57, bool pae)
{
	const struct tdp_svm svm = {.maxphyaddr = (uint8_t)machine_phys_bits(),
				    .pages_1g = cpuid(0x80000001).d >> 26 & 1,
				    .nx = true,
				    .la57 = la57,
				    .pae = pae};
	struct tdp_caps caps;

	if (tdp_caps_svm(&caps, &svm) < 0)
		machine_fail("tdp_caps_svm does not take what this processor says");
	return caps;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned forms(struct form forms[MOST_FORMS])
{
	const unsigned phys = machine_phys_bits();
	unsigned n = 0;

	forms[n++] = (struct form){.name = "npt-4",
				   .engine = &tdp_npt_engine,
				   .format = &tdp_npt,
				   .caps = caps(false, false),
				   .host_levels = 4,
				   .gpa_bits = least(phys, 48)};
	if (machine_has_la57())
		forms[n++] = (struct form){.name = "npt-5",
					   .engine = &tdp_npt_engine,
					   .format = &tdp_npt,
					   .caps = caps(true, false),
					   .host_levels = 5,
					   .gpa_bits = least(phys, 57)};
	forms[n++] = (struct form){.name = "npt-pae",
				   .engine = &tdp_npt_pae_engine,
				   .format = &tdp_npt_pae,
				   .caps = caps(false, true),
				   .host_levels = 4,
				   .legacy = true,
				   .gpa_bits = 32};
	for (unsigned i = 0; i < n; i++)
		forms[i].dirty_flags = true;
	return n;
}

/* A guest without paging of its own has no addresses of 64 bits; under PAE it needs none. */
static void load(struct vcpu *v, const struct form *form, const struct tdp_regs *regs, bool log)
{
	v->logging = log;
	machine_walk_levels(form->host_levels);
	v->svm.legacy = form->legacy;
	svm_init(&v->svm, regs->base, form->legacy ? SVM_FLAT : SVM_LONG, GUEST_PML4);
}

static void go(struct vcpu *v, uint64_t rip, uint64_t rsp)
{
	svm_set_rip(&v->svm, rip);
	svm_set_rsp(&v->svm, rsp);
}

static void set(struct vcpu *v, uint64_t rbx, uint64_t rcx)
{
	v->svm.rbx = rbx;
	v->svm.rcx = rcx;
}

static uint64_t rcx(const struct vcpu *v)
{
	return v->svm.rcx;
}

/* APM vol. 2, 15.25.6. A walk of the guest's own tables counts as a write. */
static uint32_t fault_access(uint64_t info1)
{
	if (info1 & NPF_FETCH)
		return TDP_EXEC_S;
	return info1 & NPF_WRITE ? TDP_WRITE : TDP_READ;
}

static struct exit run(struct vcpu *v, bool forget)
{
	struct exit exit = {.kind = EXIT_OTHER};

	v->svm.keep = !forget;
	exit.reason = svm_run(&v->svm);
	exit.detail = v->svm.info1;
	switch (exit.reason) {
	case SVM_EXIT_HLT:
		exit.kind = EXIT_HALT;
		break;
	case SVM_EXIT_INTR:
		exit.kind = EXIT_KICK;
		break;
	case SVM_EXIT_NPF:
		exit.kind = EXIT_FAULT;
		exit.gpa = v->svm.info2;
		exit.access = fault_access(v->svm.info1);
		break;
	default:
		break;
	}
	return exit;
}

static unsigned logged(struct vcpu *v, const uint64_t **first)
{
	(void)v;
	*first = NULL;
	return 0;
}

const struct virt virt_svm = {.name = "SVM",
			      .missing = missing,
			      .enable = svm_enable,
			      .forms = forms,
			      .load = load,
			      .go = go,
			      .set = set,
			      .rcx = rcx,
			      .run = run,
			      .logged = logged};
