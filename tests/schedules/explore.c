/* SPDX-License-Identifier: BSD-2-Clause */
#include "explore.h"

#include "hash.h"
#include "seen.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 4000 };

struct fibre {
	jmp_buf at;
	void (*fn)(void *arg);
	void *arg;
	const void *from; /* what it knows is on its stack from here on */
	uint64_t knows;	  /* a sum over that, if summed */
	bool summed;
	unsigned long looked; /* how many changes there had been when it first looked at something shared since it last waited */
	bool looking, started, done, waits;
	bool (*ready)(void);
};

/* One choice: which fibres could have gone on, which has not been tried yet, which did. From DRAIN on: whose oldest store gets visible. */
struct choice {
	uint16_t untried;
	uint8_t taken;
};
enum { DRAIN = 8 };

static struct {
	const struct exploration *x;
	struct explored result;
	struct fibre fibre[MAX_FIBRES];
	unsigned fibres;
	int self;
	jmp_buf out;
	struct choice path[MAX_DEPTH];
	unsigned depth, length; /* of this execution; of the prefix that is run again */
	int preempted;
	uint64_t rng;
	unsigned long changes;
} e = {.self = -1};

int explore_self(void)
{
	return e.self;
}

void explore_looks(void)
{
	if (e.self < 0)
		return;
	if (!e.fibre[e.self].looking)
		e.fibre[e.self].looked = e.changes;
	e.fibre[e.self].looking = true;
}

void explore_changed(void)
{
	e.changes++;
	for (unsigned i = 0; i < e.fibres; i++)
		e.fibre[i].waits = false;
}

bool explore_alone(int fibre)
{
	for (unsigned i = 0; i < e.fibres; i++)
		if ((int)i != fibre && !e.fibre[i].done)
			return false;
	return true;
}

bool explore_again(void)
{
	return e.depth < e.length;
}

bool explore_failed(void)
{
	return e.result.why[0] != 0;
}

void explore_fail(const char *format, ...)
{
	va_list ap;

	if (explore_failed())
		return;
	va_start(ap, format);
	vsnprintf(e.result.why, sizeof(e.result.why), format, ap);
	va_end(ap);
}

static _Noreturn void leave(void)
{
	_longjmp(e.out, 1);
}

static unsigned runnable(void)
{
	unsigned mask = 0;

	for (unsigned i = 0; i < e.fibres; i++) {
		const struct fibre *f = &e.fibre[i];

		if (!f->done && !f->waits && (!f->ready || f->ready()))
			mask |= 1u << i;
	}
	if (e.x->buffered)
		mask |= e.x->buffered(e.x->arg) << DRAIN;
	return mask;
}

static bool all_done(void)
{
	for (unsigned i = 0; i < e.fibres; i++)
		if (!e.fibre[i].done)
			return false;
	return true;
}

/* All that a fibre knows: what is on its stack. One that is done knows nothing any more. */
static uint64_t knows(unsigned i)
{
	struct fibre *f = &e.fibre[i];

	if (!f->started || f->done)
		return f->started;
	if (!f->summed)
		f->knows = fibre_sum(i, f->from);
	f->summed = true;
	return f->knows;
}

/* Has nothing of the kind been seen before? */
static bool is_new(void)
{
	uint64_t key = hash_word(e.x->state(e.x->arg), (uint64_t)(e.self + 1));

	for (unsigned i = 0; i < e.fibres; i++) {
		struct fibre *f = &e.fibre[i];

		key = hash_word(key, knows(i) * 8 + (uint64_t)f->done * 4 + (uint64_t)f->waits * 2 + (f->ready != NULL));
	}
	if (e.x->preemptions >= 0)
		key = hash_word(key, (uint64_t)e.preempted);
	return seen_add(key);
}

static uint64_t next_random(void)
{
	e.rng ^= e.rng << 13;
	e.rng ^= e.rng >> 7;
	e.rng ^= e.rng << 17;
	return e.rng;
}

/* Choices in a schedule: 0 to 5, and for stores a to f. */
static char letter_of(int choice)
{
	return (char)(choice < DRAIN ? '0' + choice : 'a' + choice - DRAIN);
}

static int choice_of(char letter)
{
	return letter < 'a' ? letter - '0' : letter - 'a' + DRAIN;
}

/* Which of several fibres goes on: by the schedule, by chance, or the running one first. */
static int pick(unsigned mask)
{
	bool could = e.self >= 0 && (mask >> e.self & 1);

	if (e.x->replay) {
		size_t n = strlen(e.x->replay);
		int wish = e.depth < n ? choice_of(e.x->replay[e.depth]) : -1;

		if (wish >= 0 && (mask >> wish & 1))
			return wish;
	} else if (e.x->random) {
		unsigned n = (unsigned)(next_random() % (unsigned)__builtin_popcount(mask));

		while (n--)
			mask &= mask - 1;
		return __builtin_ctz(mask);
	}
	return could ? e.self : __builtin_ctz(mask);
}

/* The next choice of this execution among some. */
static int choose_of(unsigned mask)
{
	struct choice *c = &e.path[e.depth];
	bool could = e.self >= 0 && (mask >> e.self & 1);

	if (e.depth + 1 >= MAX_DEPTH) {
		explore_fail("an execution of %d points does not end", MAX_DEPTH);
		leave();
	}
	if (e.depth >= e.length) {
		if (!e.x->replay && !e.x->random && !is_new()) {
			e.result.cuts++;
			leave();
		}
		if (could && e.x->preemptions >= 0 && e.preempted >= e.x->preemptions)
			mask &= 1u << e.self | ~0u << DRAIN;
		c->taken = (uint8_t)pick(mask);
		c->untried = (uint16_t)(mask & ~(1u << c->taken));
		if (e.x->replay || e.x->random)
			c->untried = 0;
	}
	e.preempted += could && c->taken != e.self && c->taken < DRAIN;
	e.depth++;
	return c->taken;
}

static void check(void)
{
	e.x->step(e.x->arg);
	if (explore_failed())
		leave();
}

/* Who goes on; stores may get visible before. -1: everything is over. */
static int choose(void)
{
	for (;;) {
		unsigned mask = runnable();
		int choice;

		if (mask == 0 && all_done())
			return -1;
		if (mask == 0) {
			explore_fail("deadlock: every fibre waits");
			leave();
		}
		choice = choose_of(mask);
		if (choice < DRAIN)
			return choice;
		e.x->drain(e.x->arg, choice - DRAIN);
		check();
	}
}

static void fibre_main(void);

/* Goes on with fibre t; the one that is left, if it is not done, comes back here. */
static void go_on(int t)
{
	struct fibre *from = e.self >= 0 ? &e.fibre[e.self] : NULL, *to = &e.fibre[t];

	if (from == to)
		return;
	if (from && !from->done && _setjmp(from->at))
		return;
	e.self = t;
	if (to->started)
		_longjmp(to->at, 1);
	to->started = true;
	fibre_begin((unsigned)t, fibre_main);
}

void explore_point(void)
{
	const void *frame = __builtin_frame_address(0);
	jmp_buf registers;

	if (e.self < 0)
		return;
	/* All that the running fibre knows is on its stack now. Not every ABI puts what a function saves of its caller above its variables. */
	memset(&registers, 0, sizeof(registers));
	if (_setjmp(registers))
		abort();
	e.fibre[e.self].from = (const void *)registers < frame ? (const void *)registers : frame;
	e.fibre[e.self].summed = false;
	if (e.x->leave)
		e.x->leave(e.x->arg, e.self);
	check();
	go_on(choose());
	if (e.x->enter)
		e.x->enter(e.x->arg, e.self);
	fibre_forget();
}

void explore_wait(void)
{
	if (e.self < 0)
		return;
	e.fibre[e.self].waits = e.fibre[e.self].looking && e.fibre[e.self].looked == e.changes;
	e.fibre[e.self].looking = false;
	explore_point();
}

void explore_until(bool (*ready)(void))
{
	e.fibre[e.self].ready = ready;
	explore_point();
	e.fibre[e.self].ready = NULL;
}

static void fibre_main(void)
{
	struct fibre *f = &e.fibre[e.self];
	int next;

	fibre_forget();
	f->fn(f->arg);
	f->done = true;
	explore_changed();
	if (e.x->leave)
		e.x->leave(e.x->arg, e.self);
	check();
	next = choose();
	if (next >= 0)
		go_on(next);
	leave();
}

void explore_fibre(void (*fn)(void *arg), void *arg)
{
	struct fibre *f = &e.fibre[e.fibres];

	*f = (struct fibre){.fn = fn, .arg = arg};
	e.fibres++;
}

/* One execution, with the choices of the path as far as it goes. */
static void run_once(void)
{
	bool ended;

	e.fibres = 0;
	e.depth = 0;
	e.preempted = 0;
	e.self = -1;
	e.x->start(e.x->arg);
	if (!_setjmp(e.out))
		go_on(choose());
	ended = all_done() && !(e.x->buffered && e.x->buffered(e.x->arg));
	e.self = -1;
	e.result.executions++;
	if (ended && !explore_failed())
		e.x->end(e.x->arg);
}

/* To the last choice that has an alternative; false: there is none left. */
static bool backtrack(void)
{
	for (e.length = e.depth; e.length > 0; e.length--) {
		struct choice *c = &e.path[e.length - 1];

		if (c->untried) {
			c->taken = (uint8_t)__builtin_ctz(c->untried);
			c->untried = (uint16_t)(c->untried & (c->untried - 1));
			return true;
		}
	}
	return false;
}

static void keep_schedule(void)
{
	unsigned n = e.depth < sizeof(e.result.schedule) - 1 ? e.depth : (unsigned)sizeof(e.result.schedule) - 1;

	for (unsigned i = 0; i < n; i++)
		e.result.schedule[i] = letter_of(e.path[i].taken);
	e.result.schedule[n] = 0;
}

struct explored explore(const struct exploration *x)
{
	e.x = x;
	e.result = (struct explored){0};
	e.length = 0;
	e.rng = x->random;
	seen_start(x->max_states);
	for (;;) {
		run_once();
		if (explore_failed()) {
			keep_schedule();
			break;
		}
		if (x->replay || (x->random && e.result.executions >= x->runs))
			break;
		if (x->random) {
			e.length = 0;
			continue;
		}
		if (seen_full() || !backtrack())
			break;
	}
	e.result.states = seen_count();
	e.result.complete = !seen_full() && !x->random && !x->replay && !explore_failed() && x->preemptions < 0;
	return e.result;
}
