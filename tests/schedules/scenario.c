/* SPDX-License-Identifier: BSD-2-Clause */
#include "acts.h"

static struct {
	struct world_config config;
	struct act before[MAX_ACTS], fibre[MAX_FIBRES - 1][MAX_ACTS];
	unsigned befores, fibres, acts[MAX_FIBRES - 1];
} s;

bool scenario_ran_dry(void)
{
	return acts_ran_dry;
}

static void run_fibre(void *arg)
{
	const unsigned n = (unsigned)(uintptr_t)arg;

	for (unsigned i = 0; i < s.acts[n]; i++)
		act_do(&s.fibre[n][i]);
	acts_put(n);
}

/* Does a fibre use the tree as somebody who holds it? */
static bool holds(unsigned n)
{
	for (unsigned i = 0; i < s.acts[n]; i++)
		if (s.fibre[n][i].word->kind < INVALIDATE || s.fibre[n][i].word->kind == RUN || s.fibre[n][i].word->kind == DEAD)
			return true;
	return false;
}

/* May an act change where a page is mapped? */
static bool moves(const struct act *a, unsigned page)
{
	unsigned first = a->a, n = 1;

	switch (a->word->kind) {
	case MAP:
	case ZAP:
	case NOTE:
	case REPLACE:
		n = a->b;
		break;
	case FW:
		first = a->b;
		break;
	case FAST:
		first = a->b;
		n = a->c != 0;
		break;
	case FAULT:
	case HUGE_FAULT:
		break;
	default:
		return a->word->kind >= INVALIDATE;
	}
	if (a->word->kind == HUGE_FAULT || (a->word->flags & TDP_OVERZAP)) {
		n = (first + n + PER_TABLE - 1) / PER_TABLE * PER_TABLE;
		first = first / PER_TABLE * PER_TABLE;
		n -= first;
	}
	return page >= first && page < first + n;
}

/* May an act make a page a part of a larger leaf? */
static bool grows(const struct act *a, unsigned page)
{
	const unsigned first = page / PER_TABLE * PER_TABLE;

	if (a->word->kind == PROMOTE || a->word->kind == PROMOTE_BACKED)
		return a->a <= first && a->a + a->b >= first + PER_TABLE;
	return moves(a, page);
}

/* What nobody moves has to stay where it is, and a page a page. */
static void steady(void)
{
	for (unsigned p = 0; p < PAGES; p++) {
		bool moved = false, grown = false;

		for (unsigned i = 0; i < s.fibres; i++)
			for (unsigned k = 0; k < s.acts[i]; k++) {
				moved |= moves(&s.fibre[i][k], p);
				grown |= grows(&s.fibre[i][k], p);
			}
		if (!moved)
			world_steady(p);
		if (!grown)
			world_small(p);
	}
}

static void start(void *arg)
{
	(void)arg;
	world_start(&s.config);
	for (unsigned i = 0; i < s.befores; i++) {
		const struct act *a = &s.before[i];

		if (a->word->kind == WRITE_PROTECT || a->word->kind == DEEP)
			continue;
		if (a->word->kind == FULL)
			world_fill(a->a, a->b);
		else if (a->word->kind == HOLE)
			world_hole(a->a, a->b);
		else if (a->word->kind == EMPTY)
			world_empty_table(a->a);
		else if (a->word->kind == TOUCH)
			world_touch(a->a, a->b, a->c != 0);
		else
			world_map(a->a, a->b, a->c, a->word->kind == MAP_RO ? RX : RWX, a->word->flags);
	}
	if (s.config.set == NO_SET)
		steady();
	for (unsigned i = 0; i < s.fibres; i++) {
		acts_hold(i, s.config.set != NO_SET && holds(i));
		explore_fibre(run_fibre, (void *)(uintptr_t)i);
	}
	if (!s.config.keep)
		explore_fibre(world_callbacks, NULL);
}

struct explored scenario_explore(const struct scenario *scenario, const struct world_config *config, struct exploration x)
{
	s.config = *config;
	s.config.cpus = CPUS;
	acts_ran_dry = false;
	s.befores = acts_parse(scenario->before, s.before);
	s.config.write_protect = s.config.deep = false;
	for (unsigned i = 0; i < s.befores; i++) {
		s.config.write_protect |= s.before[i].word->kind == WRITE_PROTECT;
		s.config.deep |= s.before[i].word->kind == DEEP;
	}
	for (s.fibres = 0; s.fibres < MAX_FIBRES - 1 && scenario->fibre[s.fibres]; s.fibres++)
		s.acts[s.fibres] = acts_parse(scenario->fibre[s.fibres], s.fibre[s.fibres]);
	acts_promote = false;
	acts_only_add = true;
	for (unsigned i = 0; i < s.fibres; i++)
		for (unsigned k = 0; k < s.acts[i]; k++) {
			acts_promote |= s.fibre[i][k].word->kind == PROMOTE || s.fibre[i][k].word->kind == PROMOTE_BACKED;
			acts_only_add &= s.fibre[i][k].word->kind == MAP || s.fibre[i][k].word->kind == FAULT ||
					 s.fibre[i][k].word->kind == FAST_READ;
		}
	x.start = start;
	x.step = world_step;
	x.end = world_end;
	x.state = world_state;
	if (config->store_buffer) {
		x.leave = world_buffer_leave;
		x.enter = world_buffer_enter;
		x.buffered = world_buffered;
		x.drain = world_buffer_drain;
	}
	return explore(&x);
}
