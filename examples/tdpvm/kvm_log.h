/* SPDX-License-Identifier: BSD-2-Clause */
/* KVM's own dirty log of guest memory: the same question, answered by code that is not ours. */
#ifndef TDPVM_KVM_LOG_H
#define TDPVM_KVM_LOG_H

#include "log.h"
#include "machine.h"

/* Switch it on or off. */
bool kvm_log_switch(const struct machine *machine, bool on);

/* Frames that were written since the last call; set has room for all of guest memory. */
bool kvm_log_collect(const struct machine *machine, struct frame_set *set);

#endif
