/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the limit kernels work on, and the loops around them: each is an operation's, without a tree.
 */
#ifndef TDPMMU_BENCH_FLAT_H
#define TDPMMU_BENCH_FLAT_H

#include "limit.h"

struct flat {
	uint64_t bytes;	   /* guest memory */
	uint64_t *pte;	   /* one entry per page */
	uint64_t **tables; /* LIM-tables: what is out of the pool */
	size_t tables_out;
	struct pool *pool;
	void *mapping;
	size_t mapped;
};

void flat_init(struct flat *flat, uint64_t bytes, struct pool *pool);
void flat_fini(struct flat *flat);

/* What a kernel starts from. */
void flat_prepare_empty(struct flat *flat);
void flat_prepare_old(struct flat *flat);
void flat_prepare_nothing(struct flat *flat);
void flat_prepare_pool(struct flat *flat);
void flat_prepare_protected(struct flat *flat);
void flat_prepare_some_young(struct flat *flat);
/* One entry of each table, young. */
void flat_prepare_sparse(struct flat *flat);
void flat_prepare_written(struct flat *flat);
void flat_prepare_young(struct flat *flat);

/* The timed part; its value depends on everything it did. */
uint64_t flat_run_age_atomic(struct flat *flat);
uint64_t flat_run_age_plain(struct flat *flat);
uint64_t flat_run_age_test(struct flat *flat);
uint64_t flat_run_count(struct flat *flat);
uint64_t flat_run_fault(struct flat *flat);
uint64_t flat_run_fault_rand(struct flat *flat);
uint64_t flat_run_lookup_rand(struct flat *flat);
uint64_t flat_run_lookup_seq(struct flat *flat);
uint64_t flat_run_map_page(struct flat *flat);
uint64_t flat_run_map_range(struct flat *flat);
uint64_t flat_run_nothing(struct flat *flat);
uint64_t flat_run_protect_atomic(struct flat *flat);
uint64_t flat_run_protect_plain(struct flat *flat);
uint64_t flat_run_sparse_map(struct flat *flat);
uint64_t flat_run_zap_atomic(struct flat *flat);
uint64_t flat_run_zap_plain(struct flat *flat);

/* End the program if the value or the entries are wrong. */
void flat_check_age(struct flat *flat, uint64_t value);
void flat_check_age_none(struct flat *flat, uint64_t value);
void flat_check_age_some(struct flat *flat, uint64_t value);
void flat_check_age_test(struct flat *flat, uint64_t value);
void flat_check_count(struct flat *flat, uint64_t value);
void flat_check_lookup(struct flat *flat, uint64_t value);
void flat_check_map_page(struct flat *flat, uint64_t value);
void flat_check_map_range(struct flat *flat, uint64_t value);
void flat_check_protect(struct flat *flat, uint64_t value);
void flat_check_protect_again(struct flat *flat, uint64_t value);
void flat_check_none(struct flat *flat, uint64_t value);
void flat_check_sparse(struct flat *flat, uint64_t value);
void flat_check_sparse_map(struct flat *flat, uint64_t value);
void flat_check_zap(struct flat *flat, uint64_t value);
void flat_check_zap_atomic(struct flat *flat, uint64_t value);

#endif
