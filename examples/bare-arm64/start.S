/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From reset at EL2 with the MMU off to C, on each CPU; entering a guest and coming back from it; vectors.
 */
#include "offsets.h"

	.section .text.start, "ax"
	.global start
start:
	mrs	x1, CurrentEL
	cmp	x1, #8
	b.ne	no_el2
	bl	prepare
	bl	el2_main
1:	wfi
	b	1b

	/* Below EL2 there is nothing for us. */
no_el2:
	ldr	x1, =stacks + STACK_SIZE
	mov	sp, x1
	bl	el2_missing

	.text
	/* Where PSCI CPU_ON enters: x0 is what start_cpu() was given. */
	.global second_cpu
second_cpu:
	bl	prepare
	blr	x0
1:	wfi
	b	1b

/* The CPU's own stack, EL2's vectors, and a guest with its MMU off. Keeps x0. */
prepare:
	mrs	x1, mpidr_el1
	and	x1, x1, #0xff
	ldr	x2, =stacks + STACK_SIZE
	mov	x3, #STACK_SIZE
	madd	x1, x1, x3, x2
	msr	SPSel, #1
	mov	sp, x1
	ldr	x1, =vectors
	msr	vbar_el2, x1
	mov	x1, #0x33ff		/* CPTR_EL2: nothing is trapped */
	msr	cptr_el2, x1
	ldr	x1, =0x30d00800		/* SCTLR_EL1: RES1, no MMU, no caches */
	msr	sctlr_el1, x1
	isb
	ret

	.macro	callee_saved op, pair
	\op	x19, x20, [sp, #0]
	\op	x21, x22, [sp, #16]
	\op	x23, x24, [sp, #32]
	\op	x25, x26, [sp, #48]
	\op	x27, x28, [sp, #64]
	\op	x29, x30, [sp, #80]
	.endm

	.macro	guest_x2_to_x29 op
	\op	x2, x3, [x0, #16]
	\op	x4, x5, [x0, #32]
	\op	x6, x7, [x0, #48]
	\op	x8, x9, [x0, #64]
	\op	x10, x11, [x0, #80]
	\op	x12, x13, [x0, #96]
	\op	x14, x15, [x0, #112]
	\op	x16, x17, [x0, #128]
	\op	x18, x19, [x0, #144]
	\op	x20, x21, [x0, #160]
	\op	x22, x23, [x0, #176]
	\op	x24, x25, [x0, #192]
	\op	x26, x27, [x0, #208]
	\op	x28, x29, [x0, #224]
	.endm

	/* void guest_enter(struct vcpu *): returns at the guest's next exception to EL2. */
	.global guest_enter
guest_enter:
	sub	sp, sp, #96
	callee_saved stp
	msr	tpidr_el2, x0
	mov	x1, sp
	str	x1, [x0, #VCPU_HOST_SP]
	ldr	x1, [x0, #VCPU_PC]
	msr	elr_el2, x1
	ldr	x1, [x0, #VCPU_PSTATE]
	msr	spsr_el2, x1
	guest_x2_to_x29 ldp
	ldr	x30, [x0, #240]
	ldp	x0, x1, [x0]
	eret

guest_left:
	stp	x0, x1, [sp, #-16]!
	mrs	x0, tpidr_el2
	guest_x2_to_x29 stp
	str	x30, [x0, #240]
	ldp	x2, x3, [sp], #16
	stp	x2, x3, [x0]
	mrs	x1, elr_el2
	str	x1, [x0, #VCPU_PC]
	mrs	x1, spsr_el2
	str	x1, [x0, #VCPU_PSTATE]
	mrs	x1, esr_el2
	str	x1, [x0, #VCPU_ESR]
	mrs	x1, far_el2
	str	x1, [x0, #VCPU_FAR]
	mrs	x1, hpfar_el2
	str	x1, [x0, #VCPU_HPFAR]
	ldr	x1, [x0, #VCPU_HOST_SP]
	mov	sp, x1
	callee_saved ldp
	add	sp, sp, #96
	ret

own_exception:
	mrs	x0, esr_el2
	mrs	x1, elr_el2
	mrs	x2, far_el2
	b	el2_exception

	.balign	2048
vectors:
	.rept	8			/* from EL2 itself */
	.balign	128
	b	own_exception
	.endr
	.balign	128
	b	guest_left		/* from the guest: synchronous */
	.rept	7
	.balign	128
	b	own_exception
	.endr

	.bss
	.balign	16
stacks:
	.space	STACK_SIZE * STACKS
