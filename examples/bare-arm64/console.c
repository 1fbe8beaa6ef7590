/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The world outside: the first UART, and Arm semihosting for files, arguments and the exit status.
 */
#include "el2.h"

#include <stdarg.h>

enum { SEMI_OPEN = 0x01, SEMI_CLOSE = 0x02, SEMI_WRITE = 0x05, SEMI_GET_CMDLINE = 0x15, SEMI_EXIT_EXTENDED = 0x20 };
enum { SEMI_MODE_WB = 5, SEMI_EXITED = 0x20026 };
enum { STATUS_NO_EL2 = 2, STATUS_EXCEPTION = 99 };

static volatile uint32_t *const uart = (volatile uint32_t *)0x09000000;

static uint64_t semihosting(uint64_t what, const void *block)
{
	register uint64_t x0 __asm__("x0") = what;
	register uint64_t x1 __asm__("x1") = (uint64_t)block;

	__asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
	return x0;
}

static uint64_t length(const char *s)
{
	uint64_t n = 0;

	while (s[n])
		n++;
	return n;
}

static void say_number(uint64_t value, unsigned base)
{
	char text[20];
	unsigned n = 0;

	do
		text[n++] = "0123456789abcdef"[value % base];
	while ((value /= base) != 0);
	while (n > 0)
		*uart = (uint8_t)text[--n];
}

void say(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	for (const char *f = format; *f; f++) {
		if (*f != '%') {
			*uart = (uint8_t)*f;
			continue;
		}
		switch (*++f) {
		case 'u':
			say_number(va_arg(list, uint64_t), 10);
			break;
		case 'x':
			say_number(va_arg(list, uint64_t), 16);
			break;
		default:
			for (const char *s = va_arg(list, const char *); *s; s++)
				*uart = (uint8_t)*s;
		}
	}
	va_end(list);
}

void quit(int status)
{
	const uint64_t block[2] = {SEMI_EXITED, (uint64_t)status};

	for (;;)
		(void)semihosting(SEMI_EXIT_EXTENDED, block);
}

void el2_exception(uint64_t esr, uint64_t elr, uint64_t far)
{
	say("exception at EL2: ESR %x ELR %x FAR %x\n", esr, elr, far);
	quit(STATUS_EXCEPTION);
}

void el2_missing(void)
{
	say("this CPU will not do: it has no EL2 (ID_AA64PFR0_EL1.EL2 is %x)\n", REG_READ(id_aa64pfr0_el1) >> 8 & 0xf);
	quit(STATUS_NO_EL2);
}

const char *argument(unsigned n)
{
	static char line[512];
	uint64_t block[2] = {(uint64_t)line, sizeof(line) - 1};
	char *word = line;

	if (semihosting(SEMI_GET_CMDLINE, block) != 0)
		return "";
	for (;; word++) {
		char *end = word;

		while (*end && *end != ' ')
			end++;
		if (n-- == 0) {
			*end = 0;
			return word;
		}
		if (!*end)
			return end;
		word = end;
	}
}

uint64_t number(const char *text)
{
	uint64_t n = 0;

	while (*text >= '0' && *text <= '9')
		n = n * 10 + (uint64_t)(*text++ - '0');
	return n;
}

bool same_text(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

bool write_file(const char *name, const void *data, uint64_t size)
{
	const uint64_t open[3] = {(uint64_t)name, SEMI_MODE_WB, length(name)};
	const uint64_t file = semihosting(SEMI_OPEN, open);
	const uint64_t write[3] = {file, (uint64_t)data, size}, close[1] = {file};

	if (file == UINT64_MAX || semihosting(SEMI_WRITE, write) != 0)
		return false;
	return semihosting(SEMI_CLOSE, close) == 0;
}
