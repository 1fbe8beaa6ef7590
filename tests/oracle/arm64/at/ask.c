/* SPDX-License-Identifier: BSD-2-Clause */
#include "ask.h"

#include "abi.h"

enum { SAMPLE = 2048, KINDS = 2, CLASSES = KINDS * TDP_MAX_LEVELS, ADDRESS_BITS = 52 };

/* Some entries of each class, all equally likely to be among them. */
struct sample {
	struct random *r;
	struct {
		tdp_gpa_t gpa;
		uint64_t size;
	} entry[CLASSES][SAMPLE];
	uint64_t seen[CLASSES];
};

static enum tdp_verdict collect(void *arg, struct tdp_visit *visit)
{
	struct sample *sample = arg;
	const unsigned class = visit->entry.level * (unsigned)KINDS + (visit->when == TDP_VISIT_LEAF ? 1 : 0);
	const uint64_t n = sample->seen[class]++, place = n < SAMPLE ? n : random_below(sample->r, n + 1);

	if (place < SAMPLE) {
		sample->entry[class][place].gpa = visit->gpa;
		sample->entry[class][place].size = visit->entry.size;
	}
	return TDP_GO;
}

/* A page of an entry, often its first or its last, or the neighbour behind one of these. */
static tdp_gpa_t choose_page(struct random *r, tdp_gpa_t gpa, uint64_t size)
{
	switch (random_below(r, 6)) {
	case 0:
		return gpa;
	case 1:
		return gpa + size - AT_PAGE;
	case 2:
		return gpa >= AT_PAGE ? gpa - AT_PAGE : gpa;
	case 3:
		return gpa + size;
	default:
		return gpa + (random_below(r, size) & ~(uint64_t)(AT_PAGE - 1));
	}
}

void ask(struct space *s, struct random *r, uint64_t *questions, unsigned count)
{
	static struct sample sample;
	const uint64_t end = UINT64_C(1) << s->layout.gpa_bits, widest = UINT64_C(1) << ADDRESS_BITS;

	sample.r = r;
	for (unsigned i = 0; i < CLASSES; i++)
		sample.seen[i] = 0;
	if (tdp_walk(&s->tree, 0, end, TDP_VISIT_LEAF | TDP_VISIT_HOLE, collect, &sample, NULL) != TDP_OK)
		die("a walk of the tree failed");
	for (unsigned i = 0; i < count;) {
		const bool leaf = random_below(r, 4) != 0;
		const unsigned class = (unsigned)random_below(r, TDP_MAX_LEVELS) * KINDS + (leaf ? 1 : 0);
		const uint64_t n = sample.seen[class] < SAMPLE ? sample.seen[class] : SAMPLE;
		uint64_t pick;
		tdp_gpa_t gpa;

		if (n == 0)
			continue;
		pick = random_below(r, n);
		gpa = choose_page(r, sample.entry[class][pick].gpa, sample.entry[class][pick].size);
		if (random_below(r, 64) == 0)
			gpa += end << random_below(r, 8); /* beyond the guest's space */
		questions[i++] = (gpa < widest ? gpa : widest - AT_PAGE) | (random_below(r, 2) ? AT_WRITE : 0);
	}
}
