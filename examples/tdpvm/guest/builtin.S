/* SPDX-License-Identifier: BSD-2-Clause */
/* For the host's program: the guest's ELF file as data, so that tdpvm is one file. PAYLOAD_FILE names it. */
	.section .rodata
	.balign 16
	.globl payload_builtin, payload_builtin_end
payload_builtin:
	.incbin PAYLOAD_FILE
payload_builtin_end:

	.section .note.GNU-stack, "", @progbits
