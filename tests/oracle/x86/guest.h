/* SPDX-License-Identifier: BSD-2-Clause */
/* Code for guests, from guest.S. */
#ifndef TESTS_ORACLE_X86_GUEST_H
#define TESTS_ORACLE_X86_GUEST_H

extern const char guest_store_fresh[], guest_store_fresh_end[];
extern const char guest_store_cached[], guest_store_cached_end[];
extern const char guest_read[], guest_write[], guest_fetch[], guest_probes_end[];

#endif
