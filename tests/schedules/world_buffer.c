/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * x86-TSO: a processor's plain stores wait in a buffer, in order. The processor itself sees them at once, others when they leave the buffer:
 * when the explorer says so, before a locked operation or a fence, or because there is no room. While a fibre runs, memory is as it
 * sees it; while it does not, as everybody does.
 *
 * Stores to tables that are not linked yet are taken to be visible at once: nobody looks before the link is, and that comes later in the
 * same buffer. What a vCPU says of itself, the links of a set of roots, and the release of its lock are buffered like entries are. The
 * library changes all other words by locked operations, or while nobody else looks.
 */
#include <stdlib.h>
#include <string.h>

#include "world_impl.h"

enum { ROOM = 6 };

/* What is stored: an entry, another word, a bool. */
enum kind { ENTRY, WORD, FLAG };

/* A store; under: what it hides from its own processor. */
struct buffered {
	void *at;
	uint64_t value, under;
	enum kind kind;
};

static struct buffer {
	struct buffered store[ROOM];
	unsigned n;
} buffers[MAX_FIBRES + 1];

static uint64_t load(const struct buffered *b)
{
	return b->kind == FLAG ? *(const bool *)b->at : *(const uint64_t *)b->at;
}

static void store(const struct buffered *b, uint64_t value)
{
	if (b->kind == FLAG)
		*(bool *)b->at = value != 0;
	else
		*(uint64_t *)b->at = value;
}

void world_buffer_start(void)
{
	memset(buffers, 0, sizeof(buffers));
}

/* Everybody sees the oldest store. What it hid was what everybody saw until now. */
static void commit(unsigned fibre)
{
	struct buffer *b = &buffers[fibre];
	struct buffered s = b->store[0];

	memmove(b->store, b->store + 1, --b->n * sizeof(s));
	memset(&b->store[b->n], 0, sizeof(s));
	if (s.kind != ENTRY) {
		explore_changed();
		return;
	}
	if (world.frame[((uintptr_t)s.at - (uintptr_t)world_memory) / PAGE_BYTES].freed)
		explore_fail("a store reaches a freed table");
	world_wrote(s.at, s.under, s.value, fibre);
}

void world_buffer_enter(void *arg, int fibre)
{
	struct buffer *b = &buffers[fibre];

	(void)arg;
	for (unsigned i = 0; i < b->n; i++) {
		b->store[i].under = load(&b->store[i]);
		store(&b->store[i], b->store[i].value);
	}
}

void world_buffer_leave(void *arg, int fibre)
{
	struct buffer *b = &buffers[fibre];

	(void)arg;
	for (unsigned i = b->n; i-- > 0;) {
		store(&b->store[i], b->store[i].under);
		b->store[i].under = 0; /* not part of a state */
	}
}

unsigned world_buffered(void *arg)
{
	unsigned mask = 0;

	(void)arg;
	for (unsigned i = 0; i < MAX_FIBRES; i++)
		mask |= (unsigned)(buffers[i].n > 0) << i;
	return mask;
}

void world_buffer_drain(void *arg, int fibre)
{
	struct buffered *s = &buffers[fibre].store[0];

	(void)arg;
	s->under = load(s);
	store(s, s->value);
	if (s->kind == ENTRY)
		world_tail_changes(((uintptr_t)s->at - (uintptr_t)world_memory) / PAGE_BYTES);
	commit((unsigned)fibre);
}

/* Of the running fibre, whose stores memory shows. */
static void push(struct buffered s)
{
	struct buffer *b = &buffers[explore_self()];

	if (b->n == ROOM)
		commit((unsigned)explore_self());
	b->store[b->n++] = s;
}

void world_buffer_keep(uint64_t *entry, uint64_t before)
{
	if (!world_config.store_buffer || explore_self() < 0)
		return;
	world_pending = NULL;
	push((struct buffered){.at = entry, .value = *entry, .under = before});
}

void world_buffer_word(uint64_t *word, uint64_t before)
{
	if (world_config.store_buffer && explore_self() >= 0)
		push((struct buffered){.at = word, .value = *word, .under = before, .kind = WORD});
	else
		explore_changed();
}

void world_buffer_flag(bool *flag, bool value)
{
	struct buffered s = {.at = flag, .value = value, .under = *flag, .kind = FLAG};

	*flag = value;
	if (world_config.store_buffer && explore_self() >= 0)
		push(s);
	else
		explore_changed();
}

void world_buffer_fence(void)
{
	int self = explore_self();

	while (self >= 0 && buffers[self].n > 0)
		commit((unsigned)self);
}

void world_buffer_fence_all(void)
{
	world_buffer_fence();
	for (int i = 0; i < MAX_FIBRES; i++)
		while (buffers[i].n > 0)
			world_buffer_drain(NULL, i);
}

uint64_t world_buffer_state(void)
{
	uint64_t h = 2;

	for (unsigned i = 0; i < MAX_FIBRES; i++)
		for (unsigned k = 0; k < buffers[i].n; k++) {
			h = hash_bytes(h, &buffers[i].store[k].at, sizeof(void *));
			h = hash_bytes(h, &buffers[i].store[k].value, sizeof(uint64_t));
			h = hash_bytes(h, &i, sizeof(i));
		}
	return h;
}
