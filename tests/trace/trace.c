/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which trees are told, and by whom.
 */
#include "trace.h"

#include "story.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TREES = 8 };

#define VTCR_SHAPE UINT64_C(0x30000c0ff) /* T0SZ, SL0, TG0, DS, SL2 */
#define VTCR_48_4K UINT64_C(0x90)	 /* T0SZ 16, SL0 2: from level 0 */

static pthread_mutex_t mutex;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *file_name; /* NULL: off */
static struct story stories[TREES];
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

static struct story *find(const void *key)
{
	for (unsigned i = 0; i < TREES; i++)
		if (stories[i].key == key)
			return &stories[i];
	return NULL;
}

void trace_begin(const void *tree, const struct trace_memory *memory, uint64_t vttbr, uint64_t vtcr)
{
	char name[512];
	struct story *s;

	if (!on() || (vtcr & VTCR_SHAPE) != VTCR_48_4K)
		return;
	trace_lock();
	s = find(NULL);
	if (!s) {
		fprintf(stderr, "trace: too many trees\n");
		exit(2);
	}
	snprintf(name, sizeof(name), "%s.%ld.%u", file_name, (long)getpid(), ++files);
	*s = (struct story){.key = tree, .memory = *memory, .vttbr = vttbr};
	story_begin(s, name, self(), label);
	trace_unlock();
}

void trace_end(const void *tree)
{
	if (!on())
		return;
	trace_lock();
	for (unsigned i = 0; i < TREES; i++)
		if (stories[i].key && (!tree || stories[i].key == tree))
			story_end(&stories[i]);
	trace_unlock();
}

/* The next story from number *i on, told by this thread from now on; NULL: no more. */
static struct story *each(unsigned *i)
{
	for (; *i < TREES; (*i)++)
		if (stories[*i].key) {
			story_by(&stories[*i], self(), label);
			return &stories[(*i)++];
		}
	return NULL;
}

void trace_wrote(const uint64_t *entry)
{
	struct story *s;

	if (!on())
		return;
	trace_lock();
	for (unsigned i = 0; (s = each(&i)) != NULL;)
		story_write(s, self(), entry);
	trace_unlock();
}

void trace_flush(const void *tree, uint64_t gpa, uint64_t size, int level, bool tables)
{
	struct story *s;

	if (!on())
		return;
	trace_lock();
	s = find(tree);
	if (s) {
		story_by(s, self(), label);
		story_flush(s, self(),
			    &(struct story_flush){.gpa = gpa, .end = gpa + size, .all = tables || size == 0, .level = level});
	}
	trace_unlock();
}

void trace_barrier(void)
{
	struct story *s;

	if (!on())
		return;
	trace_lock();
	for (unsigned i = 0; (s = each(&i)) != NULL;)
		casemate_dsb(&s->out, self(), "ishst");
	trace_unlock();
}

void trace_freed(const uint64_t *table)
{
	struct story *s;

	if (!on())
		return;
	trace_lock();
	for (unsigned i = 0; (s = each(&i)) != NULL;)
		story_free(s, self(), table);
	trace_unlock();
}
