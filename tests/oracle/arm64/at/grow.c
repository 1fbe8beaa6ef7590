/* SPDX-License-Identifier: BSD-2-Clause */
#include "grow.h"

#include <stdio.h>

enum { SPOTS = 16, BITMAP_PAGES = 4096 };

/* Where the operations of one tree go. */
struct plot {
	struct space *s;
	struct random *r;
	tdp_gpa_t spots[SPOTS]; /* multiples of the granule */
	tdp_gpa_t gpa;		/* the range of the operation; often that of the one before */
	uint64_t size;
	unsigned level; /* what it is aligned to */
};

static uint64_t space_size(const struct plot *p)
{
	return UINT64_C(1) << p->s->layout.gpa_bits;
}

/* Borders of the space and of its tables, and places that are nothing special. */
static void choose_spots(struct plot *p)
{
	const struct tdp_layout *l = &p->s->layout;

	for (unsigned i = 0; i < SPOTS; i++) {
		const uint64_t span = tdp_level_size(l, (unsigned)random_below(p->r, l->top_level + 1u));

		p->spots[i] = (random_u64(p->r) & (space_size(p) - 1)) & ~(span - 1);
	}
	p->spots[0] = 0;
	p->spots[1] = space_size(p) - tdp_level_size(l, l->top_level);
	if (l->root_concat_lg2 > 0) /* where one root table ends and the next begins */
		p->spots[2] = (space_size(p) >> l->root_concat_lg2) * (1 + random_below(p->r, (1u << l->root_concat_lg2) - 1));
}

/* A range of pages or of larger leaves near one of the spots, on either side of it. */
static void choose_range(struct plot *p)
{
	const struct tdp_layout *l = &p->s->layout;
	const tdp_gpa_t spot = p->spots[random_below(p->r, SPOTS)];
	uint64_t unit, units, back;

	p->level = 0;
	while (p->level < l->top_level && (l->leaf_levels >> (p->level + 1) & 1) && random_below(p->r, 3) == 0)
		p->level++;
	unit = tdp_level_size(l, p->level);
	units = p->level > 0 ? 1 + random_below(p->r, 4) : 1 + random_below(p->r, random_below(p->r, 2) ? 16 : 700);
	back = random_below(p->r, 2) ? unit * random_below(p->r, 2 * units) : 0;
	p->gpa = (spot >= back ? spot - back : 0) & ~(unit - 1);
	p->size = unit * units;
	if (p->gpa + p->size > space_size(p))
		p->size = space_size(p) - p->gpa;
}

static struct tdp_attrs choose_attrs(struct plot *p)
{
	static const uint8_t prots[] = {TDP_R, TDP_RW, TDP_RW, TDP_RWX, TDP_RX, TDP_W, TDP_X, TDP_RW | TDP_XS, TDP_R | TDP_XU};
	static const uint8_t types[] = {TDP_MT_WB, TDP_MT_WB, TDP_MT_WT, TDP_MT_WC, TDP_MT_UC, TDP_MT_DEVICE_STRICT, TDP_MT_STAGE1};
	struct tdp_attrs attrs = {.prot = prots[random_below(p->r, sizeof(prots))], .memtype = TDP_MT_WB};

	if (random_below(p->r, 2) == 0)
		attrs.memtype = types[random_below(p->r, sizeof(types))];
	attrs.sw = (uint8_t)random_below(p->r, UINT64_C(1) << tdp_sw_bits(&p->s->layout));
	return attrs;
}

/* A host address that lets leaves of the range's level be used. */
static tdp_hpa_t choose_hpa(struct plot *p)
{
	const uint64_t room = UINT64_C(1) << p->s->layout.hpa_bits, unit = tdp_level_size(&p->s->layout, p->level);
	tdp_hpa_t hpa = (random_u64(p->r) & (room - 1)) & ~(unit - 1);

	if (hpa + p->size > room)
		hpa = (room - p->size) & ~(unit - 1);
	return hpa;
}

static enum tdp_result do_map(struct plot *p, struct tdp_op *op)
{
	op->flags = random_below(p->r, 8) ? 0 : TDP_PREFETCH;
	op->flags |= random_below(p->r, 8) ? 0 : TDP_LOG_DIRTY;
	op->flags |= random_below(p->r, 2) ? 0 : TDP_OVER_NOTE;
	op->max_level_plus1 = (uint8_t)(random_below(p->r, 4) ? 0 : 1 + random_below(p->r, p->s->layout.top_level + 1u));
	return tdp_map(&p->s->tree, p->gpa, p->size, choose_hpa(p), choose_attrs(p), op);
}

static enum tdp_result do_fault(struct plot *p, struct tdp_op *op)
{
	const struct tdp_fault fault = {
		.gpa = p->gpa + random_below(p->r, p->size),
		.base = p->gpa,
		.backing = {.hpa = choose_hpa(p), .size = p->size, .attrs = choose_attrs(p)},
		.access = random_below(p->r, 2) ? TDP_WRITE : TDP_READ,
	};

	return tdp_fault(&p->s->tree, &fault, op);
}

static enum tdp_result do_zap(struct plot *p, struct tdp_op *op)
{
	op->flags = random_below(p->r, 4) ? 0 : TDP_ZAP_LEAVES;
	return tdp_zap(&p->s->tree, p->gpa, p->size, op);
}

static enum tdp_result do_attrs(struct plot *p, struct tdp_op *op)
{
	static const uint8_t masks[] = {TDP_MASK_PROT, TDP_MASK_MEMTYPE, TDP_MASK_SW, TDP_MASK_PROT | TDP_MASK_MEMTYPE};
	const unsigned mask = masks[random_below(p->r, sizeof(masks))];

	return tdp_set_attrs(&p->s->tree, p->gpa, p->size, choose_attrs(p), mask, op);
}

static enum tdp_result do_protect(struct plot *p, struct tdp_op *op)
{
	return tdp_protect(&p->s->tree, p->gpa, p->size, op);
}

static enum tdp_result do_note(struct plot *p, struct tdp_op *op)
{
	return tdp_note(&p->s->tree, p->gpa, p->size, random_u64(p->r) >> (64 - TDP_NOTE_BITS), op);
}

static enum tdp_result do_split(struct plot *p, struct tdp_op *op)
{
	return tdp_split(&p->s->tree, p->gpa, p->size, (unsigned)random_below(p->r, p->level + 1u), op);
}

static enum tdp_result do_promote(struct plot *p, struct tdp_op *op)
{
	return tdp_promote(&p->s->tree, p->gpa, p->size, 1 + (unsigned)random_below(p->r, 2), NULL, NULL, op);
}

static enum tdp_result do_age(struct plot *p, struct tdp_op *op)
{
	return tdp_age(&p->s->tree, p->gpa, p->size, true, NULL, op);
}

static enum tdp_result do_arm(struct plot *p, struct tdp_op *op)
{
	return tdp_dirty_arm(&p->s->tree, p->gpa, p->size, NULL, op);
}

static enum tdp_result do_restore(struct plot *p, struct tdp_op *op)
{
	const unsigned lg2 = p->s->layout.format ? (unsigned)__builtin_ctzll(tdp_level_size(&p->s->layout, 0)) : 0;
	uint64_t words[BITMAP_PAGES / 64];
	struct tdp_bitmap pages = {.words = words, .base = p->gpa, .pages = p->size >> lg2, .page_lg2 = lg2};

	for (unsigned i = 0; i < BITMAP_PAGES / 64; i++)
		words[i] = random_u64(p->r);
	pages.pages = pages.pages < BITMAP_PAGES ? pages.pages : BITMAP_PAGES;
	return tdp_dirty_restore(&p->s->tree, &pages, op);
}

static enum tdp_result do_replace(struct plot *p, struct tdp_op *op)
{
	struct tdp_mapping m;
	tdp_hpa_t old;

	if (tdp_lookup(&p->s->tree, p->gpa, &m, NULL) != TDP_OK)
		return TDP_ABSENT;
	old = m.entry.hpa + (p->gpa - m.gpa);
	if (old + p->size > UINT64_C(1) << p->s->layout.hpa_bits)
		return TDP_ABSENT;
	return tdp_replace(&p->s->tree, p->gpa, p->size, old, choose_hpa(p), choose_attrs(p), op);
}

/* How often, in 32. */
static const struct {
	unsigned weight;
	enum tdp_result (*fn)(struct plot *p, struct tdp_op *op);
	const char *name;
} operations[] = {
	{10, do_map, "map"},	    {4, do_fault, "fault"}, {3, do_zap, "zap"},		{2, do_attrs, "set_attrs"},
	{1, do_protect, "protect"}, {2, do_note, "note"},   {3, do_split, "split"},	{2, do_promote, "promote"},
	{1, do_age, "age"},	    {2, do_arm, "arm"},	    {1, do_restore, "restore"}, {1, do_replace, "replace"},
};

/* A refusal is an answer like any other, but for one that says that this program is wrong. */
static void step(struct plot *p)
{
	struct tdp_op op = {0};
	uint64_t choice = random_below(p->r, 32);
	enum tdp_result result;
	unsigned i = 0;

	while (choice >= operations[i].weight)
		choice -= operations[i++].weight;
	if (random_below(p->r, 3) != 0)
		choose_range(p);
	result = operations[i].fn(p, &op);
	if (result == TDP_INVALID || result == TDP_RANGE || result == TDP_STALE_ROOT)
		die("%s(0x%llx, 0x%llx): %s", operations[i].name, (unsigned long long)p->gpa, (unsigned long long)p->size,
		    tdp_result_name(result));
}

/* Says where; the first few. */
static void broken(void *arg, unsigned invariant, const struct tdp_visit *where)
{
	unsigned *shown = arg;

	if ((*shown)++ < 8)
		fprintf(stderr, "  invariant %u at 0x%llx, level %u: 0x%llx\n", invariant, (unsigned long long)where->gpa,
			where->entry.level, (unsigned long long)where->entry.raw);
}

void grow(struct space *s, struct random *r, unsigned count)
{
	struct plot p = {.s = s, .r = r};
	unsigned shown = 0;

	choose_spots(&p);
	choose_range(&p);
	for (unsigned i = 0; i < count; i++)
		step(&p);
	if (tdp_verify(&s->tree, broken, &shown) != TDP_OK)
		die("%s, %u bits: the tree breaks an invariant", s->geometry->format, s->geometry->ipa_bits);
}
