/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdpmmu-instr: run each operation once on a guest of N pages and once on one of 2 N, for callgrind to count.
 *
 * The difference divided by N is what one page costs; what a call costs whatever its size cancels out. bench/instructions runs it.
 */
#include "fail.h"
#include "ops.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGES	   8192u /* a power of 2 and many leaf tables, so that a table's own cost is in its share */
#define POOL_PAGES 512u

/* callgrind counts while this function runs, and writes a dump each time it returns. */
uint64_t tdpmmu_instr_region(const struct bench_op *op, struct guest *guest);

__attribute__((noinline)) uint64_t tdpmmu_instr_region(const struct bench_op *op, struct guest *guest)
{
	uint64_t value = op->run(guest);

	/* Not a tail call, or the region would end before the work. */
	__asm__ volatile("" : "+r"(value));
	return value;
}

/* One dump of callgrind's: say on stdout what it will hold. */
static void count(const struct bench_op *op, struct guest *guest)
{
	op->prepare(guest);
	printf("%s %s %" PRIu64 "\n", op->name, guest->format->name, guest_pages(guest));
	op->check(guest, tdpmmu_instr_region(op, guest));
}

/* Every operation of one tree on both sizes. */
static void count_all(const struct raw_format *format, enum sharing sharing, struct guest *small, struct guest *large,
		      struct pool *pool)
{
	guest_init(small, format, sharing, (uint64_t)PAGES * BENCH_PAGE, pool);
	guest_init(large, format, sharing, 2 * (uint64_t)PAGES * BENCH_PAGE, pool);
	for (const struct bench_op *op = bench_ops; op->name; op++) {
		if (op->sharing != sharing || !bench_op_fits(op, format))
			continue;
		count(op, small);
		count(op, large);
	}
	guest_fini(large);
	guest_fini(small);
}

int main(void)
{
	struct guest *small = aligned_alloc(_Alignof(struct guest), sizeof(*small));
	struct guest *large = aligned_alloc(_Alignof(struct guest), sizeof(*large));
	struct pool pool;

	bench_check(small && large, "no memory");
	pool_init(&pool, POOL_PAGES);
	share_enter_all();
	for (const struct raw_format *format = raw_formats; format->name; format++)
		for (enum sharing sharing = ALONE; sharing < SHARINGS; sharing++)
			if (share_exists(sharing))
				count_all(format, sharing, small, large, &pool);
	share_leave_all();
	pool_fini(&pool);
	free(large);
	free(small);
	return EXIT_SUCCESS;
}
