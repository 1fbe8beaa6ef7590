/* SPDX-License-Identifier: BSD-2-Clause */
#include "story.h"

#include <stdlib.h>

enum { PAGE = 4096, ENTRIES = 512, LEAF_LEVEL = 3, MOST_BY_ADDRESS = 512 };

#define VALID	UINT64_C(1)
#define TABLE	UINT64_C(3) /* also a page, at the last level */
#define ADDRESS UINT64_C(0x0000fffffffff000)

/* A table as it was told. */
struct story_table {
	unsigned level; /* the manual's: 0 is the root's */
	uint64_t base;	/* the IPA of its first entry */
	bool gone;	/* unlinked, and no walk cache leads here: what is written in it is nobody's business any more */
	uint64_t value[ENTRIES];
};

/* An entry that was valid and may be cached. */
struct story_unclean {
	uint64_t ipa, end;
	unsigned level, thread;
	struct story_table **table; /* the slot of what it led to; NULL: it was a leaf */
	bool excused;		    /* the checker takes it for clean */
};

static void *must(void *p, const char *what)
{
	if (p)
		return p;
	perror(what);
	exit(2);
}

/* ---- tables ---- */

/* The slot of the page that holds an address; NULL: it is elsewhere. */
static struct story_table **slot_of(const struct story *s, uint64_t hpa)
{
	uint64_t offset = hpa - s->memory.hpa;

	return offset < s->memory.bytes ? &s->table[offset / PAGE] : NULL;
}

/* Where a written value leads to if it is a table's; NULL otherwise. */
static struct story_table **table_below(const struct story *s, unsigned level, uint64_t value)
{
	return level < LEAF_LEVEL && (value & TABLE) == TABLE ? slot_of(s, value & ADDRESS) : NULL;
}

static uint64_t span(unsigned level)
{
	return UINT64_C(1) << (39 - 9 * level);
}

static void tell_table(struct story *s, unsigned thread, uint64_t hpa, unsigned level, uint64_t base);

/* The contents of a table that no walker reaches, as far as they are news. */
static void tell_contents(struct story *s, unsigned thread, uint64_t hpa, struct story_table *table)
{
	const uint64_t *entry = s->memory.at + (hpa - s->memory.hpa) / sizeof(*entry);

	for (unsigned i = 0; i < ENTRIES; i++) {
		if (entry[i] == table->value[i])
			continue;
		table->value[i] = entry[i];
		if (table_below(s, table->level, entry[i]))
			tell_table(s, thread, entry[i] & ADDRESS, table->level + 1, table->base + i * span(table->level));
		casemate_write(&s->out, thread, hpa + i * sizeof(*entry), entry[i], false);
	}
}

/* A table is about to be linked. One that came back without having been freed, by a pool, keeps its page. */
static void tell_table(struct story *s, unsigned thread, uint64_t hpa, unsigned level, uint64_t base)
{
	struct story_table **slot = slot_of(s, hpa);

	if (!*slot) {
		*slot = must(calloc(1, sizeof(**slot)), "trace: calloc");
		casemate_table(&s->out, thread, hpa);
	}
	(*slot)->level = level;
	(*slot)->base = base;
	(*slot)->gone = false;
	tell_contents(s, thread, hpa, *slot);
}

/* ---- writes ---- */

static void add_unclean(struct story *s, struct story_unclean u)
{
	if (s->uncleans == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		s->unclean = must(realloc(s->unclean, s->room * sizeof(u)), "trace: realloc");
	}
	s->unclean[s->uncleans++] = u;
}

/* Does a table's entry lead, at whatever distance, to the other one? */
static bool is_above(const struct story_unclean *table, const struct story_unclean *u)
{
	return table->table && table->level < u->level && table->ipa <= u->ipa && table->end >= u->end;
}

/*
 * Two rules of the checker are stricter than the machine's:
 *   - a table may not be unlinked before every unclean entry in it is clean. But the invalidation of everything that the table needs anyway
 *     does for both;
 *   - nobody may write in a table that was unlinked and is not clean. But a thread that was in it before may go on: what it makes valid is
 *     out of hardware's reach after the invalidation, and the thread that unlinked the table takes it out afterwards.
 * So that it can judge what follows, the checker is told of an invalidation before its time. "exception" says that nobody made it.
 */
static void excuse(struct story *s, const struct story_unclean *written)
{
	bool owes[CASEMATE_THREADS] = {false};
	const char *label = s->out.label;

	for (size_t i = 0; i < s->uncleans; i++) {
		struct story_unclean *u = &s->unclean[i];

		if (u->excused || !(is_above(written, u) || (is_above(u, written) && u->thread != written->thread)))
			continue;
		owes[u->thread] = true;
		u->excused = true;
	}
	s->out.label = "exception";
	for (unsigned i = 0; i < CASEMATE_THREADS; i++)
		if (owes[i])
			casemate_flush_all(&s->out, i);
	s->out.label = label;
}

/* No walker reaches a table any more, nor what hangs below it. */
static void take_out(struct story *s, struct story_table **slot)
{
	struct story_table *table = slot ? *slot : NULL;

	if (!table || table->gone)
		return;
	table->gone = true;
	for (unsigned i = 0; i < ENTRIES; i++)
		take_out(s, table_below(s, table->level, table->value[i]));
}

/* Where hardware finds what lies here; 0: in no table that was told. */
static uint64_t told_at(const struct story *s, const uint64_t *entry)
{
	uintptr_t offset = (uintptr_t)entry - (uintptr_t)s->memory.at;

	return offset < s->memory.bytes && s->table[offset / PAGE] ? s->memory.hpa + offset : 0;
}

/* An entry of a told table was written. */
static void tell_write(struct story *s, unsigned thread, struct story_table *table, uint64_t hpa, uint64_t value)
{
	unsigned index = hpa % PAGE / sizeof(value);
	uint64_t was = table->value[index], ipa = table->base + index * span(table->level);
	struct story_unclean u = {.ipa = ipa, .end = ipa + span(table->level), .level = table->level, .thread = thread};

	if (table_below(s, table->level, value))
		tell_table(s, thread, value & ADDRESS, table->level + 1, ipa);
	if (table->gone) {
		take_out(s, table_below(s, table->level, value));
	} else {
		u.table = !(value & VALID) ? table_below(s, table->level, was) : NULL;
		if (s->uncleans)
			excuse(s, &u);
		if ((was & VALID) && !(value & VALID))
			add_unclean(s, u);
	}
	casemate_write(&s->out, thread, hpa, value, true);
	table->value[index] = value;
}

void story_write(struct story *s, unsigned thread, const uint64_t *entry)
{
	uint64_t hpa = told_at(s, entry);

	if (hpa)
		tell_write(s, thread, *slot_of(s, hpa), hpa, *entry);
}

void story_free(struct story *s, unsigned thread, const uint64_t *table)
{
	uint64_t hpa = told_at(s, table);

	if (!hpa)
		return;
	casemate_free(&s->out, thread, hpa);
	free(*slot_of(s, hpa));
	*slot_of(s, hpa) = NULL;
}

/* ---- flushes ---- */

static bool covers(const struct story_flush *f, const struct story_unclean *u)
{
	bool level = f->level < 0 || u->level == LEAF_LEVEL - (unsigned)f->level;

	return f->all || (!u->table && level && u->ipa < f->end && u->end > f->gpa);
}

/* Puts what a flush covers to the end, and returns how many stay before; whose were they? */
static size_t clean(struct story *s, const struct story_flush *f, bool owed[CASEMATE_THREADS])
{
	size_t left = 0;

	for (size_t i = 0; i < s->uncleans; i++) {
		struct story_unclean u = s->unclean[i];

		if (covers(f, &u)) {
			owed[u.thread] = true;
			continue;
		}
		s->unclean[i] = s->unclean[left];
		s->unclean[left++] = u;
	}
	return left;
}

/* By addresses: each leaf that fits into a short range; of a long one, or of mixed levels, those that need it. */
static void tell_by_address(struct story *s, unsigned thread, const struct story_flush *f, size_t first)
{
	uint64_t leaf = f->level < 0 ? 0 : span(LEAF_LEVEL - (unsigned)f->level);

	casemate_flush_begin(&s->out, thread);
	if (leaf && (f->end - f->gpa) / leaf <= MOST_BY_ADDRESS)
		for (uint64_t gpa = f->gpa - f->gpa % leaf; gpa < f->end; gpa += leaf)
			casemate_flush_ipa(&s->out, thread, gpa);
	else
		for (size_t i = first; i < s->uncleans; i++)
			casemate_flush_ipa(&s->out, thread, s->unclean[i].ipa);
	casemate_flush_end(&s->out, thread);
}

/*
 * The checker lets only the thread that made an entry invalid invalidate the TLBs. On the machine any thread may that has seen the entry,
 * and in shared mode others do: so what they do is told once for each thread whose entries it makes clean.
 */
void story_flush(struct story *s, unsigned thread, const struct story_flush *f)
{
	bool owed[CASEMATE_THREADS] = {false};
	size_t left = clean(s, f, owed);

	owed[thread] = true;
	for (unsigned i = 0; i < CASEMATE_THREADS; i++) {
		if (owed[i] && f->all)
			casemate_flush_all(&s->out, i);
		else if (owed[i])
			tell_by_address(s, i, f, left);
	}
	for (size_t i = left; i < s->uncleans; i++)
		take_out(s, s->unclean[i].table);
	s->uncleans = left;
}

/* ---- life ---- */

void story_by(struct story *s, unsigned thread, const char *label)
{
	s->out.label = label;
	if (!s->entered[thread])
		casemate_enter(&s->out, thread, s->vttbr);
	s->entered[thread] = true;
}

void story_begin(struct story *s, const char *file, unsigned thread, const char *label)
{
	uint64_t root = s->vttbr & ADDRESS;
	struct story_table **slot;

	s->out = (struct casemate){.out = must(fopen(file, "w"), file), .label = label};
	s->table = must(calloc(s->memory.bytes / PAGE, sizeof(struct story_table *)), "trace: calloc");
	casemate_root(&s->out, thread, root);
	slot = must(slot_of(s, root), "trace: the root is elsewhere");
	*slot = must(calloc(1, sizeof(**slot)), "trace: calloc");
	tell_contents(s, thread, root, *slot);
	story_by(s, thread, label);
}

void story_end(struct story *s)
{
	if (fclose(s->out.out) != 0)
		must(NULL, "trace");
	for (size_t i = 0; i < s->memory.bytes / PAGE; i++)
		free(s->table[i]);
	free(s->table);
	free(s->unclean);
	s->key = NULL;
}
