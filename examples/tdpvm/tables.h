/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory for page tables: an area at the top of guest memory, handed out page by page. May be used from any thread. */
#ifndef TDPVM_TABLES_H
#define TDPVM_TABLES_H

#include <pthread.h>

#include <tdpmmu/tdpmmu.h>

struct tables {
	pthread_mutex_t lock;
	uint8_t *ram;	/* guest memory */
	uint64_t base;	/* where the area starts */
	unsigned count; /* pages in it */
	unsigned out;	/* handed out now */
	unsigned *list; /* those that are not, as a stack of count - out numbers */
	bool *taken;	/* by number: handed out */
};

/* Use [base, base + count pages) of ram. */
bool tables_open(struct tables *tables, uint8_t *ram, uint64_t base, unsigned count);
void tables_close(struct tables *tables);

/* Hand out a table; false: none left. */
bool tables_take(struct tables *tables, struct tdp_table *out);

/* Take a table back. It is filled with ones: whoever still walks it meets reserved bits and gets a fault that says so. */
void tables_give(struct tables *tables, const struct tdp_table *table);

/* How many tables are handed out and were not given back. */
unsigned tables_out(struct tables *tables);

#endif
