/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * @brief Everything.
 */
#ifndef TDPMMU_TDPMMU_H
#define TDPMMU_TDPMMU_H

#include <tdpmmu/attr.h>
#include <tdpmmu/format.h>
#include <tdpmmu/map.h>
#include <tdpmmu/memory.h>
#include <tdpmmu/roots.h>
#include <tdpmmu/tree.h>
#include <tdpmmu/types.h>
#include <tdpmmu/view.h>
#include <tdpmmu/walk.h>
#include <tdpmmu/zap.h>

#endif
