/* SPDX-License-Identifier: BSD-2-Clause */
#include "verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void verdict(struct verdicts *v, enum referee_violation which, const char *format, ...)
{
	char what[VERDICT_TEXT];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	v->count[which]++;
	if (v->total++ >= VERDICT_TEXTS)
		return;
	snprintf(v->text[v->total - 1], VERDICT_TEXT, "V%d %s%.60s: %.160s", (int)which, v->op ? "in " : "between calls",
		 v->op ? v->op : "", what);
}

const char *verdict_list(struct verdicts *v)
{
	size_t used = 0;
	unsigned kept = v->total < VERDICT_TEXTS ? v->total : VERDICT_TEXTS;

	v->all[0] = 0;
	for (unsigned i = 0; i < kept; i++)
		used += (size_t)snprintf(v->all + used, sizeof(v->all) - used, "%s\n", v->text[i]);
	if (v->total > kept)
		snprintf(v->all + used, sizeof(v->all) - used, "and %u more\n", v->total - kept);
	return v->all;
}

void verdict_forget(struct verdicts *v)
{
	v->total = 0;
	memset(v->count, 0, sizeof(v->count));
}
