/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's nested tables; see tree.h. */
#include "tree.h"

#include "log.h"
#include "memory.h"
#include "options.h"
#include "report.h"

enum {
	POOL_TABLES = 1024,
	GPA_BITS_4 = 48,
	GPA_BITS_5 = 52,
	APIC_ICR_LOW = 0xfee00300,
	APIC_ICR_HIGH = 0xfee00310,
	SEND_NMI = 0x4400
};

struct tdp_tree tree __attribute__((aligned(64)));
bool flush_muted;
static struct tdp_cache tables;
static char lock;

/* A flush is a number that the guest's processor must have seen outside the guest. */
static uint64_t flushes, seen;
static bool inside;

void tree_lock(void)
{
	while (__atomic_test_and_set(&lock, __ATOMIC_ACQUIRE))
		cpu_pause();
}

void tree_unlock(void)
{
	__atomic_clear(&lock, __ATOMIC_RELEASE);
}

struct tdp_op tree_op(enum caller who, uint32_t flags)
{
	return (struct tdp_op){.flags = flags, .user = (void *)(uintptr_t)who};
}

enum tdp_result tree_must(enum tdp_result result, const char *what, uint64_t gpa)
{
	if (result < 0)
		machine_fail("%s at %lx: %s", what, gpa, tdp_result_name(result));
	return result;
}

bool guest_enters(void)
{
	uint64_t number;
	bool flush;

	__atomic_store_n(&inside, true, __ATOMIC_SEQ_CST);
	number = __atomic_load_n(&flushes, __ATOMIC_SEQ_CST);
	flush = number != seen;
	__atomic_store_n(&seen, number, __ATOMIC_SEQ_CST);
	return flush;
}

void guest_left(void)
{
	__atomic_store_n(&inside, false, __ATOMIC_SEQ_CST);
}

/* Does the guest's processor still have to see this number? */
static bool is_behind(uint64_t number)
{
	return __atomic_load_n(&inside, __ATOMIC_SEQ_CST) && __atomic_load_n(&seen, __ATOMIC_SEQ_CST) < number;
}

static void send_nmi(void)
{
	HOST_WORD(APIC_ICR_HIGH) = 0;
	HOST_WORD(APIC_ICR_LOW) = SEND_NMI;
}

/* An NMI that comes just before VMRUN waits until the guest is in and ends it at once, for VMRUN is what sets GIF. */
void guest_flush(enum caller who)
{
	const uint64_t number = __atomic_add_fetch(&flushes, 1, __ATOMIC_SEQ_CST);

	report.flushes++;
	if (who != OTHER_PROCESSOR || !is_behind(number))
		return;
	report.kicks++;
	send_nmi();
	/* No sleep here: QEMU loses the timer's wake-up now and then, and the lock is held. */
	while (is_behind(number))
		cpu_pause();
}

static void flush_hook(void *ctx, void *user, const struct tdp_flush *flush)
{
	(void)ctx;
	(void)flush;
	if (!breaks(BREAK_NO_KICK) && !flush_muted)
		guest_flush((uintptr_t)user == OTHER_PROCESSOR ? OTHER_PROCESSOR : GUESTS_PROCESSOR);
}

static void dirty_hook(void *ctx, void *user, tdp_gpa_t gpa, uint64_t size)
{
	(void)ctx;
	(void)user;
	log_moved(gpa, size);
}

static void warn_hook(void *ctx, const char *what, const struct tdp_visit *where)
{
	(void)ctx;
	machine_fail("the library warns: %s at %lx", what, where ? where->gpa : 0);
}

static const struct tdp_mm_ops ops = {.size = sizeof(ops), .flush = flush_hook, .dirty = dirty_hook, .warn = warn_hook};

/* Nested paging works as the host's own paging does, so its levels come from CR4. */
static void layout_make(struct tdp_layout *layout)
{
	const struct tdp_svm svm = {.maxphyaddr = (uint8_t)machine_phys_bits(),
				    .pages_1g = cpuid(0x80000001).d >> 26 & 1,
				    .nx = true,
				    .la57 = options.levels == 5};
	struct tdp_wish wish = {.gpa_bits = options.levels == 5 ? GPA_BITS_5 : GPA_BITS_4, .levels = (uint8_t)options.levels};
	enum tdp_misfit why;
	struct tdp_caps caps;

	tree_must(tdp_caps_svm(&caps, &svm), "tdp_caps_svm", 0);
	if (caps.gpa_bits && wish.gpa_bits > caps.gpa_bits)
		wish.gpa_bits = (uint8_t)caps.gpa_bits;
	if (tdp_layout_choose(layout, &tdp_npt, &caps, &wish, &why) < 0)
		machine_fail("tdp_layout_choose: %s", tdp_misfit_name(why));
}

uint64_t tree_init(void)
{
	struct tdp_config config = {.engine = &tdp_npt_engine,
				    .ops = &ops,
				    .pool = &tables,
				    .flags = options.by_flag ? 0 : TDP_TREE_LOG_BY_WRITE_PROTECT};
	struct tdp_layout layout;
	struct tdp_regs regs;

	for (unsigned i = 0; i < POOL_TABLES; i++) {
		struct tdp_table table = {.va = page_alloc()};

		table.hpa = HPA(table.va);
		tdp_cache_give(&tables, &table);
	}
	layout_make(&layout);
	config.layout = &layout;
	(void)tdp_cache_take(&tables, &config.root);
	tree_must(tdp_tree_init(&tree, &config), "tdp_tree_init", 0);
	tree_must(tdp_tree_load(&tree, &regs), "tdp_tree_load", 0);
	return regs.base;
}

static enum tdp_verdict find_entry(void *arg, struct tdp_visit *visit)
{
	*(uint64_t **)arg = ADDRESS(visit->entry_hpa);
	return TDP_STOP;
}

uint64_t *tree_entry(uint64_t gpa)
{
	uint64_t *entry = NULL;

	(void)!tdp_walk(&tree, gpa, PAGE, TDP_VISIT_LEAF, find_entry, &entry, NULL);
	return entry;
}

static void say_broken(void *arg, unsigned invariant, const struct tdp_visit *where)
{
	(void)arg;
	say("[hv] invariant %u does not hold at %lx: %lx\n", invariant, where->gpa, where->entry.raw);
}

void tree_verify(void)
{
	if (tdp_verify(&tree, say_broken, NULL) != TDP_OK)
		machine_fail("the tables are not as they must be");
}
