/* SPDX-License-Identifier: BSD-2-Clause */
/* What the image was told by a boot loader (multiboot 1) or by run.sh, and how much memory there is. */
#include "machine.h"

enum { INFO_HAS_WORDS = 1 << 2, INFO_HAS_MODULES = 1 << 3 };
enum { CMOS_HIGH_MEMORY = 0x34, CMOS_UNIT = 64 << 10, CMOS_BASE = 16 << 20 };

/* The multiboot information, as far as it is of interest. */
struct info {
	uint32_t flags, memory_low, memory_high, device, words, module_count, modules;
};

struct info_module {
	uint32_t start, end, words, reserved;
};

extern uint32_t multiboot_info;
#define ROM_WORDS ((const char *)ADDRESS(0xfffffe00u))

/* NULL: no loader, a ROM. */
static const struct info *loader_info(void)
{
	return multiboot_info ? ADDRESS(multiboot_info) : NULL;
}

const char *machine_words(void)
{
	const struct info *info = loader_info();
	const char *words;

	if (!info)
		return ROM_WORDS;
	if (!(info->flags & INFO_HAS_WORDS))
		return "";
	for (words = ADDRESS(info->words); *words && *words != ' '; words++)
		;
	return words;
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

unsigned machine_modules(struct machine_module *out, unsigned most)
{
	const struct info *info = loader_info();
	const struct info_module *module;

	if (!info || !(info->flags & INFO_HAS_MODULES))
		return 0;
	module = ADDRESS(info->modules);
	for (unsigned i = 0; i < info->module_count && i < most; i++)
		out[i] = (struct machine_module){.start = module[i].start, .end = module[i].end, .words = ADDRESS(module[i].words)};
	return info->module_count;
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
