/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The working set: how many pages the guest touches between two looks at the Accessed bits, and where. Nothing is flushed for it, so a
 * page that a CPU has cached may look idle for a while.
 */
#include "act.h"
#include "picture.h"
#include "problem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	INTERVALS = 24,
	INTERVAL_MS = 100,
	COLUMNS = 64 /* of the map: each is a stretch of the guest's data */
};

struct wss {
	struct vm *vm;
	struct frame_set young;
	uint64_t pages; /* of data */
	uint64_t count[INTERVALS];
	double heat[INTERVALS * COLUMNS];
};

/* The column that a page of data lies in, by its number over both windows. */
static unsigned column_of(const struct wss *w, uint64_t page)
{
	return (unsigned)(page * COLUMNS / w->pages);
}

/* Age one window of data; first: how many pages lie before it. */
static bool look_at(struct wss *w, const struct region *region, uint64_t first, uint64_t *young)
{
	memset(w->young.words, 0, w->young.frames / 8);
	if (!log_age(&w->vm->space, &w->vm->self, region, &w->young))
		return false;
	for (uint64_t p = 0; p < region->pages; p++)
		young[column_of(w, first + p)] += frame_set_has(&w->young, region->page[p].frame);
	return true;
}

/* One look at all data: how many pages of each column are young. They are old then. */
static bool look(struct wss *w, uint64_t *young)
{
	memset(young, 0, COLUMNS * sizeof(*young));
	return look_at(w, w->vm->data[0], 0, young) && look_at(w, w->vm->data[1], w->vm->data[0]->pages, young);
}

/* A line of the map: the darker a character, the more of its pages were touched. */
static void print_row(const struct wss *w, unsigned interval)
{
	static const char shades[] = " .:-=+*#%@";
	char line[COLUMNS + 1] = "";

	for (unsigned c = 0; c < COLUMNS; c++) {
		const double hot = w->heat[interval * COLUMNS + c];

		line[c] = shades[hot > 0 ? 1 + (unsigned)(hot * 8.0) : 0];
	}
	printf("  %5d  |%s|  %8" PRIu64 "\n", interval * INTERVAL_MS, line, w->count[interval] * 4);
}

/* Look again and again, with the guest at work between two looks. */
static bool watch(struct wss *w)
{
	uint64_t young[COLUMNS], size[COLUMNS] = {0};

	for (uint64_t p = 0; p < w->pages; p++)
		size[column_of(w, p)]++;
	if (!w->vm->options->json)
		printf("     ms   where the guest's data was touched%*sKiB\n", COLUMNS - 24, "");
	/* All of it is young from the start: the first look only makes it old. */
	if (!look(w, young))
		return false;
	for (unsigned i = 0; i < INTERVALS; i++) {
		if (!act_wait(w->vm, INTERVAL_MS) || !look(w, young))
			return false;
		for (unsigned c = 0; c < COLUMNS; c++) {
			w->count[i] += young[c];
			w->heat[i * COLUMNS + c] = size[c] ? (double)young[c] / (double)size[c] : 0;
		}
		if (!w->vm->options->json)
			print_row(w, i);
	}
	return true;
}

/* The numbers. */
static bool finish(const struct wss *w, json_t *root)
{
	json_t *intervals = json_array();
	uint64_t sum = 0, most = 0;

	for (unsigned i = 0; i < INTERVALS; i++) {
		sum += w->count[i];
		most = w->count[i] > most ? w->count[i] : most;
		json_array_append_new(intervals, json_integer((json_int_t)w->count[i]));
	}
	json_object_set_new(root, "young_pages", intervals);
	act_put_number(root, "data_pages", w->pages);
	act_put_number(root, "working_set_pages", sum / INTERVALS);
	act_put_number(root, "most_pages", most);
	act_put_number(root, "interval_ms", INTERVAL_MS);
	if (!w->vm->options->json)
		printf("\nworking set: %" PRIu64 " KiB of %" PRIu64 " KiB, %" PRIu64 " KiB at most, in %d ms\n",
		       sum / INTERVALS * 4, w->pages * 4, most * 4, INTERVAL_MS);
	return sum >= INTERVALS || problem("the guest works, and no page is young");
}

bool act_wss(struct vm *vm, json_t *root)
{
	struct wss w = {.vm = vm, .pages = vm->data[0]->pages + vm->data[1]->pages};
	bool ok = frame_set_open(&w.young, vm->machine.size) && watch(&w) && finish(&w, root);

	if (ok && vm->options->svg)
		ok = picture_heat(vm->options->svg, "pages touched: time goes down, addresses go right", w.heat, INTERVALS,
				  COLUMNS);
	frame_set_close(&w.young);
	return ok;
}
