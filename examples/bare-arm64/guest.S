/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What runs in the guest, at EL1 with its MMU off. One page, position independent.
 */
	.section .guest, "ax"
	.balign	4096
	.global	guest_code
guest_code:

/*
 * Stores a growing number to one page of some after the other, in bursts, until the word at [x3] is not 0.
 * x0: first page; x1: the number; x2: random state, not 0; x4: pages - 1 (a power of two less one).
 * x8: a block of memory that a burst in eight goes to, instead of a page; 0: none.
 * Between two bursts the other CPU may have its turn, where one thread runs both.
 * The TLB invalidation between two bursts makes hardware look at the entry again: it must set Accessed and Dirty again if they are gone.
 */
	.global	guest_bursts
guest_bursts:
	ldr	x5, [x3]
	cbnz	x5, 9f
	eor	x2, x2, x2, lsl #13
	eor	x2, x2, x2, lsr #7
	eor	x2, x2, x2, lsl #17
	lsr	x6, x2, #20
	and	x6, x6, x4
	add	x6, x0, x6, lsl #12
	cbz	x8, 1f
	tst	x2, #0x700000000000
	csel	x6, x8, x6, eq
1:	ubfx	x7, x2, #32, #5
2:	add	x1, x1, #1
	str	x1, [x6]
	subs	x7, x7, #1
	b.pl	2b
	yield
	tlbi	vmalle1
	dsb	nsh
	isb
	b	guest_bursts
9:	hvc	#0

/* One access to [x0], then back: by HVC from EL1, by SVC and the vectors below from EL0, which may not HVC. A load's value is in x1. */
	.macro	probes suffix, back
	.global	guest_load_\suffix, guest_store_\suffix, guest_call_\suffix
guest_load_\suffix:
	ldr	x1, [x0]
	\back	#1
guest_store_\suffix:
	str	x1, [x0]
	\back	#1
guest_call_\suffix:
	blr	x0
	\back	#1
	.endm

	probes	el1, hvc
	probes	el0, svc

/* Loads [x0] until the word at [x3] is not 0, and says by [x3, #8] that it has begun. The last load comes after that word was seen. */
	.global	guest_watch
guest_watch:
	ldr	x5, [x3]
	ldr	x1, [x0]
	str	x1, [x3, #8]
	yield
	cbz	x5, guest_watch
	hvc	#0

	.balign	2048
	.global	guest_vectors
guest_vectors:
	.rept	16
	.balign	128
	mrs	x28, esr_el1
	mrs	x29, far_el1
	hvc	#0xee
	.endr
