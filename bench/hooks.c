/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdpmmu-hooks: how often one call of each operation, over a range of several leaf tables, calls the embedder's flush hook.
 *
 * Counts are exact and the same on every machine, so each must be what is written here: a flush too many costs every CPU its TLB, one too
 * few is an error.
 */
#include "fail.h"
#include "huge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TABLES	   64u /* leaf tables in the range: two batches of 32 */
#define POOL_PAGES 512u
#define TABLE	   (UINT64_C(1) << 21)

/* How the calls are made. */
enum how { ALONE_NOW, ALONE_GATHERED, SHARED_NOW, SHARED_GATHERED, HOWS };

struct hook_op {
	const char *name;
	void (*prepare)(struct guest *guest);
	enum tdp_result (*run)(struct guest *guest, struct tdp_op *op);
	unsigned in_call[HOWS];	 /* flushes before the call returns */
	unsigned deferred[HOWS]; /* flushes of tdp_gather_flush(), for what was gathered */
	unsigned arm;		 /* what Arm takes in the call in addition, in each way */
};

/* ---- states ---- */

static void make_empty(struct guest *guest)
{
	guest_make_empty(guest);
	guest_fill_cache(guest, &guest->cache);
}

static void make_written(struct guest *guest)
{
	guest_make_mapped(guest, guest->format->written);
}

static void make_armed(struct guest *guest)
{
	guest_make_mapped(guest, guest->format->armed);
}

/* ---- calls ---- */

static enum tdp_result run_map(struct guest *guest, struct tdp_op *op)
{
	op->max_level_plus1 = 1;
	op->cache = &guest->cache;
	return tdp_map(&guest->tree, 0, guest->bytes, GUEST_HPA, guest_attrs(), op);
}

static enum tdp_result run_fault(struct guest *guest, struct tdp_op *op)
{
	struct tdp_fault fault = {
		.backing = {.hpa = GUEST_HPA, .size = guest->bytes, .attrs = guest_attrs(), .max_level_plus1 = 1},
		.access = TDP_WRITE,
	};
	enum tdp_result result = TDP_OK;

	op->cache = &guest->cache;
	for (fault.gpa = 0; fault.gpa < guest->bytes && result == TDP_OK; fault.gpa += BENCH_PAGE)
		result = tdp_fault(&guest->tree, &fault, op);
	return result;
}

static enum tdp_result run_fault_fast(struct guest *guest, struct tdp_op *op)
{
	enum tdp_result result = TDP_OK;

	for (uint64_t gpa = 0; gpa < guest->bytes && result == TDP_OK; gpa += BENCH_PAGE)
		result = tdp_fault_fast(&guest->tree, gpa, TDP_WRITE, op);
	return result;
}

static enum tdp_result run_lookup(struct guest *guest, struct tdp_op *op)
{
	enum tdp_result result = TDP_OK;
	struct tdp_mapping mapping;

	for (uint64_t gpa = 0; gpa < guest->bytes && result == TDP_OK; gpa += BENCH_PAGE)
		result = tdp_lookup(&guest->tree, gpa, &mapping, op);
	return result;
}

static enum tdp_result run_count(struct guest *guest, struct tdp_op *op)
{
	struct tdp_count count;

	return tdp_count(&guest->tree, 0, guest->bytes, &count, op);
}

static enum tdp_result run_age(struct guest *guest, struct tdp_op *op)
{
	return tdp_age(&guest->tree, 0, guest->bytes, true, NULL, op);
}

static enum tdp_result run_protect(struct guest *guest, struct tdp_op *op)
{
	return tdp_protect(&guest->tree, 0, guest->bytes, op);
}

static enum tdp_result run_set_attrs(struct guest *guest, struct tdp_op *op)
{
	struct tdp_attrs attrs = guest_attrs();

	attrs.prot = TDP_R;
	return tdp_set_attrs(&guest->tree, 0, guest->bytes, attrs, TDP_MASK_PROT, op);
}

static enum tdp_result run_zap(struct guest *guest, struct tdp_op *op)
{
	return tdp_zap(&guest->tree, 0, guest->bytes, op);
}

static enum tdp_result run_zap_leaves(struct guest *guest, struct tdp_op *op)
{
	op->flags = TDP_ZAP_LEAVES;
	return tdp_zap(&guest->tree, 0, guest->bytes, op);
}

/* Half a table: what unmapping a few pages takes. */
static enum tdp_result run_zap_part(struct guest *guest, struct tdp_op *op)
{
	return tdp_zap(&guest->tree, 0, TABLE / 2, op);
}

static enum tdp_result run_split_all(struct guest *guest, struct tdp_op *op)
{
	op->cache = &guest->cache;
	return tdp_split(&guest->tree, 0, guest->bytes, 0, op);
}

static enum tdp_result run_promote_all(struct guest *guest, struct tdp_op *op)
{
	return tdp_promote(&guest->tree, 0, guest->bytes, 1, NULL, NULL, op);
}

#define NEVER                                                                                                                      \
	{                                                                                                                          \
		0, 0, 0, 0                                                                                                         \
	}
#define ONCE                                                                                                                       \
	{                                                                                                                          \
		1, 1, 1, 1                                                                                                         \
	}
#define AT_ONCE                                                                                                                    \
	{                                                                                                                          \
		1, 0, 1, 0                                                                                                         \
	}
#define GATHERED                                                                                                                   \
	{                                                                                                                          \
		0, 1, 0, 1                                                                                                         \
	}

/*
 * Without a gather unmapping flushes for each batch of 32 leaf tables, and among other threads for each of them. Tables go inside the call,
 * gather or not, and so does what a promotion replaces, for each batch. On Arm a page that is opened must leave the CPU's own TLB, and a
 * leaf that is split goes by break-before-make, 8 of them at once.
 */
static const struct hook_op hook_ops[] = {
	{"map", make_empty, run_map, NEVER, NEVER, 0},
	{"fault", make_empty, run_fault, NEVER, NEVER, 0},
	{"fault_fast", make_armed, run_fault_fast, NEVER, NEVER, TABLES * 512},
	{"lookup", make_written, run_lookup, NEVER, NEVER, 0},
	{"count", make_written, run_count, NEVER, NEVER, 0},
	{"age", make_written, run_age, NEVER, NEVER, 0},
	{"protect", make_written, run_protect, AT_ONCE, GATHERED, 0},
	{"set_attrs", make_written, run_set_attrs, AT_ONCE, GATHERED, 0},
	{"zap_part", make_written, run_zap_part, AT_ONCE, GATHERED, 0},
	{"zap_leaves", make_written, run_zap_leaves, {TABLES / 32, 0, TABLES, 0}, GATHERED, 0},
	{"zap", make_written, run_zap, ONCE, NEVER, 0},
	{"split", prepare_blocks, run_split_all, NEVER, NEVER, TABLES / 8},
	{"promote", make_written, run_promote_all, {TABLES / 32, TABLES / 32, TABLES / 32, TABLES / 32}, NEVER, 0},
};

/* One call in one way. Prints what is not as it must be; returns whether it is. */
static bool count_one(const struct hook_op *op, struct guest *guest, enum how how)
{
	static const char *const names[] = {"alone", "alone, gathered", "shared", "shared, gathered"};
	bool gathered = how == ALONE_GATHERED || how == SHARED_GATHERED;
	struct tdp_gather gather = {.opaque = {0}};
	struct tdp_op call = {.gather = gathered ? &gather : NULL};

	op->prepare(guest);
	*guest_hook_calls() = (struct hook_calls){0};

	enum tdp_result result = op->run(guest, &call);
	uint64_t in_call = guest_hook_calls()->flushes, deferred;
	uint64_t expected = op->in_call[how] + (guest->format->needs_barrier ? op->arm : 0);

	if (gathered)
		tdp_gather_flush(&gather, NULL);
	deferred = guest_hook_calls()->flushes - in_call;
	guest_drain_cache(guest, &guest->cache);
	/* Tables come back behind a grace period, and those that waited for it behind another. */
	for (unsigned i = 0; guest->rcu && i < 2; i++)
		guest->rcu->barrier(NULL);
	printf("%-11s %-6s %-17s %5" PRIu64 " %5" PRIu64, op->name, guest->format->name, names[how], in_call, deferred);
	if (result == TDP_OK && in_call == expected && deferred == op->deferred[how]) {
		putchar('\n');
		return true;
	}
	printf("   %s, expected %" PRIu64 " %u\n", tdp_result_name(result), expected, op->deferred[how]);
	return false;
}

int main(void)
{
	struct guest *guest = aligned_alloc(_Alignof(struct guest), sizeof(*guest));
	struct pool pool;
	unsigned wrong = 0;

	bench_check(guest, "no memory");
	pool_init(&pool, POOL_PAGES);
	share_enter_all();
	printf("flush hook calls of one call over %u leaf tables\n%-11s %-6s %-17s  call later\n", TABLES, "operation", "format",
	       "how");
	for (const struct raw_format *format = raw_formats; format->name; format++)
		for (enum how how = ALONE_NOW; how < HOWS; how++) {
			enum sharing sharing = how < SHARED_NOW ? ALONE : QSBR;

			if (!share_exists(sharing))
				continue;
			guest_init(guest, format, sharing, TABLES * TABLE, &pool);
			for (size_t i = 0; i < sizeof(hook_ops) / sizeof(hook_ops[0]); i++)
				wrong += !count_one(&hook_ops[i], guest, how);
			guest_fini(guest);
		}
	share_leave_all();
	pool_fini(&pool);
	free(guest);
	if (wrong)
		printf("%u are not as they must be\n", wrong);
	return wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}
