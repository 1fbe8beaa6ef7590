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
