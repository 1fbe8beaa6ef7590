/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay FILE...: does with a tree of the library what a script made the genuine KVM do, and compares every change of an entry with what
 * KVM recorded. A difference must be written down in the file, with what ours is and a reason; anything else fails. README.md has the
 * words of the files and the reasons. Speaks TAP.
 */
#include "kvm_format.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tdpmmu/tdpmmu.h>

enum { LEVELS = 4, ENTRIES = 512, GFN_LG2 = 12, CHANGES = 64, ROOT_HPA = 0x1000 };

static _Alignas(4096) tdp_spte_t tables[LEVELS][ENTRIES]; /* by our level */
static tdp_spte_t before[LEVELS][ENTRIES];		  /* as they were */
static tdp_hpa_t table_hpa[LEVELS];			  /* where KVM had them; the root's place it did not tell */

static struct tdp_format format;
static struct tdp_tree tree;
static struct tdp_cache pool;

/* A change of one entry: ours found, or one the file names. */
struct change {
	unsigned level; /* ours */
	uint64_t gfn;
	tdp_spte_t from, to;
};

static struct change found[CHANGES];
static unsigned found_count;
static unsigned same, explained, wrong, line_number;
static const char *file_name;

static void fail(const char *what)
{
	printf("# %s:%u: %s\n", file_name, line_number, what);
	wrong++;
}

static void *table_at(void *ctx, tdp_hpa_t hpa, unsigned level, tdp_gpa_t gpa)
{
	(void)ctx, (void)level, (void)gpa;
	for (unsigned i = 0; i < LEVELS; i++)
		if (table_hpa[i] == hpa)
			return tables[i];
	abort();
}

static void flush(void *ctx, void *user, const struct tdp_flush *f)
{
	(void)ctx, (void)user, (void)f;
}

static void table_free(void *ctx, const struct tdp_table *table)
{
	(void)ctx, (void)table;
}

static const struct tdp_mm_ops ops = {.size = sizeof(ops), .table_map = table_at, .flush = flush, .table_free = table_free};

/* The operation before this line must have changed nothing that the file did not name. */
static void settle(void)
{
	for (unsigned i = 0; i < found_count; i++) {
		const struct change *c = &found[i];
		char text[120];

		if (c->gfn == UINT64_MAX)
			continue;
		snprintf(text, sizeof(text), "before this line, not in the file: level %u gfn %" PRIx64 " %" PRIx64 " -> %" PRIx64,
			 c->level + 1, c->gfn, c->from, c->to);
		fail(text);
	}
	found_count = 0;
}

/* What an operation changed, entry by entry. */
static void look(void)
{
	for (unsigned level = 0; level < LEVELS; level++) {
		for (unsigned i = 0; i < ENTRIES; i++) {
			if (tables[level][i] == before[level][i] || found_count == CHANGES)
				continue;
			found[found_count++] = (struct change){level, (uint64_t)i << 9 * level, before[level][i], tables[level][i]};
			before[level][i] = tables[level][i];
		}
	}
}

/* Did ours change so? Each change is named once. */
static bool take(unsigned level, uint64_t gfn, tdp_spte_t from, tdp_spte_t to)
{
	for (unsigned i = 0; i < found_count; i++) {
		if (found[i].level == level && found[i].gfn == gfn && found[i].from == from && found[i].to == to) {
			found[i].gfn = UINT64_MAX;
			return true;
		}
	}
	return false;
}

static void must(enum tdp_result result, const char *what)
{
	char text[80];

	if (result == TDP_OK)
		return;
	snprintf(text, sizeof(text), "%s: %s", what, tdp_result_name(result));
	fail(text);
}

/* machine npt: dirty logging by write protection, as KVM does without page-modification logging. machine ept: by hardware's Dirty. */
static void start(bool npt)
{
	const struct tdp_caps caps = {
		.hpa_bits = 40, .leaf_levels = 7, .features = TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_NX | TDP_CAP_EXEC_ONLY};
	static struct tdp_layout layout;
	struct tdp_regs regs;

	format = npt ? kvm_npt() : kvm_ept();
	must(tdp_layout_make(&layout, &format, &caps, 48), "layout");
	must(tdp_tree_init(&tree, &(struct tdp_config){.engine = &tdp_generic_engine,
						       .layout = &layout,
						       .ops = &ops,
						       .pool = &pool,
						       .flags = npt ? TDP_TREE_LOG_BY_WRITE_PROTECT : 0,
						       .root = {.va = tables[LEVELS - 1], .hpa = ROOT_HPA}}),
	     "tree");
	must(tdp_tree_load(&tree, &regs), "load");
	memcpy(before, tables, sizeof(before));
}

/* The tables that KVM took, from the top down, as the library takes them. */
static void give_tables(const char *frames)
{
	unsigned long long frame[3];

	if (sscanf(frames, "%llx %llx %llx", &frame[0], &frame[1], &frame[2]) != 3) {
		fail("three frames");
		return;
	}
	table_hpa[LEVELS - 1] = ROOT_HPA;
	for (unsigned level = LEVELS - 1; level-- > 0;) {
		table_hpa[level] = (tdp_hpa_t)frame[2 - level] << GFN_LG2;
		tdp_cache_give(&pool, &(struct tdp_table){.va = tables[level], .hpa = table_hpa[level]});
		memset(before[level], 0, sizeof(before[level]));
	}
}

static unsigned access_of(const char *word)
{
	return strcmp(word, "write") == 0 ? TDP_WRITE : strcmp(word, "fetch") == 0 ? TDP_EXEC_S | TDP_EXEC_U : TDP_READ;
}

/* KVM grants all of it, write-back; on EPT the guest has no say in the type. */
static void fault(const char *access, uint64_t gfn, uint64_t pfn)
{
	const struct tdp_fault f = {
		.gpa = gfn << GFN_LG2,
		.base = gfn << GFN_LG2,
		.backing = {.hpa = pfn << GFN_LG2,
			    .size = UINT64_C(1) << GFN_LG2,
			    .attrs = {TDP_RWX, TDP_MT_WB, format.note_ve ? TDP_ATTR_FORCE_MT : 0, 0}},
		.access = access_of(access),
	};

	must(tdp_fault(&tree, &f, NULL), "tdp_fault");
}

/* The log of the whole slot, 8 MiB. expected: the first 64 pages, or NULL where KVM did not print it. */
static void collect(const char *expected)
{
	uint64_t words[32] = {0};
	const struct tdp_bitmap bitmap = {.words = words, .pages = 2048, .page_lg2 = GFN_LG2};

	must(tdp_dirty_arm(&tree, 0, 2048 << GFN_LG2, &bitmap, NULL), "tdp_dirty_arm");
	if (strcmp(expected, "-") != 0 && words[0] != strtoull(expected, NULL, 16))
		fail("another dirty log");
}

/* spte LEVEL GFN FROM TO [ours none REASON | ours FROM TO REASON]: FROM and TO are KVM's. */
static void compare(const char *text)
{
	uint64_t gfn, from, to, our_from = 0, our_to = 0;
	char reason[16] = "", nothing[5] = "";
	unsigned level, n;

	n = (unsigned)sscanf(text, "%u %" SCNx64 " %" SCNx64 " %" SCNx64 " ours %" SCNx64 " %" SCNx64 " %15s", &level, &gfn, &from,
			     &to, &our_from, &our_to, reason);
	if (n == 4 && sscanf(text, "%*u %*x %*x %*x ours %4[none] %15s", nothing, reason) == 2) {
		for (unsigned i = 0; i < found_count; i++)
			if (found[i].level == level - 1 && found[i].gfn == gfn)
				fail("ours changed, too");
		explained++;
	} else if (n == 4) {
		if (take(level - 1, gfn, from, to))
			same++;
		else
			fail("ours is another change, or none");
	} else if (n == 7 && (our_from != from || our_to != to)) {
		if (take(level - 1, gfn, our_from, our_to))
			explained++;
		else
			fail("ours is not what the file says");
	} else {
		fail("not understood");
	}
}

/* What the script did. false: no such word. */
static bool act(const char *word, const char *rest)
{
	uint64_t gfn = 0, pfn = 0;
	char access[8] = "";

	if (strcmp(word, "fault") == 0 && sscanf(rest, "%7s %" SCNx64 " %" SCNx64, access, &gfn, &pfn) == 3)
		fault(access, gfn, pfn);
	else if (strcmp(word, "fast") == 0 && sscanf(rest, "%7s %" SCNx64, access, &gfn) == 2)
		must(tdp_fault_fast(&tree, gfn << GFN_LG2, access_of(access), NULL), "tdp_fault_fast");
	else if (strcmp(word, "collect") == 0)
		collect(rest);
	else if (strcmp(word, "zap") == 0 && sscanf(rest, "%" SCNx64, &gfn) == 1)
		must(tdp_zap(&tree, gfn << GFN_LG2, UINT64_C(1) << GFN_LG2, NULL), "tdp_zap");
	else if (strcmp(word, "zap-all") == 0)
		must(tdp_zap(&tree, 0, UINT64_C(1) << 48, NULL), "tdp_zap");
	else if (strcmp(word, "cpu-writes") == 0 && sscanf(rest, "%" SCNx64, &gfn) == 1)
		before[0][gfn] = tables[0][gfn] |= format.a | format.d;
	else
		return false;
	look();
	return true;
}

static void line(char *text)
{
	char word[16] = "";
	int skip = 0;

	text[strcspn(text, "\n")] = 0;
	if (*text == 0 || *text == '#' || sscanf(text, "%15s %n", word, &skip) != 1)
		return;
	if (strcmp(word, "spte") == 0) {
		compare(text + skip);
		return;
	}
	settle();
	if (strcmp(word, "machine") == 0)
		start(strcmp(text + skip, "npt") == 0);
	else if (strcmp(word, "tables") == 0)
		give_tables(text + skip);
	else if (strcmp(word, "step") != 0 && !act(word, text + skip))
		fail("not understood");
}

/* One file. */
static bool replay(const char *name)
{
	FILE *file = fopen(name, "r");
	char text[160];

	file_name = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
	same = explained = wrong = line_number = 0;
	memset(tables, 0, sizeof(tables));
	memset(&pool, 0, sizeof(pool));
	if (!file) {
		fail("cannot be read");
		return false;
	}
	while (fgets(text, sizeof(text), file)) {
		line_number++;
		line(text);
	}
	settle();
	fclose(file);
	tdp_tree_unload(&tree, NULL);
	tdp_tree_fini(&tree, NULL);
	printf("# %s: %u changes as KVM made them, %u otherwise for a reason\n", file_name, same, explained);
	return wrong == 0 && same > 0;
}

int main(int argc, char **argv)
{
	unsigned failed = 0;

	for (int i = 1; i < argc; i++) {
		const bool good = replay(argv[i]);

		printf("%sok %d - %s\n", good ? "" : "not ", i, file_name);
		failed += !good;
	}
	printf("1..%d\n", argc - 1);
	return failed || argc < 2;
}
