/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every part of the command shares: exit statuses, complaints, and numbers as people write them.
 */
#ifndef TDPMMU_TOOL_H
#define TDPMMU_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tdpmmu/format.h>

/** How the command ends; the manual page says the same. */
enum status {
	STATUS_OK,	/**< done */
	STATUS_NO,	/**< done, and the answer is no: not expressible, not mapped, a check failed */
	STATUS_USAGE,	/**< a mistake on the command line */
	STATUS_TROUBLE, /**< a file cannot be read, or output cannot be written */
};

/** What is being run, for complaints: "tdpmmu decode". */
extern const char *tool_name;

/** One line on standard error; ends the program with #STATUS_USAGE. */
__attribute__((noreturn, format(printf, 1, 2))) void usage_error(const char *format, ...);
/** One line on standard error; ends the program with #STATUS_TROUBLE. */
__attribute__((noreturn, format(printf, 1, 2))) void trouble(const char *format, ...);
/** One line on standard error, and on it goes. */
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

/** A hexadecimal number with or without 0x and nothing else: a table entry. */
bool parse_hex(const char *text, uint64_t *out);
/** 0x and hexadecimal digits, or decimal digits with an optional K, M, G, T or P: an address or a size. */
bool parse_number(const char *text, uint64_t *out);
/** The same for an option that must hold one; what: the option, for the complaint. */
uint64_t number_or_usage(const char *what, const char *text);
/** A decimal number in low..high, or the program ends. */
unsigned small_or_usage(const char *what, const char *text, unsigned low, unsigned high);

/** Text that fits a buffer, always: what does not fit is cut. */
struct text {
	char *buf;
	size_t len, used;
};

/** A text over an array. */
#define TEXT(array) ((struct text){(array), sizeof(array), 0})

/** Append, as printf() would. */
__attribute__((format(printf, 2, 3))) void text_add(struct text *text, const char *format, ...);

enum { SIZE_TEXT = 32, BITS_TEXT = 160 };

/** "4K", "2M", "12345" for what is no multiple of 1024. */
const char *size_text(uint64_t size, char buf[SIZE_TEXT]);
/** Which bits are set, highest first: "58:57,11"; empty for none. */
const char *bits_text(uint64_t mask, char buf[BITS_TEXT]);

#endif
