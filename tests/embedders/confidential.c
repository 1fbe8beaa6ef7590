/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The monitor of a confidential VM: the tables that hardware walks belong to firmware; our tree mirrors them and every change is
 * offered to firmware first.
 */
#include <tdpmmu/tdpmmu.h>

struct td {
	struct tdp_tree mirror;
	struct tdp_cache tables;
};

int sept_add(struct td *td, uint64_t gpa, int level, uint64_t page);
int page_aug(struct td *td, uint64_t gpa, int level, uint64_t hpa);
int range_block(struct td *td, uint64_t gpa, int level);
int range_unblock(struct td *td, uint64_t gpa, int level);
int page_remove(struct td *td, uint64_t gpa, int level, uint64_t hpa);
int sept_remove(struct td *td, uint64_t gpa, int level);
int demote(struct td *td, uint64_t gpa, int level, uint64_t page);
void track_and_kick(struct td *td);
int private_fault(struct td *td, tdp_gpa_t gpa, tdp_hpa_t page);
int convert_to_shared(struct td *td, tdp_gpa_t gpa, uint64_t size);
extern const struct tdp_mm_ops td_ops;

/* BLOCK comes before the flush, REMOVE after it; a table's companion page travels in aux. */
static int external(void *ctx, void *user, const struct tdp_change *c)
{
	struct td *td = ctx;
	uint64_t companion = c->table ? (uint64_t)(uintptr_t)c->table->aux : 0;

	(void)user;
	switch (c->kind) {
	case TDP_CHANGE_LINK:
		return sept_add(td, c->gpa, c->level, companion);
	case TDP_CHANGE_MAP:
		return page_aug(td, c->gpa, c->level, c->after.hpa);
	case TDP_CHANGE_BLOCK:
		return range_block(td, c->gpa, c->level);
	case TDP_CHANGE_UNBLOCK:
		return range_unblock(td, c->gpa, c->level);
	case TDP_CHANGE_REMOVE:
		return page_remove(td, c->gpa, c->level, c->before.hpa);
	case TDP_CHANGE_SPLIT:
		return demote(td, c->gpa, c->level, companion);
	case TDP_CHANGE_UNLINK:
		return sept_remove(td, c->gpa, c->level);
	default:
		return -1;
	}
}

static void flush(void *ctx, void *user, const struct tdp_flush *f)
{
	(void)user;
	(void)f;
	track_and_kick(ctx);
}

const struct tdp_mm_ops td_ops = {.size = sizeof(td_ops), .flush = flush, .external = external};

/* Firmware's own code comes through; nothing changed then. */
int private_fault(struct td *td, tdp_gpa_t gpa, tdp_hpa_t page)
{
	struct tdp_op op = {.cache = &td->tables};
	struct tdp_fault fault = {.gpa = gpa,
				  .access = TDP_WRITE,
				  .base = gpa & ~UINT64_C(4095),
				  .backing = {.hpa = page, .size = 4096, .attrs = {.prot = TDP_RWX}}};
	enum tdp_result result = tdp_fault(&td->mirror, &fault, &op);

	if (result == TDP_EXTERNAL)
		return op.external;
	return result < 0 && result != TDP_RACE && result != TDP_BUSY ? -1 : 0;
}

/* Exact: the edges are split, no byte outside is lost. Returns 0 or the frame to go on from. */
int convert_to_shared(struct td *td, tdp_gpa_t gpa, uint64_t size)
{
	struct tdp_op op = {.cache = &td->tables};

	return tdp_zap(&td->mirror, gpa, size, &op) < 0 ? (int)(op.next >> 12) : 0;
}
