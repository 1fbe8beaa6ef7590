/* SPDX-License-Identifier: BSD-2-Clause */
#include <urcu/urcu-memb.h>

#define FLAVOR(name)  urcu_memb_##name
#define FLAVOR_NAME   "memb"
#define FLAVOR_OBJECT tdp_urcu_memb
#include "flavor.h"
