/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Permissions and attributes as text, for describe.c and dump.c.
 */
#ifndef TDPMMU_CORE_TEXT_ATTRS_H
#define TDPMMU_CORE_TEXT_ATTRS_H

#include "text.h"

/* "rwx"; where execution differs by mode, "s" or "u" stands for x. */
static inline void text_prot(struct text *t, unsigned prot)
{
	text_char(t, prot & TDP_R ? 'r' : '-');
	text_char(t, prot & TDP_W ? 'w' : '-');
	text_char(t, "-sux"[(prot & TDP_X) >> 2]);
}

/* " WB force super ve sw=3", only what is set. */
static inline void text_attrs(struct text *t, const struct tdp_attrs *attrs)
{
	static const char *const types[] = {"WB", "WT", "WP", "WC", "UC", "DEV", "S1"};

	text_char(t, ' ');
	text_str(t, attrs->memtype <= TDP_MT_STAGE1 ? types[attrs->memtype] : "?");
	if (attrs->flags & TDP_ATTR_FORCE_MT)
		text_str(t, " force");
	if (attrs->flags & TDP_ATTR_SUPERVISOR)
		text_str(t, " super");
	if (attrs->flags & TDP_ATTR_VE)
		text_str(t, " ve");
	if (attrs->sw != 0) {
		text_str(t, " sw=");
		text_dec(t, attrs->sw);
	}
}

#endif
