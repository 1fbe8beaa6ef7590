/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must find which bug.
 */
#include "broken_tests.h"

#include <string.h>

static const struct variant variants[] = {
	{"ZAP_NO_FLUSH", ON_ALL, FOUND(REF_V3), false},
	{"ZAP_FLUSH_LEAF_ONLY", ON_ALL, FOUND(REF_V4) | FOUND(REF_V5), false},
	{"ZAP_FLUSH_SHORT", ON_ALL, FOUND(REF_V5), false},
	{"ZAP_FREE_EARLY", ON_ALL, FOUND(REF_V4), false},
	{"ZAP_REPORT_EARLY", ON_ALL, FOUND(REF_V15), false},
	{"ZAP_PLAIN_STORE", ON_HW_DIRTY, FOUND(REF_V8), false},
	{"ZAP_FORGET_DIRTY", ON_ALL, FOUND(REF_V8), false},
	{"ZAP_LEAVE_FROZEN", ON_ALL, FOUND(REF_V10), false},
	{"SPLIT_LINK_EMPTY", ON_ALL, FOUND(REF_V2), false},
	{"SPLIT_LOSE_ATTRS", ON_ALL, FOUND(REF_V5) | REFERENCE, false},
	{"SPLIT_NO_BREAK", ON_BREAK, FOUND(REF_V6), false},
	{"SPLIT_LOSE_DIRTY", ON_ALL, FOUND(REF_V8), false},
	{"SPLIT_WRONG_STEP", ON_ALL, FOUND(REF_V6) | FOUND(REF_V8), false},
	{"HUGE_AS_TABLE", ON_ALL, FOUND(REF_V2) | CRASH, false},
	{"MAP_PUBLISH_EARLY", ON_ALL, FOUND(REF_V2), false},
	{"MAP_OVERWRITE", ON_ALL, FOUND(REF_V6), false},
	{"MAP_HUGE_MISALIGNED", ON_ALL, FOUND(REF_V12) | REFERENCE, false},
	{"MAP_LEAK_ON_NOMEM", ON_ALL, REFERENCE, false},
	{"MAP_IGNORE_GATHER", ON_ALL, FOUND(REF_V6), false},
	{"REPLACE_NO_BREAK", ON_ALL, FOUND(REF_V6), false},
	{"REPLACE_FLUSH_LATE", ON_ALL, FOUND(REF_V6), false},
	{"PROTECT_NO_FLUSH", ON_ALL, FOUND(REF_V3), false},
	{"PROTECT_KEEP_MW", ON_ALL, REFERENCE, false},
	{"PROTECT_DROP_DIRTY", ON_ALL, FOUND(REF_V8), false},
	{"ATTR_NO_FLUSH", ON_ALL, FOUND(REF_V3), false},
	{"ATTR_NO_BREAK", ON_BREAK, FOUND(REF_V6), false},
	{"TRIM_NOT_EMPTY", ON_ALL, REFERENCE, false},
	{"TRIM_NO_FLUSH", ON_ALL, FOUND(REF_V4), false},
	{"FAULT_WRITABLE_HUGE_LOG", ON_ALL, REFERENCE, false},
	{"FAULT_NARROWS", ON_ALL, FOUND(REF_V3), false},
	{"GATHER_WRONG_RANGE", ON_ALL, FOUND(REF_V3) | FOUND(REF_V5), false},
	{"GATHER_ONE_TREE", ON_ALL, FOUND(REF_V3), true},
	{"ARM_NO_FLUSH", ON_ALL, FOUND(REF_V3), false},
	{"ARM_FLUSH_ONLY_W", ON_DIRTY_BIT, FOUND(REF_V3), false},
	{"ARM_PLAIN_STORE", ON_HW_DIRTY, FOUND(REF_V8), false},
	{"ARM_NO_SD", ON_ALL, FOUND(REF_V8), false},
	{"ZAP_CLOSED_IS_CLEAN", ON_NO_SD, FOUND(REF_V8), false},
	{"ARM_OVER_EDGE", ON_ALL, FOUND(REF_V8), false},
	{"ARM_REPORT_EARLY", ON_ALL, FOUND(REF_V15), false},
	{"NO_WALKER_BARRIER", ON_ALL, FOUND(REF_V13), false},
	{"AGE_PLAIN_STORE", ON_HW_DIRTY, FOUND(REF_V8) | REFERENCE, false},
	{"AGE_DROPS_DIRTY", ON_ALL, FOUND(REF_V8), false},
	{"FAST_HUGE_LOG", ON_ALL, REFERENCE, false},
	{"FAST_UNPROTECTS", ON_ALL, REFERENCE, false},
	{"PROMOTE_NO_FLUSH", ON_ALL, FOUND(REF_V3) | FOUND(REF_V4) | FOUND(REF_V6), false},
	{"PROMOTE_FREE_EARLY", ON_OVERWRITE, FOUND(REF_V4), false},
	{"PROMOTE_LOSE_DIRTY", ON_ALL, FOUND(REF_V8), false},
	{"PROMOTE_OVER_EDGE", ON_ALL, REFERENCE, false},
	{"PROMOTE_UNLIKE", ON_ALL, FOUND(REF_V7) | REFERENCE, false},
	{"PROMOTE_W_OR", ON_ALL, REFERENCE, false},
	{"PROMOTE_NO_BREAK", ON_BREAK, FOUND(REF_V6), false},
	{"PROMOTE_READ_NOT_FROZEN", ON_DIRTY_BIT, FOUND(REF_V8), false},
	{"PROMOTE_MAKE_EARLY", ON_BREAK, FOUND(REF_V6), false},
};

const struct variant *variant_find(const char *name)
{
	for (unsigned i = 0; i < sizeof(variants) / sizeof(variants[0]); i++)
		if (strcmp(variants[i].name, name) == 0)
			return &variants[i];
	return NULL;
}

bool variant_shows_on(const struct variant *v, const struct setup *s)
{
	if (v->on == ON_NO_SD || !setup_remembers(s))
		return v->on == ON_NO_SD && !setup_remembers(s);
	if (v->on == ON_HW_DIRTY)
		return setup_hw_d(s);
	if (v->on == ON_DIRTY_BIT)
		return setup_hw_d(s) && !setup_breaks(s);
	return (v->on & (setup_breaks(s) ? ON_BREAK : ON_OVERWRITE)) != 0;
}
