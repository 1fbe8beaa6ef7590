/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From what the hooks say to records. A table is told when it is linked, with all that it holds then: before, no walker can reach it, and
 * its entries are nobody's business but the thread's that fills it.
 */
#include "trace.h"

#include "casemate.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096, ENTRIES = 512, TREES = 8, LEAF_LEVEL = 3, MOST_BY_ADDRESS = 512 };

#define VALID	   UINT64_C(1)
#define TABLE	   UINT64_C(3) /* also a page, at the last level */
#define ADDRESS	   UINT64_C(0x0000fffffffff000)
#define VTCR_SHAPE UINT64_C(0x30000c0ff) /* T0SZ, SL0, TG0, DS, SL2 */
#define VTCR_48_4K UINT64_C(0x90)	 /* T0SZ 16, SL0 2: from level 0 */

/* A table as it was told. */
struct table {
	unsigned level; /* the manual's: 0 is the root's */
	uint64_t base;	/* the IPA of its first entry */
	uint64_t value[ENTRIES];
};

/* An entry that was valid and may be cached. */
struct unclean {
	uint64_t ipa, end;
	unsigned level, thread;
	bool table;
};

struct tree {
	const void *key; /* NULL: the slot is free */
	struct casemate out;
	struct trace_memory memory;
	struct table **table; /* by page of the memory; NULL: never told, or freed */
	uint64_t vttbr;
	bool entered[CASEMATE_THREADS];
	struct unclean *unclean;
	size_t uncleans, room;
};

static pthread_mutex_t mutex;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *file_name; /* NULL: off */
static struct tree trees[TREES];
static unsigned files, threads;
static _Thread_local const char *label = "test";

static void at_start(void)
{
	static const char prefix[] = "casemate:";
	const char *value = getenv("TDPMMU_TRACE");
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&mutex, &attr);
	if (!value || !*value)
		return;
	if (strncmp(value, prefix, sizeof(prefix) - 1) != 0) {
		fprintf(stderr, "TDPMMU_TRACE=%s: not casemate:FILE\n", value);
		exit(2);
	}
	file_name = value + sizeof(prefix) - 1;
}

/* Is there anything to do? */
static bool on(void)
{
	pthread_once(&once, at_start);
	return file_name != NULL;
}

void trace_lock(void)
{
	if (on())
		pthread_mutex_lock(&mutex);
}

void trace_unlock(void)
{
	if (on())
		pthread_mutex_unlock(&mutex);
}

void trace_label(const char *call)
{
	label = call;
}

/* The checker knows four threads: more than that share. The mutex is held, as in all that follows. */
static unsigned self(void)
{
	static _Thread_local unsigned number; /* 0: not seen yet */

	if (number == 0)
		number = ++threads;
	return (number - 1) % CASEMATE_THREADS;
}

/* The thread that records; it is in the tree's context from its first record on. */
static unsigned recorder(struct tree *t)
{
	unsigned thread = self();

	t->out.label = label;
	if (!t->entered[thread])
		casemate_enter(&t->out, thread, t->vttbr);
	t->entered[thread] = true;
	return thread;
}

static void *must(void *p, const char *what)
{
	if (p)
		return p;
	perror(what);
	exit(2);
}

/* ---- tables ---- */

/* The slot of the page that holds an address; NULL: it is elsewhere. */
static struct table **slot_of(const struct tree *t, uint64_t hpa)
{
	uint64_t offset = hpa - t->memory.hpa;

	return offset < t->memory.bytes ? &t->table[offset / PAGE] : NULL;
}

/* Where a written value leads to if it is a table's; NULL otherwise. */
static struct table **table_below(const struct tree *t, unsigned level, uint64_t value)
{
	return level < LEAF_LEVEL && (value & TABLE) == TABLE ? slot_of(t, value & ADDRESS) : NULL;
}

static uint64_t span(unsigned level)
{
	return UINT64_C(1) << (39 - 9 * level);
}

static void tell_table(struct tree *t, unsigned thread, uint64_t hpa, unsigned level, uint64_t base);

/* The contents of a table that no walker reaches, as far as they are news. */
static void tell_contents(struct tree *t, unsigned thread, uint64_t hpa, struct table *table)
{
	const uint64_t *entry = t->memory.at + (hpa - t->memory.hpa) / sizeof(*entry);

	for (unsigned i = 0; i < ENTRIES; i++) {
		if (entry[i] == table->value[i])
			continue;
		table->value[i] = entry[i];
		if (table_below(t, table->level, entry[i]))
			tell_table(t, thread, entry[i] & ADDRESS, table->level + 1, table->base + i * span(table->level));
		casemate_write(&t->out, thread, hpa + i * sizeof(*entry), entry[i], false);
	}
}

/* A table is about to be linked. One that came back without having been freed, by a pool, keeps its page. */
static void tell_table(struct tree *t, unsigned thread, uint64_t hpa, unsigned level, uint64_t base)
{
	struct table **slot = slot_of(t, hpa);

	if (!*slot) {
		*slot = must(calloc(1, sizeof(**slot)), "trace: calloc");
		casemate_table(&t->out, thread, hpa);
	}
	(*slot)->level = level;
	(*slot)->base = base;
	tell_contents(t, thread, hpa, *slot);
}

/* ---- life ---- */

static struct tree *find(const void *key)
{
	for (unsigned i = 0; i < TREES; i++)
		if (trees[i].key == key)
			return &trees[i];
	return NULL;
}

static void open_file(struct tree *t)
{
	char name[512];

	snprintf(name, sizeof(name), "%s.%ld.%u", file_name, (long)getpid(), ++files);
	t->out.out = must(fopen(name, "w"), name);
}

void trace_begin(const void *tree, const struct trace_memory *memory, uint64_t vttbr, uint64_t vtcr)
{
	struct tree *t;
	struct table **slot;
	unsigned thread;

	if (!on() || (vtcr & VTCR_SHAPE) != VTCR_48_4K)
		return;
	trace_lock();
	t = must(find(NULL), "trace: too many trees");
	*t = (struct tree){.key = tree, .memory = *memory, .vttbr = vttbr, .out.label = label};
	t->table = must(calloc(memory->bytes / PAGE, sizeof(struct table *)), "trace: calloc");
	open_file(t);
	thread = self();
	casemate_root(&t->out, thread, vttbr & ADDRESS);
	slot = must(slot_of(t, vttbr & ADDRESS), "trace: the root is elsewhere");
	*slot = must(calloc(1, sizeof(**slot)), "trace: calloc");
	tell_contents(t, thread, vttbr & ADDRESS, *slot);
	recorder(t);
	trace_unlock();
}

static void end(struct tree *t)
{
	if (fclose(t->out.out) != 0)
		must(NULL, "trace");
	for (size_t i = 0; i < t->memory.bytes / PAGE; i++)
		free(t->table[i]);
	free(t->table);
	free(t->unclean);
	t->key = NULL;
}

void trace_end(const void *tree)
{
	trace_lock();
	for (unsigned i = 0; i < TREES && on(); i++)
		if (trees[i].key && (!tree || trees[i].key == tree))
			end(&trees[i]);
	trace_unlock();
}

/* ---- what happens ---- */

static void add_unclean(struct tree *t, struct unclean u)
{
	if (t->uncleans == t->room) {
		t->room = t->room ? 2 * t->room : 64;
		t->unclean = must(realloc(t->unclean, t->room * sizeof(u)), "trace: realloc");
	}
	t->unclean[t->uncleans++] = u;
}

/*
 * The checker refuses that a table is unlinked before every unclean entry in it is clean. On the machine the invalidation of everything
 * that the table needs anyway does for both. So that the checker can judge what follows, it is told of one for the entries in the table
 * before; "exception" says that nobody made it.
 */
static void excuse(struct tree *t, const struct unclean *table)
{
	bool owes[CASEMATE_THREADS] = {false};

	for (size_t i = 0; i < t->uncleans; i++) {
		const struct unclean *u = &t->unclean[i];

		owes[u->thread] |= u->level > table->level && u->ipa >= table->ipa && u->end <= table->end;
	}
	t->out.label = "exception";
	for (unsigned i = 0; i < CASEMATE_THREADS; i++)
		if (owes[i])
			casemate_flush_all(&t->out, i);
	t->out.label = label;
}

/* An entry of a told table was written. */
static void tell_write(struct tree *t, struct table *table, uint64_t hpa, uint64_t value)
{
	unsigned thread = recorder(t), index = hpa % PAGE / sizeof(value);
	uint64_t was = table->value[index], ipa = table->base + index * span(table->level);
	struct unclean u = {.ipa = ipa, .end = ipa + span(table->level), .level = table->level, .thread = thread};

	if (table_below(t, table->level, value))
		tell_table(t, thread, value & ADDRESS, table->level + 1, ipa);
	if ((was & VALID) && !(value & VALID)) {
		u.table = table_below(t, table->level, was) != NULL;
		if (u.table)
			excuse(t, &u);
		add_unclean(t, u);
	}
	casemate_write(&t->out, thread, hpa, value, true);
	table->value[index] = value;
}

/* Where hardware finds what lies here; 0: in no table that was told. */
static uint64_t told_at(const struct tree *t, const uint64_t *entry)
{
	uintptr_t offset = (uintptr_t)entry - (uintptr_t)t->memory.at;

	return t->key && offset < t->memory.bytes && t->table[offset / PAGE] ? t->memory.hpa + offset : 0;
}

void trace_wrote(const uint64_t *entry)
{
	uint64_t hpa;

	if (!on())
		return;
	trace_lock();
	for (unsigned i = 0; i < TREES; i++)
		if ((hpa = told_at(&trees[i], entry)) != 0)
			tell_write(&trees[i], *slot_of(&trees[i], hpa), hpa, *entry);
	trace_unlock();
}

/* What an invalidation of leaves at a level, or of everything (level LEAF_LEVEL + 1), makes clean; who owed it? */
static void clean(struct tree *t, uint64_t ipa, uint64_t end_ipa, unsigned level, bool owed[CASEMATE_THREADS])
{
	size_t left = 0;

	for (size_t i = 0; i < t->uncleans; i++) {
		const struct unclean *u = &t->unclean[i];

		if (level > LEAF_LEVEL || (u->level == level && !u->table && u->ipa < end_ipa && u->end > ipa))
			owed[u->thread] = true;
		else
			t->unclean[left++] = *u;
	}
	t->uncleans = left;
}

/*
 * The checker lets only the thread that made an entry invalid invalidate the TLBs. On the machine any thread may that has seen the entry,
 * and in shared mode others do: so what they do is told once for each thread whose entries it makes clean.
 */
static void tell_flush(struct tree *t, uint64_t gpa, uint64_t size, int level, bool all)
{
	bool owed[CASEMATE_THREADS] = {false};
	unsigned arm_level = all ? LEAF_LEVEL + 1 : LEAF_LEVEL - (unsigned)level;

	owed[recorder(t)] = true;
	clean(t, gpa, gpa + size, arm_level, owed);
	for (unsigned i = 0; i < CASEMATE_THREADS; i++) {
		if (owed[i] && all)
			casemate_flush_all(&t->out, i);
		else if (owed[i])
			casemate_flush_range(&t->out, i, gpa, gpa + size, span(arm_level));
	}
}

void trace_flush(const void *tree, uint64_t gpa, uint64_t size, int level, bool tables)
{
	struct tree *t;

	if (!on())
		return;
	trace_lock();
	t = find(tree);
	if (t)
		tell_flush(t, gpa, size, level,
			   tables || size == 0 || level < 0 || level > LEAF_LEVEL || size >> (12 + 9 * level) > MOST_BY_ADDRESS);
	trace_unlock();
}

void trace_barrier(void)
{
	if (!on())
		return;
	trace_lock();
	for (unsigned i = 0; i < TREES; i++)
		if (trees[i].key)
			casemate_dsb(&trees[i].out, recorder(&trees[i]), "ishst");
	trace_unlock();
}

void trace_freed(const uint64_t *table)
{
	uint64_t hpa;

	if (!on())
		return;
	trace_lock();
	for (unsigned i = 0; i < TREES; i++) {
		struct table **slot;

		if ((hpa = told_at(&trees[i], table)) == 0)
			continue;
		slot = slot_of(&trees[i], hpa);
		casemate_free(&trees[i].out, recorder(&trees[i]), hpa);
		free(*slot);
		*slot = NULL;
	}
	trace_unlock();
}
