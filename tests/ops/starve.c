/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables run out, at each table in turn: the documented error, nothing half done, nothing leaked, and with what op->tables asks
 * for the call goes through.
 */
#include "harness.h"

/* A call that takes tables, and the tree that it meets. */
struct workload {
	const char *name;
	void (*plant)(struct harness *h);
	enum tdp_result (*call)(struct harness *h, tdp_gpa_t from); /* from there to the end of its range */
	bool all_or_nothing;					    /* else it may finish part of its range */
	bool gathered;
};

/* The range of every workload: neither end on a boundary. */
static tdp_gpa_t range_start(const struct harness *h)
{
	return h->b + h->p;
}

static tdp_gpa_t range_end(const struct harness *h)
{
	return h->g + h->b + 2 * h->p;
}

static void plant_nothing(struct harness *h)
{
	(void)h;
}

/* Leaves of level 1 and 2 from 0 on, far enough. */
static void plant_leaves(struct harness *h)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->g, HPA, RWX, NULL));
	IS(TDP_OK, map_at(h, 1, h->g, 3 * h->b, HPA + h->g, RWX));
}

/* Pages here and there, a leaf of level 1, and a note: what a mapping has to go around. */
static void plant_islands(struct harness *h)
{
	IS(TDP_OK, map_at(h, 0, 2 * h->b, h->p, HPA + 2 * h->b, RWX));
	IS(TDP_OK, map_at(h, 1, 3 * h->b, h->b, HPA + 3 * h->b, RWX));
}

static void plant_notes(struct harness *h)
{
	IS(TDP_OK, tdp_note(&h->tree, 0, 2 * h->g, 7, NULL));
}

static enum tdp_result call_map(struct harness *h, tdp_gpa_t from)
{
	return tdp_map(&h->tree, from, range_end(h) - from, HPA + from, RWX, &h->op);
}

/* Pieces of one b, each moved by a page so that only pages fit, or straight. */
static bool pieces(void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out)
{
	const struct harness *h = arg;
	const bool moved = gpa / h->b % 3 == 1 && gpa / h->b < 8;

	(void)size;
	*out = (struct tdp_backing){.hpa = HPA + gpa + (moved ? h->p : 0), .size = h->b - gpa % h->b, .attrs = RWX};
	return true;
}

static enum tdp_result call_map_from(struct harness *h, tdp_gpa_t from)
{
	return tdp_map_from(&h->tree, from, range_end(h) - from, pieces, h, &h->op);
}

static enum tdp_result call_map_over_note(struct harness *h, tdp_gpa_t from)
{
	h->op.flags = TDP_OVER_NOTE;
	return call_map(h, from);
}

static enum tdp_result call_fault(struct harness *h, tdp_gpa_t from)
{
	const struct tdp_fault f = {
		.gpa = from, .base = from, .backing = {.hpa = HPA2 + h->p, .size = h->p, .attrs = RWX}, .access = TDP_READ};

	return tdp_fault(&h->tree, &f, &h->op);
}

/* A logged write to a huge leaf. */
static enum tdp_result call_fault_logged(struct harness *h, tdp_gpa_t from)
{
	const struct tdp_fault f = {.gpa = from, .backing = {.hpa = HPA, .size = h->g, .attrs = RWX}, .access = TDP_WRITE};

	h->op.flags = TDP_LOG_DIRTY;
	return tdp_fault(&h->tree, &f, &h->op);
}

static enum tdp_result call_replace(struct harness *h, tdp_gpa_t from)
{
	return tdp_replace(&h->tree, from, range_end(h) - from, HPA + from, HPA2 + from, RX, &h->op);
}

/* New memory that is aligned to pages only; a short range, because every b of it takes a table. */
static enum tdp_result call_replace_misaligned(struct harness *h, tdp_gpa_t from)
{
	return tdp_replace(&h->tree, from, 4 * h->b - from, HPA + from, HPA2 + h->p + from, RX, &h->op);
}

static enum tdp_result call_note(struct harness *h, tdp_gpa_t from)
{
	return tdp_note(&h->tree, from, range_end(h) - from, 9, &h->op);
}

static enum tdp_result call_zap(struct harness *h, tdp_gpa_t from)
{
	return tdp_zap(&h->tree, from, range_end(h) - from, &h->op);
}

static enum tdp_result call_set_attrs(struct harness *h, tdp_gpa_t from)
{
	return tdp_set_attrs(&h->tree, from, range_end(h) - from, RO, TDP_MASK_PROT, &h->op);
}

static enum tdp_result call_split(struct harness *h, tdp_gpa_t from)
{
	return tdp_split(&h->tree, from, 5 * h->b - from, 0, &h->op);
}

/* Huge leaves that are shut for the log: a write to one splits it. */
static void plant_read_only(struct harness *h)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->g, HPA, RX, NULL));
}

static const struct workload workloads[] = {
	{"map", plant_nothing, call_map, false, false},
	{"map around islands", plant_islands, call_map, false, false},
	{"map over a note", plant_notes, call_map_over_note, false, false},
	{"map_from", plant_nothing, call_map_from, false, false},
	{"fault", plant_nothing, call_fault, true, false},
	{"fault that splits for the log", plant_read_only, call_fault_logged, true, false},
	{"replace", plant_leaves, call_replace, false, false},
	{"replace by misaligned memory", plant_leaves, call_replace_misaligned, false, false},
	{"note", plant_nothing, call_note, false, false},
	{"note on a coarse note", plant_notes, call_note, false, false},
	{"zap", plant_leaves, call_zap, true, false},
	{"zap of notes", plant_notes, call_zap, true, false},
	{"zap into a gather", plant_leaves, call_zap, true, true},
	{"split", plant_leaves, call_split, false, false},
	{"set_attrs", plant_leaves, call_set_attrs, true, false},
	{"set_attrs into a gather", plant_leaves, call_set_attrs, true, true},
};

/* From an address on, everything that a workload could have touched. */
static uint64_t content_from(struct harness *h, tdp_gpa_t gpa)
{
	return content_digest(h, gpa, 4 * h->g - gpa);
}

/* The same in a tree where the workload has not run. */
static uint64_t content_planted(const struct harness *h, const struct workload *w, tdp_gpa_t gpa)
{
	static struct harness fresh;
	uint64_t digest;

	harness_start(&fresh, h->setup, h->setting, h->mode);
	w->plant(&fresh);
	digest = content_from(&fresh, gpa);
	harness_finish(&fresh);
	referee_use(h->r);
	return digest;
}

/* After TDP_NOMEM: what it says is done is done, the rest is as before; as many tables as it asks for are enough. */
static void check_failed(struct harness *h, const struct workload *w, unsigned tables, uint64_t state)
{
	const tdp_gpa_t from = h->op.next, start = range_start(h);
	uint64_t done;

	if (from < start || from >= range_end(h) || h->op.tables == 0)
		harness_fail(h, __LINE__, "%s with %u tables: next %#" PRIx64 ", tables %u", w->name, tables, from, h->op.tables);
	if (w->all_or_nothing && (tables_digest(h) != state || from != start || h->op.changed != 0 || TAKEN != 0))
		harness_fail(h, __LINE__, "%s with %u tables changed something", w->name, tables);
	if (content_from(h, from) != content_planted(h, w, from))
		harness_fail(h, __LINE__, "%s with %u tables changed something behind op->next %#" PRIx64, w->name, tables, from);
	done = content_digest(h, start, from - start);
	harness_tables(h, tdp_cache_count(referee_cache(h->r)) + h->op.tables);
	harness_before(h, w->name);
	harness_after(h, __LINE__, TDP_OK, w->call(h, from), w->name);
	if (content_digest(h, start, from - start) != done)
		harness_fail(h, __LINE__, "%s with %u tables: what was done before op->next was not", w->name, tables);
}

/* One workload with so many tables. Returns whether they were enough. *whole: content after the whole call; 0 if not known yet. */
static bool starve_once(const struct setup *setup, const struct setting *setting, const struct workload *w, unsigned tables,
			uint64_t *whole)
{
	struct tdp_gather gather = {0};
	static struct harness h;
	enum tdp_result r;
	uint64_t state;

	harness_start(&h, setup, setting, ALONE);
	w->plant(&h);
	harness_tables(&h, tables);
	state = tables_digest(&h);
	h.op = (struct tdp_op){.gather = w->gathered ? &gather : NULL};
	harness_before(&h, w->name);
	r = w->call(&h, range_start(&h));
	harness_after(&h, __LINE__, r == TDP_NOMEM ? TDP_NOMEM : TDP_OK, r, w->name);
	if (r == TDP_NOMEM)
		check_failed(&h, w, tables, state);
	harness_gather_flush(&h, __LINE__, &gather);
	if (*whole == 0)
		*whole = content_from(&h, 0);
	harness_same(&h, __LINE__, content_from(&h, 0), *whole, "the outcome");
	harness_finish(&h);
	return r != TDP_NOMEM;
}

/* One table at a time: whoever refills little by little gets there, too. */
static void starve_slowly(const struct setup *setup, const struct setting *setting, const struct workload *w, uint64_t whole)
{
	enum { ENOUGH = 64 };
	struct tdp_gather gather = {0};
	static struct harness h;
	tdp_gpa_t from;
	enum tdp_result r;

	harness_start(&h, setup, setting, ALONE);
	w->plant(&h);
	harness_tables(&h, 0);
	from = range_start(&h);
	for (unsigned given = 0;; given++) {
		h.op = (struct tdp_op){.gather = w->gathered ? &gather : NULL};
		harness_before(&h, w->name);
		r = w->call(&h, from);
		harness_after(&h, __LINE__, r == TDP_NOMEM && given < ENOUGH ? TDP_NOMEM : TDP_OK, r, w->name);
		if (r == TDP_OK)
			break;
		from = h.op.next;
		harness_tables(&h, tdp_cache_count(referee_cache(h.r)) + 1);
	}
	harness_gather_flush(&h, __LINE__, &gather);
	harness_same(&h, __LINE__, content_from(&h, 0), whole, "the outcome, one table at a time");
	harness_finish(&h);
}

/* Every workload, with 0, 1, 2 ... tables until there are enough. */
static void starve(const struct setup *setup)
{
	static const struct setting setting = {0};

	for (unsigned i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++) {
		uint64_t whole = 0;
		unsigned tables = 0;

		while (!starve_once(setup, &setting, &workloads[i], tables, &whole))
			tables++;
		cr_assert(tables > 0, "%s on %s needs no tables", workloads[i].name, setup->name);
		starve_slowly(setup, &setting, &workloads[i], whole);
	}
}

Test(starve, every_table_in_turn)
{
	const struct setup *setup;

	for (unsigned i = 0; (setup = setup_at(i)) != NULL; i++)
		starve(setup);
}
