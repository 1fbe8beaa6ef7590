/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest with stage 1 on, whose last-level tables are pages that the tests take away and move: what a TLB keeps of the guest's walks is
 * invalidated by other instructions than what it keeps of data.
 *
 * Virtual page i of STAGE1_PAGES translates through the guest's table i, which is one page, at IPA stage1_table(i). Two host pages hold
 * such a table: one leads to a page full of A, the other to one full of B.
 */
#ifndef ORACLE_ARM64_STAGE1_H
#define ORACLE_ARM64_STAGE1_H

#include "space.h"

/* Not more: QEMU's TLB is a small direct-mapped array, and tables that evict each other look fresh. */
enum { STAGE1_PAGES = 16, STAGE1_PAGE = 4096 };
#define STAGE1_A       UINT64_C(0xaaaa)
#define STAGE1_B       UINT64_C(0xbbbb)
#define STAGE1_TABLE_A UINT64_C(0x50002000) /* host pages with a table in each */
#define STAGE1_TABLE_B UINT64_C(0x50003000)
#define STAGE1_CONTROL UINT64_C(0x70000000) /* a page of guest and host at the same address */

/* Maps all of it. The tables are those that lead to A. */
void stage1_init(struct space *s);
/* Loads EL1's registers on the CPU that calls. access_flag: the guest's hardware sets its Accessed flags. */
void stage1_load(bool access_flag);
/* Where guest table i is, to the host. */
tdp_gpa_t stage1_table(unsigned i);
/* An address that is translated through it. */
uint64_t stage1_va(unsigned i);
/* Makes the entry in both tables old, or young. */
void stage1_age(bool old);

#endif
