/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VMRUN by a host in legacy PAE mode, whose nested walks are of three levels: the payload leaves long mode for one run of the guest.
 * Everything it uses lies below 4 GiB.
 */
#define MSR_EFER 0xc0000080
#define EFER_LME 0x100
#define CR0_PG 0x80000000

/* struct svm_vcpu */
#define V_VMCB 0
#define V_RBX 8
#define V_RCX 16
#define V_RDX 24
#define V_RSI 32

	/* Paging off, EFER.LME as given, paging on with the tables at root. Loses EAX, ECX, EDX. */
	.macro	switch_mode lme, root
	mov	%cr0, %eax
	and	$~CR0_PG, %eax
	mov	%eax, %cr0
	mov	$MSR_EFER, %ecx
	rdmsr
	and	$~EFER_LME, %eax
	or	$\lme, %eax
	wrmsr
	mov	$\root, %eax
	mov	%eax, %cr3
	mov	%cr0, %eax
	or	$CR0_PG, %eax
	mov	%eax, %cr0
	.endm

	.text
	.code64
	/* void svm_run_legacy(struct svm_vcpu *v): interrupts stay off, for there is no 32-bit interrupt table. */
	.globl	svm_run_legacy
svm_run_legacy:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, saved_rsp(%rip)
	pushq	$8
	lea	1f(%rip), %rax
	push	%rax
	lretq
	.code32
1:	switch_mode 0, pae_root
	push	%edi
	mov	V_VMCB(%edi), %eax
	mov	V_RBX(%edi), %ebx
	mov	V_RCX(%edi), %ecx
	mov	V_RDX(%edi), %edx
	mov	V_RSI(%edi), %esi
	clgi
	vmrun
	stgi
	pop	%edi
	mov	%ebx, V_RBX(%edi)
	mov	%ecx, V_RCX(%edi)
	mov	%edx, V_RDX(%edi)
	mov	%esi, V_RSI(%edi)
	switch_mode EFER_LME, pml4
	ljmp	$0x18, $2f
	.code64
2:	mov	saved_rsp(%rip), %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

	.data
	.align	32
pae_root:
	.quad	page_directories + 1, page_directories + 0x1001, page_directories + 0x2001, page_directories + 0x3001
	.bss
	.align	8
saved_rsp:
	.skip	8
	.section .note.GNU-stack, "", @progbits
