/* SPDX-License-Identifier: BSD-2-Clause */
#include "walk_impl.h"

#include <stddef.h>

static const struct ref_walker *walker_of(enum ref_kind kind)
{
	switch (kind) {
	case REF_EPT:
		return &ref_walker_ept;
	case REF_NPT:
		return &ref_walker_npt;
	case REF_S2:
		return &ref_walker_s2;
	case REF_RISCV:
		return &ref_walker_riscv;
	case REF_FAKE_O:
		return &ref_walker_fake_o;
	case REF_FAKE_B:
		break;
	}
	return &ref_walker_fake_b;
}

bool ref_shape(const struct ref_machine *m, struct ref_shape *out)
{
	*out = (struct ref_shape){0};
	return walker_of(m->kind)->shape(m, out);
}

struct ref_entry ref_decode(const struct ref_machine *m, const struct ref_shape *s, unsigned level, uint64_t value)
{
	return walker_of(m->kind)->decode(m, s, level, value);
}

uint64_t ref_poison(enum ref_kind kind, unsigned level, uint64_t hpa)
{
	return walker_of(kind)->poison(level, hpa);
}

/* Ends a walk at a leaf: does it permit the access, and what must hardware store first? */
static void end_at_leaf(const struct ref_shape *s, uint64_t gpa, unsigned access, const struct ref_entry *e, struct ref_walk *out)
{
	struct ref_step *last = &out->step[out->nsteps - 1];

	out->hpa = e->hpa + (gpa & (out->size - 1));
	out->memtype = e->memtype;
	out->dirty = e->dirty;
	out->dirty_kept = e->dirty_kept;
	out->dirty_for_sw = e->dirty_for_sw;
	if (access == 0)
		return;
	if (!e->accessed && !s->hw_a) {
		out->fault = REF_ACCESS_FLAG;
	} else if (access & ~out->perms) {
		out->fault = REF_PERMISSION;
	} else if ((access & REF_W) && s->hw_d && !e->dirty) {
		last->update = e->with_d;
		out->dirty = true;
	} else if (s->hw_a && !e->accessed) {
		last->update = e->with_a;
	}
}

/* Reads and decodes one entry of a table; *table becomes the next one. true: go on below. */
static bool step_down(const struct ref_machine *m, const struct ref_shape *s, uint64_t gpa, unsigned index_bits, uint64_t *table,
		      struct ref_entry *e, struct ref_walk *out)
{
	struct ref_step *step = &out->step[out->nsteps];
	uint64_t index = (gpa / ref_span(s, out->level)) & (REF_BIT(index_bits) - 1);

	step->level = out->level;
	step->table_hpa = *table;
	step->entry_hpa = *table + index * sizeof(uint64_t);
	out->size = ref_span(s, out->level);
	if (!m->read(m->ctx, step->entry_hpa, &step->value)) {
		out->fault = REF_NO_MEMORY;
		return false;
	}
	out->nsteps++;
	step->update = step->value;
	*e = ref_decode(m, s, out->level, step->value);
	if (e->kind == REF_ABSENT || e->kind == REF_FROZEN)
		out->fault = REF_NOT_PRESENT;
	else if (e->kind == REF_RESERVED)
		out->fault = REF_RESERVED_BITS;
	else if (e->kind == REF_BAD_SIZE)
		out->fault = REF_ADDRESS_SIZE;
	out->on_purpose = e->on_purpose;
	if (out->fault != REF_OK)
		return false;
	out->perms &= e->perms;
	if (e->kind == REF_LEAF)
		return false;
	if (s->hw_a && !e->accessed)
		step->update = e->with_a;
	*table = e->hpa;
	return true;
}

void ref_walk(const struct ref_machine *m, uint64_t gpa, unsigned access, const struct ref_start *start, struct ref_walk *out)
{
	struct ref_shape s;
	struct ref_entry e = {0};
	unsigned index_bits;
	uint64_t table;

	*out = (struct ref_walk){.perms = REF_RWX};
	if (!ref_shape(m, &s)) {
		out->fault = REF_BAD_REGISTER;
		return;
	}
	out->level = start ? start->level : s.top;
	out->perms = start ? start->perms : REF_RWX;
	out->size = ref_span(&s, out->level);
	if (s.gpa_bits < 64 && gpa >> s.gpa_bits) {
		out->fault = REF_ADDRESS_SIZE;
		return;
	}
	table = start ? start->table : s.root;
	index_bits = start ? s.index_bits : s.root_bits;
	while (step_down(m, &s, gpa, index_bits, &table, &e, out)) {
		out->level--;
		index_bits = s.index_bits;
	}
	if (out->fault == REF_OK)
		end_at_leaf(&s, gpa, access, &e, out);
}

const char *ref_fault_name(enum ref_fault fault)
{
	static const char *const names[] = {"ok",	    "not present", "permission",      "reserved bits",
					    "address size", "access flag", "no memory there", "bad register"};

	return names[fault];
}

const char *ref_kind_name(enum ref_kind kind)
{
	static const char *const names[] = {"EPT", "NPT", "stage 2", "RISC-V", "fake O", "fake B"};

	return names[kind];
}
