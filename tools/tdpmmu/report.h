/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is said about one entry: everything a reader is told, computed once, printed as text or as JSON.
 */
#ifndef TDPMMU_TOOL_REPORT_H
#define TDPMMU_TOOL_REPORT_H

#include "formats.h"

#include <cjson/cJSON.h>
#include <stdio.h>

/** One entry, understood. */
struct report {
	const struct format_line *line;
	const struct tdp_layout *layout;
	enum tdp_origin origin;
	struct tdp_entry entry;
	unsigned prot;	   /**< what hardware permits through it; of a table: what it leaves open, ::tdp_prot */
	uint64_t address;  /**< the bits that hold an address in such an entry */
	uint64_t software; /**< the bits in it that hardware ignores */
	uint64_t guilty;   /**< reserved: the bits that it is refused for, where they can be named */
	int accessed;	   /**< 0, 1, or -1: such an entry has no such flag */
	int dirty;	   /**< the same */
	bool valid;	   /**< hardware follows it: a leaf or a table */
	const char *why;   /**< one word; NULL if valid */
	char detail[240];  /**< a sentence; empty if valid */
};

/** Understand an entry of a level. */
struct report report_make(const struct format_line *line, const struct tdp_layout *layout, enum tdp_origin origin, unsigned level,
			  tdp_spte_t raw);

/** The same for an entry that was decoded already: line, layout, origin and entry are set, the rest is zero. */
void report_finish(struct report *report);

/** What kind of place the entry is, ::place. */
unsigned report_place(const struct report *report);
/** "leaf" */
const char *kind_name(unsigned kind);
/** "rwx", "r-s" where only one mode may execute. */
const char *prot_text(unsigned prot, char buf[4]);
/** "WB" */
const char *memtype_name(unsigned memtype);
/** "force,ve", "-" for none. */
const char *flags_text(unsigned flags, char buf[32]);

/** One line of key=value. */
void report_print(const struct report *report, FILE *out);
/** The same keys as a JSON object, which is the caller's. */
cJSON *report_json(const struct report *report);

/** Sentences about an entry. */
struct notes {
	unsigned count;
	char line[20][240];
};

/** Add a sentence. */
__attribute__((format(printf, 2, 3))) void notes_add(struct notes *notes, const char *format, ...);

/** What hardware does with the entry, in sentences. */
void explain(const struct report *report, struct notes *notes);
/** The sentences, indented, one in a line. */
void explain_print_notes(const struct report *report, FILE *out);
/** The fields, bit by bit. */
void explain_print_fields(const struct report *report, FILE *out);
/** Adds "explain" and "fields" to a report's object. */
void explain_json(const struct report *report, cJSON *object);

/** An address or an entry as JSON: a string, since numbers in JSON may lose bits. */
void json_hex(cJSON *object, const char *name, uint64_t value);
/** Prints an object as one line and deletes it. */
void json_line(cJSON *object, FILE *out);

#endif
