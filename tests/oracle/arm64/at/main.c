/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables by the library, questions for QEMU, and what to think of its answers.
 *
 * at ask FAMILY SEED QUESTIONS FLIP    writes the files "questions" and "tables" in the working directory. FLIP 1: one address bit of one
 *                                      descriptor is wrong in the file, which must not go unnoticed
 * at judge FAMILY SEED QUESTIONS       builds the same trees again, reads "answers" and "tables-after"; status 1 if something differs
 *
 * QUESTIONS is their number, shared out among the family's trees.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"
#include "ask.h"
#include "grow.h"
#include "judge.h"

enum { OPERATIONS = 400 };
/* HCR_EL2: stage 2 on, EL1 is AArch64, stage 1 off and Normal write-back. */
#define HCR_VM (UINT64_C(1) << 0)
#define HCR_DC (UINT64_C(1) << 12)
#define HCR_RW (UINT64_C(1) << 31)

static struct at_header header;
static struct space spaces[AT_JOBS];
static uint64_t *questions;

static void write_all(const char *name, const void *a, size_t a_size, const void *b, size_t b_size)
{
	FILE *f = fopen(name, "wb");

	if (!f || fwrite(a, 1, a_size, f) != a_size || (b_size != 0 && fwrite(b, 1, b_size, f) != b_size) || fclose(f) != 0)
		die("%s cannot be written", name);
}

static void *read_all(const char *name, size_t size)
{
	FILE *f = fopen(name, "rb");
	void *data = malloc(size);

	if (!f || !data || fread(data, 1, size, f) != size || fclose(f) != 0)
		die("%s cannot be read", name);
	return data;
}

/* One tree and its questions. */
static void add_job(const struct geometry *g, const struct feature_set *set, struct random *r, unsigned count)
{
	struct space *s = &spaces[header.jobs];
	struct at_job *job = &header.job[header.jobs++];

	if (header.jobs > AT_JOBS)
		die("too many trees");
	space_init(s, g, set);
	grow(s, r, OPERATIONS);
	space_settle(s);
	*job = (struct at_job){.vtcr = s->regs.control, .vttbr = s->regs.base, .hcr = HCR_VM | HCR_DC | HCR_RW | set->hcr};
	job->first = header.questions;
	job->count = count;
	ask(s, r, questions + job->first, count);
	header.questions += count;
}

static void build(const char *family, uint64_t seed, unsigned count)
{
	unsigned trees = 0;
	struct random r;

	arena_init();
	random_seed(&r, seed);
	for (unsigned i = 0; i < geometry_count; i++)
		trees += strcmp(geometries[i].family, family) == 0 && !geometries[i].quirk ? feature_set_count : 0;
	if (trees == 0)
		die("no family is called %s", family);
	count = (count + trees - 1) / trees;
	questions = calloc((size_t)AT_JOBS * count, sizeof(*questions));
	if (!questions)
		die("no memory for questions");
	for (unsigned i = 0; i < geometry_count; i++) {
		for (unsigned k = 0; k < feature_set_count && strcmp(geometries[i].family, family) == 0; k++)
			add_job(&geometries[i], &feature_sets[k], &r, count);
	}
	header.magic = AT_MAGIC;
	header.tables_size = arena_size();
}

/* The first leaf that a question of the first tree reaches maps to the neighbour of its page. */
static void flip(void)
{
	for (uint64_t i = 0; i < header.job[0].count; i++) {
		struct ref_walk w;

		ref_walk(&spaces[0].machine, questions[i] & ~(uint64_t)AT_WRITE, questions[i] & AT_WRITE ? REF_W : REF_R, NULL, &w);
		if (w.fault != REF_OK)
			continue;
		*arena_entry(w.step[w.nsteps - 1].entry_hpa) ^= w.size;
		return;
	}
	die("no question reaches a leaf");
}

/* Every bit that hardware sets in the tables it must have set, and no other. */
static uint64_t compare_tables(void)
{
	const uint64_t *after = read_all("tables-after", header.tables_size), *mine = arena_start();
	uint64_t different = 0;

	for (uint64_t i = 0; i < header.tables_size / sizeof(*mine); i++) {
		if (after[i] == mine[i])
			continue;
		if (different++ < 8)
			printf("  entry at 0x%llx: 0x%llx after the walks, not 0x%llx\n", (unsigned long long)(AT_TABLES + i * 8),
			       (unsigned long long)after[i], (unsigned long long)mine[i]);
	}
	return different;
}

static void report(const struct space *s, bool refused, const struct verdict *v)
{
	printf("walker=qemu-at format=%s geometry=ia%u/pa%u/L%dx%u features=%s ", s->geometry->format, s->layout.gpa_bits,
	       s->layout.hpa_bits, 3 - s->layout.top_level, 1u << s->layout.root_concat_lg2, s->set->name);
	if (refused)
		printf("quirk=\"%s\" refused=%llu", s->geometry->quirk, (unsigned long long)v->queries);
	else
		printf("ok=%llu translation=%llu permission=%llu access-flag=%llu queries=%llu",
		       (unsigned long long)v->said[SAID_ADDRESS], (unsigned long long)v->said[SAID_TRANSLATION],
		       (unsigned long long)v->said[SAID_PERMISSION], (unsigned long long)v->said[SAID_ACCESS_FLAG],
		       (unsigned long long)v->queries);
	printf(" mismatches=%llu\n", (unsigned long long)v->mismatches);
}

/* What QEMU refuses counts as no query. A QEMU without the quirk is judged like any other walker. */
static void judge_job(unsigned i, const uint64_t *answers, struct verdict *sum)
{
	const struct at_job *job = &header.job[i];
	bool refused = spaces[i].geometry->quirk != NULL;
	struct verdict v = {0};

	for (uint64_t k = job->first; k < job->first + job->count; k++)
		refused = refused && judge_refused(answers[k]);
	for (uint64_t k = job->first; k < job->first + job->count; k++)
		judge(&spaces[i], questions[k], answers[k], refused, &v);
	report(&spaces[i], refused, &v);
	sum->mismatches += v.mismatches;
	if (refused)
		return;
	sum->queries += v.queries;
	for (unsigned k = 0; k < SAID_KINDS; k++)
		sum->said[k] += v.said[k];
}

static int judge_all(const char *family)
{
	const uint64_t *answers = read_all("answers", header.questions * sizeof(*answers));
	struct verdict sum = {0};
	uint64_t different;

	for (unsigned i = 0; i < header.jobs; i++)
		judge_job(i, answers, &sum);
	different = compare_tables();
	printf("walker=qemu-at format=%s trees=%llu tables-differ=%llu queries=%llu mismatches=%llu\n", family,
	       (unsigned long long)header.jobs, (unsigned long long)different, (unsigned long long)sum.queries,
	       (unsigned long long)sum.mismatches);
	/* Questions that all end in the same way would prove little. */
	if (sum.said[SAID_ADDRESS] < sum.queries / 3 || !sum.said[SAID_TRANSLATION] || !sum.said[SAID_PERMISSION] ||
	    !sum.said[SAID_ACCESS_FLAG])
		die("too few answers of a kind");
	return sum.mismatches || different ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc < 5)
		die("at ask FAMILY SEED QUESTIONS FLIP | at judge FAMILY SEED QUESTIONS");
	build(argv[2], strtoull(argv[3], NULL, 0), (unsigned)strtoul(argv[4], NULL, 0));
	if (strcmp(argv[1], "judge") == 0)
		return judge_all(argv[2]);
	if (argc > 5 && strcmp(argv[5], "1") == 0)
		flip();
	write_all("questions", &header, sizeof(header), questions, header.questions * sizeof(*questions));
	write_all("tables", arena_start(), arena_size(), NULL, 0);
	return 0;
}
