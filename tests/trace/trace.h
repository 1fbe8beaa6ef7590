/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an Arm machine would see of a tree, as text: every write of an entry, barrier, TLB invalidation, and table that comes or goes. With
 * TDPMMU_TRACE=casemate:FILE in the environment each live tree writes a file FILE.PROCESS.NUMBER in the format of the external checker
 * casemate; check.py reads the same format. Without the variable all of this does nothing.
 *
 * Only trees of 4 KiB granules, four levels and 48 bits without concatenated root tables can be told; others leave no file.
 */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where tables lie: bytes of memory, and the address that hardware knows it by. */
struct trace_memory {
	const uint64_t *at;
	uint64_t hpa;
	size_t bytes;
};

/* A tree, named by its address, is live in VTTBR_EL2 and VTCR_EL2; what hangs below its root is taken as it is. */
void trace_begin(const void *tree, const struct trace_memory *memory, uint64_t vttbr, uint64_t vtcr);
/* It is not live any more. NULL: no tree is. */
void trace_end(const void *tree);

/* What the thread does from now on, as an identifier or a call: it goes into the records. Must live as long as that. */
void trace_label(const char *call);

/* The thread has just written an entry. Nobody else may have since: see trace_lock(). */
void trace_wrote(const uint64_t *entry);
/* The flush hook was called; gpa, size, level and tables as it was told. */
void trace_flush(const void *tree, uint64_t gpa, uint64_t size, int level, bool tables);
/* The walker_barrier hook was called. */
void trace_barrier(void);
/* A table went back to the embedder. */
void trace_freed(const uint64_t *table);

/* Around a write and its trace_wrote() where there are several threads: the records are in the order of the writes. Recursive. */
void trace_lock(void);
void trace_unlock(void);

#endif
