/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include "el2.h"
#include "verdict.h"

struct options options = {.memory = 512, .guest = 256, .smp = 1, .ipa = 40, .every = 2, .seed = 1, .moves = 2000, .defect = ""};

static const char *const modes[] = {"plain", "migrate", "dirty", "split-promote"};

const char *mode_name(enum mode mode)
{
	return modes[mode];
}

/* Whether a word is KEY=..., and where its value begins. */
static const char *value_of(const char *word, const char *key)
{
	while (*key && *word == *key) {
		word++;
		key++;
	}
	return !*key && *word == '=' ? word + 1 : NULL;
}

static bool read_number(const char *word)
{
	static const struct {
		const char *key;
		uint64_t *to;
	} numbers[] = {
		{"memory", &options.memory}, {"guest", &options.guest}, {"tables", &options.tables},
		{"smp", &options.smp},	     {"ipa", &options.ipa},	{"every", &options.every},
		{"seed", &options.seed},     {"moves", &options.moves}, {"json", &options.json},
	};

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const char *value = value_of(word, numbers[i].key);

		if (!value)
			continue;
		*numbers[i].to = number(value);
		return *value >= '0' && *value <= '9';
	}
	return false;
}

static bool read_mode(const char *value)
{
	for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (same_text(value, modes[i])) {
			options.mode = (enum mode)i;
			return true;
		}
	}
	return false;
}

/* The command line is overwritten by the next argument(); a defect's name must stay. */
static const char *keep(const char *text)
{
	static char kept[64];

	for (unsigned i = 0; i < sizeof(kept) - 1 && text[i]; i++)
		kept[i] = text[i];
	return kept;
}

static bool read_word(const char *word)
{
	const char *value;

	if ((value = value_of(word, "mode")))
		return read_mode(value);
	if ((value = value_of(word, "break")))
		return omission_find(value, &options.omission);
	if ((value = value_of(word, "defect"))) {
		options.defect = keep(value);
		return true;
	}
	if ((value = value_of(word, "log"))) {
		options.soft = same_text(value, "soft");
		options.hardware = same_text(value, "hardware");
		return options.soft || options.hardware;
	}
	if ((value = value_of(word, "pages"))) {
		options.blocks = same_text(value, "2m");
		return options.blocks || same_text(value, "4k");
	}
	return read_number(word);
}

void options_read(void)
{
	for (unsigned i = 1; argument(i)[0]; i++) {
		if (read_word(argument(i)))
			continue;
		say("[hv] no such option: %s\n", argument(i));
		quit(VERDICT_INPUT);
	}
	if (options.smp >= 1 && options.smp < CPUS && options.every >= 1 && options.seed >= 1)
		return;
	say("[hv] smp must be 1 to %u, every and seed at least 1\n", (uint64_t)CPUS - 1);
	quit(VERDICT_INPUT);
}
