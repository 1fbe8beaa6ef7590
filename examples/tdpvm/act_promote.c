/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dirty logging ends, and memory shall lie in large pages again: once by putting leaves of 2 MiB in the place of full tables, once by
 * unmapping everything, so that the guest faults it back in. The guest works all the time; the second way is over when the last
 * block of 2 MiB is mapped again.
 */
#include "act.h"
#include "problem.h"

#include <inttypes.h>
#include <stdio.h>

enum {
	LOGGED_MS = 200, /* how long writes are logged, before each way */
	TIMES = 5	 /* each way; the time of the median counts */
};

/* In place. */
static bool by_promotion(struct vm *vm, void *arg)
{
	return act_promote(vm, arg);
}

/* Whether every block is mapped. The guest's faults go on meanwhile: what is mapped stays so. */
static bool all_mapped(struct vm *vm)
{
	for (unsigned i = 0; i < 2; i++)
		for (uint64_t p = 0; p < vm->data[i]->pages; p += 512)
			if (!vm->data[i]->page[p].mapped)
				return false;
	return true;
}

/* By unmapping. */
static bool by_refault(struct vm *vm, void *arg)
{
	struct span span[2];

	(void)arg;
	for (unsigned i = 0; i < 2; i++)
		span[i] = (struct span){.region = vm->data[i], .va = vm->data[i]->va, .bytes = vm->data[i]->pages * FRAME_4K};
	return space_zap(&vm->space, &vm->self, span, 2, 0) && act_until(vm, all_mapped, "touch all of its memory");
}

/* Writes have been logged for a while, all pages are small. */
static bool log_for_a_while(struct vm *vm)
{
	struct tdp_stats stats = {0};

	return act_split(vm, &stats) && act_log(vm, true) && act_wait(vm, LOGGED_MS) && act_log(vm, false);
}

/* The phase that took neither the longest nor the shortest time. */
static struct phase median(struct phase *phase)
{
	for (unsigned i = 1; i < TIMES; i++)
		for (unsigned k = i; k && phase[k].seconds < phase[k - 1].seconds; k--) {
			const struct phase kept = phase[k];

			phase[k] = phase[k - 1];
			phase[k - 1] = kept;
		}
	return phase[TIMES / 2];
}

/* Both ways in turn. */
static bool try_both(struct vm *vm, struct tdp_stats *stats, struct phase *promote, struct phase *zap)
{
	struct phase promotes[TIMES], zaps[TIMES];

	for (unsigned i = 0; i < TIMES; i++) {
		if (!log_for_a_while(vm) || !act_measure(vm, by_promotion, stats, &promotes[i]))
			return false;
		if (!log_for_a_while(vm) || !act_measure(vm, by_refault, NULL, &zaps[i]))
			return false;
	}
	*promote = median(promotes);
	*zap = median(zaps);
	return true;
}

/* The table for a human. */
static void print(const struct phase *promote, const struct phase *zap, double before)
{
	static const char *const heading[] = {"in place", "unmap and refault"};

	act_print_phases(heading, promote, zap, before, " writes were logged");
	printf("\nratio: %.1f\n", zap->seconds / promote->seconds);
}

bool act_promote_or_zap(struct vm *vm, json_t *root)
{
	struct phase promote, zap;
	struct tdp_stats stats = {0};
	uint64_t refused = 0;
	double before;

	if (!act_settle(vm, PHASE_MS, &before) || !try_both(vm, &stats, &promote, &zap))
		return false;
	for (unsigned i = 0; i < TDP_REFUSALS; i++)
		refused += stats.refused[i];
	act_put_number(root, "blocks", act_blocks(vm));
	act_put_number(root, "times", TIMES);
	act_put_number(root, "promoted", stats.promoted);
	act_put_number(root, "refused", refused);
	act_put_real(root, "promote_seconds", promote.seconds);
	act_put_real(root, "zap_refault_seconds", zap.seconds);
	act_put_real(root, "ratio", zap.seconds / promote.seconds);
	act_put_phase(root, "promote", &promote);
	act_put_phase(root, "zap", &zap);
	act_put_real(root, "guest_pages_per_second_before", before);
	if (!vm->options->json)
		print(&promote, &zap, before);
	return stats.promoted == TIMES * act_blocks(vm) ||
	       problem("%" PRIu64 " of %" PRIu64 " blocks were promoted", stats.promoted, TIMES * act_blocks(vm));
}
