/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest stores on the second processor while the first one collects what was written. Each page holds the count of the last store to
 * it. After every harvest the guest is stopped and each page that was not named must be as it was when it was named last, or still Dirty.
 */
#include "guest.h"
#include "remote.h"
#include "svm_caps.h"

#ifdef TDP_TEST
#include "broken.h"
#include "spte.h"
#endif

#define RANGE UINT64_C(0x200000)
#define NPT_P UINT64_C(1)
#define NPT_D UINT64_C(0x40)
enum { CODE = 0x1000, MOST_PAGES = 128, POLLS = 1000, CHANCE = 20000, PATIENCE = 20 };

/* Names the written ones of some pages in run.named. */
typedef enum tdp_result (*harvest_fn)(tdp_gpa_t gpa, uint64_t size, struct tdp_op *op);

/* One way to harvest. */
struct way {
	const char *name, *variant; /* variant: what is broken on purpose; NULL: nothing */
	unsigned pages, harvests;
	unsigned batch; /* harvests, each of its share of the pages, before the one flush of all */
	uint32_t tree_flags;
	harvest_fn harvest;
	bool cached; /* the guest stores through its TLB instead of walking each time */
	bool refill; /* map most pages again between batches */
	bool deaf;   /* flushes reach nobody */
	int broken;  /* TDP_TEST: the library's defect */
};

static struct {
	struct space space;
	struct tdp_cache second; /* tables for the second processor's faults */
	const struct way *way;
	uint64_t named[MOST_PAGES / 64]; /* bit p: page p, since the last judgement */
	uint32_t copy[MOST_PAGES];	 /* each page when it was named last */
	uint64_t names, lost;
	unsigned harvests;
	uint64_t faults;
	uint64_t random;
	char lock; /* held for exclusive calls */
} run;

static volatile uint32_t *page_word(unsigned page)
{
	return &HOST_WORD(GUEST_RAM + RANGE + (uint64_t)page * PAGE);
}

static uint64_t range_size(void)
{
	return (uint64_t)run.way->pages * PAGE;
}

/* ---- hooks ---- */

/* The other processor's TLB: it leaves the guest, and is not let in again before the harvest has been judged. */
static void flush(void *ctx, void *user, const struct tdp_flush *what)
{
	(void)ctx;
	(void)user;
	(void)what;
	if (!run.way->deaf && !remote_held())
		remote_hold();
}

static void dirty(void *ctx, void *user, tdp_gpa_t gpa, uint64_t size)
{
	(void)ctx;
	(void)user;
	for (tdp_gpa_t at = gpa; at < gpa + size; at += PAGE)
		run.named[(at - RANGE) / PAGE / 64] |= UINT64_C(1) << (at - RANGE) / PAGE % 64;
}

/* On the second processor: the guest wants to write. It will ask again if somebody is alone in the tree. */
static void write_fault(uint64_t gpa, uint64_t info1)
{
	struct tdp_op op = {.flags = TDP_LOG_DIRTY, .cache = &run.second};
	struct tdp_fault fault = {.gpa = gpa,
				  .base = RANGE,
				  .backing = {.hpa = GUEST_RAM + RANGE, .size = range_size(), .attrs = {.prot = TDP_RWX}},
				  .access = TDP_WRITE};
	enum tdp_result result;

	if (!(info1 & NPF_WRITE))
		machine_fail("a fault at %lx that is no write: %lx", gpa, info1);
	if (__atomic_test_and_set(&run.lock, __ATOMIC_ACQUIRE))
		return;
	result = tdp_fault_fast(&run.space.tree, gpa, TDP_WRITE, &op);
	if (result == TDP_ABSENT)
		result = tdp_fault(&run.space.tree, &fault, &op);
	if (result < 0 && result != TDP_BUSY && result != TDP_RACE)
		machine_fail("fault at %lx: %s", gpa, tdp_result_name(result));
	__atomic_add_fetch(&run.faults, 1, __ATOMIC_RELAXED);
	__atomic_clear(&run.lock, __ATOMIC_RELEASE);
}

/* ---- ways to harvest ---- */

/* Collect, or only make old: what has D clear and A set must not lose a D that comes meanwhile. */
static enum tdp_result by_arming(tdp_gpa_t gpa, uint64_t size, struct tdp_op *op)
{
	const struct tdp_bitmap out = {.words = run.named, .base = RANGE, .pages = run.way->pages, .page_lg2 = 12};

	if (random_next(&run.random) >> 32 & 1) {
		op->gather = NULL;
		return tdp_age(&run.space.tree, gpa, size, true, NULL, op);
	}
	run.harvests++;
	return tdp_dirty_arm(&run.space.tree, gpa, size, &out, op);
}

/* The pages go altogether; the dirty hook names them, faults bring them back. */
static enum tdp_result by_zap(tdp_gpa_t gpa, uint64_t size, struct tdp_op *op)
{
	run.harvests++;
	return tdp_zap(&run.space.tree, gpa, size, op);
}

/* ---- judgement ---- */

static bool still_dirty(unsigned page)
{
	tdp_spte_t raw = 0;
	unsigned level;

	return tdp_lookup_raw(&run.space.tree, RANGE + (uint64_t)page * PAGE, &raw, &level) == TDP_OK &&
	       (raw & (NPT_P | NPT_D)) == (NPT_P | NPT_D);
}

static bool is_named(unsigned page)
{
	return run.named[page / 64] >> page % 64 & 1;
}

/* What the embedder does after a flush: fetch the pages that were named. */
static void fetch(void)
{
	for (unsigned p = 0; p < run.way->pages; p++) {
		if (!is_named(p))
			continue;
		run.copy[p] = *page_word(p);
		run.names++;
	}
}

/* The guest is held: what has changed since it was fetched must be Dirty. A page that was lost is counted once. */
static void judge(void)
{
	for (unsigned p = 0; p < run.way->pages; p++) {
		const uint32_t now = *page_word(p);

		if (now == run.copy[p] || still_dirty(p))
			continue;
		run.lost++;
		run.copy[p] = now;
	}
}

/* Let the guest make another pass, and return when it stores to some page. It is held, or makes passes without being told. */
static void let_guest_go(void)
{
	const unsigned page = (unsigned)(random_next(&run.random) % run.way->pages);
	const uint32_t before = *page_word(page);

	*page_word(run.way->pages) += 1;
	if (remote_held())
		remote_release();
	for (unsigned polls = 1; *page_word(page) == before; polls++)
		if (polls % POLLS == 0)
			machine_sleep(20000);
}

/* Map some pages again, open for writing and clean; faults will bring the others. */
static void map_some(void)
{
	for (unsigned p = 0; p < run.way->pages; p++) {
		const tdp_gpa_t gpa = RANGE + (uint64_t)p * PAGE;
		struct tdp_op op = {.flags = TDP_PREFETCH, .cache = &run.space.tables};

		if (random_next(&run.random) >> 32 & 3)
			space_must(tdp_map(&run.space.tree, gpa, PAGE, GUEST_RAM + gpa, (struct tdp_attrs){.prot = TDP_RWX}, &op),
				   "tdp_map");
	}
}

/* The harvests of a batch, each of its share of the pages, and their flush. */
static void harvest_shares(uint32_t flags)
{
	const struct way *way = run.way;
	const uint64_t size = range_size() / way->batch;
	struct tdp_gather gather = {{0}};

	for (unsigned i = way->batch; i-- > 0;) { /* towards the guest, which goes up */
		struct tdp_op op = {.flags = flags, .gather = way->batch > 1 ? &gather : NULL};
		const enum tdp_result result = way->harvest(RANGE + i * size, size, &op);

		if (result < 0 && result != TDP_BUSY)
			machine_fail("harvest: %s", tdp_result_name(result));
	}
	tdp_gather_flush(&gather, NULL);
}

/*
 * A batch and a judgement. Every other batch has the tree for itself, as an embedder with a lock would: there the library may use plain
 * stores for what cannot change.
 */
static void one_batch(unsigned number)
{
	run.named[0] = run.named[1] = 0;
	if (run.way->refill)
		map_some();
	let_guest_go();
	if (number & 1) {
		while (__atomic_test_and_set(&run.lock, __ATOMIC_ACQUIRE))
			cpu_pause();
		harvest_shares(TDP_EXCLUSIVE);
		__atomic_clear(&run.lock, __ATOMIC_RELEASE);
	} else {
		harvest_shares(0);
	}
	fetch();
	if (run.way->deaf)
		let_guest_go();
	if (!remote_held())
		remote_hold();
	judge();
}

/* A new tree, and the guest in front of its first store. */
static void prepare(const struct way *way)
{
	const struct tdp_caps caps = svm_caps();
	const struct space_hooks hooks = {.flush = flush, .dirty = dirty};
	static struct svm_vcpu vcpu;
	struct tdp_op op = {.flags = TDP_LOG_DIRTY, .cache = &run.space.tables};

	run.way = way;
	run.names = run.lost = run.faults = 0;
	run.harvests = 0;
	run.random = 0x9e3779b97f4a7c15;
	space_init(&run.space, &tdp_npt_engine, &tdp_npt, &caps, 40, TDP_TREE_KEEP_TABLES | way->tree_flags, &hooks);
	space_tables(&run.second, TDP_FAULT_TABLES);
	space_map_fixed(&run.space, CODE, PAGE);
	op.max_level_plus1 = 1;
	space_must(tdp_map(&run.space.tree, RANGE, range_size(), GUEST_RAM + RANGE, (struct tdp_attrs){.prot = TDP_RWX}, &op),
		   "map");
	space_map_fixed(&run.space, RANGE + range_size(), PAGE); /* where the guest is told to make its next pass */
	for (unsigned p = 0; p < way->pages; p++)
		*page_word(p) = run.copy[p] = 0;
	if (way->cached)
		space_put(CODE, guest_store_cached, guest_store_cached_end);
	else
		space_put(CODE, guest_store_fresh, guest_store_fresh_end);
	svm_init(&vcpu, run.space.regs.base, SVM_FLAT, 0);
	svm_set_rip(&vcpu, CODE);
	vcpu.rbx = RANGE;
	vcpu.rdx = RANGE + range_size();
	remote_set(&vcpu, write_fault);
}

static void run_way(const struct way *way)
{
	const unsigned most = PATIENCE * way->harvests;

	prepare(way);
#ifdef TDP_TEST
	tdp_test_broken = way->broken;
#endif
	/* A control goes on until it has lost something: whether the walker comes in between is up to the host's scheduler. */
	for (unsigned batch = 0; run.harvests < way->harvests || (way->variant && run.lost == 0 && run.harvests < most); batch++)
		one_batch(batch);
#ifdef TDP_TEST
	tdp_test_broken = TDP_BROKEN_NONE;
#endif
	uint32_t stores = 0;

	for (unsigned p = 0; p < way->pages; p++)
		stores = *page_word(p) > stores ? *page_word(p) : stores;
	say("walker=qemu-svm format=npt log=%s%s%s harvests=%u stores=%u named=%lu faults=%lu lost=%lu\n", way->name,
	    way->variant ? " variant=" : "", way->variant ? way->variant : "", run.harvests, stores, run.names, run.faults,
	    run.lost);
	if ((run.lost != 0) != (way->variant != NULL))
		machine_fail(way->variant ? "the control lost nothing: this test is blind" : "stores were lost");
	space_fini(&run.space);
}

#ifdef TDP_TEST
int tdp_test_broken;

/*
 * Between reading an entry and changing it: if the guest has not come to the page in this pass, let it store there first, so that the
 * walker writes the entry.
 */
void tdp_test_access(enum tdp_spte_event event, tdp_spte_t *entry, tdp_spte_t old_value, tdp_spte_t new_value)
{
	const unsigned page = (unsigned)((uintptr_t)entry % PAGE / sizeof(*entry)) % run.way->pages;
	const uint32_t before = *page_word(page);

	(void)old_value;
	(void)new_value;
	if (event == TDP_SPTE_LOAD || event == TDP_SPTE_PRIVATE || before > *page_word(0))
		return;
	for (unsigned polls = 0; polls < CHANCE && *page_word(page) == before; polls++)
		;
}

void tdp_test_done(tdp_spte_t *entry, bool written)
{
	(void)entry;
	(void)written;
}

void tdp_test_point(const volatile void *word, bool locked)
{
	(void)word;
	(void)locked;
}

static const struct way ways[] = {
	{.name = "dirty-bit",
	 .variant = "plain-store",
	 .pages = 128,
	 .batch = 64,
	 .harvests = 20000,
	 .harvest = by_arming,
	 .broken = TDP_BROKEN_AGE_PLAIN_STORE},
	{.name = "zap",
	 .variant = "plain-store",
	 .pages = 16,
	 .batch = 1,
	 .harvests = 1000,
	 .harvest = by_zap,
	 .refill = true,
	 .broken = TDP_BROKEN_ZAP_PLAIN_STORE},
	/* The same delays and no defect. */
	{.name = "dirty-bit", .pages = 128, .batch = 64, .harvests = 20000, .harvest = by_arming},
	{.name = "zap", .pages = 16, .batch = 1, .harvests = 1000, .harvest = by_zap, .refill = true},
};
#else
static const struct way ways[] = {
	{.name = "dirty-bit", .pages = 128, .batch = 64, .harvests = 100000, .harvest = by_arming},
	{.name = "dirty-bit", .pages = 64, .batch = 1, .harvests = 500, .harvest = by_arming},
	{.name = "write-protection",
	 .pages = 16,
	 .batch = 8,
	 .harvests = 4000,
	 .harvest = by_arming,
	 .tree_flags = TDP_TREE_LOG_BY_WRITE_PROTECT},
	{.name = "zap", .pages = 16, .batch = 1, .harvests = 1000, .harvest = by_zap, .refill = true},
	{.name = "dirty-bit",
	 .variant = "no-kick",
	 .pages = 64,
	 .batch = 1,
	 .harvests = 20,
	 .harvest = by_arming,
	 .cached = true,
	 .deaf = true},
};
#endif

_Noreturn void payload_main(void)
{
	machine_init();
	if (!svm_there())
		machine_fail("no SVM with nested paging");
	svm_enable();
	remote_start();
	for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		run_way(&ways[i]);
	machine_quit(0);
}
