/* SPDX-License-Identifier: BSD-2-Clause */
#include "problem.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char text[256];
static bool set;

bool problem(const char *format, ...)
{
	va_list args;

	pthread_mutex_lock(&lock);
	if (!set) {
		va_start(args, format);
		vsnprintf(text, sizeof(text), format, args);
		va_end(args);
		set = true;
	}
	pthread_mutex_unlock(&lock);
	return false;
}

const char *problem_text(void)
{
	pthread_mutex_lock(&lock);
	const char *found = set ? text : NULL;
	pthread_mutex_unlock(&lock);
	return found;
}
