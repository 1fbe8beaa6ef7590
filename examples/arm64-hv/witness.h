/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a test image listens: tests/witness.c sees each store to a table, and reports what QEMU's walker lets pass. In the images that are
 * shown witness_none.c hears nothing.
 */
#ifndef ARM64_HV_WITNESS_H
#define ARM64_HV_WITNESS_H

#include <tdpmmu/tdpmmu.h>

/* Switches a defect of the library's on; "": none. One that is not there ends the machine. */
void witness_begin(const char *defect);
/* A flush is complete. */
void witness_flush(const struct tdp_flush *f);
/* A table is being freed. */
void witness_free(uint64_t table);

#endif
