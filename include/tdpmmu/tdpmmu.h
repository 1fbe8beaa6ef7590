/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * @brief Everything but urcu.h (a library of its own) and format_def.h (for those who write a format).
 */
#ifndef TDPMMU_TDPMMU_H
#define TDPMMU_TDPMMU_H

#include <tdpmmu/age.h>
#include <tdpmmu/attr.h>
#include <tdpmmu/bitmap.h>
#include <tdpmmu/dirty.h>
#include <tdpmmu/format.h>
#include <tdpmmu/huge.h>
#include <tdpmmu/map.h>
#include <tdpmmu/memory.h>
#include <tdpmmu/roots.h>
#include <tdpmmu/tree.h>
#include <tdpmmu/types.h>
#include <tdpmmu/view.h>
#include <tdpmmu/walk.h>
#include <tdpmmu/zap.h>

#endif
