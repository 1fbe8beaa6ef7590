/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * void machine_walk_levels(unsigned levels): this processor walks 4 or 5 levels from now on, and so do its nested walks. That can be changed
 * with paging off only, so it leaves long mode for a moment. Not in VMX operation, which forbids that. Everything lies below 4 GiB.
 */
#define CR0_PG 0x80000000
#define CR4_LA57 0x1000

	.text
	.code64
	.globl	machine_walk_levels
machine_walk_levels:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	pushq	$8
	lea	1f(%rip), %rax
	push	%rax
	lretq
	.code32
1:	mov	%cr0, %eax
	and	$~CR0_PG, %eax
	mov	%eax, %cr0
	mov	%cr4, %eax
	and	$~CR4_LA57, %eax
	mov	$pml4, %edx
	cmp	$5, %edi
	jne	2f
	or	$CR4_LA57, %eax
	mov	$pml5, %edx
2:	mov	%eax, %cr4
	mov	%edx, %cr3
	mov	%cr0, %eax
	or	$CR0_PG, %eax
	mov	%eax, %cr0
	ljmp	$0x18, $3f
	.code64
3:	mov	%esp, %esp		/* the upper halves of registers did not survive */
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
	.section .note.GNU-stack, "", @progbits
