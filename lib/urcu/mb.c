/* SPDX-License-Identifier: BSD-2-Clause */
#include <urcu/urcu-mb.h>

#define FLAVOR(name)  urcu_mb_##name
#define FLAVOR_NAME   "mb"
#define FLAVOR_OBJECT tdp_urcu_mb
#include "flavor.h"
