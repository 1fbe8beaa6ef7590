/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two test formats; README.md has their bits.
 */
#ifndef TDPMMU_TESTS_FORMATS_FAKE_H
#define TDPMMU_TESTS_FORMATS_FAKE_H

#include <tdpmmu/format_def.h>
#include <tdpmmu/tree.h>

extern const struct tdp_format tdp_fake_o;	  /* overwrite, hardware A and D */
extern const struct tdp_engine tdp_fake_o_engine; /* its engine */
extern const struct tdp_format tdp_fake_b;	  /* break-before-make, no hardware D */
extern const struct tdp_engine tdp_fake_b_engine; /* its engine */
extern const struct tdp_format riscv_g;		  /* examples/07-your-own-format.c: a real one, but not the library's */
extern const struct tdp_engine riscv_g_engine;	  /* its engine */

#endif
