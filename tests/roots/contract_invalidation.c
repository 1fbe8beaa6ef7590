/* SPDX-License-Identifier: BSD-2-Clause */
#include "contract.h"

void contract_invalidation(void)
{
	struct tdp_invalidation inv = {{0}};
	uint32_t before = tdp_invalidation_seq(&inv), seq;

	check(!tdp_invalidation_retry(&inv, before, 0, 1), "nothing was invalidated");
	tdp_invalidation_begin(&inv, 0x4000, 0x2000);
	check(!tdp_invalidation_retry(&inv, before, 0x3fff, 1) && !tdp_invalidation_retry(&inv, before, 0x6000, 1),
	      "beside what is under way");
	check(tdp_invalidation_retry(&inv, before, 0x3000, 0x1001) && !tdp_invalidation_retry(&inv, before, 0x3000, 0x1000) &&
		      tdp_invalidation_retry(&inv, before, 0, 0),
	      "a range that reaches into it");
	check(tdp_invalidation_retry(&inv, before, 0x4000, 1) && tdp_invalidation_retry(&inv, before, 0x5fff, 1), "within it");
	tdp_invalidation_begin(&inv, UINT64_MAX - 0xfff, 0x1000);
	check(tdp_invalidation_retry(&inv, before, UINT64_MAX, 1), "a second one, at the top");
	check(tdp_invalidation_retry(&inv, before, 0x7000, 1), "what lies between two is taken for part of them");
	seq = tdp_invalidation_seq(&inv);
	tdp_invalidation_end(&inv);
	check(tdp_invalidation_retry(&inv, seq, 0, 1), "what was looked up before the end is old");
	tdp_invalidation_end(&inv);
	seq = tdp_invalidation_seq(&inv);
	check(!tdp_invalidation_retry(&inv, seq, 0x4000, 1), "behind the end");
	check(tdp_invalidation_retry(&inv, before, 0x4000, 1), "S13: not by order");
	tdp_invalidation_begin(&inv, 0x4000, UINT64_MAX);
	check(tdp_invalidation_retry(&inv, seq, UINT64_MAX, 1) && tdp_invalidation_retry(&inv, seq, 0x4000, 1) &&
		      !tdp_invalidation_retry(&inv, seq, 0x3fff, 1),
	      "a range that wraps goes up to the end");
	tdp_invalidation_end(&inv);
	tdp_invalidation_begin(&inv, 0x4000, 0);
	check(tdp_invalidation_retry(&inv, tdp_invalidation_seq(&inv), 0x8000, 1), "so does one of no size");
	tdp_invalidation_end(&inv);
	check(tdp_invalidation_retry(&inv, seq - UINT32_C(0x80000000), 0, 1) &&
		      tdp_invalidation_retry(&inv, seq + UINT32_C(0x80000000), 0, 1),
	      "S13: nor by sign, half way round");
}
