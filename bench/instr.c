/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdpmmu-instr: run each operation once on a guest of N pages and once on one of 2 N, for callgrind to count.
 *
 * The difference divided by N is what one page costs; what a call costs whatever its size cancels out. bench/instructions runs it.
 */
#include "fail.h"
#include "ops.h"
#include "plain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGES	   8192u /* a power of 2 and many leaf tables, so that a table's own cost is in its share */
#define POOL_PAGES 512u

/* One call to be counted: of an operation with times, or of one without. */
struct call {
	const struct bench_op *op;
	struct guest *guest;
	const struct plain_op *plain_op;
	struct plain_guest *plain_guest;
};

/* callgrind counts while this function runs, and writes a dump each time it returns. */
uint64_t tdpmmu_instr_region(const struct call *call);

__attribute__((noinline)) uint64_t tdpmmu_instr_region(const struct call *call)
{
	uint64_t value = call->op ? call->op->run(call->guest) : call->plain_op->run(call->plain_guest);

	/* Not a tail call, or the region would end before the work. */
	__asm__ volatile("" : "+r"(value));
	return value;
}

/* One dump of callgrind's: say on stdout what it will hold. */
static void count(const struct bench_op *op, struct guest *guest)
{
	op->prepare(guest);
	printf("%s %s %" PRIu64 "\n", op->name, guest->format->name, guest_pages(guest));
	op->check(guest, tdpmmu_instr_region(&(struct call){.op = op, .guest = guest}));
}

/* Every operation of one tree on both sizes. */
static void count_all(const struct raw_format *format, enum sharing sharing, struct guest *small, struct guest *large,
		      struct pool *pool)
{
	guest_init(small, format, sharing, (uint64_t)PAGES * BENCH_PAGE, pool);
	guest_init(large, format, sharing, 2 * (uint64_t)PAGES * BENCH_PAGE, pool);
	for (const struct bench_op *op = bench_ops; op->name; op++) {
		if (op->shape != DENSE || op->sharing != sharing || !bench_op_fits(op, format))
			continue;
		count(op, small);
		count(op, large);
	}
	guest_fini(large);
	guest_fini(small);
}

/* One dump of a format that has no times. */
static void count_plain(const struct plain_op *op, const char *format, struct plain_guest *guest, uint64_t pages)
{
	printf("%s %s %" PRIu64 "\n", op->name, format, pages);
	op->after(guest, tdpmmu_instr_region(&(struct call){.plain_op = op, .plain_guest = guest}));
}

/* Every operation of one such format, of one kind of tree, on both sizes. */
static void count_all_plain(const struct plain_format *format, enum sharing sharing)
{
	struct plain_guest *small = plain_new(format, sharing, PAGES), *large = plain_new(format, sharing, 2 * PAGES);

	for (const struct plain_op *op = plain_ops; op->name; op++)
		if (op->sharing == sharing) {
			count_plain(op, format->name, small, PAGES);
			count_plain(op, format->name, large, 2 * PAGES);
		}
	plain_free(large);
	plain_free(small);
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
	for (const struct plain_format *format = plain_formats; format->name; format++)
		for (enum sharing sharing = ALONE; sharing <= QSBR; sharing++)
			if (share_exists(sharing))
				count_all_plain(format, sharing);
	share_leave_all();
	pool_fini(&pool);
	free(large);
	free(small);
	return EXIT_SUCCESS;
}
