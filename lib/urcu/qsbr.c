/* SPDX-License-Identifier: BSD-2-Clause */
#include <urcu/urcu-qsbr.h>

#define FLAVOR(name)  urcu_qsbr_##name
#define FLAVOR_NAME   "qsbr"
#define FLAVOR_OBJECT tdp_urcu_qsbr
#define FLAVOR_ALWAYS_READS
#include "flavor.h"
