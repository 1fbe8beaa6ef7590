/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a request to the call, and to text.
 */
#include "trial.h"

#include <inttypes.h>

/* The callback of map_from: a pure function of the request. */
static bool backing(void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out)
{
	const struct request *q = arg;
	struct piece p;

	if (!model_backing(q, gpa, size, &p))
		return false;
	out->hpa = p.hpa + p.misaligned;
	out->size = p.end - p.gpa;
	out->attrs = p.attrs;
	out->max_level_plus1 = p.max_level_plus1;
	return true;
}

static enum tdp_result call_fault(struct trial *t, const struct request *q, struct tdp_op *op)
{
	struct tdp_fault fault = {
		.gpa = q->gpa,
		.base = q->base,
		.backing = {.hpa = q->hpa, .size = q->size, .attrs = q->attrs, .max_level_plus1 = q->backing_max},
		.access = q->access,
	};

	return tdp_fault(&t->tree, &fault, op);
}

static enum tdp_result call(struct trial *t, const struct request *q, struct tdp_op *op)
{
	const struct tdp_bitmap *map = q->map.words ? &q->map : NULL;

	switch (q->what) {
	case ASK_MAP:
		return tdp_map(&t->tree, q->gpa, q->size, q->hpa, q->attrs, op);
	case ASK_MAP_FROM:
		return tdp_map_from(&t->tree, q->gpa, q->size, backing, (void *)(uintptr_t)q, op);
	case ASK_FAULT:
		return call_fault(t, q, op);
	case ASK_REPLACE:
		return tdp_replace(&t->tree, q->gpa, q->size, q->hpa, q->new_hpa, q->attrs, op);
	case ASK_NOTE:
		return tdp_note(&t->tree, q->gpa, q->size, q->note, op);
	case ASK_ZAP:
		return tdp_zap(&t->tree, q->gpa, q->size, op);
	case ASK_TRIM:
		return tdp_trim(&t->tree, q->gpa, q->size, op);
	case ASK_SET_ATTRS:
		return tdp_set_attrs(&t->tree, q->gpa, q->size, q->attrs, q->mask, op);
	case ASK_ARM:
		return tdp_dirty_arm(&t->tree, q->gpa, q->size, map, op);
	case ASK_ARM_MASK:
		return tdp_dirty_arm_mask(&t->tree, q->gpa, q->pages, map, op);
	case ASK_RESTORE:
		return tdp_dirty_restore(&t->tree, map, op);
	case ASK_AGE:
		return tdp_age(&t->tree, q->gpa, q->size, q->clear, map, op);
	case ASK_FAST:
		return tdp_fault_fast(&t->tree, q->gpa, q->access, op);
	case ASK_SPLIT:
		return tdp_split(&t->tree, q->gpa, q->size, q->level, op);
	case ASK_PROMOTE:
		return tdp_promote(&t->tree, q->gpa, q->size, q->level, NULL, NULL, op);
	case ASK_PROTECT:
		break;
	}
	return tdp_protect(&t->tree, q->gpa, q->size, op);
}

/* A zap or protection that is over: what it was to take away nobody can use, whoever took it first. */
static void judge_caches(struct trial *t, const struct request *q, const struct tdp_op *op)
{
	if (op->gather || (op->flags & (TDP_DRY_RUN | TDP_SKIP_PARTIAL)))
		return;
	if (q->what == ASK_ZAP && referee_caches(t->r, &t->tree, q->gpa, q->size, 0))
		trial_fail(t, "what was zapped is still cached");
	if (q->what == ASK_PROTECT && referee_caches(t->r, &t->tree, q->gpa, q->size, REF_W))
		trial_fail(t, "what was protected is still cached as writable");
}

enum tdp_result trial_call(struct trial *t, const struct request *q, struct tdp_op *op)
{
	enum tdp_result result;

	bool names = q->what == ASK_ARM || q->what == ASK_ARM_MASK;

	if (names && q->map.words)
		referee_collects(t->r, &t->tree, &q->map);
	else if (names && !t->dirty_hook) /* what was written until now is for nobody to know */
		referee_log_writes(t->r, true);
	referee_begin(t->r, t->op, op->gather);
	result = call(t, q, op);
	referee_end(t->r);
	if (result >= 0)
		judge_caches(t, q, op);
	return result;
}
