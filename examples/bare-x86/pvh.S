/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An image as a kernel for loaders that know PVH: an ELF file with a note that says where to enter, in 32-bit protected mode without paging
 * and with the start information's address in EBX. PVH says nothing of EAX; boot.S wants to know there who called.
 */
#include "loader.h"

#define XEN_ELFNOTE_PHYS32_ENTRY 18

	.section .note.pvh, "a", @note
	.long	2f - 1f, 4f - 3f, XEN_ELFNOTE_PHYS32_ENTRY
1:	.asciz	"Xen"
2:	.align	4
3:	.quad	enter
4:
	.text
	.incbin	PVH_IMAGE	/* its first byte is boot's */
	.code32
	.globl	enter
enter:	mov	$LOADER_PVH, %eax
	mov	$pvh_base, %ecx
	jmp	*%ecx
	.section .note.GNU-stack, "", @progbits
