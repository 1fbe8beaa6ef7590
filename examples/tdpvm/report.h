/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user gets to see at the end. */
#ifndef TDPVM_REPORT_H
#define TDPVM_REPORT_H

#include "checks.h"
#include "vm.h"

/* Whether all is well: the guest, the checks and the tables. */
bool report_ok(const struct findings *findings);

/* A summary in words on stdout, or one JSON object. false: a problem is set. */
bool report_print(const struct vm *vm, const struct findings *findings, double seconds);

#endif
