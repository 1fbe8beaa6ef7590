/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walkers that do not snoop: a reap that left a root's entries in the cache would leave the tables below it in use. Only the root is
 * looked at; what operations owe in other tables the referee asks for (V17).
 */
#include "contract.h"

#include <string.h>

/* A root, and what such a walker sees of it. */
struct memory {
	const uint8_t *root;
	size_t bytes;
	uint8_t seen[PAGE];
	unsigned early; /* flushes and kicks before it saw all that had been written */
};

static void on_clean(void *ctx, const void *va, size_t bytes)
{
	struct set *s = ctx;
	struct memory *m = s->arg;
	const uint8_t *from = va;

	if (!m->root) /* a tree begins with its root */
		*m = (struct memory){.root = va, .bytes = bytes};
	if (from >= m->root && from < m->root + m->bytes)
		memcpy(m->seen + (from - m->root), from, bytes);
}

static void look(void *arg, const struct tdp_tree *tree)
{
	struct memory *m = arg;

	(void)tree;
	m->early += memcmp(m->seen, m->root, m->bytes) != 0;
}

static void reaped(const char *format, const char *rcu, bool kick, uint32_t flags)
{
	struct set s;
	struct memory m = {0};
	struct tdp_tree *a = NULL;
	struct tdp_role role;
	struct tdp_op op = {.flags = flags};

	set_start(&s, format, rcu, kick, true);
	s.ops.table_clean = on_clean;
	s.on_flush = s.on_kick = look;
	s.arg = &m;
	role = set_role(&s, 0, 0);
	check(tdp_roots_get(&s.roots, &role, &a) == TDP_OK && m.bytes == tdp_root_size(&s.layout), "a root, cleaned");
	check(set_map(&s, a, &s.cache, 0, 4) >= 0, "pages");
	check(memcmp(m.seen, m.root, m.bytes) == 0, "a fault's table is seen by a walker that does not snoop");
	tdp_roots_invalidate(&s.roots, NULL);
	check(tdp_roots_reap(&s.roots, &op) == TDP_OK, "reaped");
	check((kick ? s.n.kicks : s.n.flushes) > 0 && m.early == 0, "cleaned before each flush");
	check(memcmp(m.seen, m.root, m.bytes) == 0, "and when it is done");
	tdp_roots_put(&s.roots, a);
	check(set_stop(&s), "nothing was lost");
}

void contract_clean(void)
{
	reaped("fake-o", "rwlock", false, 0);
	reaped("fake-b", "early", false, 0);
	reaped("fake-b", "rwlock", true, 0);
	reaped("s2-4k", "serial", false, TDP_EXCLUSIVE);
}
