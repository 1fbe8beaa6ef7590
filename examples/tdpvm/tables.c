/* SPDX-License-Identifier: BSD-2-Clause */
#include "tables.h"
#include "problem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool tables_open(struct tables *t, uint8_t *ram, uint64_t base, unsigned count)
{
	*t = (struct tables){.ram = ram, .base = base, .count = count};
	pthread_mutex_init(&t->lock, NULL);
	t->list = calloc(count, sizeof(*t->list));
	t->taken = calloc(count, sizeof(*t->taken));
	if (!t->list || !t->taken)
		return problem("out of memory");
	for (unsigned i = 0; i < count; i++)
		t->list[i] = count - 1 - i;
	return true;
}

void tables_close(struct tables *t)
{
	if (!t->list)
		return;
	pthread_mutex_destroy(&t->lock);
	free(t->list);
	free(t->taken);
	*t = (struct tables){0};
}

bool tables_take(struct tables *t, struct tdp_table *out)
{
	bool some;

	pthread_mutex_lock(&t->lock);
	some = t->out < t->count;
	if (some) {
		unsigned number = t->list[t->count - ++t->out];
		uint64_t hpa = t->base + number * 4096ull;

		t->taken[number] = true;
		*out = (struct tdp_table){.va = t->ram + hpa, .hpa = hpa};
	}
	pthread_mutex_unlock(&t->lock);
	return some;
}

void tables_give(struct tables *t, const struct tdp_table *table)
{
	uint64_t number = (table->hpa - t->base) / 4096;

	pthread_mutex_lock(&t->lock);
	if (table->hpa < t->base || table->hpa % 4096 || number >= t->count || !t->taken[number]) {
		problem("table %#" PRIx64 " was freed but is not in use", table->hpa);
	} else {
		memset(t->ram + table->hpa, 0xff, 4096);
		t->taken[number] = false;
		t->list[t->count - t->out--] = (unsigned)number;
	}
	pthread_mutex_unlock(&t->lock);
}

unsigned tables_out(struct tables *t)
{
	pthread_mutex_lock(&t->lock);
	unsigned out = t->out;
	pthread_mutex_unlock(&t->lock);
	return out;
}
