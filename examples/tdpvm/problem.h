/* SPDX-License-Identifier: BSD-2-Clause */
/* Why the program cannot go on. The first problem is the cause; what follows from it is not kept. */
#ifndef TDPVM_PROBLEM_H
#define TDPVM_PROBLEM_H

#include <stdbool.h>

/* Remember a problem, unless there is one already. Returns false, so that a caller can pass it on. From any thread. */
bool problem(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The first problem, or NULL. */
const char *problem_text(void);

#endif
