/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Change the attributes of one leaf: which bits become which, and by which discipline they may.
 */
#ifndef TDPMMU_CORE_ATTRS_UPDATE_H
#define TDPMMU_CORE_ATTRS_UPDATE_H

#include "decode.h"
#include "gather.h"
#include "split.h"

/* What a change owes, as flags. */
enum update_owes {
	OWES_NOTHING = 0,
	OWES_FLUSH = 1, /* something narrowed or the type changed */
	OWES_BREAK = 2, /* only through an invalid entry */
	OWES_EXEC = 4,	/* execution is granted: instruction fetch must see the page's contents first */
	OWES_DATA = 8	/* the memory type changes: the page's cached data must be written back first */
};

/*
 * A change of attributes with a memory: neighbours mostly have equal attributes, so the transformation of the last ones is kept.
 * Bits here are an entry without address, A, D, SD and live W.
 */
struct update {
	struct tdp_attrs attrs;
	unsigned mask;
	tdp_spte_t open_w; /* what opens W when it is granted; 0: at the next write fault */
	bool known;
	unsigned level;
	tdp_spte_t old_bits, new_bits;
	unsigned owes;
};

TDP_INLINE struct update update_start(const struct tree *t, struct tdp_attrs attrs, unsigned mask, bool log_dirty)
{
	return (struct update){.attrs = attrs, .mask = mask, .open_w = log_dirty ? 0 : t->w_grant};
}

/* The granted attributes and MW: what stays when nobody touches the page. */
TDP_INLINE tdp_spte_t update_bits(const struct tdp_format *fmt, const struct tree *t, unsigned level, tdp_spte_t e)
{
	tdp_spte_t addr = fmt_address_bits(fmt, &t->layout, level);

	return e & ~fmt_at(fmt, level, addr | fmt->a | fmt->d | fmt->sd | fmt->w);
}

/* What changing one set of attributes into another owes. */
static inline unsigned update_owes(const struct tdp_format *fmt, const struct tdp_attrs *from, const struct tdp_attrs *to)
{
	unsigned owes = OWES_NOTHING;

	if (from->prot & ~to->prot)
		owes |= OWES_FLUSH;
	if (from->memtype != to->memtype || ((from->flags ^ to->flags) & TDP_ATTR_FORCE_MT))
		owes |= fmt->discipline == TDP_BREAK_BEFORE_MAKE ? OWES_FLUSH | OWES_BREAK | OWES_DATA : OWES_FLUSH | OWES_DATA;
	if (to->prot & ~from->prot & TDP_X)
		owes |= OWES_EXEC;
	if ((to->flags & ~from->flags) & TDP_ATTR_SUPERVISOR)
		owes |= OWES_FLUSH;
	return owes;
}

/* Works out the transformation for this leaf's attributes. */
static inline enum tdp_result update_learn(const struct tdp_format *fmt, const struct tree *t, struct update *u, unsigned level,
					   tdp_spte_t e)
{
	struct tdp_attrs from, to;
	struct tdp_entry entry;
	tdp_spte_t bits = 0;
	enum tdp_result r;

	fmt_decode(fmt, &t->layout, TDP_OURS, level, e, &entry);
	from = to = entry.attrs;
	to.prot = u->mask & TDP_MASK_PROT ? u->attrs.prot : to.prot;
	to.memtype = u->mask & TDP_MASK_MEMTYPE ? u->attrs.memtype : to.memtype;
	to.flags = u->mask & TDP_MASK_FLAGS ? u->attrs.flags : to.flags;
	to.sw = u->mask & TDP_MASK_SW ? u->attrs.sw : to.sw;
	r = fmt->encode(&t->layout, level > 0, to, &bits);
	if (r < 0)
		return r;
	if (!(u->mask & TDP_MASK_PROT)) /* protection stays as it is */
		bits = (bits & ~fmt->mw) | (fmt_unskew(fmt, level, e) & fmt->mw);
	u->known = true;
	u->level = level;
	u->old_bits = update_bits(fmt, t, level, e);
	u->new_bits = fmt_at(fmt, level, bits | t->layout.entry_or);
	/* What the entry says, not what the caller does: some values are the same to a format. */
	fmt_decode(fmt, &t->layout, TDP_OURS, level, u->new_bits, &entry);
	u->owes = update_owes(fmt, &from, &entry.attrs);
	return TDP_OK;
}

/* The entry as it shall be; as it is, if that cannot be expressed. */
static inline enum tdp_result update_entry(const struct tdp_format *fmt, const struct tree *t, struct update *u, unsigned level,
					   tdp_spte_t e, tdp_spte_t *new_entry)
{
	const bool tracked = fmt_is_tracked(fmt, level, e);
	tdp_spte_t rest;
	bool granted;

	*new_entry = e;
	e = fmt_untracked(fmt, level, e);
	if (!u->known || u->level != level || update_bits(fmt, t, level, e) != u->old_bits) {
		enum tdp_result r = update_learn(fmt, t, u, level, e);

		if (r < 0)
			return r;
	}
	rest = e & ~u->old_bits;
	granted = (u->new_bits & fmt_at(fmt, level, fmt->hw)) != 0;
	if (!granted)
		rest = fmt_write_protected(fmt, level, rest, 0);
	else if ((u->mask & TDP_MASK_PROT) && !tracked)
		rest |= fmt_at(fmt, level, u->open_w);
	*new_entry = u->new_bits | rest;
	if (tracked) /* still, with other things saved */
		*new_entry = fmt_aged(fmt, level, *new_entry);
	return TDP_OK;
}

/* What the page itself needs before the new entry appears. */
static inline void update_sync(const struct tdp_format *fmt, const struct tree *t, const struct update *u, unsigned level,
			       tdp_spte_t e)
{
	bool data = (u->owes & OWES_DATA) && !(t->layout.features & TDP_CAP_FWB);

	page_sync(t, fmt_leaf_hpa(fmt, &t->layout, level, e), fmt_size(fmt, level), data, (u->owes & OWES_EXEC) != 0);
}

#endif
