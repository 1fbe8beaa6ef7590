/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accesses that may be refused. Each returns struct probe in RAX:RDX: verdict 0 and what was read, or the host's verdict and the
 * device. An entry of .fixups says: where the instruction at A was refused, go on at B.
 */
	.macro fixup at, to
	.pushsection .fixups, "a", @progbits
	.quad \at, \to
	.popsection
	.endm

	.text
	.globl probe_read
probe_read:	/* (address) */
1:	mov (%rdi), %rdx
	xor %eax, %eax
2:	ret
	fixup 1b, 2b

	.globl probe_write
probe_write:	/* (address, value) */
1:	mov %rsi, (%rdi)
	xor %eax, %eax
	xor %edx, %edx
2:	ret
	fixup 1b, 2b

	.globl probe_exec
probe_exec:	/* (address): what the function there returns is what was read */
	sub $8, %rsp
	call *%rdi
1:	mov %rax, %rdx
	xor %eax, %eax
2:	add $8, %rsp
	ret
	/* The instruction that is refused is the first one at the address: page_refused() looks for the return address instead. */
	fixup 1b, 2b

	.section .note.GNU-stack, "", @progbits
