/* SPDX-License-Identifier: BSD-2-Clause */
/* Text to the serial line, and the memory functions that compilers call. */
#include "machine.h"

#include <stdarg.h>

/* Emulators take their time for each instruction, so pages go by words. Both at a boundary of one? */
static bool words(const void *a, const void *b)
{
	return (((uintptr_t)a | (uintptr_t)b) & (sizeof(uint64_t) - 1)) == 0;
}

void *memset(void *to, int value, size_t n)
{
	uint8_t *p = to;

	if (words(p, NULL))
		for (; n >= sizeof(uint64_t); n -= sizeof(uint64_t), p += sizeof(uint64_t))
			*(uint64_t *)(void *)p = (uint8_t)value * UINT64_C(0x0101010101010101);
	for (; n > 0; n--)
		*p++ = (uint8_t)value;
	return to;
}

/* First byte first. */
static void copy_up(uint8_t *t, const uint8_t *f, size_t n)
{
	if (words(t, f))
		for (; n >= sizeof(uint64_t); n -= sizeof(uint64_t), t += sizeof(uint64_t), f += sizeof(uint64_t))
			*(uint64_t *)(void *)t = *(const uint64_t *)(const void *)f;
	while (n-- > 0)
		*t++ = *f++;
}

void *memmove(void *to, const void *from, size_t n)
{
	uint8_t *t = to;
	const uint8_t *f = from;

	if (t <= f)
		copy_up(t, f, n);
	else
		while (n-- > 0)
			t[n] = f[n];
	return to;
}

/* What does not overlap may go forward. */
void *memcpy(void *to, const void *from, size_t n)
{
	copy_up(to, from, n);
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *p = a, *q = b;

	if (words(p, q))
		while (n >= sizeof(uint64_t) && *(const uint64_t *)(const void *)p == *(const uint64_t *)(const void *)q) {
			n -= sizeof(uint64_t);
			p += sizeof(uint64_t);
			q += sizeof(uint64_t);
		}
	for (; n > 0; n--, p++, q++)
		if (*p != *q)
			return *p < *q ? -1 : 1;
	return 0;
}

static char last_said = '\n';

static void say_char(char c)
{
	last_said = c;
	while (!(port_in(0x3fd) & 0x20))
		cpu_pause();
	port_out(0x3f8, (uint8_t)c);
}

static void say_string(const char *s)
{
	while (*s)
		say_char(*s++);
}

static void say_number(uint64_t value, unsigned base)
{
	char text[21];
	unsigned at = sizeof(text) - 1;

	text[at] = 0;
	do {
		text[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	say_string(text + at);
}

/* One conversion; returns where the format goes on. */
static const char *say_one(const char *f, va_list *args)
{
	const bool wide = *f == 'l';
	uint64_t value;

	f += wide;
	switch (*f) {
	case 's':
		say_string(va_arg(*args, const char *));
		break;
	case 'c':
		say_char((char)va_arg(*args, int));
		break;
	case 'd':
		value = (uint64_t)(wide ? va_arg(*args, int64_t) : va_arg(*args, int));
		if ((int64_t)value < 0) {
			say_char('-');
			value = -value;
		}
		say_number(value, 10);
		break;
	case 'u':
	case 'x':
		value = wide ? va_arg(*args, uint64_t) : va_arg(*args, uint32_t);
		say_number(value, *f == 'x' ? 16 : 10);
		break;
	default:
		say_char(*f);
	}
	return f + 1;
}

/* Both processors may talk, a line at a time. */
static void say_all(const char *f, va_list *args)
{
	static char lock;

	while (__atomic_test_and_set(&lock, __ATOMIC_ACQUIRE))
		cpu_pause();
	while (*f) {
		if (*f == '%')
			f = say_one(f + 1, args);
		else
			say_char(*f++);
	}
	__atomic_clear(&lock, __ATOMIC_RELEASE);
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_all(format, &args);
	va_end(args);
}

_Noreturn void machine_fail(const char *format, ...)
{
	va_list args;

	say(last_said == '\n' ? "FAILED: " : "\nFAILED: ");
	va_start(args, format);
	say_all(format, &args);
	va_end(args);
	say("\n");
	machine_quit(1);
}
