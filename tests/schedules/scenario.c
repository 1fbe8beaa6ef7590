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

static void start(void *arg)
{
	(void)arg;
	world_start(&s.config);
	for (unsigned i = 0; i < s.befores; i++) {
		const struct act *a = &s.before[i];

		if (a->word->kind == EMPTY)
			world_empty_table(a->a);
		else if (a->word->kind == TOUCH)
			world_touch(a->a, a->b, a->c != 0);
		else
			world_map(a->a, a->b, a->c, a->word->kind == MAP_RO ? RX : RWX, a->word->flags);
	}
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
	for (s.fibres = 0; s.fibres < MAX_FIBRES - 1 && scenario->fibre[s.fibres]; s.fibres++)
		s.acts[s.fibres] = acts_parse(scenario->fibre[s.fibres], s.fibre[s.fibres]);
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
