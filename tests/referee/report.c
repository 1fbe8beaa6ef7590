/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions that a test asks the referee afterwards.
 */
#include "referee_impl.h"

bool referee_clean(const struct referee *r)
{
	return r->m.v.total == 0;
}

const char *referee_violations(struct referee *r)
{
	return verdict_list(&r->m.v);
}

unsigned referee_count(const struct referee *r, enum referee_violation v)
{
	return r->m.v.count[v];
}

void referee_forget(struct referee *r)
{
	verdict_forget(&r->m.v);
}

struct referee_counts referee_counts(const struct referee *r)
{
	struct referee_counts counts = r->counts;

	counts.linked = 0;
	for (unsigned t = 0; t < MODEL_TREES; t++)
		if (r->m.tree[t].key)
			counts.linked += r->m.tree[t].table_count;
	return counts;
}

const struct tdp_flush *referee_flush(const struct referee *r, unsigned i)
{
	return i < r->flushes ? &r->flush[i] : NULL;
}

bool referee_reported(const struct referee *r, tdp_gpa_t gpa)
{
	return ranges_touch(&r->reported, gpa, gpa + 1);
}

uint64_t referee_reported_bytes(const struct referee *r)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < r->reported.count; i++)
		sum += r->reported.range[i].end - r->reported.range[i].start;
	return sum;
}

const char *referee_warning(const struct referee *r)
{
	return r->warning;
}

void referee_log_reset(struct referee *r)
{
	r->flushes = 0;
	r->reported.count = 0;
}

void referee_fail_alloc(struct referee *r, unsigned n, bool sticky)
{
	r->m.a.fail_in = n;
	r->m.a.fail_sticky = sticky;
}
