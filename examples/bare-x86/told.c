/* SPDX-License-Identifier: BSD-2-Clause */
/* What the image was told by a boot loader (multiboot 1, PVH) or by run.sh, and how much memory there is. */
#include "loader.h"
#include "machine.h"

enum { CMOS_HIGH_MEMORY = 0x34, CMOS_UNIT = 64 << 10, CMOS_BASE = 16 << 20 };

/* The multiboot information, as far as it is of interest. */
struct multiboot {
	uint32_t flags, memory_low, memory_high, device, words, module_count, modules;
};
enum { MULTIBOOT_HAS_WORDS = 1 << 2, MULTIBOOT_HAS_MODULES = 1 << 3 };

struct multiboot_module {
	uint32_t start, end, words, reserved;
};

/* PVH's start information, as far as it is of interest. An address of 0: there is none. */
struct pvh {
	uint32_t magic, version, flags, module_count;
	uint64_t modules, words;
};

struct pvh_module {
	uint64_t start, size, words, reserved;
};

/* From boot.S: who called, 0 for a ROM, and where lies what it has to say. */
extern uint32_t loader, loader_info;
#define ROM_WORDS ((const char *)ADDRESS(0xfffffe00u))

const char *machine_loader(void)
{
	switch (loader) {
	case LOADER_MULTIBOOT:
		return "multiboot";
	case LOADER_PVH:
		return "pvh";
	default:
		return "rom";
	}
}

/* Multiboot's begin with the kernel's name. */
static const char *multiboot_words(const struct multiboot *info)
{
	const char *words;

	if (!(info->flags & MULTIBOOT_HAS_WORDS))
		return "";
	for (words = ADDRESS(info->words); *words && *words != ' '; words++)
		;
	return words;
}

const char *machine_words(void)
{
	const struct pvh *pvh = ADDRESS(loader_info);

	switch (loader) {
	case LOADER_MULTIBOOT:
		return multiboot_words(ADDRESS(loader_info));
	case LOADER_PVH:
		return pvh->words ? ADDRESS(pvh->words) : "";
	default:
		return ROM_WORDS;
	}
}

const char *machine_word(const char *name)
{
	const char *at = machine_words();

	while (*at) {
		const char *n = name;

		while (*at == ' ')
			at++;
		while (*n && *at == *n) {
			at++;
			n++;
		}
		if (*n == 0 && (*at == 0 || *at == ' '))
			return at;
		if (*n == 0 && *at == '=')
			return at + 1;
		while (*at && *at != ' ')
			at++;
	}
	return NULL;
}

/* Its value; 16: no digit. */
static unsigned digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

uint64_t machine_number(const char *name, uint64_t otherwise)
{
	const char *at = machine_word(name);
	unsigned base = 10;
	uint64_t value = 0;

	if (!at)
		return otherwise;
	if (at[0] == '0' && at[1] == 'x') {
		base = 16;
		at += 2;
	}
	for (; digit(*at) < base; at++)
		value = value * base + digit(*at);
	if (*at && *at != ' ')
		machine_fail("%s wants a number", name);
	return value;
}

static unsigned multiboot_modules(const struct multiboot *info, struct machine_module *out, unsigned most)
{
	const struct multiboot_module *module = ADDRESS(info->modules);

	if (!(info->flags & MULTIBOOT_HAS_MODULES))
		return 0;
	for (unsigned i = 0; i < info->module_count && i < most; i++)
		out[i] = (struct machine_module){.start = module[i].start, .end = module[i].end, .words = ADDRESS(module[i].words)};
	return info->module_count;
}

static unsigned pvh_modules(const struct pvh *info, struct machine_module *out, unsigned most)
{
	const struct pvh_module *module = ADDRESS(info->modules);

	for (unsigned i = 0; i < info->module_count && i < most; i++)
		out[i] = (struct machine_module){
			.start = module[i].start,
			.end = module[i].start + module[i].size,
			.words = module[i].words ? ADDRESS(module[i].words) : "",
		};
	return info->module_count;
}

unsigned machine_modules(struct machine_module *out, unsigned most)
{
	switch (loader) {
	case LOADER_MULTIBOOT:
		return multiboot_modules(ADDRESS(loader_info), out, most);
	case LOADER_PVH:
		return pvh_modules(ADDRESS(loader_info), out, most);
	default:
		return 0;
	}
}

static uint8_t cmos(uint8_t at)
{
	port_out(0x70, at);
	return port_in(0x71);
}

/* QEMU and Bochs leave the size where firmware looks for it, with or without firmware. */
uint64_t machine_memory_end(void)
{
	const uint64_t units = cmos(CMOS_HIGH_MEMORY) | (uint64_t)cmos(CMOS_HIGH_MEMORY + 1) << 8;

	return CMOS_BASE + units * CMOS_UNIT;
}
