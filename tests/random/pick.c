/* SPDX-License-Identifier: BSD-2-Clause */
#include "random.h"

static const struct island *pick_island(struct trial *t)
{
	return &t->w.island[rng_percent(&t->rng, 70) ? 0 : t->w.islands - 1];
}

/* A single page's cell: every other time near the beginning of an entry of an upper level. */
static unsigned pick_cell(struct trial *t, const struct island *island)
{
	unsigned at = rng_below(&t->rng, island->hots), near = rng_below(&t->rng, 7);
	unsigned per = 1u << (t->w.index_bits * (1 + rng_below(&t->rng, 2)));

	if (rng_percent(&t->rng, 40))
		return island->hot + at;
	at = at / per * per + near;
	at = at < 3 ? 0 : at - 3;
	return island->hot + (at < island->hots ? at : island->hots - 1);
}

tdp_gpa_t pick_page(struct trial *t)
{
	return t->w.gpa[pick_cell(t, pick_island(t))];
}

/* One past the last cell of a range that begins at this one. */
static unsigned pick_end(struct trial *t, const struct island *island, unsigned first, bool cold)
{
	unsigned per = 1u << t->w.index_bits, kind = rng_below(&t->rng, 100), hot_end = island->hot + island->hots;
	unsigned end;

	if (kind < 35)
		end = first + 1 + rng_below(&t->rng, 4);
	else if (kind < 60)
		end = first + 1 + rng_below(&t->rng, 40);
	else if (kind < 80) /* up to a boundary */
		end = island->hot + ((first - island->hot) / per + 1 + rng_below(&t->rng, 2)) * per;
	else if (kind < 92 || !cold)
		end = first + 1 + rng_below(&t->rng, hot_end - first);
	else
		return first + 1 + rng_below(&t->rng, island->first + island->cells - first);
	return end < hot_end ? end : hot_end;
}

struct range pick_range(struct trial *t, bool cold)
{
	const struct island *island = pick_island(t);
	unsigned per = 1u << t->w.index_bits, first = pick_cell(t, island), end;
	struct range r;

	if (rng_percent(&t->rng, 35)) /* begin at a boundary */
		first = island->hot + (first - island->hot) / per * per;
	end = pick_end(t, island, first, cold);
	if (cold && rng_percent(&t->rng, 8))
		first = island->first + rng_below(&t->rng, first - island->first + 1);
	r.gpa = t->w.gpa[first];
	r.size = t->w.gpa[end - 1] + t->w.size[end - 1] - r.gpa;
	return r;
}

struct tdp_attrs pick_attrs(struct trial *t)
{
	static const struct tdp_attrs usual[] = {
		{.prot = TDP_RW},
		{.prot = TDP_RX},
		{.prot = TDP_R},
		{.prot = TDP_RWX, .memtype = TDP_MT_UC},
		{.prot = TDP_RW, .sw = 1},
		{.prot = TDP_RWX, .memtype = TDP_MT_WT, .sw = 3},
		{.prot = TDP_RWX, .memtype = TDP_MT_ASK},
		{.prot = TDP_RWX, .flags = TDP_ATTR_FORCE_MT},
	};
	unsigned kind = rng_below(&t->rng, 100);

	if (kind < 50)
		return (struct tdp_attrs){.prot = TDP_RWX};
	if (kind < 88)
		return usual[rng_below(&t->rng, sizeof(usual) / sizeof(usual[0]))];
	return (struct tdp_attrs){
		.prot = (uint8_t)rng_below(&t->rng, 17),
		.memtype = (uint8_t)rng_below(&t->rng, 9),
		.flags = (uint8_t)(rng_percent(&t->rng, 50) ? 0 : rng_below(&t->rng, 9)),
		.sw = (uint8_t)(rng_percent(&t->rng, 50) ? 0 : rng_below(&t->rng, 20)),
	};
}

tdp_hpa_t pick_hpa(struct trial *t, tdp_gpa_t gpa, bool cold)
{
	unsigned i = world_first(&t->w, gpa), island = i < t->w.island[0].cells ? 0 : 1, kind = rng_below(&t->rng, 100);
	const bool wide = setup_hpa_bits(t->setup) == 52;
	uint64_t bank = UINT64_C(1) << (wide ? 50 : 33), half = UINT64_C(1) << 32, skew = 0;
	unsigned n;

	if (kind < 15)
		skew = world_span(&t->w, 1) * rng_below(&t->rng, 5);
	else if (kind < 30 && !cold)
		skew = PAGE * rng_below(&t->rng, 5);
	n = rng_below(&t->rng, 3);
	/* Where an address has two fields, the pages around the first island's boundary cross from one to the other. */
	return bank * n - (wide && n > 0 ? half / 4 : 0) + half * island + (gpa - t->w.island[island].gpa) + skew;
}

struct request pick_request(struct trial *t, enum request_what what, bool cold)
{
	struct range r = pick_range(t, cold);
	struct request q = {.what = what, .gpa = r.gpa, .size = r.size, .tables = -1};

	if (rng_percent(&t->rng, 20))
		q.tables = (int)rng_below(&t->rng, 6);
	if (rng_percent(&t->rng, 20))
		q.gather = 1 + rng_below(&t->rng, MODEL_GATHERS);
	if (rng_percent(&t->rng, 10))
		q.flags = TDP_EXCLUSIVE;
	return q;
}

void pick_pieces(struct trial *t, struct request *q, bool cold)
{
	tdp_gpa_t gpa = q->gpa, end = q->gpa + q->size;

	for (q->pieces = 0; gpa < end && q->pieces < MODEL_PIECES; q->pieces++) {
		struct piece *p = &q->piece[q->pieces];
		unsigned i = world_first(&t->w, gpa) + rng_below(&t->rng, rng_percent(&t->rng, 50) ? 8 : 700);

		*p = (struct piece){.gpa = gpa, .end = end, .hpa = pick_hpa(t, gpa, cold), .attrs = pick_attrs(t)};
		if (i < t->w.cells && t->w.gpa[i] + t->w.size[i] < end && q->pieces + 1 < MODEL_PIECES)
			p->end = t->w.gpa[i] + t->w.size[i];
		if (rng_percent(&t->rng, 60) && q->pieces > 0)
			p->attrs = q->piece[q->pieces - 1].attrs;
		if (rng_percent(&t->rng, 15))
			p->max_level_plus1 = (uint8_t)(cold ? 2 : 1 + rng_below(&t->rng, 3));
		p->refused = rng_percent(&t->rng, 4);
		p->misaligned = rng_percent(&t->rng, 2) ? 1 : 0;
		gpa = p->end;
	}
}

void pick_wrong(struct trial *t, struct request *q)
{
	bool has_hpa = q->what == ASK_MAP || q->what == ASK_FAULT || q->what == ASK_REPLACE;
	tdp_gpa_t *gpa = q->what == ASK_FAULT ? &q->base : &q->gpa;

	switch (rng_below(&t->rng, has_hpa ? 9 : 7)) {
	case 0:
		*gpa += 1 + rng_below(&t->rng, 4095);
		break;
	case 1:
		q->size = 0;
		break;
	case 2:
		q->size += 1 + rng_below(&t->rng, 4095);
		break;
	case 3:
		q->size = t->w.end - *gpa + PAGE;
		break;
	case 4:
		q->size = -*gpa; /* wraps to 0 */
		break;
	case 5:
		q->flags |= UINT32_C(1) << (11 + rng_below(&t->rng, 20));
		break;
	case 6: /* another operation's, mostly */
		q->flags |= UINT32_C(1) << (1 + rng_below(&t->rng, 10));
		q->flags &= ~(uint32_t)(TDP_MAY_YIELD | TDP_DRY_RUN);
		if (world_has_cold(&t->w, q->gpa, q->gpa + q->size)) /* which no pages are put into */
			q->flags &= ~(uint32_t)TDP_LOG_DIRTY;
		break;
	case 7:
		q->hpa |= 0x800;
		break;
	default:
		q->hpa = (UINT64_C(1) << setup_hpa_bits(t->setup)) - PAGE * rng_below(&t->rng, 2);
		q->size += PAGE;
		break;
	}
}
