/* SPDX-License-Identifier: BSD-2-Clause */
/* What the examples of docs/porting.md take from their hypervisor, so that they can be compiled. */
#ifndef PORTING_H
#define PORTING_H

#include <tdpmmu/tdpmmu.h>

enum { PROCESSORS = 4 };
#define CACHE_LINE ((uintptr_t)64)

struct spinlock;

struct cpu {
	uint64_t inside, seen;
	const struct tdp_tree *tree;
	struct tdp_cache tables;
	bool wrote;
};

struct vm {
	struct tdp_tree tree;
	struct tdp_cache spare;
	struct spinlock *spare_lock, *mmu_lock;
	uint64_t asked;
	uint64_t *log;
	struct cpu cpu[PROCESSORS];
};

struct cpu *this_cpu(void);
void send_kick(struct cpu *cpu);
void grant_what_others_ask(struct cpu *cpu);
void cpu_pause(void);
void *window_show(struct cpu *cpu, unsigned window, tdp_hpa_t table);
void *page_alloc(void);
void *heap_alloc(size_t bytes);
tdp_hpa_t physical(const void *va);
void *virtual(tdp_hpa_t hpa);
bool is_ram(tdp_hpa_t hpa);
tdp_hpa_t next_border(tdp_hpa_t hpa);
void lock(struct spinlock **lock);
void unlock(struct spinlock **lock);
void reschedule(void);
void dsb_ishst(void);
void dsb_ish(void);
void dsb_sy(void);
void dc_cvac(uintptr_t va);
void dc_civac(uintptr_t va);
void dc_ivac(uintptr_t va);
void ic_ialluis(void);
void print_line(const char *what, tdp_gpa_t gpa);
_Noreturn void panic(void);
uint64_t current_epoch(struct vm *vm);
void later_add(struct vm *vm, struct tdp_rcu_head *head, void (*fn)(struct tdp_rcu_head *), uint64_t epoch);

#endif
