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
		fprintf(stderr, "conflict: a call touched more than %d lines\n", MAX_LINES);
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

/* Which words of the tree lie in a line. */
static unsigned words_at(const struct places *places, uintptr_t at)
{
	unsigned words = 0;

	for (unsigned i = 0; i < WORDS; i++)
		if (places->word[i].start < at + LINE_BYTES && places->word[i].end > at)
			words |= 1u << i;
	return words;
}

/* Is it a line that one may write although the other one touches it? */
static bool may_share(const struct places *places, const struct claim *claim, uintptr_t at)
{
	if (words_at(places, at) & (claim->words[FIRST] | claim->words[SECOND]))
		return true;
	switch (claim->expect) {
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

/* Does somebody write a line of the tree, which every call reads, although he does not claim its word? */
static bool is_unclaimed(const struct places *places, const struct claim *claim, const struct line *line)
{
	for (unsigned who = FIRST; who < ACTORS; who++)
		if (line->writes[who] && in(&places->tree, line->at) && !(words_at(places, line->at) & claim->words[who]))
			return true;
	return false;
}

/* What each of the two wrote. */
struct sum {
	int lines, tables;
	unsigned words;
};

static void add_up(struct sum *sum, const struct places *places, const struct line *line)
{
	for (unsigned who = FIRST; who < ACTORS; who++)
		if (line->writes[who]) {
			sum[who].lines++;
			sum[who].tables += in(&places->tables, line->at);
			sum[who].words |= in(&places->tree, line->at) ? words_at(places, line->at) : 0;
		}
}

bool lines_judge(const struct lines *lines, const struct places *places, const struct claim *claim, bool exact)
{
	struct sum sum[ACTORS] = {0};
	unsigned common = 0;
	bool good = true;

	for (unsigned i = 0; i < lines->n; i++) {
		const struct line *line = &lines->line[i];
		bool both = is_common(line);

		add_up(sum, places, line);
		common += both;
		if (is_unclaimed(places, claim, line) || (both && !may_share(places, claim, line->at))) {
			printf("# line 0x%" PRIxPTR " of %s was written %u and %u times, read %u and %u times\n", line->at,
			       name_of(places, line->at), line->writes[FIRST], line->writes[SECOND], line->reads[FIRST],
			       line->reads[SECOND]);
			good = false;
		}
	}
	printf("# %d and %d lines written, %d and %d of them of tables; words %x and %x of the tree; %u in common\n",
	       sum[FIRST].lines, sum[SECOND].lines, sum[FIRST].tables, sum[SECOND].tables, sum[FIRST].words, sum[SECOND].words,
	       common);
	for (unsigned who = FIRST; who < ACTORS; who++)
		if ((claim->table_lines[who] != ANY_LINES && claim->table_lines[who] != sum[who].tables) ||
		    (exact && sum[who].words != claim->words[who]))
			good = false;
	return good && (claim->expect != ENTRY_LINE || common == 1) && (claim->expect != DECOY_LINE || common > 0);
}
