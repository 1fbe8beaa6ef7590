/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TDPMMU_CORE_RESUME_H
#define TDPMMU_CORE_RESUME_H

#include "shared.h"

/*
 * A range operation came back with *r, outside the read section. true: it shall go on at *gpa, which is op->next; it lost a race, was
 * made to wait for a frozen entry, or paused. false: *r is the call's answer.
 */
bool tdp_resume(const struct tree *t, struct tdp_op *op, enum tdp_result *r, tdp_gpa_t *gpa, tdp_gpa_t end);

#endif
