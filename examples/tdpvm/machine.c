/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine.h"
#include "problem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	CPUID_MAX = 256 /* entries; KVM knows fewer */
};

/* This computer cannot run the guest, whatever the user does. */
static bool missing(struct machine *m, const char *what, const char *why)
{
	m->missing = true;
	return problem("%s: %s", what, why);
}

/* Open the device and see that it can do what vcpus.c relies on. */
static bool open_kvm(struct machine *m, const char *device)
{
	m->kvm = open(device, O_RDWR | O_CLOEXEC);
	if (m->kvm < 0)
		return missing(m, device, strerror(errno));
	if (ioctl(m->kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
		return missing(m, device, "not the KVM interface this program knows");
	if (ioctl(m->kvm, KVM_CHECK_EXTENSION, KVM_CAP_USER_MEMORY) <= 0)
		return missing(m, device, "KVM_CAP_USER_MEMORY is missing");
	if (ioctl(m->kvm, KVM_CHECK_EXTENSION, KVM_CAP_IMMEDIATE_EXIT) <= 0)
		return missing(m, device, "KVM_CAP_IMMEDIATE_EXIT is missing");
	int size = ioctl(m->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (size <= 0)
		return missing(m, device, strerror(errno));
	m->run_size = (size_t)size;
	return true;
}

/* Learn what the processor offers; the tables need no-execute, and the width of an address. */
static bool read_cpuid(struct machine *m, const char *device)
{
	bool nx = false;

	m->cpuid = calloc(1, sizeof(*m->cpuid) + CPUID_MAX * sizeof(m->cpuid->entries[0]));
	if (!m->cpuid)
		return problem("out of memory");
	m->cpuid->nent = CPUID_MAX;
	if (ioctl(m->kvm, KVM_GET_SUPPORTED_CPUID, m->cpuid) < 0)
		return missing(m, device, strerror(errno));
	m->phys_bits = 36;
	for (unsigned i = 0; i < m->cpuid->nent; i++) {
		const struct kvm_cpuid_entry2 *e = &m->cpuid->entries[i];

		if (e->function == 0x80000001)
			nx = e->edx >> 20 & 1;
		if (e->function == 0x80000008)
			m->phys_bits = e->eax & 0xff;
	}
	return nx || missing(m, device, "the processor has no no-execute pages");
}

/* Guest memory is a file without a name, so that host and guest share its pages; one slot covers it. */
static bool give_memory(struct machine *m, uint64_t size)
{
	int fd = memfd_create("tdpvm", MFD_CLOEXEC);
	if (fd < 0)
		return problem("memfd_create: %s", strerror(errno));
	if (ftruncate(fd, (off_t)size) < 0) {
		close(fd);
		return problem("guest memory: %s", strerror(errno));
	}
	void *ram = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	close(fd);
	if (ram == MAP_FAILED)
		return problem("guest memory: %s", strerror(errno));
	m->ram = ram;
	m->size = size;

	struct kvm_userspace_memory_region slot = {.memory_size = size, .userspace_addr = (uintptr_t)ram};
	if (ioctl(m->vm, KVM_SET_USER_MEMORY_REGION, &slot) < 0)
		return problem("KVM_SET_USER_MEMORY_REGION: %s", strerror(errno));
	return true;
}

bool machine_open(struct machine *m, const char *device, uint64_t size)
{
	*m = (struct machine){.kvm = -1, .vm = -1};
	if (!open_kvm(m, device) || !read_cpuid(m, device))
		return false;
	m->vm = ioctl(m->kvm, KVM_CREATE_VM, 0);
	if (m->vm < 0)
		return missing(m, device, strerror(errno));
	/* Intel processors want three pages for themselves; they lie above any memory we give. */
	if (ioctl(m->vm, KVM_SET_TSS_ADDR, 0xfffbd000ul) < 0)
		return problem("KVM_SET_TSS_ADDR: %s", strerror(errno));
	return give_memory(m, size);
}

void machine_close(struct machine *m)
{
	if (m->ram)
		munmap(m->ram, m->size);
	if (m->vm >= 0)
		close(m->vm);
	if (m->kvm >= 0)
		close(m->kvm);
	free(m->cpuid);
	*m = (struct machine){.kvm = -1, .vm = -1};
}
