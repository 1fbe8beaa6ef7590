/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The formats: both disciplines with tiny tables, and the real ones. One is added by one line. Widths of addresses and what the machine can do say
 * how many levels there are; that those above level 1 never change does not depend on it.
 */
#include "world.h"

#include <fake.h>

#define AD    (TDP_CAP_HW_A | TDP_CAP_HW_D)
#define G1    REF_HAS_1G
#define OVER  true
#define BREAK false

/* A cache entry keeps a node of a list in the first words of a frame, and acts look at four pages of a table: entries_lg2 >= 2. */
#define FORMAT(l, n, symbol, k, gpa, hpa, page, entries_lg2, c, f, o)                                                              \
	{                                                                                                                          \
		.letter = l, .name = n, .format = &symbol, .engine = &symbol##_engine, .kind = k, .gpa_bits = gpa,                 \
		.hpa_bits = hpa, .page_lg2 = page, .entries = 1u << (entries_lg2), .table_lg2 = (page) + (entries_lg2),            \
		.backing_lg2 = (page) > 12 ? 33 : 24, .caps = c, .features = f, .sw = ((f)&REF_PAE) == 0 && (k) != REF_RISCV,      \
		.overwrite = o                                                                                                     \
	}

/* clang-format off: one line each */
const struct world_format world_formats[] = {
	FORMAT('O', "fake-o", tdp_fake_o, REF_FAKE_O, 20, 40, 12, 2, AD, G1 | REF_HW_ACCESSED, OVER),
	FORMAT('B', "fake-b", tdp_fake_b, REF_FAKE_B, 20, 40, 12, 2, TDP_CAP_HW_A, G1 | REF_HW_ACCESSED, BREAK),
	FORMAT('E', "ept", tdp_ept, REF_EPT, 48, 40, 12, 9, AD | TDP_CAP_EXEC_ONLY, G1 | REF_HAS_EXEC_ONLY, OVER),
	FORMAT('F', "ept5", tdp_ept, REF_EPT, 57, 40, 12, 9, AD, G1, OVER),
	FORMAT('N', "ept-noad", tdp_ept_noad, REF_EPT, 48, 40, 12, 9, TDP_CAP_EXEC_ONLY, G1 | REF_HAS_EXEC_ONLY, OVER),
	FORMAT('P', "npt", tdp_npt, REF_NPT, 48, 40, 12, 9, AD | TDP_CAP_NX, G1 | REF_HAS_NX, OVER),
	FORMAT('Q', "npt5", tdp_npt, REF_NPT, 57, 40, 12, 9, AD | TDP_CAP_NX, G1 | REF_HAS_NX | REF_HAS_LA57, OVER),
	FORMAT('R', "npt-pae", tdp_npt_pae, REF_NPT, 32, 40, 12, 9, AD | TDP_CAP_NX, REF_HAS_NX | REF_PAE, OVER),
	FORMAT('S', "s2", tdp_s2_4k, REF_S2, 48, 48, 12, 9, AD, G1, BREAK),
	FORMAT('T', "s2-16k", tdp_s2_16k, REF_S2, 47, 48, 14, 11, AD, G1, BREAK),
	FORMAT('U', "s2-64k", tdp_s2_64k, REF_S2, 48, 48, 16, 13, AD, G1, BREAK),
	FORMAT('V', "s2-4k-lpa2", tdp_s2_4k_lpa2, REF_S2, 49, 52, 12, 9, AD | TDP_CAP_LPA2, G1 | REF_HAS_LPA2, BREAK),
	FORMAT('W', "s2-16k-lpa2", tdp_s2_16k_lpa2, REF_S2, 52, 52, 14, 11, AD | TDP_CAP_LPA2, G1 | REF_HAS_LPA2, BREAK),
	FORMAT('X', "s2-64k-lpa", tdp_s2_64k_lpa, REF_S2, 52, 52, 16, 13, AD, G1, BREAK),
	FORMAT('G', "riscv", riscv_g, REF_RISCV, 41, 48, 12, 9, AD, G1 | REF_HW_ACCESSED, OVER),
	{0},
};
