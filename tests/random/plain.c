/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The referee's interface without a referee: plain memory for tables, hooks that do nothing, a guest without TLBs. So the same random
 * operations run on the library as it ships, which handles whole cache lines of entries at once; the test build never does. What is
 * left of the judge: the independent walker, a count of linked tables, and tables that must not be freed twice.
 */
#include <referee.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = 4096, FRAME_BYTES = 4096, ROOT_FRAMES = 64, TEXT = 256 };
#define BASE_HPA (UINT64_C(3) << 30) /* below 4 GiB, where a root of PAE has to be */

struct referee {
	struct referee_config config;
	struct tdp_mm_ops ops;
	struct tdp_cache cache;
	struct referee_counts counts;
	uint8_t *mem;
	unsigned next;			/* first frame never used */
	unsigned freed[FRAMES], freeds; /* the last one freed is the next one used */
	bool used[FRAMES];
	unsigned fail_in;
	bool fail_sticky;
	struct ref_machine m;
	struct ref_shape s;
	unsigned wrong;
	char text[TEXT], warning[TEXT];
};

/* The first thing that is wrong is kept. */
static void wrong(struct referee *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void wrong(struct referee *r, const char *format, ...)
{
	va_list ap;

	if (r->wrong++)
		return;
	va_start(ap, format);
	vsnprintf(r->text, sizeof(r->text), format, ap);
	va_end(ap);
}

/* An entry of a table; NULL: there is no memory there. */
static uint64_t *entry_at(const struct referee *r, uint64_t hpa)
{
	uint64_t offset = hpa - BASE_HPA;

	return offset < (uint64_t)FRAMES * FRAME_BYTES ? (uint64_t *)(void *)(r->mem + offset) : NULL;
}

static bool read_entry(void *ctx, uint64_t hpa, uint64_t *value)
{
	const uint64_t *entry = entry_at(ctx, hpa);

	if (entry)
		*value = __atomic_load_n(entry, __ATOMIC_RELAXED);
	return entry != NULL;
}

/* Tables come and go full of mappings of a page that nobody granted. */
static void poison(struct referee *r, unsigned frame)
{
	uint64_t *entry = entry_at(r, BASE_HPA + (uint64_t)frame * FRAME_BYTES);

	for (unsigned i = 0; i < FRAME_BYTES / sizeof(*entry); i++)
		entry[i] = ref_poison(r->config.kind, 0, BASE_HPA - FRAME_BYTES);
}

static bool on_table_alloc(void *ctx, void *user, struct tdp_table *out)
{
	struct referee *r = ctx;
	bool fails = r->fail_in == 1;
	unsigned frame;

	(void)user;
	r->fail_in -= r->fail_in > 1 || (fails && !r->fail_sticky);
	if (fails || (r->freeds == 0 && r->next == FRAMES)) {
		r->counts.denied++;
		return false;
	}
	frame = r->freeds ? r->freed[--r->freeds] : r->next++;
	poison(r, frame);
	r->used[frame] = true;
	r->counts.allocs++;
	r->counts.tables++;
	out->hpa = BASE_HPA + (uint64_t)frame * FRAME_BYTES;
	out->va = entry_at(r, out->hpa);
	return true;
}

/* Takes back a table that is said to be at va. */
static void take_back(struct referee *r, uint64_t hpa, const void *va, const void *want)
{
	unsigned frame = (unsigned)((hpa - BASE_HPA) / FRAME_BYTES);

	if (frame >= FRAMES || !r->used[frame] || va != want) {
		wrong(r, "hpa %#" PRIx64 " comes back, which is no table now, or at another va", hpa);
		return;
	}
	poison(r, frame);
	r->used[frame] = false;
	r->freed[r->freeds++] = frame;
	r->counts.frees++;
	r->counts.tables--;
}

static void on_table_free(void *ctx, const struct tdp_table *table)
{
	struct referee *r = ctx;

	take_back(r, table->hpa, table->va, r->ops.table_unmap ? NULL : entry_at(r, table->hpa));
}

static void on_flush(void *ctx, void *user, const struct tdp_flush *flush)
{
	struct referee *r = ctx;

	(void)user;
	(void)flush;
	r->counts.flushes++;
}

static void on_dirty(void *ctx, void *user, tdp_gpa_t gpa, uint64_t size)
{
	struct referee *r = ctx;

	(void)user;
	(void)gpa;
	(void)size;
	r->counts.dirties++;
}

static void on_warn(void *ctx, const char *what, const struct tdp_visit *where)
{
	struct referee *r = ctx;

	(void)where;
	r->counts.warnings++;
	snprintf(r->warning, sizeof(r->warning), "%s", what);
}

static void on_read(void *ctx)
{
	(void)ctx;
}

/* One thread, and the library has done with what it defers. */
static void on_defer(void *ctx, struct tdp_rcu_head *head, void (*fn)(struct tdp_rcu_head *head))
{
	(void)ctx;
	fn(head);
}

const struct tdp_rcu referee_rcu = {
	.size = sizeof(referee_rcu),
	.read_lock = on_read,
	.read_unlock = on_read,
	.defer = on_defer,
	.barrier = on_read,
};

struct referee *referee_new(const struct referee_config *config)
{
	struct referee *r = calloc(1, sizeof(*r));

	if (r)
		r->mem = aligned_alloc(ROOT_FRAMES * FRAME_BYTES, (size_t)FRAMES * FRAME_BYTES);
	if (!r || !r->mem) {
		perror("random-plain");
		abort();
	}
	r->config = *config;
	r->ops = (struct tdp_mm_ops){
		.size = sizeof(r->ops),
		.va_offset = (uint64_t)(uintptr_t)r->mem - BASE_HPA,
		.table_alloc = on_table_alloc,
		.table_free = on_table_free,
		.flush = on_flush,
		.dirty = on_dirty,
		.warn = on_warn,
	};
	return r;
}

void referee_free(struct referee *r)
{
	free(r->mem);
	free(r);
}

struct tdp_mm_ops *referee_ops(struct referee *r)
{
	return &r->ops;
}

struct tdp_cache *referee_cache(struct referee *r)
{
	return &r->cache;
}

/* The root takes the first frames. */
enum tdp_result referee_start(struct referee *r, struct tdp_tree *tree, const struct tdp_engine *engine,
			      const struct tdp_layout *layout, uint32_t flags, uint32_t tag)
{
	struct tdp_config config = {
		.engine = engine,
		.layout = layout,
		.ops = &r->ops,
		.ctx = r,
		.root = {.va = r->mem, .hpa = BASE_HPA},
		.pool = &r->cache,
		.rcu = r->config.shared ? &referee_rcu : NULL,
		.rcu_ctx = r,
		.flags = flags,
		.tag = tag,
	};
	enum tdp_result result = tdp_tree_init(tree, &config);
	struct tdp_regs regs = {0};

	r->next = ROOT_FRAMES;
	if (result == TDP_OK)
		result = tdp_tree_load(tree, &regs);
	r->m = (struct ref_machine){.kind = r->config.kind,
				    .features = r->config.features,
				    .hpa_bits = r->config.hpa_bits,
				    .base = regs.base,
				    .control = regs.control,
				    .pat = r->config.pat,
				    .read = read_entry,
				    .ctx = r};
	if (result == TDP_OK && !ref_shape(&r->m, &r->s))
		wrong(r, "hardware refuses the register values");
	return result;
}

void referee_stop(struct referee *r, struct tdp_tree *tree)
{
	(void)r;
	tdp_tree_unload(tree, NULL);
	tdp_tree_fini(tree, NULL);
}

void referee_drain(struct referee *r, struct tdp_cache *cache)
{
	struct tdp_table table;

	while (tdp_cache_take(cache, &table))
		take_back(r, table.hpa, table.va, entry_at(r, table.hpa));
}

void referee_begin(struct referee *r, const char *name, const struct tdp_gather *gather)
{
	(void)r;
	(void)name;
	(void)gather;
}

void referee_end(struct referee *r)
{
	(void)r;
}

void referee_gather_flush(struct referee *r, struct tdp_gather *gather, void *user)
{
	(void)r;
	tdp_gather_flush(gather, user);
}

void referee_log_writes(struct referee *r, bool on)
{
	(void)r;
	(void)on;
}

void referee_collects(struct referee *r, const void *tree, const struct tdp_bitmap *out)
{
	(void)r;
	(void)tree;
	(void)out;
}

void referee_expect(struct referee *r, const void *tree, referee_page_fn fn, void *arg)
{
	(void)r;
	(void)tree;
	(void)fn;
	(void)arg;
}

void referee_audit(struct referee *r)
{
	(void)r;
}

bool referee_clean(const struct referee *r)
{
	return r->wrong == 0;
}

const char *referee_violations(struct referee *r)
{
	return r->text;
}

const char *referee_warning(const struct referee *r)
{
	return r->warning;
}

void referee_fail_alloc(struct referee *r, unsigned n, bool sticky)
{
	r->fail_in = n;
	r->fail_sticky = sticky;
}

/* Tables below one, by the walker's reading of the entries; level is that of its entries. */
static unsigned tables_below(const struct referee *r, uint64_t table, unsigned level, unsigned entries)
{
	unsigned n = 0;

	for (unsigned i = 0; i < entries && level > 0; i++) {
		struct ref_entry e = ref_decode(&r->m, &r->s, level, *entry_at(r, table + i * sizeof(uint64_t)));

		if (e.kind == REF_TABLE && entry_at(r, e.hpa))
			n += 1 + tables_below(r, e.hpa, level - 1, 1u << r->s.index_bits);
	}
	return n;
}

struct referee_counts referee_counts(const struct referee *r)
{
	struct referee_counts counts = r->counts;

	counts.linked = tables_below(r, r->s.root, r->s.top, 1u << r->s.root_bits);
	return counts;
}

struct referee_access referee_guest(struct referee *r, const void *tree, tdp_gpa_t gpa, unsigned access)
{
	struct ref_walk walk;

	(void)tree;
	ref_walk(&r->m, gpa, access, NULL, &walk);
	for (unsigned i = 0; i < walk.nsteps && walk.fault == REF_OK; i++)
		*entry_at(r, walk.step[i].entry_hpa) = walk.step[i].update;
	return (struct referee_access){.fault = walk.fault, .hpa = walk.hpa, .level = walk.level};
}

/* There are no TLBs. */
bool referee_caches(struct referee *r, const void *tree, tdp_gpa_t gpa, uint64_t size, unsigned access)
{
	(void)r;
	(void)tree;
	(void)gpa;
	(void)size;
	(void)access;
	return false;
}

unsigned referee_check_map(struct referee *r, const void *tree, tdp_gpa_t gpa, uint64_t size, referee_page_fn fn, void *arg)
{
	struct referee_page page = fn(arg, gpa);
	struct ref_walk walk;

	(void)tree;
	(void)size;
	ref_walk(&r->m, gpa, 0, NULL, &walk);
	if ((walk.fault == REF_OK) != page.mapped)
		wrong(r, "gpa %#" PRIx64 ": %s", gpa, ref_fault_name(walk.fault));
	else if (page.mapped && (walk.hpa != page.hpa || walk.perms != page.may || (int)walk.memtype != page.memtype))
		wrong(r, "gpa %#" PRIx64 " leads to hpa %#" PRIx64 ", permits %#x, has memory type %d", gpa, walk.hpa, walk.perms,
		      (int)walk.memtype);
	return r->wrong;
}
