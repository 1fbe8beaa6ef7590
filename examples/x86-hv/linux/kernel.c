/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux into the guest's memory; see kernel.h. Offsets: the kernel's Documentation/x86/boot.rst and zero-page.rst. */
#include "kernel.h"

#include "memory.h"

enum {
	COMMAND_LINE = 0x91000,
	COMMAND_LINE_MOST = 2048,
	LOAD_ADDRESS = 0x1000000,
	ENTRY_64 = 0x200, /* behind the start of a bzImage's protected-mode part */
	/* The setup header, in a bzImage's first sector and in struct boot_params alike. */
	H_SETUP_SECTS = 0x1f1,
	H_SIZE = 0x1f4, /* of what follows the setup sectors, in units of 16 bytes */
	H_BOOT_FLAG = 0x1fe,
	H_JUMP = 0x200, /* its second byte: how far the header goes on from 0x202 */
	H_MAGIC = 0x202,
	H_VERSION = 0x206,
	H_LOADER = 0x210,
	H_LOADFLAGS = 0x211,
	H_INITRD = 0x218,
	H_INITRD_SIZE = 0x21c,
	H_COMMAND_LINE = 0x228,
	H_XLOADFLAGS = 0x236,
	H_INIT_SIZE = 0x260,
	P_E820_COUNT = 0x1e8,
	P_E820 = 0x2d0,
	E820_ENTRY = 20,
	E820_RAM = 1,
	E820_RESERVED = 2,
	HEADER_MAGIC = 0x53726448, /* HdrS */
	BOOT_FLAG = 0xaa55,
	XLF_KERNEL_64 = 1,
	LOADED_HIGH = 1,
	SECTOR = 512,
	PARAGRAPH = 16,
	UNKNOWN_LOADER = 0xff,
	ELF_MAGIC = 0x464c457f,
	ELF_64_LITTLE = 0x102, /* class and byte order */
	ELF_X86_64 = 62,
	PT_LOAD = 1
};

struct elf_header {
	uint32_t magic;
	uint16_t kind;
	uint8_t rest_of_ident[10];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, segments, sections;
	uint32_t flags;
	uint16_t size, segment_size, segment_count;
};

struct elf_segment {
	uint32_t type, flags;
	uint64_t offset, va, pa, file_size, memory_size, align;
};

static uint64_t get(const uint8_t *at, unsigned bytes)
{
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | at[bytes];
	return value;
}

static void put(uint8_t *at, unsigned bytes, uint64_t value)
{
	for (; bytes-- > 0; value >>= 8)
		*at++ = (uint8_t)value;
}

/* The segments go where they say; boot_params gets what a bzImage would have in its header. */
static uint64_t load_elf(const uint8_t *file, uint64_t size, uint8_t *params)
{
	const struct elf_header *h = (const void *)file;

	if (size < sizeof(*h) || h->kind != ELF_64_LITTLE || h->machine != ELF_X86_64 ||
	    h->segment_size != sizeof(struct elf_segment) || h->segments > size ||
	    h->segment_count > (size - h->segments) / sizeof(struct elf_segment))
		machine_fail("the kernel is an ELF file, but none of a 64-bit x86 kernel");
	for (unsigned i = 0; i < h->segment_count; i++) {
		struct elf_segment s;

		memcpy(&s, file + h->segments + i * sizeof(s), sizeof(s));
		if (s.type != PT_LOAD)
			continue;
		if (s.offset > size || s.file_size > size - s.offset || s.pa < LOAD_ADDRESS || s.memory_size > GUEST_SIZE ||
		    s.pa > GUEST_SIZE - s.memory_size)
			machine_fail("segment %u of the kernel does not fit into its file and the guest's memory", i);
		guest_put(s.pa, file + s.offset, s.file_size);
		if (s.memory_size > s.file_size)
			memset((char *)guest_at(s.pa) + s.file_size, 0, s.memory_size - s.file_size);
	}
	put(params + H_BOOT_FLAG, 2, BOOT_FLAG);
	put(params + H_MAGIC, 4, HEADER_MAGIC);
	put(params + H_VERSION, 2, 0x20f);
	params[H_LOADFLAGS] = LOADED_HIGH;
	return h->entry;
}

/* The header goes into boot_params, what follows the setup sectors to where the kernel would be loaded by a boot loader. */
static uint64_t load_bzimage(const uint8_t *file, uint64_t size, uint8_t *params)
{
	const uint64_t setup = (file[H_SETUP_SECTS] ? file[H_SETUP_SECTS] + 1u : 5u) * SECTOR;
	const uint64_t header_end = H_MAGIC + file[H_JUMP + 1];

	if (!(get(file + H_XLOADFLAGS, 2) & XLF_KERNEL_64))
		machine_fail("the kernel is a bzImage, but not of a 64-bit kernel");
	if (setup + get(file + H_SIZE, 4) * PARAGRAPH > size || get(file + H_INIT_SIZE, 4) > GUEST_SIZE - LOAD_ADDRESS)
		machine_fail("the bzImage is cut off, or too large for %d MiB of memory", GUEST_SIZE >> 20);
	memcpy(params + H_SETUP_SECTS, file + H_SETUP_SECTS, header_end - H_SETUP_SECTS);
	guest_put(LOAD_ADDRESS, file + setup, size - setup);
	return LOAD_ADDRESS + ENTRY_64;
}

static void e820(uint8_t *params, uint64_t start, uint64_t end, uint32_t type)
{
	uint8_t *entry = params + P_E820 + E820_ENTRY * params[P_E820_COUNT]++;

	put(entry, 8, start);
	put(entry + 8, 8, end - start);
	put(entry + 16, 4, type);
}

/* A module's words begin with its file's name. */
static void put_command_line(const char *words)
{
	unsigned length = 0;

	while (*words && *words != ' ')
		words++;
	while (words[length])
		length++;
	if (length >= COMMAND_LINE_MOST)
		machine_fail("the kernel's command line is too long");
	guest_put(COMMAND_LINE, words, length + 1);
}

uint64_t kernel_load(const struct machine_module *kernel, const struct machine_module *initrd, uint64_t claimed)
{
	const uint8_t *file = ADDRESS(kernel->start);
	const uint64_t size = kernel->end - kernel->start, initrd_size = initrd->end - initrd->start;
	const uint64_t initrd_at = (GUEST_SIZE - initrd_size) / PAGE * PAGE;
	uint8_t *params = guest_at(BOOT_PARAMS);
	uint64_t entry;

	if (size > sizeof(struct elf_header) && get(file, 4) == ELF_MAGIC)
		entry = load_elf(file, size, params);
	else if (size > 2 * SECTOR && get(file + H_MAGIC, 4) == HEADER_MAGIC && get(file + H_BOOT_FLAG, 2) == BOOT_FLAG)
		entry = load_bzimage(file, size, params);
	else
		machine_fail("the kernel is none: neither a bzImage (HdrS at 0x202) nor an ELF file");
	put_command_line(kernel->words);
	guest_put(initrd_at, ADDRESS(initrd->start), initrd_size);
	params[H_LOADER] = UNKNOWN_LOADER;
	put(params + H_COMMAND_LINE, 4, COMMAND_LINE);
	put(params + H_INITRD, 4, initrd_at);
	put(params + H_INITRD_SIZE, 4, initrd_size);
	e820(params, 0, LOW_END, E820_RAM);
	e820(params, LOW_END, HIGH_START, E820_RESERVED);
	e820(params, HIGH_START, claimed, E820_RAM);
	return entry;
}
