/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a processor starts, in real mode at 0xfffffff0 (CS base 0xffff0000): to protected mode, copy the image to RAM, go there. */
#define HIGH(label) (0xffffff00 + ((label) - start))
#define LOW(label)  (0xff00 + ((label) - start))

	.section .reset, "ax"
	.globl	reset
					/* 0xfffffe00: run.sh may put words here, as a boot loader would hand over a command line */
	.fill	256
	.code16
start:
	cli
	lgdtl	%cs:LOW(table)
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	ljmpl	$8, $HIGH(protected)

	.align	8
gdt:	.quad	0, 0x00cf9b000000ffff, 0x00cf93000000ffff
table:	.word	. - gdt - 1
	.long	HIGH(gdt)

	.code32
protected:
	mov	$0x10, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %ss
	in	$0x92, %al		/* A20 */
	or	$2, %al
	and	$0xfe, %al
	out	%al, $0x92
	cld
	mov	$image_rom, %esi
	mov	$image_start, %edi
	mov	$image_end, %ecx
	sub	%edi, %ecx
	rep movsb
	mov	$boot, %eax
	jmp	*%eax

	.org	0x1e8			/* 0xffffffe8: run.sh may put a seed here */
	.quad	0
	.org	0x1f0
	.code16
reset:	jmp	start
	.section .note.GNU-stack, "", @progbits
