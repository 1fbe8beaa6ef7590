/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge.h"

#include <stdio.h>

#include "abi.h"

/* PAR_EL1: Arm ARM, D19. */
enum { PAR_FAULT = 1, PAR_STATUS_SHIFT = 1, PAR_STATUS_MASK = 0x3f, PAR_STAGE2 = 1 << 9, PAR_SH_SHIFT = 7, PAR_ATTR_SHIFT = 56 };
#define PAR_ADDRESS UINT64_C(0x000ffffffffff000)
/* Fault status codes; the level is added. */
enum { FST_ADDRESS_SIZE = 0, FST_TRANSLATION = 4, FST_ACCESS_FLAG = 8, FST_PERMISSION = 12, FST_MINUS1 = 0x29, FST_NONE = 0xff };
enum { SH_OUTER = 2, SH_INNER = 3, SHOWN = 8, LEVELS = 3 };

/* An answer in words that all three share. */
struct answer {
	unsigned status; /* FST_NONE: hpa and memtype hold */
	uint64_t hpa;	 /* of the page */
	unsigned attr, share;
};

/* Our level as the status says it; Arm counts from the top, and below zero. */
static unsigned status(unsigned kind, unsigned level)
{
	if (level > LEVELS)
		return kind == FST_ADDRESS_SIZE ? FST_MINUS1 : FST_MINUS1 + 2;
	return kind + LEVELS - level;
}

/* What PAR_EL1 shows of a type, stage 1 being Normal write-back: HCR_EL2.DC. */
static void set_type(struct answer *a, enum ref_memtype type)
{
	/* 0xee: stage 2 cannot say so */
	static const uint8_t attrs[] = {[REF_WB] = 0xff, [REF_WT] = 0xbb,     [REF_WP] = 0xee,	   [REF_WC] = 0x44,
					[REF_UC] = 0x04, [REF_STRICT] = 0x00, [REF_STAGE1] = 0xff, [REF_MT_RESERVED] = 0xee};

	a->attr = attrs[type];
	a->share = a->attr == 0xff || a->attr == 0xbb ? SH_INNER : SH_OUTER;
}

static struct answer from_par(uint64_t par)
{
	struct answer a = {.status = FST_NONE};

	if (par & PAR_FAULT) {
		a.status = (unsigned)(par >> PAR_STATUS_SHIFT) & PAR_STATUS_MASK;
		a.status |= par & PAR_STAGE2 ? 0 : 0x100; /* stage 1 has no part in this */
		return a;
	}
	a.hpa = par & PAR_ADDRESS;
	a.share = (unsigned)(par >> PAR_SH_SHIFT) & 3;
	a.attr = (unsigned)(par >> PAR_ATTR_SHIFT);
	return a;
}

/* Beyond the guest's space the manual wants a translation fault of level 0, whatever the start level is. */
static struct answer beyond(void)
{
	return (struct answer){.status = FST_TRANSLATION};
}

static struct answer from_referee(const struct space *s, uint64_t gpa, const struct ref_walk *w)
{
	struct answer a = {.status = FST_NONE};

	switch (w->fault) {
	case REF_OK:
		a.hpa = w->hpa;
		set_type(&a, w->memtype);
		return a;
	case REF_NOT_PRESENT:
		a.status = status(FST_TRANSLATION, w->level);
		return a;
	case REF_PERMISSION:
		a.status = status(FST_PERMISSION, w->level);
		return a;
	case REF_ACCESS_FLAG:
		a.status = status(FST_ACCESS_FLAG, w->level);
		return a;
	case REF_ADDRESS_SIZE:
		if (gpa >> s->layout.gpa_bits)
			return beyond();
		a.status = status(FST_ADDRESS_SIZE, w->level);
		return a;
	default:
		a.status = 0x200 + (unsigned)w->fault; /* nothing that PAR_EL1 could say */
		return a;
	}
}

static struct answer from_lookup(const struct space *s, uint64_t gpa, unsigned want)
{
	static const enum ref_memtype types[] = {
		[TDP_MT_WB] = REF_WB,	     [TDP_MT_WT] = REF_WT, [TDP_MT_WP] = REF_WP,
		[TDP_MT_WC] = REF_WC,	     [TDP_MT_UC] = REF_UC, [TDP_MT_DEVICE_STRICT] = REF_STRICT,
		[TDP_MT_STAGE1] = REF_STAGE1};
	struct answer a = {.status = FST_NONE};
	struct tdp_mapping m;

	switch (tdp_lookup(&s->tree, gpa, &m, NULL)) {
	case TDP_RANGE:
		return beyond();
	case TDP_ABSENT:
		a.status = status(FST_TRANSLATION, m.entry.level);
		return a;
	case TDP_OK:
		break;
	default:
		a.status = 0x300;
		return a;
	}
	if (!m.entry.accessed && !(s->layout.features & TDP_CAP_HW_A)) {
		a.status = status(FST_ACCESS_FLAG, m.entry.level);
	} else if (!(m.entry.live & want)) {
		a.status = status(FST_PERMISSION, m.entry.level);
	} else {
		a.hpa = m.entry.hpa + (gpa - m.gpa);
		set_type(&a, types[m.entry.attrs.memtype]);
	}
	return a;
}

static bool same(struct answer a, struct answer b)
{
	if (a.status != b.status)
		return false;
	return a.status != FST_NONE || (a.hpa == b.hpa && a.attr == b.attr && a.share == b.share);
}

static void show(const char *who, struct answer a)
{
	if (a.status != FST_NONE)
		printf(" %s: status 0x%x", who, a.status);
	else
		printf(" %s: 0x%llx attr 0x%02x sh %u", who, (unsigned long long)a.hpa, a.attr, a.share);
}

static enum verdict_kind kind_of(struct answer a)
{
	if (a.status == FST_NONE)
		return SAID_ADDRESS;
	if (a.status >= FST_TRANSLATION && a.status < FST_TRANSLATION + 4)
		return SAID_TRANSLATION;
	if (a.status == FST_MINUS1 + 2)
		return SAID_TRANSLATION;
	if (a.status >= FST_ACCESS_FLAG && a.status < FST_ACCESS_FLAG + 4)
		return SAID_ACCESS_FLAG;
	return a.status >= FST_PERMISSION && a.status < FST_PERMISSION + 4 ? SAID_PERMISSION : SAID_ELSE;
}

bool judge_refused(uint64_t par)
{
	return same(from_par(par), beyond());
}

void judge(struct space *s, uint64_t question, uint64_t par, bool refused, struct verdict *v)
{
	const uint64_t gpa = question & ~(uint64_t)AT_WRITE;
	const bool write = question & AT_WRITE;
	const struct answer lookup = from_lookup(s, gpa, write ? TDP_W : TDP_R);
	struct answer qemu = from_par(par), referee;
	struct ref_walk w;

	ref_walk(&s->machine, gpa, write ? REF_W : REF_R, NULL, &w);
	referee = from_referee(s, gpa, &w);
	v->queries++;
	v->said[kind_of(qemu)]++;
	if (refused) {
		qemu = lookup;
		w.nsteps = 0;
	}
	if (!same(qemu, lookup) || !same(qemu, referee)) {
		v->mismatches++;
		if (v->shown++ < SHOWN) {
			printf("  %s 0x%llx:", write ? "store" : "load", (unsigned long long)gpa);
			show("QEMU", qemu);
			show("lookup", lookup);
			show("referee", referee);
			putchar('\n');
		}
	}
	for (unsigned i = 0; w.fault == REF_OK && i < w.nsteps; i++)
		*arena_entry(w.step[i].entry_hpa) = w.step[i].update;
}
