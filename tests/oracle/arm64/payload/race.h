/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What differs between the library as it ships and its test build, in which a defect can be switched on, and in which the guest
 * may have a turn between the look at an entry and its change, for correct and for broken code alike. That takes QEMU with one thread for
 * both CPUs: it goes from one to the other at a YIELD, so what happens does not depend on how busy the machine is.
 */
#ifndef ORACLE_ARM64_RACE_H
#define ORACLE_ARM64_RACE_H

#include <stdint.h>

/* Switches a defect on; "": none. Ends the machine if there is none of this name. */
void race_choose(const char *defect);
/* How often an exchange failed because the entry had changed; 0 where nobody counts. */
uint64_t race_retries(void);

#endif
