/* SPDX-License-Identifier: BSD-2-Clause */
/* What EAX says when a boot loader enters the image: who it is. EBX has the address of what it has to say. Read by the assembler, too. */
#ifndef BARE_X86_LOADER_H
#define BARE_X86_LOADER_H

#define LOADER_MULTIBOOT 0x2badb002
#define LOADER_PVH	 0x336ec578 /* pvh.S says so; it is also the first word of the start information */

#endif
