/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The formats: both disciplines with tiny tables, and two real ones.
 */
#include "world.h"

#include <fake.h>

#define AD (TDP_CAP_HW_A | TDP_CAP_HW_D)

const struct world_format world_formats[] = {
	{
		.letter = 'O',
		.name = "fake-o",
		.format = &tdp_fake_o,
		.engine = &tdp_fake_o_engine,
		.kind = REF_FAKE_O,
		.gpa_bits = 20,
		.entries = PER_TABLE,
		.table_lg2 = 14,
		.caps = AD,
		.features = REF_HAS_1G | REF_HW_ACCESSED,
		.overwrite = true,
	},
	{
		.letter = 'B',
		.name = "fake-b",
		.format = &tdp_fake_b,
		.engine = &tdp_fake_b_engine,
		.kind = REF_FAKE_B,
		.gpa_bits = 20,
		.entries = PER_TABLE,
		.table_lg2 = 14,
		.caps = TDP_CAP_HW_A,
		.features = REF_HAS_1G | REF_HW_ACCESSED,
	},
	{
		.letter = 'E',
		.name = "ept",
		.format = &tdp_ept,
		.engine = &tdp_ept_engine,
		.kind = REF_EPT,
		.gpa_bits = 48,
		.entries = 512,
		.table_lg2 = 21,
		.caps = AD | TDP_CAP_EXEC_ONLY,
		.features = REF_HAS_1G | REF_HAS_EXEC_ONLY,
		.overwrite = true,
	},
	{
		.letter = 'S',
		.name = "s2",
		.format = &tdp_s2_4k,
		.engine = &tdp_s2_4k_engine,
		.kind = REF_S2,
		.gpa_bits = 48,
		.entries = 512,
		.table_lg2 = 21,
		.caps = AD,
		.features = REF_HAS_1G,
	},
	{
		.letter = 'N',
		.name = "ept-noad",
		.format = &tdp_ept_noad,
		.engine = &tdp_ept_noad_engine,
		.kind = REF_EPT,
		.gpa_bits = 48,
		.entries = 512,
		.table_lg2 = 21,
		.caps = TDP_CAP_EXEC_ONLY,
		.features = REF_HAS_1G | REF_HAS_EXEC_ONLY,
		.overwrite = true,
	},
	{0},
};
