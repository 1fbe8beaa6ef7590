/* SPDX-License-Identifier: BSD-2-Clause */
#include <tdpmmu/urcu.h>

#include <string.h>

const struct tdp_urcu *tdp_urcu_find(const char *name)
{
	static const struct tdp_urcu *const flavors[] = {&tdp_urcu_memb, &tdp_urcu_mb, &tdp_urcu_bp, &tdp_urcu_qsbr};

	for (size_t i = 0; i < sizeof(flavors) / sizeof(flavors[0]); i++)
		if (strcmp(flavors[i]->name, name) == 0)
			return flavors[i];
	return NULL;
}
