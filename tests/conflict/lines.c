/* SPDX-License-Identifier: BSD-2-Clause */
#include "lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void lines_clear(struct lines *lines)
{
	lines->n = 0;
}

/* The counters of a line; zeroes if it is new. */
static struct line *find(struct lines *lines, uintptr_t at)
{
	for (unsigned i = 0; i < lines->n; i++)
		if (lines->line[i].at == at)
			return &lines->line[i];
	if (lines->n == MAX_LINES) {
		fprintf(stderr, "conflict: a fault wrote more than %d lines\n", MAX_LINES);
		abort();
	}
	lines->line[lines->n] = (struct line){.at = at};
	return &lines->line[lines->n++];
}

static bool in(const struct place *place, uintptr_t at)
{
	return at >= place->start && at < place->end;
}

/* Is it memory that only another thread than who writes? */
static bool is_elses(const struct places *places, uintptr_t at, enum actor who)
{
	for (unsigned i = 0; i < QUIET; i++)
		if (in(&places->quiet[i], at))
			return true;
	return in(&places->own[who == FIRST ? SECOND : FIRST], at);
}

void lines_add(struct lines *lines, const struct places *places, uintptr_t at, size_t size, bool write, enum actor who)
{
	uintptr_t end = at + size;

	if (is_elses(places, at, who))
		return;
	for (at &= ~(uintptr_t)(LINE_BYTES - 1); at < end; at += LINE_BYTES) {
		struct line *line = find(lines, at);

		line->writes[who] += write;
		line->reads[who] += !write;
	}
}

/* The name of the place where a line lies. */
static const char *name_of(const struct places *places, uintptr_t at)
{
	if (in(&places->tree, at))
		return "the tree";
	if (in(&places->tables, at))
		return "a table";
	return in(&places->decoy, at) ? "the decoy" : "neither tree nor table";
}

/* Is it a line that both may write? */
static bool may_share(const struct places *places, enum expect expect, uintptr_t at)
{
	switch (expect) {
	case ENTRY_LINE:
		return in(&places->tables, at);
	case DECOY_LINE:
		return in(&places->decoy, at);
	default:
		return false;
	}
}

/* Does one of the two write it, and the other one touch it? */
static bool is_common(const struct line *line)
{
	return (line->writes[FIRST] && (line->writes[SECOND] || line->reads[SECOND])) ||
	       (line->writes[SECOND] && line->reads[FIRST]);
}

/* Does either write it? */
static bool is_written(const struct line *line)
{
	return line->writes[FIRST] || line->writes[SECOND];
}

bool lines_judge(const struct lines *lines, const struct places *places, const struct claim *claim)
{
	unsigned written[ACTORS] = {0}, tables[ACTORS] = {0}, common = 0;
	bool good = true;

	for (unsigned i = 0; i < lines->n; i++) {
		const struct line *line = &lines->line[i];
		bool both = is_common(line);

		for (unsigned who = FIRST; who < ACTORS; who++) {
			written[who] += line->writes[who] > 0;
			tables[who] += line->writes[who] && in(&places->tables, line->at);
		}
		common += both;
		/* No fault writes the tree: every fault reads it. */
		if ((in(&places->tree, line->at) && is_written(line)) || (both && !may_share(places, claim->expect, line->at))) {
			printf("# line 0x%" PRIxPTR " of %s was written %u and %u times, read %u and %u times\n", line->at,
			       name_of(places, line->at), line->writes[FIRST], line->writes[SECOND], line->reads[FIRST],
			       line->reads[SECOND]);
			good = false;
		}
	}
	printf("# %u and %u lines written, %u and %u of them of tables; %u in common\n", written[FIRST], written[SECOND],
	       tables[FIRST], tables[SECOND], common);
	good = good && (claim->expect != ENTRY_LINE || common == 1) && (claim->expect != DECOY_LINE || common > 0);
	return good && tables[FIRST] == claim->table_lines && tables[SECOND] == claim->table_lines;
}
