/* SPDX-License-Identifier: BSD-2-Clause */
#include "tool.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *tool_name = "tdpmmu";

/* "tdpmmu decode: ..." as one line; control characters, which a bad argument may hold, become '?'. */
static void say(const char *format, va_list args)
{
	char line[512];

	vsnprintf(line, sizeof(line), format, args);
	for (char *c = line; *c; c++) {
		if (iscntrl((unsigned char)*c))
			*c = '?';
	}
	fflush(stdout);
	fprintf(stderr, "%s: %s\n", tool_name, line);
}

void usage_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	exit(STATUS_USAGE);
}

void trouble(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	exit(STATUS_TROUBLE);
}

void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

/* Digits of a base to the end of the text or to what may follow them; false for none, or too many. */
static bool digits(const char *text, int base, uint64_t *out, char **end)
{
	if (base == 16 ? !isxdigit((unsigned char)*text) : !isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*out = strtoull(text, end, base);
	return errno == 0;
}

/* Past a leading 0x. */
static const char *without_prefix(const char *text)
{
	return text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? text + 2 : text;
}

bool parse_hex(const char *text, uint64_t *out)
{
	const char *start = without_prefix(text);
	char *end;

	/* strtoull() would take a second 0x. */
	return start[0] && start[1] != 'x' && start[1] != 'X' && digits(start, 16, out, &end) && !*end;
}

bool parse_number(const char *text, uint64_t *out)
{
	static const char units[] = "KMGTP";
	const char *unit;
	unsigned shift;
	char *end;

	if (without_prefix(text) != text)
		return parse_hex(text, out);
	if (!digits(text, 10, out, &end))
		return false;
	if (!*end)
		return true;
	unit = strchr(units, toupper((unsigned char)*end));
	if (!unit || end[1])
		return false;
	shift = 10 * (unsigned)(unit - units + 1);
	if (*out > UINT64_MAX >> shift)
		return false;
	*out <<= shift;
	return true;
}

uint64_t number_or_usage(const char *what, const char *text)
{
	uint64_t value;

	if (!parse_number(text, &value))
		usage_error("%s: '%s' is no number such as 0x1000 or 64M", what, text);
	return value;
}

unsigned small_or_usage(const char *what, const char *text, unsigned low, unsigned high)
{
	uint64_t value;
	char *end;

	if (!digits(text, 10, &value, &end) || *end || value < low || value > high)
		usage_error("%s: '%s' is no number from %u to %u", what, text, low, high);
	return (unsigned)value;
}

void text_add(struct text *text, const char *format, ...)
{
	const size_t room = text->len - text->used;
	va_list args;
	int need;

	va_start(args, format);
	need = vsnprintf(text->buf + text->used, room, format, args);
	va_end(args);
	if (need > 0)
		text->used += (size_t)need < room ? (size_t)need : room - 1;
}

const char *size_text(uint64_t size, char buf[SIZE_TEXT])
{
	unsigned unit = 0;

	while (size != 0 && size % 1024 == 0 && unit < 6) {
		size /= 1024;
		unit++;
	}
	snprintf(buf, SIZE_TEXT, "%llu%.1s", (unsigned long long)size, &"\0KMGTPE"[unit]);
	return buf;
}

const char *bits_text(uint64_t mask, char buf[BITS_TEXT])
{
	struct text text = {buf, BITS_TEXT, 0};
	int low;

	*buf = 0;
	for (int bit = 63; bit >= 0; bit = low - 1) {
		low = bit;
		if (!(mask >> bit & 1))
			continue;
		while (low > 0 && (mask >> (low - 1) & 1))
			low--;
		text_add(&text, text.used ? ",%d" : "%d", bit);
		if (low < bit)
			text_add(&text, ":%d", low);
	}
	return buf;
}
