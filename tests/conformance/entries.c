/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random entries: what the codec makes of one, read as anybody's and as ours, is what the judge makes of it.
 */
#include "conformance.h"

#include <stdio.h>

/* How many entries of a level were what. */
struct tally {
	uint64_t leaf, table, reserved, absent;
};

/*
 * Uniform bits would nearly always be an address beyond the host's width. So most are bent towards what hardware accepts, each thing by
 * itself: present, an address of the host's, of an aligned page, no bits at the top; or nearly a table entry of ours.
 */
static tdp_spte_t random_entry(struct subject *s, unsigned level)
{
	const uint64_t choice = next_random(s), address = address_field(s);
	tdp_spte_t e = next_random(s);

	if (choice & 3)
		e |= s->fmt->foreign_present & next_random(s);
	if (choice & 4)
		e |= s->fmt->foreign_present;
	if (choice & 0x18)
		e &= ~address | fmt_address(s->fmt, (UINT64_C(1) << s->lay.hpa_bits) - 1);
	if (choice & 0x60)
		e &= ~(address & fmt_address(s->fmt, fmt_size(s->fmt, level) - 1)) | (choice & 0x80 ? UINT64_C(1) << 12 : 0);
	if (choice & 0x300)
		e &= (UINT64_C(1) << 52) - 1;
	if (choice & 0xc00)
		e = (e & ~UINT64_C(0x38)) | (e & 0x38 & next_random(s));
	if (choice & 0x1000)
		e |= s->fmt->present;
	if (choice & 0x2000)
		e &= ~s->v->unused_leaf & ~s->v->unused_huge & ~s->v->unused_table;
	if ((choice & 0xc000) == 0)
		e &= next_random(s) & next_random(s);
	if ((choice & 0x30000) == 0 && level > 0)
		e = (e & address) | (s->fmt->table_bits[level] ^ (e & ~address & next_random(s) & next_random(s)));
	return fmt_at(s->fmt, level, e);
}

/* The judge, where only fields that hardware ignores made it refuse, looks again without them. */
static struct ref_entry judge_hardware(const struct subject *s, unsigned level, tdp_spte_t raw)
{
	const struct ref_entry e = judge(s, level, raw);
	struct ref_entry again;

	if (e.kind != REF_RESERVED)
		return e;
	again = judge(s, level, raw & ~unused_in_leaf(s, level));
	if (again.kind == REF_LEAF)
		return again;
	again = judge(s, level, raw & ~fmt_at(s->fmt, level, s->v->unused_table));
	return again.kind == REF_TABLE ? again : e;
}

/* The kind that anybody's entry has. */
static unsigned judged_kind(const struct ref_entry *e)
{
	switch (e->kind) {
	case REF_LEAF:
		return TDP_LEAF;
	case REF_TABLE:
		return TDP_TABLE;
	case REF_RESERVED:
	case REF_BAD_SIZE:
		return TDP_RESERVED;
	default:
		return TDP_EMPTY;
	}
}

/* A leaf by field. A page that is the supervisor's is closed to a nested walk and to user mode. */
static void compare_leaf(struct subject *s, unsigned level, tdp_spte_t raw, const struct tdp_entry *ours,
			 const struct ref_entry *ref)
{
	unsigned prot = ours->live;

	if (ours->attrs.flags & TDP_ATTR_SUPERVISOR)
		prot &= s->v->ref_features & REF_GUEST_TABLES ? ~(unsigned)TDP_XU : 0;
	EXPECT(s, level, raw, prot == judged_prot(ref));
	EXPECT(s, level, raw, ours->hpa == ref->hpa);
	EXPECT(s, level, raw, ours->attrs.memtype == judged_memtype(ref));
	EXPECT(s, level, raw, ((ours->attrs.flags & TDP_ATTR_FORCE_MT) != 0) == ref->force_mt);
}

/* What hardware stores for an access is what the codec reads as accessed, and as dirty; nothing else changes. */
static void compare_updates(struct subject *s, unsigned level, tdp_spte_t raw, const struct ref_entry *ref)
{
	const tdp_spte_t back = fmt_at(s->fmt, level, s->lay.entry_or) & raw;
	struct tdp_entry a, d;

	tdp_decode(&s->lay, TDP_FOREIGN, level, ref->with_a | back, &a);
	tdp_decode(&s->lay, TDP_FOREIGN, level, ref->with_d | back, &d);
	if (s->shape.hw_a)
		EXPECT(s, level, raw, a.kind == TDP_LEAF && a.accessed && a.dirty == ref->dirty && a.hpa == ref->hpa);
	if (s->shape.hw_d)
		EXPECT(s, level, raw, d.kind == TDP_LEAF && d.accessed && d.dirty && d.hpa == ref->hpa);
}

/* Read as anybody's. Whatever is only the library's does not count: its present bit is taken out for the judge. */
static void compare_foreign(struct subject *s, unsigned level, tdp_spte_t raw, struct tally *tally)
{
	const tdp_spte_t software = s->fmt->present & ~s->fmt->foreign_present;
	const struct ref_entry ref = judge_hardware(s, level, raw & ~fmt_at(s->fmt, level, software));
	struct tdp_entry ours;

	tdp_decode(&s->lay, TDP_FOREIGN, level, raw, &ours);
	if (ours.kind != judged_kind(&ref)) {
		complain(s, level, raw, "the judge says that it is of the same kind");
	} else if (ours.kind == TDP_LEAF) {
		tally->leaf++;
		compare_leaf(s, level, raw, &ours, &ref);
		if (!s->fmt->tracks)
			EXPECT(s, level, raw, ours.accessed == ref.accessed && ours.dirty == ref.dirty);
		if (!s->fmt->tracks && (tally->leaf & 15) == 0)
			compare_updates(s, level, raw & ~unused_in_leaf(s, level), &ref);
	} else if (ours.kind == TDP_TABLE) {
		tally->table++;
		EXPECT(s, level, raw, ours.hpa == ref.hpa);
		if (!s->fmt->tracks && (s->fmt->a & s->fmt->table_bits[level]))
			EXPECT(s, level, raw, ours.accessed == ref.accessed);
	} else {
		*(ours.kind == TDP_RESERVED ? &tally->reserved : &tally->absent) += 1;
	}
}

/* A leaf read as ours. One that waits for its next access permits nothing; the judge tells what it will permit. */
static void compare_our_leaf(struct subject *s, unsigned level, tdp_spte_t raw, const struct tdp_entry *ours,
			     const struct ref_entry *ref)
{
	if ((ours->state & TDP_STATE_TRACKED) && !s->fmt->tracks) {
		EXPECT(s, level, raw, ref->kind == REF_ABSENT && ours->live == 0);
		return;
	}
	if (ours->state & TDP_STATE_TRACKED) {
		EXPECT(s, level, raw, ours->live == 0);
		if (ref->kind == REF_LEAF)
			EXPECT(s, level, raw, ((ours->attrs.prot ^ judged_prot(ref)) & ~(unsigned)TDP_W) == 0);
		return;
	}
	EXPECT(s, level, raw, ref->kind == REF_LEAF);
	compare_leaf(s, level, raw, ours, ref);
	EXPECT(s, level, raw, ours->dirty == ref->dirty_kept);
	EXPECT(s, level, raw, fmt_was_written(s->fmt, level, raw) == ref->dirty_for_sw);
	if (s->fmt->sd)
		EXPECT(s, level, raw, (ours->dirty || (ours->state & TDP_STATE_WRITTEN)) == ref->dirty_for_sw);
}

/* Read as ours. What is not present to us is not present to hardware, unless a note wants to misconfigure, or we never wrote it. */
static void compare_ours(struct subject *s, unsigned level, tdp_spte_t raw)
{
	const tdp_spte_t ignored = s->lay.features & TDP_CAP_MBEC ? 0 : s->fmt->present_mbec;
	const tdp_spte_t plain = fmt_unskew(s->fmt, level, raw), seen = plain & s->fmt->foreign_present & ~ignored;
	const struct ref_entry ref = judge_hardware(s, level, raw);
	struct tdp_entry ours;

	/* A bit of mode-based execution, where that is off, no entry of ours has. */
	if (!(s->lay.features & TDP_CAP_MBEC) && (plain & s->fmt->present_mbec))
		return;
	tdp_decode(&s->lay, TDP_OURS, level, raw, &ours);
	switch (ours.kind) {
	case TDP_LEAF:
		compare_our_leaf(s, level, raw, &ours, &ref);
		break;
	case TDP_TABLE:
		if (seen)
			EXPECT(s, level, raw, ref.kind == REF_TABLE && ours.hpa == ref.hpa);
		break;
	case TDP_EMPTY:
	case TDP_FROZEN:
		EXPECT(s, level, raw, ref.kind == REF_ABSENT || ref.kind == REF_FROZEN);
		break;
	case TDP_NOTE:
		if (seen == 0)
			EXPECT(s, level, raw, ref.kind == REF_ABSENT);
		else if (seen == s->fmt->note_misconfig)
			EXPECT(s, level, raw, ref.kind == REF_RESERVED && ref.on_purpose);
		break;
	default: /* a shape that the library does not write */
		break;
	}
}

/* Nothing is proved about what never came up. */
static void enough(struct subject *s, unsigned level, const struct tally *tally, uint64_t entries)
{
	if (has_leaf(s, level))
		EXPECT(s, level, 0, tally->leaf > entries / 200);
	if (level > 0)
		EXPECT(s, level, 0, tally->table > entries / 200);
	EXPECT(s, level, 0, tally->absent > entries / 200);
}

bool entries_agree(struct subject *s, uint64_t entries)
{
	const unsigned levels = s->lay.top_level + 1u;
	struct tally all = {0, 0, 0, 0};

	for (unsigned level = 0; level < levels; level++) {
		struct tally tally = {0, 0, 0, 0};
		const uint64_t share = (entries + levels - 1) / levels;

		for (uint64_t i = 0; i < share; i++) {
			const tdp_spte_t raw = random_entry(s, level);

			compare_foreign(s, level, raw, &tally);
			compare_ours(s, level, raw);
		}
		enough(s, level, &tally, share);
		all.leaf += tally.leaf;
		all.table += tally.table;
		all.reserved += tally.reserved;
		all.absent += tally.absent;
	}
	EXPECT(s, 0, 0, all.reserved > entries / 200);
	printf("# %s: walker=referee entries=%" PRIu64 " leaves=%" PRIu64 " tables=%" PRIu64 " reserved=%" PRIu64 " absent=%" PRIu64
	       " mismatches=%u\n",
	       s->v->name, all.leaf + all.table + all.reserved + all.absent, all.leaf, all.table, all.reserved, all.absent,
	       s->complaints);
	return s->complaints == 0;
}
