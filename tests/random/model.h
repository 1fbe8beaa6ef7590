/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flat reference: what every cell must hold, in plain arrays. No tables: the level of the entry that a cell lies under says it all,
 * because a table exists where every cell of its span lies under an entry of the table's own level or of a lower one.
 *
 * A forecast changes the model as the call must change the tree, and says what the call must return. It is written from the headers'
 * contract, one cell after the other.
 */
#ifndef RANDOM_MODEL_H
#define RANDOM_MODEL_H

#include "world.h"

enum { MODEL_GATHERS = 2, MODEL_PIECES = 12 };
#define MODEL_ENDLESS 1000000u /* more tables than any call takes */

enum cell_kind { CELL_EMPTY, CELL_LEAF, CELL_NOTE };

struct cell {
	uint8_t kind;  /* enum cell_kind */
	uint8_t level; /* of the entry that it lies under; of its entries, if it is larger than one */
	/* A leaf. The account of A and D has two bounds: hardware may set them behind everybody. */
	struct tdp_attrs attrs; /* granted */
	bool mw;		/* and not protected */
	bool w;			/* and open now */
	bool a, a_may, d, d_may;
	bool sd, sd_may; /* written, and collected since */
	bool woke;	 /* shut, by a touch; a translation of before may let writes through while it is dirty */
	bool written;	 /* the guest wrote, and it was not reported since */
	tdp_hpa_t hpa;
	/* A note. */
	uint64_t note;
	uint32_t note_flags;
	/* What the dirty hook must, and may, be told in this call. */
	bool must, may;
	uint64_t told; /* bytes that it was told */
	/* A collection must, and may, name it; it was armed as a whole. */
	bool name, name_may, armed;
	/* What each gather must, and may, still report; where it may still owe a flush. A bit for each. */
	uint8_t owed, owed_may, stale;
};

struct model {
	const struct world *w;
	unsigned have; /* tables at hand */
	unsigned used; /* tables taken */
	struct cell cell[WORLD_CELLS];
};

enum request_what {
	ASK_MAP,
	ASK_MAP_FROM,
	ASK_FAULT,
	ASK_REPLACE,
	ASK_NOTE,
	ASK_ZAP,
	ASK_TRIM,
	ASK_SET_ATTRS,
	ASK_PROTECT,
	ASK_AGE,
	ASK_FAST,
	ASK_SPLIT,
	ASK_PROMOTE,
	ASK_ARM,
	ASK_ARM_MASK,
	ASK_RESTORE
};

/* One contiguous piece of what map_from is offered. */
struct piece {
	tdp_gpa_t gpa, end;
	tdp_hpa_t hpa;
	struct tdp_attrs attrs;
	uint8_t max_level_plus1;
	bool refused;
	uint8_t misaligned; /* added to the address that is answered */
};

/* A call. */
struct request {
	enum request_what what;
	tdp_gpa_t gpa; /* fault: the faulting address */
	uint64_t size;
	tdp_hpa_t hpa; /* map, fault: memory; replace: the old one */
	tdp_hpa_t new_hpa;
	struct tdp_attrs attrs;
	unsigned mask;
	unsigned level; /* split, promote */
	uint64_t note;
	/* fault */
	uint32_t access;
	tdp_gpa_t base;
	uint8_t backing_max;
	/* age */
	bool clear;
	/* map_from */
	unsigned pieces;
	struct piece piece[MODEL_PIECES];
	/* arm, age: where to name pages, words NULL: to the hook, or nowhere; restore: which pages. arm_mask: and which pages are asked for, from gpa on */
	struct tdp_bitmap map;
	uint64_t pages;
	/* op */
	uint32_t flags;
	uint8_t max_level_plus1, batch_lg2;
	unsigned gather; /* 0: none; else which, from 1 */
	int tables;	 /* at hand; -1: enough */
	/* For a forecast of the part that was done: stop there. 0: at the end. */
	tdp_gpa_t stop;
};

/* What a call must answer. */
struct forecast {
	int result, other; /* other: also right; the same if nothing else is */
	tdp_gpa_t next, first;
	uint64_t changed, changed_max; /* bytes */
	unsigned need;		       /* tables taken; trim, promote: freed */
	bool nothing;		       /* the error changed nothing at all */
	bool loose;		       /* leaves may have been split on the way to the error */
};

/* Never reached addresses hold nothing, and there is one root. */
void model_start(struct model *m, const struct world *w);
void model_copy(struct model *to, const struct model *from);
/* Changes the model, tables permitting. */
struct forecast model_forecast(struct model *m, const struct request *q);
/* Tables linked below the root. */
unsigned model_tables(const struct model *m);

/* ---- for the forecasts of single operations ---- */

static inline struct forecast forecast_start(const struct request *q)
{
	return (struct forecast){.next = q->gpa, .first = q->gpa};
}

/* Ends a forecast. */
static inline struct forecast forecast_is(struct forecast f, int result)
{
	f.result = f.other = result;
	f.changed_max = f.changed_max < f.changed ? f.changed : f.changed_max;
	return f;
}

/* An error that changes nothing, not even the tree's shape. */
static inline struct forecast forecast_nothing(const struct request *q, int result)
{
	struct forecast f = forecast_is(forecast_start(q), result);

	f.nothing = true;
	return f;
}

/* The entry of a cell: where it begins and ends. The end is the cell's if that is larger. */
tdp_gpa_t model_base(const struct model *m, unsigned i);
tdp_gpa_t model_end(const struct model *m, unsigned i);
/* Takes n tables; false: there are not so many. */
bool model_take(struct model *m, unsigned n);
/* The entry of a cell becomes a table whose entries are like it. */
void model_deepen(struct model *m, unsigned i);
/* Hardware's permissions for a guest's access now. */
unsigned model_live(const struct cell *c);
/* The same, but nothing where the next access shall be seen. */
unsigned model_now(const struct model *m, const struct cell *c);
/* While a leaf waits for its next access, w says whether it will be open then: if it is dirty anyway. */
static inline void model_track(const struct model *m, struct cell *c)
{
	if (m->w->tracks && !c->a)
		c->w = c->mw && c->d;
}
/* May a write get through that the entry does not let through? */
static inline bool model_woke_shut(const struct cell *c)
{
	return c->woke && c->d && c->mw && (c->attrs.prot & TDP_W);
}
/* While pages are logged, an old leaf that is larger than one does not open for writing when it is touched. */
static inline bool model_stays_shut(const struct model *m, const struct request *q, const struct cell *c)
{
	return m->w->tracks && !c->a && c->level > 0 && (q->flags & TDP_LOG_DIRTY);
}
/* May a leaf be reported as written when it goes? */
static inline bool model_may_tell(const struct model *m, const struct cell *c)
{
	return c->d_may || c->sd_may || !setup_remembers(m->w->setup);
}
/* Is the fault's access one or several of those that there are? */
bool model_access_known(const struct request *q);
/* Does the tree refuse to split this live leaf? */
bool model_no_break(const struct model *m);

/* A stretch of memory with one set of attributes. */
struct stretch {
	tdp_gpa_t gpa, end;
	tdp_hpa_t hpa; /* of gpa */
	struct tdp_attrs attrs;
	unsigned max_level;
};
/* What the request offers at gpa, up to the request's end; an error, if it cannot be had. */
enum tdp_result model_stretch(const struct model *m, const struct request *q, tdp_gpa_t gpa, struct stretch *out);
/* What a backing callback answers at gpa; false: it refuses. */
bool model_backing(const struct request *q, tdp_gpa_t gpa, uint64_t size, struct piece *out);
/* The highest level for a leaf at gpa, up to limit. */
unsigned model_leaf_level(const struct model *m, const struct stretch *s, tdp_gpa_t gpa, unsigned limit);

/* A leaf that is made now. */
struct fresh {
	bool open; /* writable at once */
	bool accessed;
	bool dirty;
};
/* Puts a leaf of a level (or, in a cold cell, all of the cell's) at gpa; returns where it ends. */
tdp_gpa_t model_put(struct model *m, tdp_gpa_t gpa, unsigned level, const struct stretch *s, struct fresh fresh);
/* A gather's bit; none for 0. */
static inline uint8_t model_bit(unsigned gather)
{
	return (uint8_t)(gather ? 1u << (gather - 1) : 0);
}

/* The cell becomes empty, and what it owes goes to the gather, if there is one. Returns the bytes that were something. */
uint64_t model_remove(struct model *m, unsigned i, unsigned gather);

/* A leaf's other attributes. Fills *out; *differs: is it another entry? *breaks: only through an invalid one. */
enum tdp_result model_reattr(const struct model *m, const struct cell *c, struct tdp_attrs attrs, unsigned mask, bool log,
			     struct cell *out, bool *differs, bool *breaks);

/* Does a leaf (notes: or a note) begin before gpa and end behind it? *i: its cell at gpa. */
bool model_sticks_out(const struct model *m, bool notes, tdp_gpa_t gpa, unsigned *i);
/* Splits until gpa is a boundary between entries. An error: nothing changed. */
enum tdp_result model_split_at(struct model *m, bool notes, tdp_gpa_t gpa);
/*
 * Leaves (notes: notes too) that stick out of [*gpa, *end) are split, or left out, or taken in. An error: nothing changed.
 */
enum tdp_result model_edges(struct model *m, const struct request *q, bool notes, tdp_gpa_t *gpa, tdp_gpa_t *end);

struct forecast model_map(struct model *m, const struct request *q);
struct forecast model_fault(struct model *m, const struct request *q);
struct forecast model_replace(struct model *m, const struct request *q);
struct forecast model_note(struct model *m, const struct request *q);
struct forecast model_zap(struct model *m, const struct request *q);
struct forecast model_trim(struct model *m, const struct request *q);
/* The flags that an operation knows. */
uint32_t model_known_flags(enum request_what what);
struct forecast model_set_attrs(struct model *m, const struct request *q);
struct forecast model_protect(struct model *m, const struct request *q);
struct forecast model_arm(struct model *m, const struct request *q);
struct forecast model_restore(struct model *m, const struct request *q);
/* Which range a request is about. false: none that could be. */
bool model_range(const struct request *q, tdp_gpa_t *gpa, uint64_t *size);
/* Does the bitmap make sense, and cover [gpa, gpa + size)? */
bool model_map_covers(const struct tdp_bitmap *map, tdp_gpa_t gpa, uint64_t size);
/* Is one of the pages of [gpa, end) in the bitmap? All of them are covered. */
bool model_map_any(const struct tdp_bitmap *map, tdp_gpa_t gpa, tdp_gpa_t end);
struct forecast model_age(struct model *m, const struct request *q);
struct forecast model_fault_fast(struct model *m, const struct request *q);
/* Does the call take one address, not a range? */
static inline bool model_is_fault(const struct request *q)
{
	return q->what == ASK_FAULT || q->what == ASK_FAST;
}
struct forecast model_split(struct model *m, const struct request *q);
struct forecast model_promote(struct model *m, const struct request *q);
/* Does it free tables, and say how many? */
static inline bool model_frees(const struct request *q)
{
	return q->what == ASK_TRIM || q->what == ASK_PROMOTE;
}

#endif
