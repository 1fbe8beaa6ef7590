/* SPDX-License-Identifier: BSD-2-Clause */
#include "rcu.h"

#include <string.h>

#ifdef WITH_URCU
#include <tdpmmu/urcu.h>
#endif

const char *const rcu_names[] = {
	"serial", "keep", "rwlock", "early",
#ifdef WITH_URCU
	"memb",	  "mb",	  "bp",	    "qsbr",
#endif
	NULL,
};

#ifdef WITH_URCU
/* A flavour of liburcu as one of ours; one at a time. */
static const struct rcu_kind *find_urcu(const char *name)
{
	static struct rcu_kind kind;
	const struct tdp_urcu *flavor = tdp_urcu_find(name);

	if (!flavor)
		return NULL;
	kind = (struct rcu_kind){
		.name = flavor->name,
		.rcu = &flavor->rcu,
		.enter_thread = flavor->register_thread,
		.leave_thread = flavor->unregister_thread,
		.between = flavor->quiescent,
		.offline = flavor->offline,
		.online = flavor->online,
	};
	return &kind;
}
#else
static const struct rcu_kind *find_urcu(const char *name)
{
	(void)name;
	return NULL;
}
#endif

const struct rcu_kind *rcu_find(const char *name)
{
	static const struct rcu_kind serial = {.name = "serial", .serial = true};
	static const struct rcu_kind keep = {.name = "keep", .tree_flags = TDP_TREE_KEEP_TABLES};
	static const struct rcu_kind *const own[] = {&serial, &keep, &rcu_rwlock, &rcu_early};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(own[i]->name, name) == 0)
			return own[i];
	return find_urcu(name);
}
