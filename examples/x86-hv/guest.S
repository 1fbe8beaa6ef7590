/* SPDX-License-Identifier: BSD-2-Clause */
/* What the guest runs; see guest.h. HLT is how it says that it has finished. */
#include "guest.h"

	.section .rodata
	.globl	guest_start, guest_end, guest_read, guest_write, guest_fetch, guest_store, guest_look
guest_start:

	/* These mean the same in 32-bit and in 64-bit code, where all of RBX counts. */
	.code32
guest_read:
	mov	(%ebx), %ecx
	hlt
guest_write:
	mov	%ecx, (%ebx)
	hlt
guest_fetch:
	call	*%ebx
	hlt

	.code64
	/* RAX: the number of a random page, RCX: its address, RSI: the journal. */
	.macro	random_page
	mov	ORDER_RANDOM(%rsp), %rax
	imul	ORDER_FACTOR(%rsp), %rax
	add	$0x19660d, %rax
	mov	%rax, ORDER_RANDOM(%rsp)
	shr	$40, %rax
	and	ORDER_MASK(%rsp), %rax
	mov	%rax, %rcx
	shl	$12, %rcx
	add	ORDER_BASE(%rsp), %rcx
	mov	ORDER_JOURNAL(%rsp), %rsi
	.endm

guest_store:
	random_page
	mov	(%rsi, %rax, 8), %rdx
	mov	(%rcx), %rbx
	cmp	%rdx, %rbx
	je	1f
	incq	ORDER_STALE(%rsp)
	mov	%rcx, ORDER_STALE_AT(%rsp)
	mov	%rbx, ORDER_STALE_SEEN(%rsp)
	mov	%rdx, ORDER_STALE_WANTED(%rsp)
1:	inc	%rdx
	mov	%rdx, (%rcx)
	mov	%rdx, (%rsi, %rax, 8)
	decq	ORDER_TIMES(%rsp)
	jnz	guest_store
	hlt

guest_look:
	random_page
	mov	(%rcx), %rdx
	incq	(%rsi, %rax, 8)
	decq	ORDER_TIMES(%rsp)
	jnz	guest_look
	hlt
guest_end:
	.section .note.GNU-stack, "", @progbits
