/* SPDX-License-Identifier: BSD-2-Clause */
/* The figures once more, for programs: with json=1 they are the last line, one JSON object. */
#ifndef ARM64_HV_REPORT_H
#define ARM64_HV_REPORT_H

#include <stdint.h>

void report_add(const char *name, uint64_t value);
/* Prints the line, if one was asked for. */
void report_print(const char *mode, const char *verdict);

#endif
