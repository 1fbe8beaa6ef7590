/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NPT trees as a guest's own page tables, against KVM's walker: KVM_TRANSLATE tells where a virtual address leads. A program of the
 * host's; the "machine" of the payloads is 2 GiB of its memory here.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "trial.h"

#define MEMORY	  (DATA_START + DATA_SIZE)
#define SEED	  UINT64_C(0x9e3779b97f4a7c15)
#define NPT_A	  UINT64_C(0x20)
#define CR0_BITS  UINT64_C(0x80010031)
#define CR4_PAE	  UINT64_C(0x20)
#define EFER_BITS UINT64_C(0xd00)
enum { QUERIES = 120000, SKIPPED = 77 };

uint8_t *machine_memory;
static int vcpu;

/* ---- what machine.c and say.c are to payloads ---- */

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}

_Noreturn void machine_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	exit(EXIT_FAILURE);
}

void *page_alloc(void)
{
	static uint64_t next = POOL_START;

	if (next >= POOL_END)
		machine_fail("the page pool is empty");
	next += PAGE;
	return ADDRESS(next - PAGE);
}

/* ---- the walker ---- */

/* A vCPU with 2 GiB of memory, in long mode; false: there is no KVM here. */
static bool open_vcpu(void)
{
	struct kvm_userspace_memory_region region = {.memory_size = MEMORY};
	const int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm;

	if (kvm < 0)
		return false;
	machine_memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (machine_memory == MAP_FAILED)
		machine_fail("mmap: %s", strerror(errno));
	region.userspace_addr = (uintptr_t)machine_memory;
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0 || ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) < 0)
		machine_fail("KVM_CREATE_VM or its memory: %s", strerror(errno));
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (vcpu < 0)
		machine_fail("KVM_CREATE_VCPU: %s", strerror(errno));
	return true;
}

static void load(const struct tdp_regs *regs)
{
	struct kvm_sregs s;

	if (ioctl(vcpu, KVM_GET_SREGS, &s) < 0)
		machine_fail("KVM_GET_SREGS: %s", strerror(errno));
	s.cr0 = CR0_BITS;
	s.cr3 = regs->base;
	s.cr4 = CR4_PAE;
	s.efer = EFER_BITS;
	s.cs.l = 1;
	s.cs.db = 0;
	if (ioctl(vcpu, KVM_SET_SREGS, &s) < 0)
		machine_fail("KVM_SET_SREGS: %s", strerror(errno));
}

/* Bits 63:47 of a virtual address are alike. */
static uint64_t canonical(tdp_gpa_t gpa)
{
	return (uint64_t)((int64_t)(gpa << 16) >> 16);
}

static struct probe_outcome access_translate(enum probe_access access, tdp_gpa_t gpa, uint32_t value)
{
	struct kvm_translation t = {.linear_address = canonical(gpa)};

	(void)access;
	(void)value;
	if (ioctl(vcpu, KVM_TRANSLATE, &t) < 0)
		machine_fail("KVM_TRANSLATE: %s", strerror(errno));
	if (t.valid && t.physical_address + 4 > MEMORY)
		machine_fail("%lx leads to %llx", gpa, t.physical_address);
	return (struct probe_outcome){.done = t.valid, .value = t.valid ? HOST_WORD(t.physical_address) : 0};
}

/* No permissions are looked at. */
static struct probe_outcome expect(enum probe_access access, tdp_gpa_t gpa, const struct probe_view *view)
{
	(void)access;
	(void)gpa;
	return (struct probe_outcome){.done = view->mapped};
}

static tdp_spte_t sets(enum probe_access access, const struct probe_view *view, bool done)
{
	(void)access;
	(void)view;
	return done ? NPT_A : 0;
}

int main(void)
{
	static struct trial trial = {.walker = {.name = "kvm-translate",
						.format = "npt-4",
						.access = access_translate,
						.expect = expect,
						.sets = sets,
						.accesses = PROBE_READ + 1},
				     .engine = &tdp_npt_engine,
				     .format = &tdp_npt,
				     .load = load,
				     .layout = {.random = SEED,
						.gpa_bits = 48,
						.prots = {TDP_R, TDP_RW, TDP_RX, TDP_RWX},
						.prot_count = 4,
						.memtypes = {TDP_MT_WB, TDP_MT_WT, TDP_MT_UC},
						.memtype_count = 3,
						.flags = TDP_ATTR_SUPERVISOR},
				     .queries = QUERIES};

	if (!open_vcpu()) {
		printf("skipped: /dev/kvm: %s\n", strerror(errno));
		return SKIPPED;
	}
	/* A vCPU that was told nothing by KVM_SET_CPUID2 has 36 bits and no 1 GiB pages. */
	space_must(tdp_caps_svm(&trial.caps, &(struct tdp_svm){.maxphyaddr = 36, .nx = true}), "tdp_caps_svm");
	return trial_run(&trial) ? EXIT_FAILURE : EXIT_SUCCESS;
}
