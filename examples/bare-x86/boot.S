/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From 32-bit protected mode without paging to payload_main() (first processor) or payload_second(): long mode, the first 4 GiB mapped
 * one to one by 2 MiB pages. A boot loader comes in at the same place, with its name in EAX and what it has to say in EBX.
 */
#include "loader.h"

#define MSR_EFER 0xc0000080
#define EFER_LME_NXE 0x900
#define CR4_PAE 0x20
#define CR0_PG_WP_NE_PE 0x80010021
#define CR0_CD_NW 0x60000000
#define PAGE_2M 0x83
#define TABLE 3
#define TRAMPOLINE 0x8000
#define STACK 65536
#define MULTIBOOT_MAGIC 0x1badb002
#define MULTIBOOT_FLAGS 0x10002 /* memory sizes, please; addresses are here and not in an ELF header */

	.section .text.boot, "ax"
	.code32
	.globl	boot
boot:	cli
	cld
	cmp	$LOADER_MULTIBOOT, %eax
	je	1f
	cmp	$LOADER_PVH, %eax
	je	1f
	xor	%eax, %eax
	jmp	1f
	.align	4
multiboot_header:
	.long	MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)
	.long	multiboot_header, image_start, image_end, bss_end, boot
1:	mov	%eax, %edx
	mov	$bss_start, %edi
	mov	$bss_end, %ecx
	sub	%edi, %ecx
	xor	%eax, %eax
	rep stosb
	mov	%edx, loader
	mov	%ebx, loader_info
	mov	$page_directories, %edi
	mov	$PAGE_2M, %eax
	mov	$4 * 512, %ecx
1:	mov	%eax, (%edi)
	add	$0x200000, %eax
	add	$8, %edi
	loop	1b
	movl	$page_directories + TABLE, pdpt
	movl	$page_directories + 0x1000 + TABLE, pdpt + 8
	movl	$page_directories + 0x2000 + TABLE, pdpt + 16
	movl	$page_directories + 0x3000 + TABLE, pdpt + 24
	movl	$pdpt + TABLE, pml4
	movl	$pml4 + TABLE, pml5
	mov	$stack_first, %esp
	mov	$payload_main, %ebx

	/* Both processors: stack in ESP, where to go in EBX. */
paging:	lgdt	gdt_register
	ljmp	$8, $2f
2:	mov	$0x10, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %ss
	mov	%ax, %fs
	mov	%ax, %gs
	mov	%cr4, %eax
	or	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	$pml4, %eax
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$EFER_LME_NXE, %eax
	wrmsr
	mov	%cr0, %eax
	and	$~CR0_CD_NW, %eax
	or	$CR0_PG_WP_NE_PE, %eax
	mov	%eax, %cr0
	ljmp	$0x18, $3f
	.code64
3:	lidt	idt_register(%rip)
	xor	%ebp, %ebp
	call	*%rbx
4:	hlt
	jmp	4b

	/* The second processor's first instructions, copied to TRAMPOLINE. */
	.code16
	.globl	trampoline, trampoline_end
trampoline:
	cli
	xor	%ax, %ax
	mov	%ax, %ds
	lgdtl	TRAMPOLINE + (low_gdt_register - trampoline)
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	ljmpl	$8, $second
	.align	8
low_gdt_register:
	.word	gdt_end - gdt - 1
	.long	gdt
trampoline_end:
	.code32
second:	mov	$0x10, %ax
	mov	%ax, %ds
	mov	%ax, %ss
	cld
	mov	$stack_second, %esp
	mov	$payload_second, %ebx
	jmp	paging

	.data
	.align	16
	.globl	gdt, tss_descriptor, gdt_register, idt_register
gdt:	.quad	0, 0x00cf9b000000ffff, 0x00cf93000000ffff, 0x00af9b000000ffff
tss_descriptor:
	.quad	0, 0
gdt_end:
gdt_register:
	.word	gdt_end - gdt - 1
	.quad	gdt
	.align	8
idt_register:
	.word	256 * 16 - 1
	.quad	idt

	.bss
	.align	4096
	.globl	idt, pml4, pml5, page_directories
pml5:	.skip	4096
pml4:	.skip	4096
pdpt:	.skip	4096
page_directories:
	.skip	4 * 4096
idt:	.skip	4096
	.globl	stack_first
	.skip	STACK
stack_first:
	.skip	STACK
stack_second:
	.globl	loader, loader_info
loader:	.skip	4
loader_info:
	.skip	4

	/* Exceptions end the run with a message; vector 0x40 is a kick from the other processor. */
	.text
	.code64
	.macro	exception number, has_code
exception_\number:
	.if	\has_code == 0
	push	$0
	.endif
	push	$\number
	jmp	exceptions
	.endm
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 9, 15, 16, 18, 19, 20
	exception \n, 0
	.endr
	.irp	n, 8, 10, 11, 12, 13, 14, 17, 21
	exception \n, 1
	.endr
exceptions:
	mov	%rsp, %rdi
	and	$~15, %rsp
	call	machine_exception
5:	hlt
	jmp	5b

	.globl	kick_handler
kick_handler:
	push	%rax
	mov	$0xfee000b0, %eax	/* end of interrupt */
	movl	$0, (%rax)
	pop	%rax
	iretq

	.section .rodata
	.align	8
	.globl	exception_table
exception_table:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21
	.quad	exception_\n
	.endr
	.section .note.GNU-stack, "", @progbits
