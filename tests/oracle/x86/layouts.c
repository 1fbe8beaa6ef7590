/* SPDX-License-Identifier: BSD-2-Clause */
/* Random layouts; see layouts.h. */
#include "layouts.h"

#define SIZE_2M	    UINT64_C(0x200000)
#define SIZE_1G	    UINT64_C(0x40000000)
#define SIZE_WINDOW SIZE_1G
enum { NOTE = 0x1234567 };

/* Below n. */
static uint64_t below(struct layout_run *l, uint64_t n)
{
	return (random_next(&l->random) >> 16) % n;
}

void layout_start(struct layout_run *l)
{
	const uint64_t gigabytes = UINT64_C(1) << (l->gpa_bits - 30);

	l->model.count = 0;
	/* The first, the last, one that ends where a table of the third level does, and one anywhere. */
	l->window[0] = SIZE_1G;
	l->window[1] = (gigabytes - 2) * SIZE_1G;
	l->window[2] = ((below(l, gigabytes) | 511) % (gigabytes - 1)) * SIZE_1G;
	if (l->window[2] == 0)
		l->window[2] = SIZE_1G;
	l->window[3] = (1 + below(l, gigabytes - 2)) * SIZE_1G;
}

/* Somewhere in a window; small ranges are frequent, and a 1 GiB leaf is possible. */
static void pick_range(struct layout_run *l, tdp_gpa_t *gpa, uint64_t *size)
{
	const tdp_gpa_t window = l->window[below(l, LAYOUT_WINDOWS)];

	switch (below(l, 8)) {
	case 0:
		*gpa = window;
		*size = SIZE_1G;
		break;
	case 1:
	case 2:
		*gpa = window + below(l, 8) * SIZE_2M;
		*size = (1 + below(l, 4)) * SIZE_2M;
		break;
	case 3: /* not aligned, around a border of 2 MiB */
		*size = (1 + below(l, 600)) * PAGE;
		*gpa = window + (1 + below(l, 6)) * SIZE_2M - below(l, *size / PAGE + 1) * PAGE;
		break;
	default:
		*gpa = window + below(l, 4) * SIZE_2M + below(l, 4) * PAGE * (below(l, 2) ? 1 : 127);
		*size = (1 + below(l, 8)) * PAGE;
	}
}

tdp_hpa_t layout_backing(struct layout_run *l, tdp_gpa_t gpa, uint64_t size)
{
	const uint64_t at = gpa % SIZE_1G;

	if (size >= DATA_SIZE || (below(l, 2) && at + size <= DATA_SIZE))
		return DATA_START + (size >= DATA_SIZE ? 0 : at);
	const uint64_t room = (DATA_SIZE - size) / PAGE;

	if (below(l, 3) && room > 1024)
		return DATA_START + below(l, (room - 512) / 512) * SIZE_2M + gpa % SIZE_2M;
	return DATA_START + below(l, room + 1) * PAGE;
}

struct tdp_attrs layout_attrs(struct layout_run *l)
{
	struct tdp_attrs attrs = {.prot = l->prots[below(l, l->prot_count)]};

	if (below(l, 4) == 0)
		attrs.memtype = l->memtypes[below(l, l->memtype_count)];
	if (below(l, 8) == 0)
		attrs.flags = (uint8_t)(l->flags & below(l, 256));
	return attrs;
}

/* ---- calls ---- */

static void do_map(struct layout_run *l, tdp_gpa_t gpa, uint64_t size)
{
	const struct tdp_attrs attrs = layout_attrs(l);
	const tdp_hpa_t hpa = layout_backing(l, gpa, size);
	struct tdp_op op = {.flags = below(l, 2) ? TDP_PREFETCH : 0,
			    .max_level_plus1 = (uint8_t)(below(l, 3) ? 0 : 1 + below(l, 3))};
	enum tdp_result result;

	if (size == SIZE_1G && op.max_level_plus1)
		op.max_level_plus1 = 2;
	result = tdp_map(&l->space->tree, gpa, size, hpa, attrs, &op);
	if (result < 0 && result != TDP_EXISTS)
		space_must(result, "tdp_map");
	model_add(&l->model, (struct model_call){.change = MODEL_MAP,
						 .gpa = gpa,
						 .size = op.next - gpa,
						 .hpa = hpa,
						 .prot = attrs.prot,
						 .memtype = attrs.memtype,
						 .flags = attrs.flags});
}

static void do_zap(struct layout_run *l, tdp_gpa_t gpa, uint64_t size)
{
	struct tdp_op op = {.flags = below(l, 2) ? TDP_ZAP_LEAVES : 0};

	space_must(tdp_zap(&l->space->tree, gpa, size, &op), "tdp_zap");
	model_add(&l->model, (struct model_call){.change = MODEL_ZAP, .gpa = gpa, .size = size});
}

static void do_prot(struct layout_run *l, tdp_gpa_t gpa, uint64_t size)
{
	const struct tdp_attrs attrs = layout_attrs(l);

	space_must(tdp_set_attrs(&l->space->tree, gpa, size, attrs, TDP_MASK_PROT, NULL), "tdp_set_attrs");
	model_add(&l->model, (struct model_call){.change = MODEL_PROT, .gpa = gpa, .size = size, .prot = attrs.prot});
}

/* A leaf that sticks out is protected whole. */
static void do_protect(struct layout_run *l, tdp_gpa_t gpa, uint64_t size)
{
	tdp_gpa_t start = gpa, end = gpa + size;
	struct tdp_mapping m;

	if (tdp_lookup(&l->space->tree, gpa, &m, NULL) == TDP_OK)
		start = m.gpa;
	if (tdp_lookup(&l->space->tree, end - 1, &m, NULL) == TDP_OK)
		end = m.gpa + m.entry.size;
	space_must(tdp_protect(&l->space->tree, gpa, size, NULL), "tdp_protect");
	model_add(&l->model, (struct model_call){.change = MODEL_PROTECT, .gpa = start, .size = end - start});
}

static void do_note(struct layout_run *l, tdp_gpa_t gpa, uint64_t size)
{
	struct tdp_op op = {.flags = l->note_flags & (uint32_t)random_next(&l->random)};
	const enum tdp_result result = tdp_note(&l->space->tree, gpa, size, NOTE, &op);

	if (result < 0 && result != TDP_EXISTS)
		space_must(result, "tdp_note");
	model_add(&l->model, (struct model_call){.change = MODEL_NOTE, .gpa = gpa, .size = op.next - gpa});
}

/* Move one page that is mapped. */
static void do_replace(struct layout_run *l, tdp_gpa_t gpa)
{
	const struct model_page page = model_at(&l->model, gpa);
	struct tdp_attrs attrs = layout_attrs(l);
	const tdp_hpa_t hpa = layout_backing(l, gpa, PAGE);

	if (!page.mapped)
		return;
	attrs.flags = page.flags;
	space_must(tdp_replace(&l->space->tree, gpa, PAGE, page.hpa, hpa, attrs, NULL), "tdp_replace");
	model_add(&l->model, (struct model_call){.change = MODEL_MOVE,
						 .gpa = gpa,
						 .size = PAGE,
						 .hpa = hpa,
						 .prot = attrs.prot,
						 .memtype = attrs.memtype,
						 .flags = attrs.flags});
}

/* Calls that change no translation. */
static void do_upkeep(struct layout_run *l, tdp_gpa_t gpa, uint64_t size)
{
	static uint64_t words[(SIZE_1G >> 12) / 64];
	const struct tdp_bitmap out = {.words = words, .base = gpa, .pages = size / PAGE, .page_lg2 = 12};
	struct tdp_tree *tree = &l->space->tree;

	switch (below(l, 5)) {
	case 0:
		space_must(tdp_split(tree, gpa, size, (unsigned)below(l, 2), NULL), "tdp_split");
		break;
	case 1:
		space_must(
			tdp_promote(tree, gpa, size, (l->space->layout.leaf_levels & 4) && below(l, 2) ? 2 : 1, NULL, NULL, NULL),
			"tdp_promote");
		break;
	case 2:
		space_must(tdp_age(tree, gpa, size, true, NULL, NULL), "tdp_age");
		break;
	case 3:
		space_must(tdp_dirty_arm(tree, gpa, size, &out, NULL), "tdp_dirty_arm");
		break;
	default:
		space_must(tdp_trim(tree, gpa, size, NULL), "tdp_trim");
	}
}

void layout_step(struct layout_run *l)
{
	tdp_gpa_t gpa;
	uint64_t size;

	pick_range(l, &gpa, &size);
	switch (below(l, 12)) {
	case 0:
		do_zap(l, gpa, size);
		break;
	case 1:
		do_prot(l, gpa, size);
		break;
	case 2:
		do_protect(l, gpa, size);
		break;
	case 3:
		do_note(l, gpa, size);
		break;
	case 4:
		do_replace(l, gpa);
		break;
	case 5:
	case 6:
		do_upkeep(l, gpa, size);
		break;
	default:
		do_map(l, gpa, size);
	}
}

tdp_gpa_t layout_address(struct layout_run *l)
{
	const tdp_gpa_t limit = UINT64_C(1) << l->gpa_bits;
	const struct model_call *c = l->model.count ? &l->model.calls[below(l, l->model.count)] : NULL;
	tdp_gpa_t gpa = random_next(&l->random);

	if (c) {
		const uint64_t kind = below(l, 16);

		if (kind < 8)
			gpa = c->gpa + below(l, c->size);
		else if (kind < 10)
			gpa = c->gpa - 1 - below(l, PAGE);
		else if (kind < 12)
			gpa = c->gpa + c->size + below(l, PAGE);
		else if (kind < 13)
			gpa = c->gpa + below(l, PAGE);
		else if (kind < 14)
			gpa = c->gpa + c->size - 1 - below(l, PAGE);
		else if (kind < 15) /* the same place in another table */
			gpa = c->gpa ^ UINT64_C(1) << (12 + below(l, l->gpa_bits - 12));
	}
	gpa %= limit;
	return (gpa < LAYOUT_FLOOR ? gpa + LAYOUT_FLOOR : gpa) & ~UINT64_C(3);
}
