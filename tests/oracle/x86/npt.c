/* SPDX-License-Identifier: BSD-2-Clause */
/* NPT: every answer of the library's about random layouts, against a processor with SVM. */
#include "entries.h"
#include "guest.h"
#include "pages.h"
#include "quirks.h"
#include "svm.h"
#include "svm_caps.h"

#define NPT_P	    UINT64_C(1)
#define NPT_RW	    UINT64_C(2)
#define NPT_US	    UINT64_C(4)
#define NPT_A	    UINT64_C(0x20)
#define NPT_D	    UINT64_C(0x40)
#define NPT_PS	    UINT64_C(0x80)
#define NPT_NX	    (UINT64_C(1) << 63)
#define NPT_ADDRESS UINT64_C(0x000ffffffffff000)
enum { QUERIES = 100000, QUERIES_BOCHS = 50000, ENTRIES = 30000 };

/* As many levels as the host's own paging has, and what guest addresses then are. */
#ifdef LA57
enum { LEVELS = 5, GPA_BITS = 57 };
static const char format_name[] = "npt-5";
#else
enum { LEVELS = 4, GPA_BITS = 48 };
static const char format_name[] = "npt-4";
#endif

static struct svm_vcpu vcpu;
static tdp_spte_t *pae_root;

static void load(const struct tdp_regs *regs)
{
	svm_init(&vcpu, regs->base, vcpu.legacy ? SVM_FLAT : SVM_LONG, GUEST_PML4);
	pae_root = ADDRESS(regs->base);
}

/* The virtual address for a guest address; a guest without paging has no others. */
static uint64_t address(enum probe_access access, tdp_gpa_t gpa)
{
	if (vcpu.legacy)
		return gpa;
	return access == PROBE_WALK ? window_walk(gpa) : window_open(gpa);
}

static struct probe_outcome access(enum probe_access access, tdp_gpa_t gpa, uint32_t value)
{
	static const char *const stub[] = {guest_read, guest_write, guest_fetch, guest_read};
	struct probe_outcome o = {.done = false};
	tdp_spte_t before[4];

	svm_set_rip(&vcpu, GUEST_CODE + (uint64_t)(stub[access] - guest_read));
	svm_set_rsp(&vcpu, GUEST_STACK_TOP);
	vcpu.rbx = address(access, gpa);
	vcpu.rcx = value;
	for (unsigned i = 0; i < 4; i++)
		before[i] = pae_root[i];
	o.exit = svm_run(&vcpu);
	for (unsigned i = 0; i < 4 && vcpu.legacy; i++)
		quirk_pae_root_accessed(&pae_root[i], before[i]);
	o.done = o.exit == SVM_EXIT_VMMCALL;
	o.code = o.done ? 0 : vcpu.info1;
	o.address = o.done ? 0 : vcpu.info2;
	o.value = (uint32_t)vcpu.rcx;
	return o;
}

/* APM vol. 2, 15.25.6. The walk counts as a user access, the reading of a guest's page table as a write. */
static struct probe_outcome expect(enum probe_access access, tdp_gpa_t gpa, const struct probe_view *view)
{
	static const uint8_t needs[] = {TDP_R, TDP_W, TDP_XS, TDP_W};
	static const uint64_t codes[] = {NPF_USER | NPF_FINAL, NPF_USER | NPF_WRITE | NPF_FINAL, NPF_USER | NPF_FETCH | NPF_FINAL,
					 NPF_USER | NPF_WRITE | NPF_TABLE};
	const struct tdp_entry *e = &view->entry;

	if (e->kind == TDP_RESERVED)
		return (struct probe_outcome){
			.exit = SVM_EXIT_NPF, .code = codes[access] | NPF_RESERVED | quirk_reserved_present(), .address = gpa};
	if (view->mapped && (e->live & needs[access]) && !(e->attrs.flags & TDP_ATTR_SUPERVISOR))
		return (struct probe_outcome){.done = true, .exit = SVM_EXIT_VMMCALL};
	return (struct probe_outcome){
		.exit = SVM_EXIT_NPF, .code = codes[access] | (view->mapped ? NPF_PRESENT : 0), .address = gpa};
}

static tdp_spte_t sets(enum probe_access access, const struct probe_view *view, bool done)
{
	if (!done)
		return quirk_refused_1g(&view->entry) ? NPT_A : 0;
	return NPT_A | (access == PROBE_WRITE || access == PROBE_WALK ? NPT_D : 0);
}

static struct tdp_attrs table_grants(unsigned level, tdp_spte_t e)
{
	if (vcpu.legacy && level == 2) /* PAE's root forbids nothing */
		return (struct tdp_attrs){.prot = TDP_RWX};
	return (struct tdp_attrs){.prot = (uint8_t)(TDP_R | (e & NPT_RW ? TDP_W : 0) | (e & NPT_NX ? 0 : TDP_X)),
				  .flags = e & NPT_US ? 0 : TDP_ATTR_SUPERVISOR};
}

/* One form of NPT: layouts, then single entries. */
static void try_form(const struct trial *form)
{
	const struct entries_bits bits = {.address = NPT_ADDRESS,
					  .leaf = NPT_P | NPT_RW | NPT_US,
					  .huge = NPT_PS,
					  .table_grants = table_grants,
					  .overlooked = vcpu.legacy ? quirk_pae_overlooked : quirk_npt_overlooked};
	static struct trial trial;

	trial = *form;
	trial.walker.name = machine_is_bochs() ? "bochs-svm" : "qemu-svm";
	trial.walker.access = access;
	trial.walker.expect = expect;
	trial.walker.sets = sets;
	trial.load = load;
	trial.layout.random = machine_seed();
	trial.layout.flags = TDP_ATTR_SUPERVISOR;
	memcpy(trial.layout.prots, (const uint8_t[]){TDP_R, TDP_RW, TDP_RX, TDP_RWX}, 4);
	trial.layout.prot_count = 4;
	memcpy(trial.layout.memtypes, (const uint8_t[]){TDP_MT_WB, TDP_MT_WT, TDP_MT_UC}, 3);
	trial.layout.memtype_count = 3;
	trial.queries = machine_is_bochs() ? QUERIES_BOCHS : QUERIES;
	if (trial_run(&trial) + entries_run(&trial, &bits, ENTRIES))
		machine_fail("mismatches");
}

_Noreturn void payload_main(void)
{
	const unsigned phys_bits = machine_phys_bits();
	struct trial form = {.engine = &tdp_npt_engine, .format = &tdp_npt};

	machine_init();
	if (!svm_there())
		machine_fail("no SVM with nested paging");
	machine_walk_levels(LEVELS);
	svm_enable();
	space_put(GUEST_CODE, guest_read, guest_probes_end);
	form.caps = svm_caps();
	form.caps.min_levels = form.caps.max_levels = LEVELS;
	form.layout.gpa_bits = phys_bits < GPA_BITS ? phys_bits : GPA_BITS;
	form.walker.format = format_name;
	form.walker.accesses = PROBE_ACCESSES;
	try_form(&form);
#ifndef LA57
	form.engine = &tdp_npt_pae_engine;
	form.format = &tdp_npt_pae;
	form.caps.min_levels = 3;
	form.layout.gpa_bits = 32;
	form.walker.format = "npt-pae";
	form.walker.accesses = PROBE_WALK; /* a guest without paging reads no tables */
	vcpu.legacy = true;
	try_form(&form);
#endif
	machine_quit(0);
}

_Noreturn void payload_second(void)
{
	machine_fail("only one processor is used");
}
