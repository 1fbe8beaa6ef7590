/* SPDX-License-Identifier: BSD-2-Clause */
/* Small pictures, as SVG: any browser shows them. */
#ifndef TDPVM_PICTURE_H
#define TDPVM_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

/* One bar per value, each with its number above it. false: a problem is set. */
bool picture_bars(const char *path, const char *title, const uint64_t *value, unsigned count);

/* rows x columns of cells, each the darker the nearer to 1 it is. */
bool picture_heat(const char *path, const char *title, const double *cell, unsigned rows, unsigned columns);

#endif
