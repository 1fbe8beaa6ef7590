/* SPDX-License-Identifier: BSD-2-Clause */
/* The library's test build has its seeded defects; which one is on is said here. What else that build calls has nothing to do. */
#include "broken.h"
#include "options.h"
#include "spte.h"

int tdp_test_broken;

static const char *const defects[] = {"",
#define X(name, text) #name,
				      TDP_BROKEN_LIST(X)
#undef X
};

bool defect_choose(const char *name)
{
	for (unsigned i = 1; i < sizeof(defects) / sizeof(defects[0]); i++)
		if (option_is(name, defects[i])) {
			tdp_test_broken = (int)i;
			say("[hv] a defect in the library: %s\n", defects[i]);
			return true;
		}
	return false;
}

void tdp_test_access(enum tdp_spte_event event, tdp_spte_t *entry, tdp_spte_t old_value, tdp_spte_t new_value)
{
	(void)event;
	(void)entry;
	(void)old_value;
	(void)new_value;
}

void tdp_test_done(tdp_spte_t *entry, bool written)
{
	(void)entry;
	(void)written;
}

void tdp_test_point(const volatile void *word, bool locked)
{
	(void)word;
	(void)locked;
}
