/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random calls on a trial.
 */
#ifndef RANDOM_RANDOM_H
#define RANDOM_RANDOM_H

#include "trial.h"

/* So many steps (a step is one call, or a few accesses of the guest), with the whole world compared now and then; ends early on failure. */
void random_run(struct trial *t, unsigned steps);

/* ---- pick.c: what to ask for ---- */

struct range {
	tdp_gpa_t gpa;
	uint64_t size;
};

/* A range of cells, mostly around boundaries between entries of upper levels. cold: it may hold cold cells. */
struct range pick_range(struct trial *t, bool cold);
/* A single page's address. */
tdp_gpa_t pick_page(struct trial *t);
/* Mostly plain ones, sometimes such as no format can say. */
struct tdp_attrs pick_attrs(struct trial *t);
/* Memory for a range: the same for the same gpa more often than not; cold memory fit for huge leaves. */
tdp_hpa_t pick_hpa(struct trial *t, tdp_gpa_t gpa, bool cold);
/* A request without anything particular: gather and tables are picked. */
struct request pick_request(struct trial *t, enum request_what what, bool cold);
/* Cuts a range into pieces for map_from. */
void pick_pieces(struct trial *t, struct request *q, bool cold);
/* Collections, and what gives them back. */
struct request pick_arm(struct trial *t);
struct request pick_arm_mask(struct trial *t);
struct request pick_restore(struct trial *t);
/* Spoils one of their arguments. */
void pick_wrong_pages(struct trial *t, struct request *q);
/* Spoils one argument. */
void pick_wrong(struct trial *t, struct request *q);

#endif
