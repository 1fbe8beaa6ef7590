/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What guests run. Each stub is copied to a guest address and means the same in 32-bit and in 64-bit code (addresses in EBX are below
 * 4 GiB; in 64-bit mode all of RBX counts where it is used as an address). Assembled as 32-bit code.
 */
	.section .rodata
	.code32

	/*
	 * Each time the word at EDX has changed: ECX counts up, and each page from EBX to EDX gets the count, looked up anew by the walker.
	 * EAX, ESI: its own.
	 */
	.globl	guest_store_fresh, guest_store_fresh_end
guest_store_fresh:
1:	cmp	(%edx), %eax
	je	1b
	mov	(%edx), %eax
	mov	%ebx, %esi
2:	add	$1, %ecx
	invlpg	(%esi)
	mov	%ecx, (%esi)
	add	$4096, %esi
	cmp	%edx, %esi
	jb	2b
	jmp	1b
guest_store_fresh_end:

	/* The same through whatever the TLB holds, without waiting for anything. */
	.globl	guest_store_cached, guest_store_cached_end
guest_store_cached:
1:	mov	%ebx, %esi
2:	add	$1, %ecx
	mov	%ecx, (%esi)
	add	$4096, %esi
	cmp	%edx, %esi
	jb	2b
	jmp	1b
guest_store_cached_end:
	/* One access each, then an exit: VMMCALL is what SVM calls it. */
	.macro	leave
#ifdef VMX
	vmcall
#else
	vmmcall
#endif
	.endm
	.globl	guest_read, guest_write, guest_fetch, guest_probes_end
guest_read:
	mov	(%ebx), %ecx
	leave
guest_write:
	mov	%ecx, (%ebx)
	leave
guest_fetch:
	call	*%ebx
	leave
guest_probes_end:
	.section .note.GNU-stack, "", @progbits
