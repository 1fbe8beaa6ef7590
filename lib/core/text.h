/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text into a bounded buffer without a C library. A text counts what it would need, so nobody has to ask twice.
 */
#ifndef TDPMMU_CORE_TEXT_H
#define TDPMMU_CORE_TEXT_H

#include "fmt.h"

/* A text under construction. Start with {buf, len, 0}, end with text_end(). */
struct text {
	char *buf;
	size_t len;  /* bytes in buf */
	size_t need; /* characters so far, those that did not fit included */
};

static inline void text_char(struct text *t, char c)
{
	if (t->need < t->len)
		t->buf[t->need] = c;
	t->need++;
}

static inline void text_str(struct text *t, const char *s)
{
	while (*s)
		text_char(t, *s++);
}

/* In base 10. By subtraction: dividing 64 bits is a library call on 32-bit machines. */
static inline void text_dec(struct text *t, uint64_t value)
{
	bool started = false;

	for (unsigned digits = 20; digits > 0; digits--) {
		uint64_t power = 1;
		char c = '0';

		for (unsigned i = 1; i < digits; i++)
			power *= 10;
		for (; value >= power; value -= power)
			c++;
		started = started || c != '0' || digits == 1;
		if (started)
			text_char(t, c);
	}
}

/* In base 16, with 0x. */
static inline void text_hex(struct text *t, uint64_t value)
{
	unsigned shift = 60;

	while (shift > 0 && value >> shift == 0)
		shift -= 4;
	text_str(t, "0x");
	for (;; shift -= 4) {
		text_char(t, "0123456789abcdef"[value >> shift & 0xf]);
		if (shift == 0)
			return;
	}
}

/* A size in its largest whole unit: 4096 is "4K", 3 << 20 is "3M", 4097 is "4097". */
static inline void text_size(struct text *t, uint64_t bytes)
{
	static const char units[] = "\0KMGTPE";
	unsigned unit = 0;

	for (; bytes != 0 && (bytes & 1023) == 0 && unit < 6; unit++)
		bytes >>= 10;
	text_dec(t, bytes);
	if (unit > 0)
		text_char(t, units[unit]);
}

/* Terminates the text (if there is any room at all) and returns the length of the whole of it. */
static inline size_t text_end(struct text *t)
{
	if (t->len > 0)
		t->buf[t->need < t->len ? t->need : t->len - 1] = '\0';
	return t->need;
}

#endif
