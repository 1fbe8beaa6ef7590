/* SPDX-License-Identifier: BSD-2-Clause */
#include "kvm_log.h"
#include "problem.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

bool kvm_log_switch(const struct machine *m, bool on)
{
	const struct kvm_userspace_memory_region slot = {
		.flags = on ? KVM_MEM_LOG_DIRTY_PAGES : 0,
		.memory_size = m->size,
		.userspace_addr = (uintptr_t)m->ram,
	};

	return ioctl(m->vm, KVM_SET_USER_MEMORY_REGION, &slot) == 0 || problem("KVM_MEM_LOG_DIRTY_PAGES: %s", strerror(errno));
}

bool kvm_log_collect(const struct machine *m, struct frame_set *set)
{
	struct kvm_dirty_log log = {.dirty_bitmap = set->words};

	return ioctl(m->vm, KVM_GET_DIRTY_LOG, &log) == 0 || problem("KVM_GET_DIRTY_LOG: %s", strerror(errno));
}
