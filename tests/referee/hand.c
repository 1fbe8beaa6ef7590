/* SPDX-License-Identifier: BSD-2-Clause */
#include "hand.h"

#include <spte.h>

/* VTCR_EL2: T0SZ = 25 (39 bits), SL0 = 1 (three levels), PS = 40 bits. */
enum { VTCR_39_BITS = 25 | 1 << 6 | 2 << 16 };

static uint64_t *new_table(struct hand *h, uint64_t *hpa)
{
	struct tdp_table t = hand_table(h);

	*hpa = t.hpa;
	return t.va;
}

void hand_open(struct hand *h, const struct referee_config *config)
{
	uint64_t hpa, upper_hpa, *upper;
	struct tdp_regs regs = {0};

	*h = (struct hand){.kind = config->kind};
	h->r = referee_new(config);
	h->ops = referee_ops(h->r);
	h->root = referee_root(h->r, KIB4);
	hand_fill(h, h->root.va, 512, 0, 0);
	upper = h->root.va;
	if (h->kind == REF_NPT) {
		uint64_t *below = new_table(h, &upper_hpa);

		hand_store(h, upper, hand_link(h, upper_hpa));
		upper = below;
	} else {
		regs.control = h->control = VTCR_39_BITS;
	}
	h->mid = new_table(h, &hpa);
	hand_store(h, upper, hand_link(h, hpa));
	h->page = new_table(h, &h->page_hpa);
	hand_store(h, h->mid, hand_link(h, h->page_hpa));
	h->ops->table_clean(h->r, h->root.va, KIB4);
	h->ops->table_clean(h->r, upper, KIB4);
	h->ops->table_clean(h->r, h->mid, KIB4);
	h->ops->table_clean(h->r, h->page, KIB4);
	regs.base = h->root.hpa;
	referee_attach_regs(h->r, h, &regs);
}

void hand_close(struct hand *h)
{
	referee_free(h->r);
}

uint64_t hand_leaf(const struct hand *h, unsigned level, uint64_t hpa, unsigned flags)
{
	if (h->kind == REF_NPT)
		return hpa | 5 | (flags & HAND_RO ? 0 : 2) | (flags & HAND_UC ? 0x18 : 0) | 0x20 | (flags & HAND_CLEAN ? 0 : 0x40) |
		       (level ? 0x80 : 0);
	return hpa | (level ? 1 : 3) | (flags & HAND_UC ? 1 << 2 : 0xf << 2) | 1 << 6 | (flags & HAND_RO ? 0 : 1 << 7) | 3 << 8 |
	       1 << 10 | (flags & HAND_CLEAN ? 0 : UINT64_C(1) << 58);
}

uint64_t hand_link(const struct hand *h, uint64_t table_hpa)
{
	return table_hpa | (h->kind == REF_NPT ? 0x27 : 3);
}

uint64_t hand_frozen(const struct hand *h)
{
	return h->kind == REF_NPT ? UINT64_C(0x000ffffffffff008) : 8;
}

void hand_store(struct hand *h, uint64_t *entry, uint64_t value)
{
	(void)h;
	tdp_test_access(TDP_SPTE_STORE, entry, *entry, value);
	*entry = value;
}

uint64_t hand_xchg(struct hand *h, uint64_t *entry, uint64_t value)
{
	uint64_t old;

	(void)h;
	tdp_test_access(TDP_SPTE_XCHG, entry, *entry, value);
	old = *entry;
	*entry = value;
	return old;
}

bool hand_cas(struct hand *h, uint64_t *entry, uint64_t old_value, uint64_t new_value)
{
	(void)h;
	tdp_test_access(TDP_SPTE_CMPXCHG, entry, *entry, new_value);
	if (*entry != old_value)
		return false;
	*entry = new_value;
	return true;
}

uint64_t hand_load(struct hand *h, uint64_t *entry)
{
	(void)h;
	tdp_test_access(TDP_SPTE_LOAD, entry, *entry, *entry);
	return *entry;
}

void hand_fill(struct hand *h, uint64_t *entry, unsigned n, uint64_t value, uint64_t step)
{
	(void)h;
	for (unsigned i = 0; i < n; i++) {
		tdp_test_access(TDP_SPTE_PRIVATE, &entry[i], entry[i], value + i * step);
		entry[i] = value + i * step;
	}
}

struct tdp_table hand_table(struct hand *h)
{
	struct tdp_table t = {0};

	if (h->ops->table_alloc(h->r, NULL, &t))
		hand_fill(h, t.va, 512, 0, 0);
	return t;
}

void hand_free(struct hand *h, uint64_t table_hpa)
{
	struct tdp_table t = {.va = (void *)(uintptr_t)(table_hpa + h->ops->va_offset), .hpa = table_hpa};

	h->ops->table_free(h->r, &t);
}

void hand_flush(struct hand *h, uint64_t gpa, uint64_t size, int level, bool tables)
{
	struct tdp_flush f = {.tree = (const void *)h, .gpa = gpa, .size = size, .level = (int8_t)level, .tables = tables};

	h->ops->flush(h->r, NULL, &f);
}

void hand_dirty(struct hand *h, uint64_t gpa, uint64_t size)
{
	h->ops->dirty(h->r, NULL, gpa, size);
}

void hand_barrier(struct hand *h)
{
	h->ops->walker_barrier(h->r);
}

void hand_begin(struct hand *h, const char *name, const struct tdp_gather *gather)
{
	referee_begin(h->r, name, gather);
}

void hand_end(struct hand *h)
{
	referee_end(h->r);
}

void hand_map(struct hand *h, unsigned n, uint64_t hpa, unsigned flags)
{
	hand_begin(h, "map", NULL);
	hand_store(h, &h->page[n], hand_leaf(h, 0, hpa, flags));
	hand_barrier(h);
	hand_end(h);
}

struct tdp_table hand_block_and_split(struct hand *h, uint64_t hpa, unsigned flags)
{
	struct tdp_table t;

	hand_begin(h, "map", NULL);
	hand_store(h, &h->mid[1], hand_leaf(h, 1, hpa, flags));
	hand_barrier(h);
	hand_end(h);
	t = hand_table(h);
	hand_fill(h, t.va, 512, hand_leaf(h, 0, hpa, flags), KIB4);
	return t;
}
