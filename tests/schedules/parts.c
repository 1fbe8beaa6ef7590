/* SPDX-License-Identifier: BSD-2-Clause */
#include "parts.h"

#include "pairs.h"
#include "record.h"

#include <broken.h>
#include <stdlib.h>
#include <string.h>

enum what { LIST, SETS, LOGS, DEEP, NOSNOOP, PAIRS, CHANCE };

/* states: of each run, 0 for all; full: the same when everything is asked for. */
struct part {
	const char *name;
	enum what what;
	const char *formats;
	bool keep, store_buffer, dry, nosnoop;
	unsigned long states, full;
};

static const struct part parts[] = {
	{.name = "list", .what = LIST, .formats = "OB", .states = 20000},
	{.name = "roots", .what = SETS, .formats = "OB", .states = 15000},
	{.name = "real", .what = LIST, .formats = "ES", .states = 1000},
	{.name = "formats", .what = LIST, .formats = "FPQRTUVWXG", .states = 80, .full = 2000},
	{.name = "kept", .what = LIST, .formats = "OB", .keep = true, .states = 5000},
	{.name = "buffered", .what = LIST, .formats = "OB", .store_buffer = true, .states = 5000},
	{.name = "buffered-roots", .what = SETS, .formats = "OB", .store_buffer = true, .states = 5000},
	{.name = "dry", .what = LIST, .formats = "OB", .dry = true, .states = 1000},
	{.name = "log", .what = LOGS, .formats = "OB", .states = 4000},
	{.name = "log-real", .what = LOGS, .formats = "ESN", .states = 500},
	{.name = "log-formats", .what = LOGS, .formats = "FPQRVG", .states = 100, .full = 2000},
	{.name = "log-kept", .what = LOGS, .formats = "OB", .keep = true, .states = 500},
	{.name = "log-buffered", .what = LOGS, .formats = "OB", .store_buffer = true, .states = 1000},
	{.name = "log-dry", .what = LOGS, .formats = "OB", .dry = true, .states = 300},
	{.name = "deep", .what = DEEP, .formats = "OB", .states = 3000},
	{.name = "deep-buffered", .what = DEEP, .formats = "OB", .store_buffer = true, .states = 1000},
	{.name = "nosnoop", .what = NOSNOOP, .formats = "OBS", .nosnoop = true, .states = 8000},
	{.name = "list-nosnoop", .what = LIST, .formats = "OB", .nosnoop = true, .states = 1000},
	{.name = "log-nosnoop", .what = LOGS, .formats = "OB", .nosnoop = true, .states = 500},
	{.name = "pairs-nosnoop", .what = PAIRS, .formats = "OB", .nosnoop = true, .states = 140, .full = 10000},
	{.name = "pairs", .what = PAIRS, .formats = "OB", .states = 700},
	{.name = "pairs-kept", .what = PAIRS, .formats = "OB", .keep = true, .states = 140, .full = 10000},
	{.name = "pairs-buffered", .what = PAIRS, .formats = "OB", .store_buffer = true, .states = 220, .full = 10000},
	{.name = "pairs-dry", .what = PAIRS, .formats = "OB", .dry = true, .states = 140, .full = 10000},
	{.name = "chance", .what = CHANCE, .formats = "OB", .states = 2000, .full = 100000},
	{.name = "chance-kept", .what = CHANCE, .formats = "OB", .keep = true, .states = 1000, .full = 100000},
	{.name = "chance-buffered", .what = CHANCE, .formats = "OB", .store_buffer = true, .states = 1000, .full = 100000},
	{.name = "chance-dry", .what = CHANCE, .formats = "OB", .dry = true, .states = 700, .full = 100000},
};
enum { PARTS = sizeof(parts) / sizeof(parts[0]), MADE = 300 };

/* A part that is under way. */
struct work {
	const struct part *part;
	const struct request *q;
	struct report *report;
};

/* With a broken variant one violation is enough. */
static bool enough(const struct work *w)
{
	return tdp_test_broken && (w->report->violations || w->report->found);
}

static void save(const struct work *w, const struct scenario *s, const struct world_config *config, const struct explored *x)
{
	FILE *out = fopen(w->q->save, "w");

	if (!out) {
		perror(w->q->save);
		exit(2);
	}
	record_print(out, "", s, config, x->why, x->schedule);
	fclose(out);
}

/* One scenario on one configuration. */
static void run(const struct work *w, const struct scenario *s, const struct world_config *config)
{
	struct exploration x = w->q->x;
	struct explored found;

	if (!x.max_states)
		x.max_states = w->q->full ? w->part->full : w->part->states;
	found = scenario_explore(s, config, x);
	if (found.why[0]) {
		record_print(w->report->more, "# ", s, config, found.why, found.schedule);
		if (w->q->save && !w->report->violations && !w->report->found)
			save(w, s, config, &found);
	}
	report_run(w->report, &found);
}

/* Memory runs out for each fibre in turn: at its first table, at its second, until it needs no more. */
static void run_dry(const struct work *w, const struct scenario *s, struct world_config config)
{
	for (config.dry = 1; config.dry < MAX_FIBRES && s->fibre[config.dry - 1]; config.dry++)
		for (config.tables = 0; !enough(w); config.tables++) {
			run(w, s, &config);
			if (!scenario_ran_dry())
				break;
		}
}

/* One scenario on all formats that were asked for. In a set of roots trees are too small for the real ones. */
static void run_formats(const struct work *w, const struct scenario *s, enum world_set set)
{
	const char *formats = w->q->formats ? w->q->formats : w->part->formats;

	for (const struct world_format *f = world_formats; f->letter; f++) {
		struct world_config config = {.format = f,
					      .set = set,
					      .keep = w->part->keep,
					      .store_buffer = w->part->store_buffer,
					      .nosnoop = w->part->nosnoop};

		if (!strchr(formats, f->letter) || (set != NO_SET && f->entries != PER_TABLE) || enough(w))
			continue;
		if (w->part->dry)
			run_dry(w, s, config);
		else
			run(w, s, &config);
	}
}

static bool wanted(const struct work *w, const char *name)
{
	return strstr(name, w->q->filter) && !enough(w);
}

static void run_list(const struct work *w, const struct scenario *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (!wanted(w, list[i].name))
			continue;
		report_line(w->report, list[i].name);
		if (w->part->what == SETS) {
			run_formats(w, &list[i], SET_KICK);
			run_formats(w, &list[i], SET_FLUSH);
		} else {
			run_formats(w, &list[i], NO_SET);
		}
		report_line_end(w->report);
	}
}

static void run_pair(void *arg, const char *name, const struct scenario *s, unsigned n)
{
	const struct work *w = arg;

	if (!wanted(w, name))
		return;
	report_line(w->report, name);
	for (unsigned i = 0; i < n; i++)
		run_formats(w, &s[i], NO_SET);
	report_line_end(w->report);
}

static void run_part(struct work *w)
{
	switch (w->part->what) {
	case LIST:
		run_list(w, scenarios, scenario_count);
		break;
	case SETS:
		run_list(w, set_scenarios, set_scenario_count);
		break;
	case LOGS:
		run_list(w, log_scenarios, log_scenario_count);
		break;
	case DEEP:
		run_list(w, deep_scenarios, deep_scenario_count);
		break;
	case NOSNOOP:
		run_list(w, nosnoop_scenarios, nosnoop_scenario_count);
		break;
	case PAIRS:
		pairs_each(run_pair, w);
		break;
	case CHANCE:
		for (unsigned long i = 0; i < (w->q->made ? w->q->made : MADE); i++) {
			struct scenario s = scenario_generate(w->q->seed + i);

			run_list(w, &s, 1);
		}
	}
}

/* Is a part one of those, with commas between them? */
static bool named(const char *list, const char *name)
{
	for (;;) {
		const size_t n = strcspn(list, ",");

		if (n == strlen(name) && strncmp(list, name, n) == 0)
			return true;
		if (!list[n])
			return false;
		list += n + 1;
	}
}

void parts_run(const struct request *q, struct report *report)
{
	for (unsigned i = 0; i < PARTS; i++) {
		struct work w = {.part = &parts[i], .q = q, .report = report};

		if (!q->parts || named(q->parts, parts[i].name))
			run_part(&w);
	}
}
