/* SPDX-License-Identifier: BSD-2-Clause */
/* Mistakes by name. */
#include "breaks.h"

#include "machine.h"

enum break_kind break_kind;

static const char *const names[] = {[BREAK_NONE] = "nothing",
				    [BREAK_NO_KICK] = "no-kick",
				    [BREAK_KICK_EARLY] = "kick-early",
				    [BREAK_NO_ACK] = "no-ack",
				    [BREAK_NO_FORGET] = "no-forget"};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

/* A word ends at a space. */
static bool same(const char *word, const char *name)
{
	while (*name && *word == *name) {
		word++;
		name++;
	}
	return *name == 0 && (*word == 0 || *word == ' ');
}

void break_choose(void)
{
	const char *word = machine_word("break");

	if (!word)
		return;
	for (unsigned i = 0; i < NAMES; i++)
		if (same(word, names[i])) {
			break_kind = (enum break_kind)i;
			return;
		}
	machine_fail("break=%s: there are no-kick, kick-early, no-ack, no-forget", word);
}

const char *break_name(void)
{
	return names[break_kind];
}
