/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of address ranges, and growing arrays.
 */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>

void *array_room(void *array, unsigned count, unsigned *room, size_t element)
{
	if (count < *room)
		return array;
	*room = *room ? 2 * *room : 64;
	array = realloc(array, *room * element);
	if (!array) {
		perror("referee: realloc");
		abort();
	}
	return array;
}

void ranges_add(struct range_list *l, uint64_t start, uint64_t end)
{
	if (l->count && l->range[l->count - 1].end == start) {
		l->range[l->count - 1].end = end;
		return;
	}
	l->range = array_room(l->range, l->count, &l->room, sizeof(*l->range));
	l->range[l->count].start = start;
	l->range[l->count++].end = end;
}

void ranges_remove(struct range_list *l, uint64_t start, uint64_t end)
{
	for (unsigned i = 0; i < l->count;) {
		uint64_t s = l->range[i].start, e = l->range[i].end;

		if (s >= end || e <= start) {
			i++;
			continue;
		}
		l->range[i] = l->range[--l->count];
		if (s < start)
			ranges_add(l, s, start);
		if (e > end)
			ranges_add(l, end, e);
	}
}

bool ranges_touch(const struct range_list *l, uint64_t start, uint64_t end)
{
	for (unsigned i = 0; i < l->count; i++)
		if (l->range[i].start < end && l->range[i].end > start)
			return true;
	return false;
}

bool ranges_cover(const struct range_list *l, uint64_t start, uint64_t end)
{
	for (unsigned i = 0; i < l->count && start < end; i++)
		if (l->range[i].start <= start && l->range[i].end > start) {
			start = l->range[i].end;
			i = UINT32_MAX; /* from the first range again */
		}
	return start >= end;
}
