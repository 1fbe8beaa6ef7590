/* SPDX-License-Identifier: BSD-2-Clause */
/* NPT: every answer of the library's about random layouts, against a processor with SVM. */
#include "entries.h"
#include "guest.h"
#include "pages.h"
#include "quirks.h"
#include "svm.h"

#define NPT_P	    UINT64_C(1)
#define NPT_RW	    UINT64_C(2)
#define NPT_US	    UINT64_C(4)
#define NPT_A	    UINT64_C(0x20)
#define NPT_D	    UINT64_C(0x40)
#define NPT_PS	    UINT64_C(0x80)
#define NPT_NX	    (UINT64_C(1) << 63)
#define NPT_ADDRESS UINT64_C(0x000ffffffffff000)
enum { QUERIES = 100000, ENTRIES = 30000 };

static struct svm_vcpu vcpu;

static void load(const struct tdp_regs *regs)
{
	svm_init(&vcpu, regs->base, SVM_LONG, GUEST_PML4);
}

static struct probe_outcome access(enum probe_access access, tdp_gpa_t gpa, uint32_t value)
{
	static const char *const stub[] = {guest_read, guest_write, guest_fetch, guest_read};
	struct probe_outcome o = {.done = false};

	svm_set_rip(&vcpu, GUEST_CODE + (uint64_t)(stub[access] - guest_read));
	svm_set_rsp(&vcpu, GUEST_STACK_TOP);
	vcpu.rbx = access == PROBE_WALK ? window_walk(gpa) : window_open(gpa);
	vcpu.rcx = value;
	o.exit = svm_run(&vcpu);
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

static struct tdp_attrs table_grants(tdp_spte_t e)
{
	return (struct tdp_attrs){.prot = (uint8_t)(TDP_R | (e & NPT_RW ? TDP_W : 0) | (e & NPT_NX ? 0 : TDP_X)),
				  .flags = e & NPT_US ? 0 : TDP_ATTR_SUPERVISOR};
}

_Noreturn void payload_main(void)
{
	static const struct entries_bits bits = {.address = NPT_ADDRESS,
						 .leaf = NPT_P | NPT_RW | NPT_US,
						 .table = NPT_P | NPT_RW | NPT_US,
						 .huge = NPT_PS,
						 .table_grants = table_grants,
						 .overlooked = quirk_npt_overlooked};
	static struct trial trial;

	machine_init();
	if (!svm_there())
		machine_fail("no SVM with nested paging");
	svm_enable();
	space_put(GUEST_CODE, guest_read, guest_probes_end);
	trial = (struct trial){.walker = {.name = machine_is_bochs() ? "bochs-svm" : "qemu-svm",
					  .format = "npt-4",
					  .access = access,
					  .expect = expect,
					  .sets = sets},
			       .engine = &tdp_npt_engine,
			       .format = &tdp_npt,
			       .caps = svm_caps(),
			       .load = load,
			       .layout = {.random = machine_seed(),
					  .gpa_bits = machine_phys_bits() < 48 ? machine_phys_bits() : 48,
					  .prots = {TDP_R, TDP_RW, TDP_RX, TDP_RWX},
					  .prot_count = 4,
					  .memtypes = {TDP_MT_WB, TDP_MT_WT, TDP_MT_UC},
					  .memtype_count = 3,
					  .flags = TDP_ATTR_SUPERVISOR},
			       .queries = QUERIES};
	if (trial_run(&trial) + entries_run(&trial, &bits, ENTRIES))
		machine_fail("mismatches");
	machine_quit(0);
}

_Noreturn void payload_second(void)
{
	machine_fail("only one processor is used");
}
