/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run is told; see options.h. */
#include "options.h"

#ifdef TDP_TEST
#include "broken.h"

/* The library's own defects, by their names in lib/core/broken.h, in the image that has them. */
int tdp_test_broken;
static const char *const defects[] = {
	"",
#define X(name, text) #name,
	TDP_BROKEN_LIST(X)
#undef X
};
#endif

struct options options;

static const struct {
	const char *word, *text;
} omissions[] = {
	{"nothing", ""},
#define X(name, word, text) {word, text},
	OMISSIONS(X)
#undef X
};

/* Is the word at a, which a space may end, this one? */
static bool same(const char *a, const char *word)
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

	if (!value || same(value, first))
		return false;
	if (!same(value, second))
		machine_fail("%s is %s or %s", name, first, second);
	return true;
}

/* A list: plain, migrate, dirty. */
static void read_modes(const char *value)
{
	while (value && *value && *value != ' ') {
		if (same(value, "migrate"))
			options.migrate = true;
		else if (same(value, "dirty"))
			options.dirty = true;
		else if (!same(value, "plain"))
			machine_fail("mode is a list of plain, migrate, dirty");
		while (*value && *value != ' ' && *value != ',')
			value++;
		value += *value == ',';
	}
}

#ifdef TDP_TEST
static bool read_defect(const char *value)
{
	for (unsigned i = 1; i < sizeof(defects) / sizeof(defects[0]); i++)
		if (same(value, defects[i])) {
			tdp_test_broken = (int)i;
			say("[hv] left out by the library: %s\n", defects[i]);
			return true;
		}
	return false;
}
#else
static bool read_defect(const char *value)
{
	(void)value;
	return false;
}
#endif

static void read_omission(const char *value)
{
	if (!value || read_defect(value))
		return;
	for (unsigned i = 0; i < BREAK_COUNT; i++)
		if (same(value, omissions[i].word)) {
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
