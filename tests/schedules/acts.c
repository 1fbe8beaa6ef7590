/* SPDX-License-Identifier: BSD-2-Clause */
#include "acts.h"

bool acts_ran_dry, acts_promote, acts_only_add;
static struct tdp_tree *held[MAX_FIBRES];

/* The names of calls, as kinds have them. */
static const char *const calls[] = {
	[MAP] = "map",	       [ZAP] = "zap",
	[TRIM] = "trim",       [PROTECT] = "protect",
	[ATTR] = "set_attrs",  [ATTR_RX] = "set_attrs",
	[TYPE] = "set_attrs",  [VISIT] = "walk",
	[NOTE] = "note",       [REPLACE] = "replace",
	[SPLIT] = "split",     [SPLIT_HUGE] = "split",
	[PROMOTE] = "promote", [PROMOTE_BACKED] = "promote",
};

void expect(enum tdp_result r, const char *what)
{
	if (r == TDP_STALE_ROOT && world_config.set != NO_SET)
		r = TDP_OK;
	if (r == TDP_UNSUPPORTED && world_config.keep && (what == calls[TRIM] || what == calls[PROMOTE]))
		r = TDP_OK; /* no shared call frees a table there */
	if (r < 0 && r != TDP_EXISTS && r != TDP_BUSY && r != TDP_RACE && r != TDP_ABSENT && r != TDP_PROTECTED)
		explore_fail("%s is %s", what, tdp_result_name(r));
	world_returned(what);
}

/* Does a call that answers so want to be called again, from where it stopped? Then memory has run out, and there is as much now as it asks for. */
static bool once_more(enum tdp_result r, tdp_gpa_t from, unsigned tables, struct tdp_op *op, const char *what)
{
	if (r != TDP_NOMEM || world_config.dry != (unsigned)explore_self() + 1)
		return false;
	acts_ran_dry = true;
	if (op->next == from && !acts_promote && (op->changed || tdp_cache_count(op->cache) != tables))
		explore_fail("%s has no memory, finished nothing, and changed something", what);
	world_returned(what);
	world_refill(op, what);
	return true;
}

void acts_hold(unsigned fibre, bool holds)
{
	held[fibre] = holds ? world_get() : NULL;
}

void acts_put(unsigned fibre)
{
	if (held[fibre])
		world_put(held[fibre]);
	held[fibre] = NULL;
}

/* Takes write permission away, leaf by leaf, and looks again at what has changed. arg: the pages that it has changed, as bits. */
static enum tdp_verdict close_leaf(void *arg, struct tdp_visit *v)
{
	enum tdp_result r = tdp_visit_set(v, RO, TDP_MASK_PROT);
	uint32_t *visited = arg;

	for (unsigned p = 0; p < PAGES && r >= 0; p++)
		if (AT(p) >= v->gpa && AT(p) < v->gpa + v->entry.size)
			*visited |= UINT32_C(1) << p;
	if (r < 0 && r != TDP_RACE && r != TDP_BUSY && r != TDP_ABSENT)
		explore_fail("visit_set is %s", tdp_result_name(r));
	return r < 0 ? TDP_AGAIN : TDP_GO;
}

/* An operation on what is left of its range. */
static enum tdp_result call(const struct act *a, tdp_gpa_t gpa, uint64_t size, uint32_t *visited, struct tdp_op *op)
{
	const tdp_hpa_t to = HPA(a->c, a->a) + (gpa - AT(a->a));

	switch (a->word->kind) {
	case MAP:
		return tdp_map(&world_tree, gpa, size, to, RWX, op);
	case ZAP:
		return tdp_zap(&world_tree, gpa, size, op);
	case TRIM:
		return tdp_trim(&world_tree, gpa, size, op);
	case PROTECT:
		return tdp_protect(&world_tree, gpa, size, op);
	case ATTR:
		return tdp_set_attrs(&world_tree, gpa, size, RO, TDP_MASK_PROT, op);
	case ATTR_RX:
		return tdp_set_attrs(&world_tree, gpa, size, RX1, TDP_MASK_PROT | TDP_MASK_SW, op);
	case TYPE:
		return tdp_set_attrs(&world_tree, gpa, size, UC, TDP_MASK_MEMTYPE, op);
	case VISIT:
		return tdp_walk(&world_tree, gpa, size, TDP_VISIT_LEAF, close_leaf, visited, op);
	case REPLACE:
		return tdp_replace(&world_tree, gpa, size, HPA(1, a->a) + (gpa - AT(a->a)), to, RWX, op);
	case SPLIT:
	case SPLIT_HUGE:
		return tdp_split(&world_tree, gpa, size, a->word->kind == SPLIT_HUGE, op);
	case PROMOTE:
		return tdp_promote(&world_tree, gpa, size, world_config.deep ? 2 : 1, NULL, NULL, op);
	case PROMOTE_BACKED:
		return tdp_promote(&world_tree, gpa, size, world_config.deep ? 2 : 1, act_backing, NULL, op);
	default:
		return tdp_note(&world_tree, gpa, size, 1, op);
	}
}

static void fault(const struct act *a, uint32_t flags)
{
	const enum tdp_result r = act_fault(a->a, a->b, flags, a->word->kind == HUGE_FAULT);

	expect(r, "fault");
	if (r >= 0 && acts_only_add)
		world_must_see(a->a, HPA(a->b, a->a));
}

/* What a call has said is so. */
static void claim(const struct act *a, enum tdp_result r, uint32_t visited, const struct tdp_op *op)
{
	switch (a->word->kind) {
	case MAP:
		for (unsigned p = a->a; p < a->a + a->b && r >= 0 && acts_only_add; p++)
			world_must_see(p, HPA(a->c, p));
		break;
	case ZAP:
		world_zapped(a->a, a->b);
		break;
	case PROTECT:
		world_protected(a->a, a->b);
		break;
	case VISIT: /* nothing is said of pages that it has not met */
		for (unsigned p = a->a; p < a->a + a->b; p++)
			if (visited >> p & 1)
				world_protected(p, 1);
		break;
	case ATTR:
	case ATTR_RX:
		world_withheld(a->a, a->b);
		break;
	case TYPE:
		world_typed(a->a, a->b);
		break;
	case REPLACE:
		for (unsigned p = a->a; p < a->a + a->b && r == TDP_RACE; p++)
			if (AT(p) == op->next)
				world_replaced(p);
		break;
	default:
		break;
	}
}

static void change(const struct act *a)
{
	struct tdp_gather gather = {0};
	struct tdp_op op = world_op(a->word->flags, a->word->gathered ? &gather : NULL);
	const char *what = calls[a->word->kind];
	const tdp_gpa_t end = AT(a->a) + world_span(a->a, a->b);
	uint32_t visited = 0;
	enum tdp_result r;

	if (a->word->kind == ZAP)
		world_zap_begins(a->a, a->b);
	if (a->word->kind == TYPE)
		world_may_type(a->a, a->b);
	for (op.next = AT(a->a);;) {
		const tdp_gpa_t from = op.next;
		const unsigned tables = tdp_cache_count(op.cache);

		r = call(a, from, end - from, &visited, &op);
		if (!once_more(r, from, tables, &op, what))
			break;
	}
	expect(r, what);
	if (a->word->gathered) {
		acts_put((unsigned)explore_self()); /* what is gathered needs the tree, and has to hold it */
		tdp_gather_flush(&gather, NULL);
	}
	claim(a, r, visited, &op);
}

static void look(const struct act *a)
{
	struct tdp_op op = world_op(0, NULL);
	struct tdp_mapping m;

	expect(tdp_lookup(&world_tree, AT(a->a), &m, &op), "lookup");
}

enum tdp_result act_fault(unsigned page, unsigned n, uint32_t flags, bool huge)
{
	struct tdp_op op = world_op(flags, NULL);

	for (;;) {
		const unsigned tables = tdp_cache_count(op.cache);
		enum tdp_result r = world_fault(page, n, huge, &op);

		if (!once_more(r, AT(page), tables, &op, "fault"))
			return r;
	}
}

/* A vCPU that asks for a root. It may get the one that came after. */
static void get_and_run(const struct act *a)
{
	struct tdp_tree *tree = world_get();

	if (tree == &world_tree)
		expect(world_run(a->a, a->b, a->c), "a vCPU's fault");
	if (tree)
		world_put(tree);
}

void act_do(const struct act *a)
{
	const uint32_t flags = a->word->flags;

	switch (a->word->kind) {
	case INVALIDATE:
		world_invalidate();
		break;
	case REAP:
		expect(world_reap(flags), "reap");
		break;
	case RUN:
		expect(world_run(a->a, a->b, a->c), "a vCPU's fault");
		break;
	case DEAD:
		world_dead();
		break;
	case GET:
		get_and_run(a);
		break;
	case LOOKUP:
		look(a);
		break;
	case ARM:
	case ARM_CLOSING:
	case ARM_MASK:
	case ARM_HOOK:
	case RESTORE:
		act_arm(a);
		break;
	case AGE:
	case YOUNG:
		act_age(a);
		break;
	case EVICT:
		world_evict(a->a, a->b);
		break;
	case FAST:
	case FAST_READ:
		act_fast(a);
		break;
	case FAULT:
	case HUGE_FAULT:
		fault(a, flags);
		break;
	case READ:
	case WRITE:
		(void)world_guest(a->a, a->b, a->word->kind == WRITE);
		break;
	case FW:
		if (!world_guest(a->a, a->b, true)) {
			expect(act_fault(a->b, a->c, flags, false), "fault");
			(void)world_guest(a->a, a->b, true);
		}
		break;
	default:
		change(a);
	}
}
