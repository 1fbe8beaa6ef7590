/* SPDX-License-Identifier: BSD-2-Clause */
/* NPT: every answer of the library's about random layouts, against a processor with SVM. */
#include "guest.h"
#include "pages.h"
#include "quirks.h"
#include "svm.h"
#include "trial.h"

#define SEED  UINT64_C(0x9e3779b97f4a7c15)
#define NPT_A UINT64_C(0x20)
#define NPT_D UINT64_C(0x40)
enum { QUERIES = 100000 };

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

	if (view->mapped && (e->live & needs[access]) && !(e->attrs.flags & TDP_ATTR_SUPERVISOR))
		return (struct probe_outcome){.done = true, .exit = SVM_EXIT_VMMCALL};
	return (struct probe_outcome){
		.exit = SVM_EXIT_NPF, .code = codes[access] | (view->mapped ? NPF_PRESENT : 0), .address = gpa};
}

static tdp_spte_t sets(enum probe_access access, const struct probe_view *view, bool done)
{
	if (!done)
		return quirk_refused_1g(view) ? NPT_A : 0;
	return NPT_A | (access == PROBE_WRITE || access == PROBE_WALK ? NPT_D : 0);
}

_Noreturn void payload_main(void)
{
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
			       .layout = {.random = SEED,
					  .gpa_bits = machine_phys_bits() < 48 ? machine_phys_bits() : 48,
					  .prots = {TDP_R, TDP_RW, TDP_RX, TDP_RWX},
					  .prot_count = 4,
					  .memtypes = {TDP_MT_WB, TDP_MT_WT, TDP_MT_UC},
					  .memtype_count = 3,
					  .flags = TDP_ATTR_SUPERVISOR},
			       .queries = QUERIES};
	if (trial_run(&trial))
		machine_fail("mismatches");
	machine_quit(0);
}

_Noreturn void payload_second(void)
{
	machine_fail("only one processor is used");
}
