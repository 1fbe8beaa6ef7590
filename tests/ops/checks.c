/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is where, by tdp_lookup() and by the referee's walker, which share no code.
 */
#include "harness.h"

enum { SAMPLES = 64 };

/* Far enough to look at every page of a small range and at some of a large one. Odd, in pages, so that no level is always hit. */
static uint64_t stride(const struct harness *h, uint64_t size)
{
	uint64_t pages = size / h->p;

	return pages <= 2 * 512 ? h->p : (pages / SAMPLES | 1) * h->p;
}

struct tdp_entry entry_at(struct harness *h, tdp_gpa_t gpa)
{
	struct tdp_mapping m;
	enum tdp_result r = tdp_lookup(&h->tree, gpa, &m, NULL);

	if (r != TDP_OK && r != TDP_ABSENT)
		harness_fail(h, 0, "tdp_lookup(%#" PRIx64 ") is %s", gpa, tdp_result_name(r));
	return m.entry;
}

/* One page that must be mapped. */
static void check_page(struct harness *h, int line, tdp_gpa_t gpa, tdp_hpa_t hpa, struct tdp_attrs attrs)
{
	struct ref_walk walk = referee_walk(h->r, &h->tree, gpa, 0);
	struct tdp_mapping m = {0};
	enum tdp_result r = tdp_lookup(&h->tree, gpa, &m, NULL);

	if (r != TDP_OK || m.entry.kind != TDP_LEAF)
		harness_fail(h, line, "gpa %#" PRIx64 ": lookup says %s", gpa, tdp_result_name(r));
	if (m.gpa != (gpa & ~(m.entry.size - 1)) || m.entry.hpa + (gpa - m.gpa) != hpa)
		harness_fail(h, line, "gpa %#" PRIx64 ": lookup leads to %#" PRIx64 ", not %#" PRIx64, gpa,
			     m.entry.hpa + (gpa - m.gpa), hpa);
	if (m.entry.attrs.prot != attrs.prot || m.entry.attrs.memtype != attrs.memtype || m.entry.attrs.flags != attrs.flags ||
	    m.entry.attrs.sw != attrs.sw)
		harness_fail(h, line, "gpa %#" PRIx64 ": prot %u memtype %u flags %u sw %u, not %u %u %u %u", gpa,
			     m.entry.attrs.prot, m.entry.attrs.memtype, m.entry.attrs.flags, m.entry.attrs.sw, attrs.prot,
			     attrs.memtype, attrs.flags, attrs.sw);
	if ((walk.fault != REF_OK && walk.fault != REF_ACCESS_FLAG) || walk.hpa != hpa || walk.size != m.entry.size ||
	    (unsigned)walk.memtype != attrs.memtype)
		harness_fail(h, line, "gpa %#" PRIx64 ": the walker says %s, hpa %#" PRIx64 " size %#" PRIx64 " memtype %d", gpa,
			     ref_fault_name(walk.fault), walk.hpa, walk.size, (int)walk.memtype);
	/* The walker says of a tracked leaf what it will permit. */
	if (m.entry.state & TDP_STATE_TRACKED) {
		bool open = (m.entry.state & TDP_STATE_MMU_WRITABLE) && m.entry.dirty;

		m.entry.live = (uint8_t)(attrs.prot & ~(open ? 0u : (unsigned)TDP_W));
	}
	if (walk.perms != m.entry.live || (walk.perms & ~(unsigned)attrs.prot))
		harness_fail(h, line, "gpa %#" PRIx64 ": the walker permits %#x, lookup says %#x, granted %#x", gpa, walk.perms,
			     m.entry.live, attrs.prot);
}

void harness_mapped(struct harness *h, int line, tdp_gpa_t gpa, uint64_t size, tdp_hpa_t hpa, struct tdp_attrs attrs)
{
	for (uint64_t done = 0; done < size; done += stride(h, size))
		check_page(h, line, gpa + done, hpa + done, attrs);
	check_page(h, line, gpa + size - h->p, hpa + size - h->p, attrs);
}

/* One page that must be absent; note: which payload it must have, 0 for none. */
static void check_absent(struct harness *h, int line, tdp_gpa_t gpa, uint64_t note)
{
	struct ref_walk walk = referee_walk(h->r, &h->tree, gpa, 0);
	struct tdp_mapping m = {0};
	enum tdp_result r = tdp_lookup(&h->tree, gpa, &m, NULL);

	if (r != TDP_ABSENT || m.entry.kind != (note ? TDP_NOTE : TDP_EMPTY) || m.entry.note != note)
		harness_fail(h, line, "gpa %#" PRIx64 ": lookup says %s, kind %u, note %#" PRIx64, gpa, tdp_result_name(r),
			     m.entry.kind, m.entry.note);
	if (walk.fault != REF_NOT_PRESENT || walk.size != m.entry.size)
		harness_fail(h, line, "gpa %#" PRIx64 ": the walker says %s, size %#" PRIx64, gpa, ref_fault_name(walk.fault),
			     walk.size);
}

void harness_hole(struct harness *h, int line, tdp_gpa_t gpa, uint64_t size)
{
	for (uint64_t done = 0; done < size; done += stride(h, size))
		check_absent(h, line, gpa + done, 0);
	check_absent(h, line, gpa + size - h->p, 0);
}

void harness_noted(struct harness *h, int line, tdp_gpa_t gpa, uint64_t size, uint64_t note)
{
	for (uint64_t done = 0; done < size; done += stride(h, size))
		check_absent(h, line, gpa + done, note);
	check_absent(h, line, gpa + size - h->p, note);
}

void harness_guest(struct harness *h, int line, tdp_gpa_t gpa, unsigned access, bool permitted)
{
	struct referee_access a = referee_guest(h->r, &h->tree, gpa, access);

	if ((a.fault == REF_OK) != permitted)
		harness_fail(h, line, "an access %#x to gpa %#" PRIx64 " ends with %s", access, gpa, ref_fault_name(a.fault));
	if (!referee_clean(h->r))
		harness_fail(h, line, "the guest at gpa %#" PRIx64 ":\n%s", gpa, referee_violations(h->r));
}
