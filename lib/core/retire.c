/* SPDX-License-Identifier: BSD-2-Clause */
#include "retire.h"

#include "refs.h"

static retire_ref head_load(struct tree *t)
{
	TDP_POINT(&t->retire.head);
	return word_load(&t->retire.head);
}

/* acq_rel: the pusher's links are visible to the callback that takes the head. */
static bool head_cmpxchg(struct tree *t, retire_ref *old, retire_ref new_value)
{
	TDP_POINT_LOCKED(&t->retire.head);
	return word_cmpxchg(&t->retire.head, old, new_value);
}

static retire_ref head_xchg(struct tree *t, retire_ref new_value)
{
	TDP_POINT_LOCKED(&t->retire.head);
	return word_xchg(&t->retire.head, new_value);
}

/* Frees the tables that a list names. */
static void free_named(struct tree *t, const tdp_spte_t *list, unsigned level)
{
	const struct tdp_format *fmt = t->layout.format;
	unsigned n = (unsigned)(fmt_frozen_payload(fmt, level, spte_load(list + 1)) >> 12);

	list += RETIRE_NAMES;
	for (unsigned i = 0; i < n; i++) {
		tdp_hpa_t hpa = fmt_frozen_payload(fmt, level, spte_load(list + i));

		tdp_hook_table_free(t, (void *)(uintptr_t)(hpa + t->va_offset), hpa);
	}
}

/* Frees a chain. Each link is read before its table goes. */
static void free_chain(struct tree *t, retire_ref ref)
{
	for (;;) {
		unsigned level = (unsigned)(ref & RETIRE_LEVEL);
		tdp_hpa_t hpa = ref & ~RETIRE_LOW;
		tdp_spte_t *table = table_get(t, hpa, level, 0);
		retire_ref next = retire_next(t->layout.format, level, spte_load(table));

		if (ref & RETIRE_LIST)
			free_named(t, table, level);
		table_put(t, table);
		tdp_hook_table_free(t, table, hpa);
		if ((next & ~RETIRE_LOW) == hpa)
			return;
		ref = next;
	}
}

/*
 * A grace period is over for in_gp, but not for what was pushed since: that gets one of its own.
 */
static void grace_period_over(struct tdp_rcu_head *head)
{
	struct tree *t = (struct tree *)(void *)((char *)head - offsetof(struct tree, retire.rcu_head));
	retire_ref seen = RETIRE_ARMED;
	bool held = t->set.roots != NULL &&
		    !TDP_BROKEN(RETIRE_NO_HOLD); /* a tree that stands alone may be gone as soon as the queue is idle */

	free_chain(t, t->retire.in_gp);
	if (TDP_BROKEN(RETIRE_LOST))
		head_xchg(t, seen = RETIRE_IDLE);
	if (seen == RETIRE_IDLE || head_cmpxchg(t, &seen, RETIRE_IDLE)) {
		if (held)
			tree_drop(t);
		return;
	}
	if (TDP_BROKEN(RETIRE_NO_GRACE)) {
		free_chain(t, head_xchg(t, RETIRE_IDLE));
		return;
	}
	t->retire.in_gp = head_xchg(t, RETIRE_ARMED);
	tdp_hook_defer(t, grace_period_over);
}

/* The last table of a chain leads on to next. */
static void link_last(struct tree *t, retire_ref last, retire_ref next)
{
	unsigned level = (unsigned)(last & RETIRE_LEVEL);
	tdp_spte_t *table = table_get(t, last & ~RETIRE_LOW, level, 0);

	spte_store(table, retire_link(t->layout.format, level, next));
	table_put(t, table);
}

void tdp_retire(struct tree *t, const struct retire_chain *chain)
{
	retire_ref seen = head_load(t), next = chain->last;

	if (!chain->any)
		return;
	if (TDP_BROKEN(FREE_NO_GRACE)) {
		free_chain(t, chain->first);
		return;
	}
	for (;;) {
		/* What waits already comes behind; what a callback took meanwhile must not be freed twice. */
		retire_ref want = seen == RETIRE_IDLE || seen == RETIRE_ARMED ? chain->last : seen;

		if (want != next)
			link_last(t, chain->last, next = want);
		if (head_cmpxchg(t, &seen, seen == RETIRE_IDLE ? RETIRE_ARMED : chain->first))
			break;
	}
	if (seen != RETIRE_IDLE)
		return;
	t->retire.in_gp = chain->first;
	if (!TDP_BROKEN(RETIRE_NO_HOLD))
		tree_hold(t); /* until the queue is idle again */
	tdp_hook_defer(t, grace_period_over);
}

void tdp_retire_now(struct tree *t, const struct retire_chain *chain)
{
	if (chain->any)
		free_chain(t, chain->first);
}

void tdp_retire_drain(struct tree *t)
{
	while (t->rcu && head_load(t) != RETIRE_IDLE)
		t->rcu->barrier(t->rcu_ctx);
}
