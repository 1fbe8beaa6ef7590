/* SPDX-License-Identifier: BSD-2-Clause */
/* What the examples of docs/migration.md take from their VMM, so that they can be compiled. */
#ifndef MIGRATION_H
#define MIGRATION_H

#include <string.h>

#include <tdpmmu/tdpmmu.h>

#define MEMORY (UINT64_C(1) << 30)
#define PAGES  (MEMORY >> 12)
#define ENOUGH 1000

struct vcpu {
	struct tdp_cache tables;
};

extern struct tdp_tree tree;
extern bool logging;

void must(enum tdp_result result);
void top_up(struct tdp_cache *tables);
void synchronise_faults(void);
void stop_vcpus(void);
void stop_others(void);
void send_everything(void);
bool send_pages(const uint64_t *words);
enum tdp_result slow_path(tdp_gpa_t gpa, uint32_t access, struct tdp_op *op);

#endif
