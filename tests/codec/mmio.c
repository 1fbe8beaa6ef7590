/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Notes of emulated devices: what is packed comes back, in entries of every format, and in numbers.
 */
#include "layouts.h"

#include "fmt.h"

static uint64_t pack(struct tdp_mmio mmio)
{
	uint64_t note = 0;

	CHECK_EQ(tdp_mmio_pack(&mmio, &note), TDP_OK, "gpa 0x%" PRIx64, mmio.gpa);
	return note;
}

Test(mmio, every_bit_comes_back)
{
	for (unsigned bit = 12; bit < 52; bit++) {
		for (unsigned access = 1; access <= TDP_RWX; access++) {
			const struct tdp_mmio mmio = {
				.gpa = UINT64_C(1) << bit, .generation = 1u << bit % 11, .access = (uint8_t)access};
			const uint64_t note = pack(mmio);
			const struct tdp_mmio back = tdp_mmio_unpack(note);

			CHECK_EQ(note >> TDP_NOTE_BITS, 0, "a note");
			CHECK(back.gpa == mmio.gpa && back.generation == mmio.generation && back.access == mmio.access &&
				      back.reserved[0] == 0,
			      "gpa 0x%" PRIx64 " access %u", mmio.gpa, access);
		}
	}
	CHECK_EQ(tdp_mmio_unpack(pack((struct tdp_mmio){.generation = TDP_MMIO_GENERATIONS + 5, .access = 1})).generation, 5,
		 "modulo");
}

/* In an entry the page's number is where an address would be, so that a human finds it there. */
Test(mmio, in_numbers)
{
	const uint64_t note = pack((struct tdp_mmio){.gpa = 0xfee00000, .generation = 0x123, .access = TDP_RW});

	CHECK_EQ(note, UINT64_C(0x123) << 44 | 0xfee00 << 4 | 3, "the note");
	CHECK_EQ(fmt_make_note(&tdp_s2_4k, 0, note), 0x12300000fee000d0, "in a stage 2 entry");
	CHECK_EQ(fmt_make_note(&tdp_ept, 0, note) | tdp_ept.note_misconfig, 0x923fffff011ff0d6,
		 "in an EPT entry that misconfigures");
	CHECK_EQ(fmt_make_note(&tdp_npt, 0, note), 0x123fffff011ff0d0, "in an NPT entry");
}

/* What the handler of an EPT misconfiguration does. */
Test(mmio, from_a_raw_entry)
{
	struct tdp_layout lay = test_layout(&tdp_ept, 48, TDP_CAP_HW_A | TDP_CAP_HW_D);
	struct tdp_entry e = test_decode(&lay, TDP_OURS, 0, 0x923fffff011ff0d6);
	struct tdp_mmio mmio = tdp_mmio_unpack(e.note);

	CHECK_EQ(e.kind, TDP_NOTE, "kind");
	CHECK_EQ(mmio.gpa, 0xfee00000, "gpa");
	CHECK_EQ(mmio.generation, 0x123, "generation");
	CHECK_EQ(mmio.access, TDP_RW, "access");
	CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 0, 0x923fffff011ff0d6).why, TDP_WHY_PERMISSION, "hardware refuses it");
}

Test(mmio, refused)
{
	static const struct {
		const char *what;
		struct tdp_mmio in;
		enum tdp_result want;
	} bad[] = {
		{"zeroes", {0}, TDP_INVALID},
		{"no access", {.gpa = 0x1000}, TDP_INVALID},
		{"an access that does not exist", {.gpa = 0x1000, .access = TDP_RWX + 1}, TDP_INVALID},
		{"not a page's address", {.gpa = 0x1800, .access = TDP_R}, TDP_INVALID},
		{"53 bits", {.gpa = UINT64_C(1) << 52, .access = TDP_R}, TDP_RANGE},
		{"a reserved field", {.access = TDP_R, .reserved = {0, 0, 1}}, TDP_INVALID},
	};
	const struct tdp_mmio good = {.access = TDP_R};
	uint64_t note = 0x5a;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_EQ(-tdp_mmio_pack(&bad[i].in, &note), -bad[i].want, "%s", bad[i].what);
	CHECK_EQ(-tdp_mmio_pack(NULL, &note), -TDP_INVALID, "NULL");
	CHECK_EQ(-tdp_mmio_pack(&good, NULL), -TDP_INVALID, "NULL");
	CHECK_EQ(note, 0x5a, "written although refused");
}
