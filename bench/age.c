/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Aging, measured.
 */
#include "age.h"
#include "fail.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What the last call named; as large as the largest guest so far. */
static struct tdp_bitmap named;
static uint64_t named_words;

/* An empty bitmap over all of the guest. */
static void clear_named(const struct guest *guest)
{
	uint64_t words = (guest_pages(guest) + 63) / 64;

	if (words > named_words) {
		free(named.words);
		named.words = malloc(words * sizeof(*named.words));
		bench_check(named.words, "no memory for a bitmap");
		named_words = words;
	}
	memset(named.words, 0, words * sizeof(*named.words));
	named.pages = guest_pages(guest);
	named.page_lg2 = BENCH_PAGE_SHIFT;
}

void prepare_young(struct guest *guest)
{
	guest_make_mapped(guest, guest->format->written);
	clear_named(guest);
}

void prepare_young_clean(struct guest *guest)
{
	guest_make_mapped(guest, guest->format->clean);
	clear_named(guest);
}

void prepare_some_young(struct guest *guest)
{
	prepare_old(guest);
	raw_arm_some(&guest->raw, guest->format->written, GUEST_HPA);
}

void prepare_old(struct guest *guest)
{
	guest_make_mapped(guest, guest->format->written & ~guest->format->accessed);
	clear_named(guest);
}

/* One call over everything. */
static uint64_t age(struct guest *guest, bool clear, struct tdp_bitmap *young)
{
	struct tdp_op op = {0};
	enum tdp_result result = tdp_age(&guest->tree, 0, guest->bytes, clear, young, &op);

	return result == (op.changed ? TDP_OK : TDP_SPURIOUS) ? op.changed : UINT64_MAX;
}

uint64_t run_age(struct guest *guest)
{
	return age(guest, true, &named);
}

uint64_t run_age_count(struct guest *guest)
{
	return age(guest, true, NULL);
}

uint64_t run_age_test(struct guest *guest)
{
	return age(guest, false, &named);
}

/* Were exactly these pages found: all, those of raw_some(), none? */
static void check_named(struct guest *guest, uint64_t value, bool all, bool some)
{
	uint64_t found = 0, wrong = 0;

	for (uint64_t i = 0; i < named.pages; i++) {
		bool is = named.words[i / 64] >> i % 64 & 1;

		found += is;
		wrong += is != (all || (some && raw_some(i)));
	}
	bench_check(wrong == 0, "%s age: %" PRIu64 " pages are wrong", guest->format->name, wrong);
	bench_check(value == found * BENCH_PAGE, "%s age: %" PRIu64 " bytes, not %" PRIu64, guest->format->name, value,
		    found * BENCH_PAGE);
}

void check_age(struct guest *guest, uint64_t value)
{
	check_named(guest, value, true, false);
	guest_check_leaves(guest, guest->format->written & ~guest->format->accessed, 0, "age");
}

void check_age_clean(struct guest *guest, uint64_t value)
{
	check_named(guest, value, true, false);
	guest_check_leaves(guest, guest->format->clean & ~guest->format->accessed, 0, "age");
}

void check_age_some(struct guest *guest, uint64_t value)
{
	check_named(guest, value, false, true);
	guest_check_leaves(guest, guest->format->written & ~guest->format->accessed, 0, "age");
}

void check_age_some_count(struct guest *guest, uint64_t value)
{
	uint64_t some = 0;

	for (uint64_t i = 0; i < guest_pages(guest); i++)
		some += raw_some(i);
	guest_expect(guest, "age: bytes", value, some * BENCH_PAGE);
	guest_check_leaves(guest, guest->format->written & ~guest->format->accessed, 0, "age");
}

void check_age_none(struct guest *guest, uint64_t value)
{
	check_named(guest, value, false, false);
	guest_check_leaves(guest, guest->format->written & ~guest->format->accessed, 0, "age");
}

void check_age_test(struct guest *guest, uint64_t value)
{
	check_named(guest, value, true, false);
	guest_check_leaves(guest, guest->format->written, 0, "age");
}
