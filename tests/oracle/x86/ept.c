/* SPDX-License-Identifier: BSD-2-Clause */
/* EPT: every answer of the library's about random layouts, against a processor with VMX, in every form that it has. */
#include "entries.h"
#include "guest.h"
#include "pages.h"
#include "quirks.h"
#include "vmx.h"

#define EPT_A	    UINT64_C(0x100)
#define EPT_D	    UINT64_C(0x200)
#define EPT_SVE	    (UINT64_C(1) << 63)
#define EPT_RW	    UINT64_C(3)
#define EPT_X	    UINT64_C(4)
#define EPT_RWX	    UINT64_C(7)
#define EPT_WB	    UINT64_C(0x30)
#define EPT_PS	    UINT64_C(0x80)
#define EPT_ADDRESS UINT64_C(0x000ffffffffff000)
#define CAP_AD	    (UINT64_C(1) << 21)
/* An exit that stands for a #VE, which the guest does not handle. */
enum { EXIT_VE = 0x1000 | VMX_VE_VECTOR };

static struct vmx_vcpu vcpu;
static uint32_t controls; /* VMX_PML, VMX_VE */
static bool ad;		  /* the processor sets Accessed and Dirty */

static void load(const struct tdp_regs *regs)
{
	vmx_init(&vcpu, regs->base, controls, GUEST_PML4);
}

/* The address that the processor has logged, not counting the guest's fixed parts. */
static uint64_t logged(void)
{
	const unsigned count = controls & VMX_PML ? vmx_logged(&vcpu) : 0;
	uint64_t one = 0;

	for (unsigned i = VMX_PML_ENTRIES - count; i < VMX_PML_ENTRIES; i++) {
		if (vcpu.log[i] < LAYOUT_FLOOR)
			continue;
		if (one)
			machine_fail("one access is logged twice: %lx, %lx", one, vcpu.log[i]);
		one = vcpu.log[i];
	}
	return one;
}

static struct probe_outcome access(enum probe_access access, tdp_gpa_t gpa, uint32_t value)
{
	static const char *const stub[] = {guest_read, guest_write, guest_fetch, guest_read};
	struct probe_outcome o = {.done = false};

	vmx_set_rip(&vcpu, GUEST_CODE + (uint64_t)(stub[access] - guest_read));
	vmx_set_rsp(&vcpu, GUEST_STACK_TOP);
	vcpu.rbx = access == PROBE_WALK ? window_walk(gpa) : window_open(gpa);
	vcpu.rcx = value;
	if (controls & VMX_VE)
		*vcpu.ve = (struct vmx_ve_info){.busy = 0};
	o.exit = vmx_run(&vcpu);
	o.done = o.exit == VMX_EXIT_VMCALL;
	o.value = (uint32_t)vcpu.rcx;
	o.logged = logged();
	if (o.exit == VMX_EXIT_EXCEPTION && (vcpu.interruption & 0xff) == VMX_VE_VECTOR &&
	    vcpu.ve->reason == VMX_EXIT_EPT_VIOLATION) {
		o.exit = EXIT_VE;
		o.code = vcpu.ve->qualification;
		o.address = vcpu.ve->gpa;
	} else if (!o.done) {
		o.code = o.exit == VMX_EXIT_EPT_VIOLATION ? vcpu.qualification : 0;
		o.address = vcpu.gpa;
	}
	return o;
}

/* The access as the exit qualification says it. With A/D flags the reading of a guest's page table counts as a write. */
static uint64_t qualification(enum probe_access access)
{
	switch (access) {
	case PROBE_READ:
		return EPT_QUAL_READ | EPT_QUAL_LINEAR | EPT_QUAL_FINAL;
	case PROBE_WRITE:
		return EPT_QUAL_WRITE | EPT_QUAL_LINEAR | EPT_QUAL_FINAL;
	case PROBE_FETCH:
		return EPT_QUAL_FETCH | EPT_QUAL_LINEAR | EPT_QUAL_FINAL;
	default:
		return (ad ? quirk_walk_is_write() : EPT_QUAL_READ) | EPT_QUAL_LINEAR;
	}
}

/* SDM vol. 3C, 28.2.1 and 29.3.3. Tables permit everything, so the entry's own permissions count. */
static struct probe_outcome expect(enum probe_access access, tdp_gpa_t gpa, const struct probe_view *view)
{
	const uint8_t needs[] = {TDP_R, TDP_W, TDP_XS, ad ? TDP_W : TDP_R};
	const uint64_t permitted = view->entry.raw & EPT_RWX;
	struct probe_outcome o = {.exit = VMX_EXIT_EPT_VIOLATION, .address = gpa};

	if (view->mapped && (view->entry.live & needs[access])) {
		o = (struct probe_outcome){.done = true, .exit = VMX_EXIT_VMCALL};
		if ((controls & VMX_PML) && (access == PROBE_WRITE || access == PROBE_WALK) && !view->entry.dirty)
			o.logged = quirk_log_address(gpa);
	} else if (view->entry.kind == TDP_RESERVED || (view->entry.kind == TDP_NOTE && permitted)) {
		/* A note was told to: write and execute, but not read. */
		o.exit = VMX_EXIT_EPT_MISCONFIG;
	} else {
		o.code = qualification(access) | permitted << EPT_QUAL_ALLOWED;
		/* The entry that maps the page, or is not present, decides; tables above it do not. */
		if ((controls & VMX_VE) && view->entry.kind != TDP_TABLE && !(view->entry.raw & EPT_SVE))
			o.exit = EXIT_VE;
	}
	return o;
}

static tdp_spte_t sets(enum probe_access access, const struct probe_view *view, bool done)
{
	(void)view;
	if (!done || !ad)
		return 0;
	return EPT_A | (access == PROBE_WRITE || access == PROBE_WALK ? EPT_D : 0);
}

static struct tdp_attrs table_grants(unsigned level, tdp_spte_t e)
{
	(void)level;
	return (struct tdp_attrs){.prot = (uint8_t)((e & EPT_RW) | (e & EPT_X ? TDP_X : 0))};
}

/* One form of EPT on this machine. */
static void try_form(const char *format, bool with_ad, uint32_t with_controls, uint64_t queries)
{
	static const struct entries_bits bits = {.address = EPT_ADDRESS,
						 .leaf = EPT_RWX | EPT_WB,

						 .huge = EPT_PS | EPT_WB,
						 .table_grants = table_grants,
						 .overlooked = quirk_ept_overlooked};
	static struct trial trial;
	const struct tdp_vmx vmx = {
		.controls2 = with_controls, .ept_vpid_cap = vmx_ept_caps(), .maxphyaddr = (uint8_t)machine_phys_bits()};
	struct tdp_caps caps;

	space_must(tdp_caps_vmx(&caps, &vmx), "tdp_caps_vmx");
	controls = with_controls;
	ad = with_ad;
	trial = (struct trial){.walker = {.accesses = PROBE_ACCESSES,
					  .name = "bochs-vmx",
					  .format = format,
					  .access = access,
					  .expect = expect,
					  .sets = sets},
			       .engine = ad ? &tdp_ept_engine : &tdp_ept_noad_engine,
			       .format = ad ? &tdp_ept : &tdp_ept_noad,
			       .caps = caps,
			       .load = load,
			       .layout = {.random = machine_seed(),
					  .gpa_bits = machine_phys_bits() < 48 ? machine_phys_bits() : 48,
					  .prots = {TDP_R, TDP_RW, TDP_RX, TDP_RWX, TDP_X},
					  .prot_count = caps.features & TDP_CAP_EXEC_ONLY ? 5 : 4,
					  .memtypes = {TDP_MT_WB, TDP_MT_WT, TDP_MT_WP, TDP_MT_WC, TDP_MT_UC},
					  .memtype_count = 5,
					  .flags = TDP_ATTR_FORCE_MT | (controls & VMX_VE ? TDP_ATTR_VE : 0),
					  .note_flags = TDP_NOTE_MISCONFIG | (controls & VMX_VE ? TDP_NOTE_VE : 0)},
			       .queries = queries};
	if (trial_run(&trial) + entries_run(&trial, &bits, queries / 4))
		machine_fail("mismatches");
}

/* Machines share the work: each form is asked about 100,000 times by those that run this. */
_Noreturn void payload_main(void)
{
	machine_init();
	if (!vmx_there())
		machine_fail("no VMX with EPT");
	vmx_enable();
	space_put(GUEST_CODE, guest_read, guest_probes_end);
	say("model: EPT capabilities %lx, PML %u, #VE %u\n", vmx_ept_caps(), vmx_allows(VMX_PML), vmx_allows(VMX_VE));
	if (!(vmx_ept_caps() & CAP_AD)) {
		try_form("ept-noad", false, 0, 60000);
		machine_quit(0);
	}
	try_form("ept-noad", false, 0, 25000);
	try_form("ept", true, 0, 30000);
	if (vmx_allows(VMX_VE))
		try_form("ept-ve", true, VMX_VE, 30000);
	if (vmx_allows(VMX_PML))
		try_form("ept-pml", true, VMX_PML, 30000);
	machine_quit(0);
}

_Noreturn void payload_second(void)
{
	machine_fail("only one processor is used");
}
