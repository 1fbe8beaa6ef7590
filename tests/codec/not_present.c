/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries that hardware does not look at: EMPTY, FROZEN, DEAD and notes, in numbers and there and back.
 */
#include "layouts.h"

#include "fake.h"
#include "fmt.h"

static const struct {
	const struct tdp_format *format;
	unsigned gpa_bits;
	tdp_spte_t empty, frozen, dead, note0, note1, note16, note44, note_max;
} golden[] = {
	{&tdp_ept, 48, 0x8000000000000000, 0x800ffffffffff008, 0x800ffffffffff018, 0x800ffffffffff010, 0x800ffffffffff050,
	 0x800fffffffffe010, 0x801ffffffffff010, 0xfff00000000003d0},
	{&tdp_ept_noad, 48, 0x8000000000000000, 0x800ffffffffff008, 0x800ffffffffff018, 0x800ffffffffff010, 0x800ffffffffff050,
	 0x800fffffffffe010, 0x801ffffffffff010, 0xfff00000000003d0},
	{&tdp_npt, 48, 0, 0x000ffffffffff008, 0x000ffffffffff018, 0x000ffffffffff010, 0x000ffffffffff050, 0x000fffffffffe010,
	 0x001ffffffffff010, 0x7ff00000000003d0},
	{&tdp_npt, 57, 0, 0x000ffffffffff008, 0x000ffffffffff018, 0x000ffffffffff010, 0x000ffffffffff050, 0x000fffffffffe010,
	 0x001ffffffffff010, 0x7ff00000000003d0},
	{&tdp_npt_pae, 32, 0, 0x000ffffffffff008, 0x000ffffffffff018, 0x000ffffffffff010, 0x000ffffffffff050, 0x000fffffffffe010,
	 0x001ffffffffff010, 0x7ff00000000003d0},
	{&tdp_s2_4k, 40, 0, 8, 0x18, 0x10, 0x50, 0x1010, 0x0010000000000010, 0x7ffffffffffff3d0},
	{&tdp_s2_16k, 48, 0, 8, 0x18, 0x10, 0x50, 0x1010, 0x0010000000000010, 0x7ffffffffffff3d0},
	{&tdp_s2_64k, 48, 0, 8, 0x18, 0x10, 0x50, 0x1010, 0x0010000000000010, 0x7ffffffffffff3d0},
	{&tdp_s2_4k_lpa2, 52, 0, 8, 0x18, 0x10, 0x50, 0x1010, 0x0010000000000010, 0x7ffffffffffff3d0},
	{&tdp_s2_16k_lpa2, 52, 0, 8, 0x18, 0x10, 0x50, 0x1010, 0x0010000000000010, 0x7ffffffffffff3d0},
	{&tdp_s2_64k_lpa, 52, 0, 8, 0x18, 0x10, 0x50, 0x1010, 0x0010000000000010, 0x7ffffffffffff3d0},
	{&tdp_fake_o, 20, 0x8000000000000000, 0x800ffffffffff008, 0x800ffffffffff018, 0x800ffffffffff010, 0x800ffffffffff050,
	 0x800fffffffffe010, 0x801ffffffffff010, 0xfff00000000003d0},
	{&tdp_fake_b, 20, 0, 8, 0x18, 0x10, 0x50, 0x1010, 0x0010000000000010, 0x7ffffffffffff3d0},
};

enum { GOLDEN = sizeof(golden) / sizeof(golden[0]) };

static const uint64_t note_max = (UINT64_C(1) << TDP_NOTE_BITS) - 1;

/* A layout of golden[i]. */
static struct tdp_layout golden_layout(unsigned i)
{
	return test_layout(golden[i].format, golden[i].gpa_bits, TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_NX);
}

/* As this level stores it. Written here from the README: test formats rotate left by 3 bits per level. */
static tdp_spte_t at_level(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	unsigned by = fmt == &tdp_fake_o || fmt == &tdp_fake_b ? 3 * level : 0;

	return by == 0 ? e : e << by | e >> (64 - by);
}

Test(not_present, values)
{
	for (unsigned i = 0; i < GOLDEN; i++) {
		const struct tdp_format *fmt = golden[i].format;

		CHECK_EQ(fmt->empty, golden[i].empty, "%s", fmt->name);
		CHECK_EQ(fmt->frozen, golden[i].frozen, "%s", fmt->name);
		CHECK_EQ(fmt->dead, golden[i].dead, "%s", fmt->name);
		CHECK_EQ(fmt_make_note(fmt, 0, 0), golden[i].note0, "%s", fmt->name);
		CHECK_EQ(fmt_make_note(fmt, 0, 1), golden[i].note1, "%s", fmt->name);
		CHECK_EQ(fmt_make_note(fmt, 0, 16), golden[i].note16, "%s", fmt->name);
		CHECK_EQ(fmt_make_note(fmt, 0, UINT64_C(1) << 44), golden[i].note44, "%s", fmt->name);
		CHECK_EQ(fmt_make_note(fmt, 0, note_max), golden[i].note_max, "%s", fmt->name);
	}
}

Test(not_present, decoded)
{
	for (unsigned i = 0; i < GOLDEN; i++) {
		struct tdp_layout lay = golden_layout(i);

		for (unsigned level = 0; level <= lay.top_level; level++) {
			const tdp_spte_t frozen = at_level(lay.format, level, golden[i].frozen);
			struct tdp_entry e = test_decode(&lay, TDP_OURS, level, at_level(lay.format, level, golden[i].empty));

			CHECK_EQ(e.kind, TDP_EMPTY, "%s level %u", lay.format->name, level);
			CHECK_EQ(e.size, tdp_level_size(&lay, level), "%s level %u", lay.format->name, level);
			e = test_decode(&lay, TDP_OURS, level, frozen);
			CHECK_EQ(e.kind, TDP_FROZEN, "%s level %u", lay.format->name, level);
			CHECK_EQ(e.state, 0, "%s level %u", lay.format->name, level);
			e = test_decode(&lay, TDP_OURS, level, at_level(lay.format, level, golden[i].dead));
			CHECK_EQ(e.kind, TDP_FROZEN, "%s level %u", lay.format->name, level);
			CHECK_EQ(e.state, TDP_STATE_DEAD, "%s level %u", lay.format->name, level);
			e = test_decode(&lay, TDP_OURS, level, at_level(lay.format, level, golden[i].note_max));
			CHECK_EQ(e.kind, TDP_NOTE, "%s level %u", lay.format->name, level);
			CHECK_EQ(e.note, note_max, "%s level %u", lay.format->name, level);
			CHECK_EQ(test_decode(&lay, TDP_FOREIGN, level, frozen).kind, TDP_EMPTY, "%s level %u", lay.format->name,
				 level);
		}
	}
}

/* Every single bit of a note and every value with two neighbours set comes back, at every level, and is nothing else. */
Test(not_present, notes_round_trip)
{
	for (unsigned i = 0; i < GOLDEN; i++) {
		struct tdp_layout lay = golden_layout(i);

		for (unsigned n = 0; n < 2 * TDP_NOTE_BITS; n++) {
			const uint64_t note = (UINT64_C(1) << n / 2 | (n & 1 ? UINT64_C(1) << n / 4 : 0)) & note_max;

			for (unsigned level = 0; level <= lay.top_level; level++) {
				tdp_spte_t raw = fmt_make_note(lay.format, level, note);
				struct tdp_entry e = test_decode(&lay, TDP_OURS, level, raw);

				CHECK_EQ(e.kind, TDP_NOTE, "%s level %u note 0x%" PRIx64, lay.format->name, level, note);
				CHECK_EQ(e.note, note, "%s level %u", lay.format->name, level);
				CHECK_EQ(test_decode(&lay, TDP_FOREIGN, level, raw).kind, TDP_EMPTY, "%s level %u",
					 lay.format->name, level);
			}
		}
	}
}

/* An EPT note may misconfigure or be convertible and is still a note. */
Test(not_present, ept_note_forms)
{
	struct tdp_layout lay = golden_layout(0);
	struct tdp_entry e = test_decode(&lay, TDP_OURS, 0, 0x800ffffffffff056);

	CHECK_EQ(tdp_ept.note_misconfig, 6, "write and execute without read");
	CHECK_EQ(tdp_ept.note_ve, UINT64_C(1) << 63, "suppress #VE");
	CHECK_EQ(tdp_npt.note_misconfig | tdp_npt.note_ve | tdp_s2_4k.note_misconfig | tdp_s2_4k.note_ve, 0, "EPT only");
	CHECK_EQ(e.kind, TDP_NOTE, "misconfiguring");
	CHECK_EQ(e.note, 1, "misconfiguring");
	e = test_decode(&lay, TDP_FOREIGN, 0, 0x800ffffffffff056);
	CHECK_EQ(e.kind, TDP_RESERVED, "what hardware sees");
	CHECK_EQ(e.why, TDP_WHY_PERMISSION, "what hardware sees");
	e = test_decode(&lay, TDP_OURS, 0, 0x000ffffffffff050);
	CHECK_EQ(e.kind, TDP_NOTE, "convertible");
	CHECK_EQ(e.note, 1, "convertible");
}

/* Payload and marks of a frozen entry, and that DEAD is told by equality. */
Test(not_present, frozen_payloads)
{
	for (unsigned i = 0; i < GOLDEN; i++) {
		struct tdp_layout lay = golden_layout(i);

		for (unsigned bit = 12; bit < 52; bit++) {
			for (unsigned level = 0; level <= lay.top_level; level++) {
				tdp_spte_t raw = fmt_make_frozen(lay.format, level, UINT64_C(1) << bit, TDP_FROZEN_DIRTY);
				struct tdp_entry e = test_decode(&lay, TDP_OURS, level, raw);

				CHECK_EQ(e.kind, TDP_FROZEN, "%s bit %u", lay.format->name, bit);
				CHECK_EQ(e.state, 0, "%s bit %u", lay.format->name, bit);
				CHECK_EQ(fmt_frozen_payload(lay.format, level, raw), UINT64_C(1) << bit, "%s", lay.format->name);
				CHECK(fmt_frozen_has(lay.format, level, raw, TDP_FROZEN_DIRTY), "%s", lay.format->name);
				CHECK(!fmt_frozen_has(lay.format, level, raw, TDP_FROZEN_TABLE), "%s", lay.format->name);
			}
		}
	}
}

/* Not present and of no shape that the library writes. */
Test(not_present, garbage_is_reserved)
{
	for (unsigned i = 0; i < GOLDEN; i++) {
		struct tdp_layout lay = golden_layout(i);
		struct tdp_entry e = test_decode(&lay, TDP_OURS, 0, 0x20);

		CHECK_EQ(e.kind, TDP_RESERVED, "%s: kind bits 100", lay.format->name);
		CHECK_EQ(e.why, TDP_WHY_BITS, "%s: kind bits 100", lay.format->name);
		e = test_decode(&lay, TDP_OURS, 0, golden[i].empty ^ UINT64_C(1) << 40);
		CHECK_EQ(e.kind, TDP_RESERVED, "%s: EMPTY with a payload", lay.format->name);
	}
	struct tdp_layout lay = golden_layout(0);

	CHECK_EQ(test_decode(&lay, TDP_OURS, 0, 0x12345137).kind, TDP_RESERVED, "EPT, present for hardware but not ours");
}
