/* SPDX-License-Identifier: BSD-2-Clause */
#include <urcu/urcu-bp.h>

#define FLAVOR(name)  urcu_bp_##name
#define FLAVOR_NAME   "bp"
#define FLAVOR_OBJECT tdp_urcu_bp
#include "flavor.h"
