/* SPDX-License-Identifier: BSD-2-Clause */
/* Acts: the guest works without an end while the host shows one thing. Here is what they share. */
#ifndef TDPVM_ACT_H
#define TDPVM_ACT_H

#include <jansson.h>

#include "log.h"
#include "vm.h"

/* Run the act that the options name; the program's exit status. */
int act_main(const struct options *options);

/* How an act ends: it fills the object, prints for a human unless --json was given, and says whether all is well. */
typedef bool (*act_fn)(struct vm *vm, json_t *root);
bool act_dirty(struct vm *vm, json_t *root);
bool act_promote_or_zap(struct vm *vm, json_t *root);
bool act_split_or_fault(struct vm *vm, json_t *root);
bool act_wss(struct vm *vm, json_t *root);

enum {
	PHASE_MS = 300 /* the guest is watched at least so long */
};

/* What something cost. */
struct phase {
	double seconds;
	double work;	  /* pages that the guest visited per second, in PHASE_MS or more from the start */
	uint64_t faults;  /* of the guest, in that time */
	uint64_t slow;	  /* of these: resolved by tdp_fault() */
	uint64_t flushes; /* in that time */
};

/* act_phase.c: do something while the guest works, and say what it cost. */
bool act_measure(struct vm *vm, bool (*what)(struct vm *vm, void *arg), void *arg, struct phase *phase);

/* Let the guest work until this is so, checked each millisecond; false: it is not within a minute, or the guest met a problem. what: "touch all ..." */
bool act_until(struct vm *vm, bool (*done)(struct vm *vm), const char *what);

/* Members of an object: faults_NAME, flushes_NAME, guest_pages_per_second_NAME. */
void act_put_phase(json_t *object, const char *name, const struct phase *phase);
/* Two phases side by side, under these headings, for a human; before: how fast the guest was, before what. */
void act_print_phases(const char *const heading[2], const struct phase *a, const struct phase *b, double before, const char *what);

/* Let the guest work, and say how fast it is. */
bool act_settle(struct vm *vm, unsigned milliseconds, double *work);

/* Begin or cease to log writes. */
bool act_log(struct vm *vm, bool on);

/* Split, or promote, all data. */
bool act_split(struct vm *vm, struct tdp_stats *stats);
bool act_promote(struct vm *vm, struct tdp_stats *stats);

/* Blocks of 2 MiB that the data has. */
uint64_t act_blocks(const struct vm *vm);

/* Pages that the guest has visited so far. */
uint64_t act_work(const struct vm *vm);

/* Counters of all vCPUs' callers and of main()'s. */
struct stats act_stats(const struct vm *vm);

/* Let the guest run for a while. false: it met a problem. */
bool act_wait(struct vm *vm, unsigned milliseconds);

/* Make a member of an object. */
void act_put_number(json_t *object, const char *name, uint64_t value);
void act_put_real(json_t *object, const char *name, double value);
void act_put_bool(json_t *object, const char *name, bool value);

#endif
