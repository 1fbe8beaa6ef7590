/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one door (invariant I1): every load and store of a table entry, and nothing else, goes through this header.
 *
 * Loads acquire, stores release, read-modify-writes are both; there are no stand-alone fences. Pairs (docs/concurrency.md):
 *   publish   a release store of a table or leaf       <-> acquire loads of software walkers; hardware walkers by dependency
 *   freeze    the read-modify-write                    <-> the flush hook's first barrier
 *   make      a release store after the flush          <-> acquire loads that meet the entry next
 *
 * A caller is exclusive among software, but hardware may set Accessed and Dirty in a live entry at any moment; so whoever replaces
 * such an entry says whether it may be changing ("moving"), and gets a locked operation then and a plain one otherwise.
 *
 * In the test build (TDP_TEST) nothing is vectorised, and each access of a linked table calls tdp_test_point() before it happens, where
 * a scheduler may switch to another thread, and then tdp_test_access(), behind which it happens at once; a write calls tdp_test_done()
 * when it has.
 */
#ifndef TDPMMU_CORE_SPTE_H
#define TDPMMU_CORE_SPTE_H

#include "words.h"

/* What an access does, for the test build. */
enum tdp_spte_event {
	TDP_SPTE_LOAD,	  /* old = new = the value read */
	TDP_SPTE_STORE,	  /* a plain store to a linked table */
	TDP_SPTE_CMPXCHG, /* a locked replacement, which may fail */
	TDP_SPTE_XCHG,	  /* an unconditional one, locked */
	TDP_SPTE_PRIVATE  /* a store to a table that no walker can reach yet */
};

#ifdef TDP_TEST
/* Defined by the test harness. old_value is what the entry held, new_value what it holds after the access. */
void tdp_test_access(enum tdp_spte_event event, tdp_spte_t *entry, tdp_spte_t old_value, tdp_spte_t new_value);
#define TDP_SPTE_HOOK(event, entry, old_value, new_value) tdp_test_access(event, entry, old_value, new_value)
/* After each write that was announced, but to a private table. written: it took place; a cmpxchg may have failed. */
void tdp_test_done(tdp_spte_t *entry, bool written);
#define TDP_SPTE_DONE(entry, written) tdp_test_done(entry, written)
/*
 * Also called for the words that threads share beside entries: gathers, the retire queue, the state of a root. locked: a read-modify-write
 * follows, before which a processor makes all its earlier stores visible; or, if word is NULL, a fence.
 */
void tdp_test_point(const volatile void *word, bool locked);
#define TDP_POINT(word)	       tdp_test_point(word, false)
#define TDP_POINT_LOCKED(word) tdp_test_point(word, true)
#else
#define TDP_POINT(word)					  ((void)(word))
#define TDP_POINT_LOCKED(word)				  ((void)(word))
#define TDP_SPTE_HOOK(event, entry, old_value, new_value) ((void)0)
#define TDP_SPTE_DONE(entry, written)			  ((void)0)
#endif

TDP_INLINE tdp_spte_t spte_load(const tdp_spte_t *p)
{
	tdp_spte_t e;

	TDP_POINT(p);
	e = word_load(p);
	TDP_SPTE_HOOK(TDP_SPTE_LOAD, (tdp_spte_t *)(uintptr_t)p, e, e);
	return e;
}

/* To a linked table: makes what came before visible to whoever reads the entry. */
TDP_INLINE void spte_store(tdp_spte_t *p, tdp_spte_t new_value)
{
	TDP_POINT(p);
	TDP_SPTE_HOOK(TDP_SPTE_STORE, p, word_peek(p), new_value);
	word_store(p, new_value);
	TDP_SPTE_DONE(p, true);
}

/*
 * Replace *old by new_value if the entry still holds it; otherwise refresh *old. moving: hardware may be changing the entry now.
 */
TDP_INLINE bool spte_cmpxchg(tdp_spte_t *p, tdp_spte_t *old, tdp_spte_t new_value, bool moving)
{
	bool written;

	if (!moving) {
		spte_store(p, new_value);
		return true;
	}
	TDP_POINT_LOCKED(p);
	TDP_SPTE_HOOK(TDP_SPTE_CMPXCHG, p, word_peek(p), new_value);
	written = word_cmpxchg(p, old, new_value);
	TDP_SPTE_DONE(p, written);
	return written;
}

/* Replace the entry, whatever it holds, and say what it held: final for an entry that is made not present (R6). */
TDP_INLINE tdp_spte_t spte_xchg(tdp_spte_t *p, tdp_spte_t old, tdp_spte_t new_value, bool moving)
{
	if (!moving) {
		spte_store(p, new_value);
		return old;
	}
	TDP_POINT_LOCKED(p);
	TDP_SPTE_HOOK(TDP_SPTE_XCHG, p, word_peek(p), new_value);
	old = word_xchg(p, new_value);
	TDP_SPTE_DONE(p, true);
	return old;
}

/* ---- whole stretches of a table ---- */

/*
 * Two entries in one vector. Vector accesses below are volatile and 16-byte aligned; each 8-byte half of such an access is
 * single-copy atomic on x86-64 and AArch64, which is what a hardware walker needs. Without vector registers the compiler makes two
 * 8-byte accesses of each.
 */
typedef tdp_spte_t spte_pair __attribute__((vector_size(16)));
#define SPTE_LINE  8u /* entries in a 64-byte cache line */

#define SPTE_BLOCK 64u /* entries that are decided about together: 8 lines, one word of bits */

/*
 * Tests see each entry's access; ThreadSanitizer does not know that a volatile vector access is atomic by halves; and with registers of
 * 32 bits the compiler makes four accesses of one.
 */
#if defined(TDP_TEST) || defined(__SANITIZE_THREAD__) || UINTPTR_MAX < UINT64_MAX
#define SPTE_BY_ENTRY 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SPTE_BY_ENTRY 1
#endif
#endif
#ifndef SPTE_BY_ENTRY
#define SPTE_BY_ENTRY 0
#endif

/* Whether vector accesses fit: whole lines. */
TDP_INLINE bool spte_lines(const tdp_spte_t *p, unsigned n)
{
#if SPTE_BY_ENTRY
	(void)p;
	(void)n;
	return false;
#else
	return n % SPTE_LINE == 0 && ((uintptr_t)p & (SPTE_LINE * sizeof(*p) - 1)) == 0;
#endif
}

/* n entries from p: e, e + step, ... into a table that is not linked yet. */
TDP_INLINE void spte_fill_private(tdp_spte_t *p, unsigned n, tdp_spte_t e, tdp_spte_t step)
{
	if (spte_lines(p, n)) {
		spte_pair *v = (spte_pair *)(void *)p, pair = {e, e + step}, next = {2 * step, 2 * step};

#pragma GCC unroll 4
		for (unsigned i = 0; i < n / 2; i++, pair += next)
			v[i] = pair;
		return;
	}
	for (unsigned i = 0; i < n; i++, e += step) {
		TDP_SPTE_HOOK(TDP_SPTE_PRIVATE, &p[i], p[i], e);
		p[i] = e;
	}
}

/* The same into a linked table; what came before (the contents of a table that is being linked) is visible first. */
TDP_INLINE void spte_fill_linked(tdp_spte_t *p, unsigned n, tdp_spte_t e, tdp_spte_t step)
{
	for (unsigned i = 0; i < n; i++, e += step)
		spte_store(&p[i], e);
}

/* OR and AND over a stretch: enough to decide that nothing in it needs work, or that plain stores will do. */
struct spte_scan {
	tdp_spte_t any, all;
};

TDP_INLINE struct spte_scan spte_scan(const tdp_spte_t *p, unsigned n)
{
	struct spte_scan s = {0, ~UINT64_C(0)};

	if (n > 0 && spte_lines(p, n)) {
		const volatile spte_pair *v = (const volatile spte_pair *)(const volatile void *)p;
		spte_pair any = v[0], all = any;

#pragma GCC unroll 4
		for (unsigned i = 0; i < n / 2; i += SPTE_LINE / 2) {
			spte_pair a = v[i], b = v[i + 1], c = v[i + 2], d = v[i + 3];

			any |= (a | b) | (c | d);
			all &= (a & b) & (c & d);
		}
		return (struct spte_scan){any[0] | any[1], all[0] & all[1]};
	}
	for (unsigned i = 0; i < n; i++) {
		tdp_spte_t e = spte_load(&p[i]);

		s.any |= e;
		s.all &= e;
	}
	return s;
}

/* Are all n entries e? */
TDP_INLINE bool spte_all(const tdp_spte_t *p, unsigned n, tdp_spte_t e)
{
	tdp_spte_t differ = 0;

	if (n > 0 && spte_lines(p, n)) {
		const volatile spte_pair *v = (const volatile spte_pair *)(const volatile void *)p;
		spte_pair want = {e, e}, unlike = {0, 0};

#pragma GCC unroll 4
		for (unsigned i = 0; i < n / 2; i += 2)
			unlike |= (v[i] ^ want) | (v[i + 1] ^ want);
		return (unlike[0] | unlike[1]) == 0;
	}
	for (unsigned i = 0; i < n; i++)
		differ |= spte_load(&p[i]) ^ e;
	return differ == 0;
}

/* Do n entries go e, e + step, ... as far as mask says? Scans them for *s, too; if they do not, *s means nothing. */
TDP_INLINE bool spte_alike(const tdp_spte_t *p, unsigned n, tdp_spte_t e, tdp_spte_t step, tdp_spte_t mask, struct spte_scan *s)
{
	tdp_spte_t differ = 0;

	*s = (struct spte_scan){0, ~UINT64_C(0)};
	if (n > 0 && spte_lines(p, n)) {
		const volatile spte_pair *v = (const volatile spte_pair *)(const volatile void *)p;
		spte_pair any = {0, 0}, all = ~any, unlike = {0, 0}, want = {e, e + step}, next = {2 * step, 2 * step};

#pragma GCC unroll 4
		for (unsigned i = 0; i < n / 2; i += 2, want += 2 * next) {
			spte_pair a = v[i], b = v[i + 1];

			unlike |= (a ^ want) | (b ^ (want + next));
			any |= a | b;
			all &= a & b;
		}
		*s = (struct spte_scan){any[0] | any[1], all[0] & all[1]};
		return ((unlike[0] | unlike[1]) & mask) == 0;
	}
	for (unsigned i = 0; i < n && !(differ & mask); i++, e += step) {
		tdp_spte_t seen = spte_load(&p[i]);

		differ |= seen ^ e;
		s->any |= seen;
		s->all &= seen;
	}
	return (differ & mask) == 0;
}

/* All n entries become e. Only where nothing can be lost: no hardware update may be under way in any of them. */
TDP_INLINE void spte_set_line(tdp_spte_t *p, unsigned n, tdp_spte_t e)
{
	if (spte_lines(p, n)) {
		volatile spte_pair *v = (volatile spte_pair *)(volatile void *)p;
		spte_pair pair = {e, e};

#pragma GCC unroll 8
		for (unsigned i = 0; i < n / 2; i++)
			v[i] = pair;
		return;
	}
	for (unsigned i = 0; i < n; i++)
		spte_store(&p[i], e);
}

/* n entries lose the bits of clear; those with a bit of from set gain it shifted left. Same condition as spte_set_line(). */
TDP_INLINE void spte_mask_line(tdp_spte_t *p, unsigned n, tdp_spte_t clear, tdp_spte_t from, unsigned shift)
{
	if (spte_lines(p, n)) {
		volatile spte_pair *v = (volatile spte_pair *)(volatile void *)p;

#pragma GCC unroll 4
		for (unsigned i = 0; i < n / 2; i++) {
			spte_pair e = v[i];

			v[i] = (e & ~clear) | ((e & from) << shift);
		}
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		tdp_spte_t e = spte_load(&p[i]);

		spte_store(&p[i], (e & ~clear) | ((e & from) << shift));
	}
}

/* n entries lose the bits of clear and gain those of set. Same condition as spte_set_line(). */
TDP_INLINE void spte_change_line(tdp_spte_t *p, unsigned n, tdp_spte_t clear, tdp_spte_t set)
{
	if (spte_lines(p, n)) {
		volatile spte_pair *v = (volatile spte_pair *)(volatile void *)p;

#pragma GCC unroll 4
		for (unsigned i = 0; i < n / 2; i++)
			v[i] = (v[i] & ~clear) | set;
		return;
	}
	for (unsigned i = 0; i < n; i++)
		spte_store(&p[i], (spte_load(&p[i]) & ~clear) | set);
}

/* How many of n (at most 512) entries have the one bit of mask set. A snapshot: hardware may be writing other bits. */
TDP_INLINE unsigned spte_count(const tdp_spte_t *p, unsigned n, tdp_spte_t mask)
{
	unsigned shift = word_first(mask);
	tdp_spte_t count = 0;

	if (spte_lines(p, n) && shift < 32) {
		const volatile spte_pair *v = (const volatile spte_pair *)(const volatile void *)p;
		spte_pair sum[2] = {{0, 0}, {0, 0}};

		/* Sums of the bit where it is; shifted once. */
		for (unsigned i = 0; i < n / 2; i += 4) {
			sum[0] += (v[i] & mask) + (v[i + 1] & mask);
			sum[1] += (v[i + 2] & mask) + (v[i + 3] & mask);
		}
		sum[0] += sum[1];
		return (unsigned)((sum[0][0] + sum[0][1]) >> shift);
	}
	for (unsigned i = 0; i < n; i++)
		count += spte_load(&p[i]) >> shift & 1;
	return (unsigned)count;
}

/*
 * Which of n (at most 64) entries may have the one bit of mask set, bit 0 being the first: a hint of where to look again. Made without
 * branches, and without comparing lanes, which SSE2 cannot; tests look at every entry.
 */
TDP_INLINE uint64_t spte_where(const tdp_spte_t *p, unsigned n, tdp_spte_t mask)
{
	unsigned shift = word_first(mask);

	if (n != SPTE_BLOCK || !spte_lines(p, n) || shift > 48)
		return ~UINT64_C(0) >> (SPTE_BLOCK - n);

	const volatile spte_pair *v = (const volatile spte_pair *)(const volatile void *)p;
	spte_pair found = {0, 0};

	/* Pair k's bit of each lane ends as bit 2k: four pairs, a line, fill a byte, and come in from above. */
#pragma GCC unroll 4
	for (unsigned i = 0; i < n / 2; i += SPTE_LINE / 2) {
		spte_pair line = (v[i] & mask) | (v[i + 1] & mask) << 2 | (v[i + 2] & mask) << 4 | (v[i + 3] & mask) << 6;

		found = found >> 8 | line << (56 - shift);
	}
	return found[0] | found[1] << 1;
}

#endif
