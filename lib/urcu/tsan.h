/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What ThreadSanitizer cannot see by itself: a packaged liburcu is not instrumented, so a grace period orders nothing for it, and each
 * table that is freed after one would be reported. Three pairs say what liburcu promises, and no more:
 *
 *   readers   the end of a read section      -> callbacks that waited for it
 *   the head  call_rcu                       -> its callback
 *   done      the end of a callback          -> whoever waited for it in rcu_barrier
 *
 * Nothing is said at the beginning of a read section: readers stay unordered among themselves, so races between them are found.
 * Elsewhere these are nothing.
 */
#ifndef TDPMMU_URCU_TSAN_H
#define TDPMMU_URCU_TSAN_H

#if defined(__SANITIZE_THREAD__)
#define TDP_URCU_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TDP_URCU_TSAN 1
#endif
#endif

#ifdef TDP_URCU_TSAN
#include <sanitizer/tsan_interface.h>
/* Of this flavour. Their addresses mean something, not their contents. */
static char tsan_readers, tsan_done;
#define TSAN_ACQUIRE(address) __tsan_acquire(address)
#define TSAN_RELEASE(address) __tsan_release(address)
#else
#define TSAN_ACQUIRE(address) ((void)0)
#define TSAN_RELEASE(address) ((void)0)
#endif

#endif
