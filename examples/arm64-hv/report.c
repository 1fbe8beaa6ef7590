/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"

#include "el2.h"
#include "options.h"

enum { FIGURES = 32 };

static struct {
	const char *name;
	uint64_t value;
} figures[FIGURES];
static unsigned count;

void report_add(const char *name, uint64_t value)
{
	if (count == FIGURES)
		return;
	figures[count].name = name;
	figures[count++].value = value;
}

void report_print(const char *mode, const char *verdict)
{
	if (!options.json)
		return;
	say("{\"mode\":\"%s\",\"verdict\":\"%s\"", mode, verdict);
	for (unsigned i = 0; i < count; i++)
		say(",\"%s\":%u", figures[i].name, figures[i].value);
	say("}\n");
}
