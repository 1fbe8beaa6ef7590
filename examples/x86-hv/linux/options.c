/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run is told; see options.h. */
#include "options.h"

struct options options;

static const struct {
	const char *word, *text;
} omissions[] = {{"nothing", ""},
#define X(name, word, text) {word, text},
		 OMISSIONS(X)
#undef X
};

bool option_is(const char *a, const char *word)
{
	while (*word && *a == *word) {
		a++;
		word++;
	}
	return *word == 0 && (*a == 0 || *a == ' ' || *a == ',');
}

/* Which of two words a name's value is; the first if nothing is said. */
static bool second_of(const char *name, const char *first, const char *second)
{
	const char *value = machine_word(name);

	if (!value || option_is(value, first))
		return false;
	if (!option_is(value, second))
		machine_fail("%s is %s or %s", name, first, second);
	return true;
}

/* A list: plain, migrate, dirty. */
static void read_modes(const char *value)
{
	while (value && *value && *value != ' ') {
		if (option_is(value, "migrate"))
			options.migrate = true;
		else if (option_is(value, "dirty"))
			options.dirty = true;
		else if (!option_is(value, "plain"))
			machine_fail("mode is a list of plain, migrate, dirty");
		while (*value && *value != ' ' && *value != ',')
			value++;
		value += *value == ',';
	}
}

static void read_omission(const char *value)
{
	if (!value || defect_choose(value))
		return;
	for (unsigned i = 0; i < BREAK_COUNT; i++)
		if (option_is(value, omissions[i].word)) {
			options.omission = (enum omission)i;
			if (i != BREAK_NOTHING)
				say("[hv] left out: %s\n", omissions[i].text);
			return;
		}
	machine_fail("break: no such omission");
}

void options_read(void)
{
	read_modes(machine_word("mode"));
	options.second = second_of("smp", "1", "2");
	options.huge = second_of("pages", "4k", "2m");
	options.by_flag = second_of("log", "wp", "d");
	options.levels = second_of("levels", "4", "5") ? 5 : 4;
	options.seed = machine_number("seed", 1);
	if (options.seed == 0)
		machine_fail("seed must not be 0");
	read_omission(machine_word("break"));
}
