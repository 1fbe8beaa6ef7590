/* SPDX-License-Identifier: BSD-2-Clause */
/* VMX: the tables are chosen by the EPTP, which the library makes. */
#include "virt.h"

#include "guest.h"

#define EPT_CAP_AD (UINT64_C(1) << 21)

static const char *missing(void)
{
	if (!(cpuid(1).c & 1u << 5))
		return "no VMX (CPUID.1:ECX[5] = 0)";
	if (!vmx_there())
		return "no EPT (IA32_VMX_PROCBASED_CTLS2[33] = 0)";
	return NULL;
}

static unsigned forms(struct form forms[MOST_FORMS])
{
	const struct tdp_vmx vmx = {.ept_vpid_cap = vmx_ept_caps(), .maxphyaddr = (uint8_t)machine_phys_bits()};
	const unsigned gpa_bits = machine_phys_bits() < 48 ? machine_phys_bits() : 48;
	struct tdp_caps caps;
	unsigned n = 0;

	if (tdp_caps_vmx(&caps, &vmx) < 0)
		machine_fail("tdp_caps_vmx does not take IA32_VMX_EPT_VPID_CAP = %lx", vmx.ept_vpid_cap);
	if (vmx.ept_vpid_cap & EPT_CAP_AD)
		forms[n++] = (struct form){.name = "ept",
					   .engine = &tdp_ept_engine,
					   .format = &tdp_ept,
					   .caps = caps,
					   .dirty_flags = true,
					   .log = vmx_allows(VMX_PML),
					   .gpa_bits = gpa_bits};
	forms[n++] = (struct form){
		.name = "ept-noad", .engine = &tdp_ept_noad_engine, .format = &tdp_ept_noad, .caps = caps, .gpa_bits = gpa_bits};
	return n;
}

static void load(struct vcpu *v, const struct form *form, const struct tdp_regs *regs, bool log)
{
	(void)form;
	v->logging = log;
	vmx_init(&v->vmx, regs->base, log ? VMX_PML : 0, GUEST_PML4);
}

static void go(struct vcpu *v, uint64_t rip, uint64_t rsp)
{
	vmx_set_rip(&v->vmx, rip);
	vmx_set_rsp(&v->vmx, rsp);
}

static void set(struct vcpu *v, uint64_t rbx, uint64_t rcx)
{
	v->vmx.rbx = rbx;
	v->vmx.rcx = rcx;
}

static uint64_t rcx(const struct vcpu *v)
{
	return v->vmx.rcx;
}

/* SDM vol. 3C, table 28-7. With A/D flags a walk of the guest's own tables counts as a write. */
static uint32_t fault_access(uint64_t qualification)
{
	if (qualification & EPT_QUAL_FETCH)
		return TDP_EXEC_S;
	return qualification & EPT_QUAL_WRITE ? TDP_WRITE : TDP_READ;
}

static struct exit run(struct vcpu *v, bool forget)
{
	struct exit exit = {.kind = EXIT_OTHER};

	v->vmx.keep = !forget;
	exit.reason = vmx_run(&v->vmx);
	exit.detail = v->vmx.qualification;
	switch (exit.reason) {
	case VMX_EXIT_HLT:
		exit.kind = EXIT_HALT;
		break;
	case VMX_EXIT_INTERRUPT:
		exit.kind = EXIT_KICK;
		break;
	case VMX_EXIT_PML_FULL:
		exit.kind = EXIT_LOG_FULL;
		break;
	case VMX_EXIT_EPT_VIOLATION:
		exit.kind = EXIT_FAULT;
		exit.gpa = v->vmx.gpa;
		exit.access = fault_access(v->vmx.qualification);
		break;
	default:
		break;
	}
	return exit;
}

static unsigned logged(struct vcpu *v, const uint64_t **first)
{
	const unsigned n = v->logging ? vmx_logged(&v->vmx) : 0;

	*first = v->vmx.log + VMX_PML_ENTRIES - n;
	return n;
}

const struct virt virt_vmx = {.name = "VMX",
			      .missing = missing,
			      .enable = vmx_enable,
			      .forms = forms,
			      .load = load,
			      .go = go,
			      .set = set,
			      .rcx = rcx,
			      .run = run,
			      .logged = logged};
