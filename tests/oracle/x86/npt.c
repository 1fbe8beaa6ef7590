/* SPDX-License-Identifier: BSD-2-Clause */
/* NPT: every answer of the library's about random layouts, against a processor with SVM. */
#include "guest.h"
#include "pages.h"
#include "probes.h"
#include "quirks.h"
#include "svm.h"

#define SEED  UINT64_C(0x9e3779b97f4a7c15)
#define NPT_A UINT64_C(0x20)
#define NPT_D UINT64_C(0x40)
enum { QUERIES = 100000, LAYOUT_ROUNDS = 12, CALLS_PER_ROUND = 4, QUERIES_PER_ROUND = 64, TABLES = 3000 };

static struct space space;
static struct svm_vcpu vcpu;
static struct layout_run layout;

static void flush(void *ctx, void *user, const struct tdp_flush *what)
{
	(void)ctx;
	(void)user;
	(void)what; /* each entry into the guest starts with empty TLBs: svm_init() */
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

static void one_layout(const struct probe_walker *walker, struct probe_counts *counts)
{
	const struct tdp_caps caps = space_caps_svm();
	const struct space_hooks hooks = {.flush = flush};

	space_tables(&space.tables, TABLES);
	space_init(&space, &tdp_npt_engine, &tdp_npt, &caps, layout.gpa_bits, 0, &hooks);
	window_init(&space);
	svm_init(&vcpu, space.regs.base, SVM_LONG, GUEST_PML4);
	layout_start(&layout);
	for (unsigned round = 0; round < LAYOUT_ROUNDS; round++) {
		for (unsigned i = 0; i < CALLS_PER_ROUND; i++)
			layout_step(&layout);
		for (unsigned i = 0; i < QUERIES_PER_ROUND; i++)
			probe_once(walker, &layout, counts);
	}
	if (tdp_verify(&space.tree, NULL, NULL) != TDP_OK)
		machine_fail("tdp_verify");
	space_fini(&space);
}

_Noreturn void payload_main(void)
{
	const struct probe_walker walker = {.name = machine_is_bochs() ? "bochs-svm" : "qemu-svm",
					    .format = "npt-4",
					    .access = access,
					    .expect = expect,
					    .sets = sets};
	static struct probe_counts counts;
	unsigned layouts = 0;

	machine_init();
	if (!svm_there())
		machine_fail("no SVM with nested paging");
	svm_enable();
	space_put(GUEST_CODE, guest_read, guest_probes_end);
	HOST_WORD(GUEST_RAM + GUEST_WORD) = PROBE_WALK_VALUE;
	layout = (struct layout_run){.space = &space,
				     .random = SEED,
				     .gpa_bits = machine_phys_bits() < 48 ? machine_phys_bits() : 48,
				     .prots = {TDP_R, TDP_RW, TDP_RX, TDP_RWX},
				     .prot_count = 4,
				     .flags = TDP_ATTR_SUPERVISOR};
	for (; counts.queries < QUERIES; layouts++)
		one_layout(&walker, &counts);
	say("walker=%s format=%s layouts=%u faults_resolved=%lu done=%lu queries=%lu mismatches=%lu\n", walker.name, walker.format,
	    layouts, counts.faults_resolved, counts.done, counts.queries, counts.mismatches);
	if (counts.mismatches)
		machine_fail("mismatches");
	machine_quit(0);
}

_Noreturn void payload_second(void)
{
	machine_fail("only one processor is used");
}
