/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What roots.c needs of an engine, so that nothing below it knows of sets.
 */
#ifndef TDPMMU_CORE_KILL_H
#define TDPMMU_CORE_KILL_H

#include "tree_impl.h"

/*
 * Makes every root entry of an invalid tree, which the caller holds, DEAD, and frees what was below. Several threads may: each takes what
 * it finds. op: as for tdp_zap(); flags EXCLUSIVE and MAY_YIELD. TDP_UNSUPPORTED: shared calls free no tables in this tree.
 */
enum tdp_result tdp_tree_kill(struct tree *t, struct tdp_op *op);

#endif
