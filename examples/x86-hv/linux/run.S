/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * void vcpu_enter(struct vcpu_registers *registers, uint64_t vmcb): into the guest and back.
 * The host runs with GIF = 0 all the time: VMRUN sets it, an exit clears it. What VMRUN does not switch (FS, GS, TR, SYSCALL's
 * registers, the FPU's) stays the guest's, so the host may not use it.
 */
	.text
	.globl	vcpu_enter
vcpu_enter:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	mov	%rsi, %rax
	mov	0(%rdi), %rbx
	mov	8(%rdi), %rcx
	mov	16(%rdi), %rdx
	mov	24(%rdi), %rsi
	mov	40(%rdi), %rbp
	mov	48(%rdi), %r8
	mov	56(%rdi), %r9
	mov	64(%rdi), %r10
	mov	72(%rdi), %r11
	mov	80(%rdi), %r12
	mov	88(%rdi), %r13
	mov	96(%rdi), %r14
	mov	104(%rdi), %r15
	mov	32(%rdi), %rdi
	clgi
	vmrun
	xchg	%rdi, (%rsp)		/* the guest's for ours */
	mov	%rbx, 0(%rdi)
	mov	%rcx, 8(%rdi)
	mov	%rdx, 16(%rdi)
	mov	%rsi, 24(%rdi)
	mov	%rbp, 40(%rdi)
	mov	%r8, 48(%rdi)
	mov	%r9, 56(%rdi)
	mov	%r10, 64(%rdi)
	mov	%r11, 72(%rdi)
	mov	%r12, 80(%rdi)
	mov	%r13, 88(%rdi)
	mov	%r14, 96(%rdi)
	mov	%r15, 104(%rdi)
	pop	%rbx
	mov	%rbx, 32(%rdi)
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

	/* Let an NMI in that waits because GIF is 0; otherwise it would end the guest again at once, for ever. */
	.globl	vcpu_take_nmi
vcpu_take_nmi:
	stgi
	nop
	clgi
	ret

	.globl	nmi_handler
nmi_handler:
	iretq
	.section .note.GNU-stack, "", @progbits
