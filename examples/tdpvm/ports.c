/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's calls; guest/abi.h describes them. Arguments come from the guest, so every one of them is checked. */
#include "problem.h"
#include "vm.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>

/* Resolve a page fault and say how it went. */
static bool port_fault(struct vm *vm, struct vcpu *v, struct kvm_regs *regs)
{
	uint64_t device = 0;
	int verdict = space_fault(&vm->space, &v->caller, regs->rdi, regs->rsi, &device);

	if (verdict < 0)
		return false;
	regs->rax = (unsigned)verdict;
	if (verdict == TDPVM_MMIO)
		regs->rdx = device;
	return true;
}

/* Flip pages of the W^X area. Anything else is refused, which is an answer and not a problem. */
static bool port_allow(struct vm *vm, struct vcpu *v, struct kvm_regs *regs)
{
	const struct region *jit = vm->jit;
	const uint64_t va = regs->rdi, bytes = regs->rsi, area = jit->pages * FRAME_4K;

	regs->rax = 1;
	if (regs->rdx != TDPVM_ALLOW_RW && regs->rdx != TDPVM_ALLOW_RX)
		return true;
	if (va % FRAME_4K || bytes % FRAME_4K || !bytes || va - jit->va >= area || bytes > area - (va - jit->va))
		return true;
	regs->rax = 0;
	return space_allow(&vm->space, &v->caller, va, bytes, regs->rdx == TDPVM_ALLOW_RX ? TDP_RX : TDP_RW);
}

/* Meet the others. With the phase that wants unrest it begins before anybody goes on. */
static bool port_barrier(struct vm *vm, const struct kvm_regs *regs)
{
	vcpus_barrier(&vm->vcpus, (unsigned)regs->rdi);
	if (regs->rdi != TDPVM_CHURN)
		return true;
	return unrest_begin(&vm->churn) && (!vm->options->chaos || unrest_begin(&vm->chaos));
}

/* The call itself. true: go on, with rax and rdx as they are now in regs. */
static bool dispatch(struct vm *vm, struct vcpu *v, unsigned port, struct kvm_regs *regs)
{
	switch (port) {
	case TDPVM_PORT_FAULT:
		return port_fault(vm, v, regs);
	case TDPVM_PORT_BARRIER:
		return port_barrier(vm, regs);
	case TDPVM_PORT_ALLOW:
		return port_allow(vm, v, regs);
	case TDPVM_PORT_AGAIN:
		park_here(&vm->park);
		regs->rax = vm->churn.going || vm->chaos.going;
		return true;
	case TDPVM_PORT_DONE:
		return false;
	case TDPVM_PORT_PANIC:
		return problem("vCPU %u: unexpected exception %llu, error code %#llx, at %#llx", v->id, regs->rdi, regs->rsi,
			       regs->rdx);
	default:
		return problem("vCPU %u: unknown port %#x", v->id, port);
	}
}

bool ports_handle(void *ctx, struct vcpu *v, unsigned port)
{
	struct vm *vm = ctx;
	struct kvm_regs regs;

	if (ioctl(v->fd, KVM_GET_REGS, &regs) < 0)
		return problem("KVM_GET_REGS: %s", strerror(errno));
	const uint64_t rax = regs.rax, rdx = regs.rdx;
	if (!dispatch(vm, v, port, &regs))
		return false;
	/* The common answer is what the guest had in RAX already: nothing to write. */
	if (regs.rax == rax && regs.rdx == rdx)
		return true;
	return ioctl(v->fd, KVM_SET_REGS, &regs) == 0 || problem("KVM_SET_REGS: %s", strerror(errno));
}
