/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who else may be inside a guest's tree during a call: nobody, or other threads under a flavour of liburcu.
 */
#ifndef TDPMMU_BENCH_SHARE_H
#define TDPMMU_BENCH_SHARE_H

#include <tdpmmu/tree.h>

enum sharing { ALONE, QSBR, MEMB, SHARINGS };

struct share {
	const struct tdp_rcu *rcu; /* NULL: every call is exclusive */
	void (*enter)(void);	   /* before a thread's first call; may be NULL, as leave */
	void (*leave)(void);	   /* after its last one */
};

/* Is it built? Without liburcu only ALONE is. */
bool share_exists(enum sharing sharing);
const struct share *share_get(enum sharing sharing);

/* For a thread that calls trees of every kind. */
void share_enter_all(void);
void share_leave_all(void);

#endif
