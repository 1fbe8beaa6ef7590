/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest.h"

#include "finish.h"
#include "options.h"
#include "rcu.h"
#include "stage2.h"
#include "verdict.h"

enum { EC_SMC = 0x17 };
#define HCR_TSC	 (UINT64_C(1) << 19) /* SMC comes to EL2: the firmware is not the guest's */
#define HCR_APK	 (UINT64_C(1) << 40)
#define HCR_API	 (UINT64_C(1) << 41)
#define HCR_ATA	 (UINT64_C(1) << 56)
#define CPTR_SVE (UINT64_C(1) << 8)
#define CPTR_SME (UINT64_C(1) << 12)

static struct vcpu vcpus[CPUS];

static uint64_t field(uint64_t reg, unsigned shift)
{
	return reg >> shift & 0xf;
}

/* Vector registers of any length: nothing traps, nothing is cut short. */
static void pass_vectors(uint64_t pfr0, uint64_t pfr1)
{
	uint64_t traps = REG_READ(cptr_el2);

	if (field(pfr0, 32))
		traps &= ~CPTR_SVE;
	if (field(pfr1, 24))
		traps &= ~CPTR_SME;
	REG_WRITE(cptr_el2, traps);
	BARRIER("isb");
	if (field(pfr0, 32))
		REG_WRITE(S3_4_C1_C2_0, 0xf); /* ZCR_EL2 */
	if (field(pfr1, 24))
		REG_WRITE(S3_4_C1_C2_6, 0xf | UINT64_C(1) << 30 | (REG_READ(S3_0_C0_C4_5) >> 63) << 31); /* SMCR_EL2, SMIDR.FA64 */
}

/*
 * All but memory is the guest's: interrupts, timers, counters and the GIC's CPU interface go straight to EL1. So the hypervisor holds no
 * device and takes no interrupt.
 */
static void pass_through(void)
{
	const uint64_t isar1 = REG_READ(id_aa64isar1_el1), pfr0 = REG_READ(id_aa64pfr0_el1), pfr1 = REG_READ(id_aa64pfr1_el1);
	uint64_t hcr = HCR_TSC;

	if (isar1 & 0xff0) /* APA, API: pointer authentication */
		hcr |= HCR_APK | HCR_API;
	if (field(pfr1, 8) >= 2) /* MTE */
		hcr |= HCR_ATA;
	pass_vectors(pfr0, pfr1);
	REG_WRITE(cnthctl_el2, 3);
	REG_WRITE(cntvoff_el2, 0);
	REG_WRITE(vpidr_el2, REG_READ(midr_el1));
	REG_WRITE(vmpidr_el2, REG_READ(mpidr_el1));
	REG_WRITE(mdcr_el2, REG_READ(pmcr_el0) >> 11 & 0x1f);
	REG_WRITE(hstr_el2, 0);
	REG_WRITE(S3_4_C12_C9_5, 0xf); /* ICC_SRE_EL2 */
	BARRIER("isb");
	REG_WRITE(S3_4_C12_C11_0, 0); /* ICH_HCR_EL2 */
	stage2_load(hcr);
}

static void left(struct vcpu *v)
{
	switch (vcpu_class(v)) {
	case EC_INSTRUCTION_ABORT:
	case EC_DATA_ABORT:
		guest_abort(v);
		return;
	case EC_SMC:
		v->pc += 4; /* unlike HVC it has not been executed */
		psci_call(v);
		return;
	case EC_HVC:
		psci_call(v);
		return;
	default:
		say("\n[hv] guest CPU %u at %x: an exit that nobody expects (ESR %x)\n", (uint64_t)this_cpu(), v->pc, v->esr);
		quit(VERDICT_GUEST);
	}
}

void guest_run(uint64_t pc, uint64_t x0)
{
	struct vcpu *v = &vcpus[this_cpu()];

	pass_through();
	*v = (struct vcpu){.pc = pc, .pstate = PSTATE_EL1};
	v->x[0] = x0;
	for (;;) {
		guest_enter(v);
		finish_wait();
		left(v);
		rcu_poll();
	}
}
