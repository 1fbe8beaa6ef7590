/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The notifier without a guest. What --chaos meets once in a while is tried here all the time: a change that begins between the question
 * and the end of a fault. Prints TAP.
 */
#include "notifier.h"

#include <stdio.h>

enum {
	READERS = 2,
	CHANGES = 20000,
	FAULTS = 1000, /* at least, that go on */
	LOOKS = 200    /* how often a reader looks while it is inside */
};

static struct notifier notifier;
static unsigned number, failed;

/* One line of TAP. */
static void check(bool ok, const char *what)
{
	printf("%sok %u - %s\n", ok ? "" : "not ", ++number, what);
	failed += !ok;
}

/* Whether a fault that looked up what backs a range after seq may go on. */
static bool may(uint32_t seq, tdp_gpa_t gpa, uint64_t size)
{
	const struct caller caller = {.number = 0};
	const bool ok = notifier_enter(&notifier, &caller, seq, gpa, size);

	if (ok)
		notifier_leave(&notifier, &caller);
	return ok;
}

/* What one thread sees. */
static void check_alone(void)
{
	const uint32_t before = notifier_seq(&notifier);

	check(may(before, 0, 0x1000), "nothing is changing");
	notifier_begin(&notifier, 0x3ff000, 0x1000);
	check(!may(before, 0x3ff000, 0x1000), "the page is changing");
	check(!may(before, 0x200000, 0x200000), "so is the block of 2 MiB around it that a fault may map");
	check(may(before, 0x3fe000, 0x1000) && may(before, 0x400000, 0x200000), "its neighbours are not");
	notifier_begin(&notifier, 0x3ff000, 0x2000);
	notifier_end(&notifier);
	check(!may(notifier_seq(&notifier), 0x3ff000, 0x1000), "one of two changes has ended");
	notifier_end(&notifier);
	check(!may(before, 0x3ff000, 0x1000) && !may(before, 0x400000, 0x1000), "who looked before must look again");
	check(may(notifier_seq(&notifier), 0x3ff000, 0x1000), "who looks now may go on");
}

/* What backs a page; it is in order when both agree. Not atomic as a whole: only the notifier keeps them together. */
static _Atomic uint32_t left, right;
static _Atomic bool over;
static _Atomic unsigned torn, gone_on;

/* A vCPU that faults. */
static void *reader(void *arg)
{
	const struct caller caller = {.number = *(const unsigned *)arg};

	while (!over) {
		const uint32_t seq = notifier_seq(&notifier), seen = left;

		if (!notifier_enter(&notifier, &caller, seq, 0x1000, 0x1000))
			continue;
		/* Nobody else can be changing it, so it stays what it was when it was looked up. */
		for (unsigned i = 0; i < LOOKS; i++)
			torn += left != seen || right != seen;
		gone_on++;
		notifier_leave(&notifier, &caller);
	}
	return NULL;
}

/* Change it, with readers at work. */
static void check_together(void)
{
	unsigned id[READERS];
	pthread_t thread[READERS];
	unsigned started = 0;

	for (; started < READERS; started++) {
		id[started] = started;
		if (pthread_create(&thread[started], NULL, reader, &id[started]))
			break;
	}
	/* On a busy machine readers may begin late. */
	for (unsigned i = 0; started && (i < CHANGES || gone_on < FAULTS); i++) {
		notifier_begin(&notifier, 0x1000, 0x1000);
		left++;
		right++;
		notifier_end(&notifier);
	}
	over = true;
	for (unsigned i = 0; i < started; i++)
		pthread_join(thread[i], NULL);
	check(started == READERS, "threads");
	check(gone_on >= FAULTS, "faults that went on");
	check(torn == 0, "no fault saw a change");
}

int main(void)
{
	notifier_open(&notifier);
	check_alone();
	check_together();
	printf("1..%u\n", number);
	return failed != 0;
}
