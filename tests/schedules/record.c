/* SPDX-License-Identifier: BSD-2-Clause */
#include "record.h"

#include "../broken/names.h"

#include <stdlib.h>
#include <string.h>

enum { WIDTH = 100 };

static const char *const set_names[] = {[NO_SET] = "alone", [SET_KICK] = "kick", [SET_FLUSH] = "flush"};

/* The variant that is on: its name, and the bug it stands for. */
static const char *variant_name(const char **bug)
{
#define X(name, what)                                                                                                              \
	if (tdp_test_broken == TDP_BROKEN_##name)                                                                                  \
		return *bug = what, #name;
	TDP_BROKEN_LIST(X)
	TDP_BROKEN_SHARED_LIST(X)
#undef X
	return NULL;
}

void record_print(FILE *out, const char *in_front, const struct scenario *s, const struct world_config *config, const char *guards,
		  const char *schedule)
{
	const char *variant = variant_name(&guards);

	if (!*in_front)
		fputs("# SPDX-License-Identifier: BSD-2-Clause\n", out);
	fprintf(out, "%sguards %s\n%sscenario %s\n%sbefore %s\n", in_front, guards, in_front, s->name, in_front, s->before);
	for (unsigned i = 0; i < MAX_FIBRES - 1 && s->fibre[i]; i++)
		fprintf(out, "%sfibre %s\n", in_front, s->fibre[i]);
	fprintf(out, "%sformat %c\n", in_front, config->format->letter);
	if (config->set != NO_SET)
		fprintf(out, "%sset %s\n", in_front, set_names[config->set]);
	if (config->keep)
		fprintf(out, "%skeep 1\n", in_front);
	if (config->dry)
		fprintf(out, "%sdry %u %u\n", in_front, config->dry - 1, config->tables);
	if (config->store_buffer)
		fprintf(out, "%sstore-buffer 1\n", in_front);
	if (config->nosnoop)
		fprintf(out, "%snosnoop 1\n", in_front);
	if (variant)
		fprintf(out, "%svariant %s\n", in_front, variant);
	for (size_t n = strlen(schedule), at = 0; at < n; at += WIDTH)
		fprintf(out, "%sschedule %.*s\n", in_front, WIDTH, schedule + at);
}

static _Noreturn void bad(const char *path, const char *line)
{
	fprintf(stderr, "%s: no record: %s\n", path, line);
	exit(2);
}

/* The words of the configuration. false: not one of them. */
static bool read_config(struct world_config *config, const char *key, const char *value)
{
	if (strcmp(key, "format") == 0) {
		for (config->format = world_formats; config->format->letter && config->format->letter != *value;)
			config->format++;
		return config->format->letter != 0;
	}
	if (strcmp(key, "set") == 0) {
		config->set = strcmp(value, set_names[SET_KICK]) == 0 ? SET_KICK : SET_FLUSH;
		return strcmp(value, set_names[config->set]) == 0;
	}
	if (strcmp(key, "dry") == 0) {
		if (sscanf(value, "%u %u", &config->dry, &config->tables) != 2)
			return false;
		config->dry++;
		return true;
	}
	config->keep |= strcmp(key, "keep") == 0;
	config->store_buffer |= strcmp(key, "store-buffer") == 0;
	config->nosnoop |= strcmp(key, "nosnoop") == 0;
	return strcmp(key, "keep") == 0 || strcmp(key, "store-buffer") == 0 || strcmp(key, "nosnoop") == 0;
}

/* Keeps a text of a scenario. */
static const char *keep(struct record *r, unsigned *texts, const char *value)
{
	char *text = r->text[(*texts)++];

	snprintf(text, sizeof(r->text[0]), "%s", value);
	return text;
}

static bool read_line(struct record *r, unsigned *texts, unsigned *fibres, const char *key, const char *value)
{
	const size_t used = strlen(r->schedule);

	if (*texts > MAX_FIBRES || *fibres > MAX_FIBRES - 1)
		return false;
	if (strcmp(key, "guards") == 0)
		snprintf(r->guards, sizeof(r->guards), "%s", value);
	else if (strcmp(key, "scenario") == 0)
		r->scenario.name = keep(r, texts, value);
	else if (strcmp(key, "before") == 0)
		r->scenario.before = keep(r, texts, value);
	else if (strcmp(key, "fibre") == 0)
		r->scenario.fibre[(*fibres)++] = keep(r, texts, value);
	else if (strcmp(key, "variant") == 0)
		snprintf(r->variant, sizeof(r->variant), "%s", value);
	else if (strcmp(key, "schedule") == 0)
		snprintf(r->schedule + used, sizeof(r->schedule) - used, "%s", value);
	else
		return read_config(&r->config, key, value);
	return true;
}

void record_read(struct record *r, const char *path)
{
	FILE *in = fopen(path, "r");
	char line[512];
	unsigned texts = 0, fibres = 0;

	*r = (struct record){0};
	if (!in)
		bad(path, "it cannot be read");
	while (fgets(line, sizeof(line), in)) {
		char *key = line + (strncmp(line, "# ", 2) == 0 ? 2 : 0), *value;

		line[strcspn(line, "\n")] = 0;
		value = key + strcspn(key, " ");
		if (*key == 0 || strncmp(key, "SPDX-", 5) == 0)
			continue;
		if (*value)
			*value++ = 0;
		if (!read_line(r, &texts, &fibres, key, value))
			bad(path, key);
	}
	fclose(in);
	if (!r->config.format || !r->scenario.name || !r->scenario.before || fibres == 0 || !r->schedule[0] || !r->guards[0])
		bad(path, "something is missing");
	if (r->variant[0] && broken_named(r->variant) == TDP_BROKEN_NONE)
		bad(path, r->variant);
}

/* Of a file, in an engine: its schedule, or whatever schedule there is. */
static struct explored try(const struct record *r, bool broken, bool schedule)
{
	struct exploration x = {.preemptions = -1, .replay = schedule ? r->schedule : NULL, .max_states = 300000};
	struct explored found;

	tdp_test_broken = broken ? broken_named(r->variant) : TDP_BROKEN_NONE;
	found = scenario_explore(&r->scenario, &r->config, x);
	return found;
}

int record_replay(char **paths, unsigned n)
{
	unsigned failed = 0;

	printf("1..%u\n", n);
	for (unsigned i = 0; i < n; i++) {
		struct record r;
		bool sound, found = true, stale = false;

		record_read(&r, paths[i]);
		sound = !try(&r, false, true).why[0];
		if (r.variant[0]) {
			stale = !try(&r, true, true).why[0];
			found = !stale || try(&r, true, false).why[0];
		}
		tdp_test_broken = TDP_BROKEN_NONE;
		failed += !sound || !found;
		printf("%sok %u - %s: %s\n", sound && found ? "" : "not ", i + 1, r.variant[0] ? r.variant : r.scenario.name,
		       r.guards);
		if (!sound)
			printf("# %s: the sound engine has this bug\n", paths[i]);
		if (!found)
			printf("# %s: the broken engine is not found out\n", paths[i]);
		if (stale && found)
			printf("# %s: another schedule shows it now: --renew\n", paths[i]);
	}
	return failed != 0;
}

int record_renew(char **paths, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct record r;
		struct explored found;
		FILE *out;

		record_read(&r, paths[i]);
		found = try(&r, r.variant[0] != 0, false);
		if (!found.why[0]) {
			fprintf(stderr, "%s: no violation any more\n", paths[i]);
			return 1;
		}
		out = fopen(paths[i], "w");
		if (!out)
			bad(paths[i], "it cannot be written");
		record_print(out, "", &r.scenario, &r.config, r.guards, found.schedule);
		fclose(out);
	}
	return 0;
}
