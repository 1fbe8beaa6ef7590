/* SPDX-License-Identifier: BSD-2-Clause */
/* First instructions, descriptor tables, and the way out for exceptions. */
#include "abi.h"

	.text
	.globl _start
_start:	/* RDI = shared page, RSI = vCPU; every vCPU comes through here */
	mov %rdi, %rbx
	mov %rsi, %rbp
	lgdt gdtr
	call idt_fill
	lidt idtr
	mov %rbx, %rdi
	mov %rbp, %rsi
	call guest_main
	out %al, $TDPVM_PORT_DONE
0:	hlt
	jmp 0b

/* Fill the IDT: gate n leads to stub n. All vCPUs write the same values, so nobody waits for anybody. */
idt_fill:
	mov $idt, %rdi
	mov $stubs, %rsi
	mov $32, %ecx
0:	mov %si, (%rdi)
	movw $0x08, 2(%rdi)	/* code segment */
	movw $0x8e00, 4(%rdi)	/* present interrupt gate */
	mov %rsi, %rax
	shr $16, %rax
	mov %ax, 6(%rdi)
	shr $16, %rax
	mov %eax, 8(%rdi)
	add $16, %rdi
	add $16, %rsi
	dec %ecx
	jnz 0b
	ret

/* 32 stubs of 16 bytes: number 14 is the page fault, all others are the end. */
	.balign 16
stubs:
	.set vector, 0
	.rept 32
	.balign 16
	.if vector == 14
	jmp page_fault
	.else
	.if vector != 8 && vector != 10 && vector != 11 && vector != 12 && vector != 13 && vector != 17 && vector != 21
	push $0			/* this vector comes without an error code */
	.endif
	mov $vector, %edi
	jmp panic
	.endif
	.set vector, vector + 1
	.endr

panic:	mov (%rsp), %rsi
	mov 8(%rsp), %rdx
	out %al, $TDPVM_PORT_PANIC
0:	hlt
	jmp 0b

/*
 * Ask the host. If it resolved the fault, run the instruction again; else let page_refused() choose where to go on.
 * On entry: (%rsp) = error code, then RIP, CS, RFLAGS, RSP, SS. What is pushed here is struct frame in guest.h.
 */
page_fault:
	push %rax
	push %rdx
	push %rsi
	push %rdi
	mov %cr2, %rdi
	mov 32(%rsp), %rsi
	mov 40(%rsp), %rdx
	xor %eax, %eax
	out %al, $TDPVM_PORT_FAULT
	test %eax, %eax
	jnz 1f
0:	pop %rdi
	pop %rsi
	pop %rdx
	pop %rax
	add $8, %rsp
	iretq
1:	push %rcx
	push %r8
	push %r9
	push %r10
	push %r11
	mov %rdx, %rcx		/* device */
	mov %rax, %rdx		/* verdict */
	mov %rdi, %rsi		/* address */
	lea 40(%rsp), %rdi	/* frame */
	call page_refused
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rcx
	jmp 0b

	.section .rodata
	.balign 8
gdt:	.quad 0
	.quad 0x00af9b000000ffff	/* 0x08: 64-bit code, accessed */
	.quad 0x00cf93000000ffff	/* 0x10: data, accessed */
gdtr:	.word 23
	.quad gdt
idtr:	.word 511
	.quad idt

	.bss
	.balign 16
idt:	.skip 512

	.section .note.GNU-stack, "", @progbits
