/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of the contract test that have a file of their own.
 */
#ifndef ROOTS_CONTRACT_H
#define ROOTS_CONTRACT_H

#include "set.h"

void contract_each(void);	  /* an operation over all roots */
void contract_log(void);	  /* logging, aging, splits and promotions over all roots */
void contract_scenarios(void);	  /* what other threads do meanwhile: S02, S08, S09, S14 */
void contract_prev(void);	  /* previous roots of a vCPU */
void contract_per_vcpu(void);	  /* roots of one vCPU */
void contract_clean(void);	  /* walkers that do not snoop */
void contract_invalidation(void); /* sequence counters */

#endif
