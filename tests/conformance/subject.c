/* SPDX-License-Identifier: BSD-2-Clause */
#include "conformance.h"

#include <stdio.h>

void complain(struct subject *s, unsigned level, tdp_spte_t raw, const char *what)
{
	if (s->complaints++ < 10)
		printf("# %s, level %u, entry 0x%016" PRIx64 ": not so: %s\n", s->v->name, level, raw, what);
}

uint64_t next_random(struct subject *s)
{
	uint64_t z = s->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

struct ref_entry judge(const struct subject *s, unsigned level, tdp_spte_t raw)
{
	return ref_decode(&s->machine, &s->shape, level, raw & ~fmt_at(s->fmt, level, s->lay.entry_or));
}

unsigned judged_prot(const struct ref_entry *e)
{
	return (e->perms & REF_R ? TDP_R : 0u) | (e->perms & REF_W ? TDP_W : 0u) | (e->perms & REF_XS ? TDP_XS : 0u) |
	       (e->perms & REF_XU ? TDP_XU : 0u);
}

unsigned judged_memtype(const struct ref_entry *e)
{
	static const uint8_t types[] = {
		[REF_WB] = TDP_MT_WB,	      [REF_WT] = TDP_MT_WT,    [REF_WP] = TDP_MT_WP,
		[REF_WC] = TDP_MT_WC,	      [REF_UC] = TDP_MT_UC,    [REF_STRICT] = TDP_MT_DEVICE_STRICT,
		[REF_STAGE1] = TDP_MT_STAGE1, [REF_MT_RESERVED] = 255,
	};

	return types[e->memtype];
}
