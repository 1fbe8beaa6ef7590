/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * threads-trace is threads-stress on the test build: it leaves traces (tests/trace). On the library as it ships there is nothing to trace.
 */
#ifndef THREADS_TRACED_H
#define THREADS_TRACED_H

#include <trace.h>

#ifndef TDP_TEST
#define trace_begin(...) ((void)0)
#define trace_end(...)	 ((void)0)
#define trace_flush(...) ((void)0)
#define trace_barrier()	 ((void)0)
#define trace_freed(...) ((void)0)
#endif

#endif
