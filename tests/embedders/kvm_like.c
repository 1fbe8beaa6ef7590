/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An x86 VMM in the manner of a kernel: faults under a read lock with an invalidation sequence, notifiers, dirty logging, two address
 * spaces (SMM), fast zap of a whole VM.
 */
#include <tdpmmu/tdpmmu.h>

struct vm {
	struct tdp_roots roots;
	unsigned long seq;
	int in_progress;
};

struct vcpu {
	struct vm *vm;
	struct tdp_tree *root;
	struct tdp_cache tables;
	struct tdp_prev prev;
	struct tdp_role role[2];
	bool smm;
};

/* What hooks learn about a call: the vCPU, NULL if there is none, and how the lock is held. */
struct who {
	struct vcpu *vcpu;
	bool read_locked;
};

void ring_push(struct vcpu *vcpu, tdp_gpa_t gpa, uint64_t size);
void flush_remote(struct vm *vm, const struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size);
bool contended(struct vm *vm, bool read_locked);
void resched_lock(struct vm *vm, bool read_locked);
bool slot_lookup(struct vm *vm, bool smm, tdp_gpa_t gpa, struct tdp_fault *fault, uint32_t *flags);
bool range_retry(struct vm *vm, unsigned long seq, tdp_gpa_t gpa);
void read_lock(struct vm *vm);
void read_unlock(struct vm *vm);
void write_lock(struct vm *vm);
void write_unlock(struct vm *vm);
void kick_all(struct vm *vm);
int page_fault(struct vcpu *vcpu, tdp_gpa_t gpa, enum tdp_access access);
void notifier_invalidate(struct vm *vm, tdp_gpa_t gpa, uint64_t size, bool may_block);
void clear_log(struct vm *vm, tdp_gpa_t gpa, uint64_t mask);
int switch_smm(struct vcpu *vcpu, bool smm);
int fast_zap(struct vm *vm);
bool any_young(struct vm *vm, tdp_gpa_t gpa, uint64_t size);

/* user may be NULL or without a vCPU: a zap found the page dirty. */
static void dirty(void *ctx, void *user, tdp_gpa_t gpa, uint64_t size)
{
	const struct who *who = user;

	(void)ctx;
	ring_push(who ? who->vcpu : NULL, gpa, size);
}

static void flush(void *ctx, void *user, const struct tdp_flush *f)
{
	(void)user;
	flush_remote(ctx, f->tree, f->gpa, f->size);
}

static bool should_yield(void *ctx, void *user)
{
	const struct who *who = user;

	return contended(ctx, who->read_locked);
}

static void yield(void *ctx, void *user)
{
	const struct who *who = user;

	resched_lock(ctx, who->read_locked);
}

static const struct tdp_mm_ops kernel_ops = {
	.size = sizeof(kernel_ops), .flush = flush, .dirty = dirty, .should_yield = should_yield, .yield = yield};

/* 0: enter the guest again; 1: emulate; -1: error. */
int page_fault(struct vcpu *vcpu, tdp_gpa_t gpa, enum tdp_access access)
{
	struct who who = {vcpu, true};
	struct tdp_op op = {.cache = &vcpu->tables, .user = &who};
	struct tdp_fault fault = {.gpa = gpa, .access = access};
	uint32_t flags = 0;
	unsigned long seq;
	enum tdp_result result = tdp_fault_fast(vcpu->root, gpa, access, &op);

	if (result >= 0)
		return 0;
	if (result == TDP_PROTECTED)
		return 1;
	if (tdp_cache_fill(&vcpu->tables, TDP_FAULT_TABLES, &kernel_ops, vcpu->vm, &who) < 0)
		return -1;
	seq = __atomic_load_n(&vcpu->vm->seq, __ATOMIC_ACQUIRE);
	if (!slot_lookup(vcpu->vm, vcpu->smm, gpa, &fault, &flags))
		return 1;
	op.flags |= flags;
	read_lock(vcpu->vm);
	/* A fault never yields and never allocates: the check stays true until the entry is in. */
	if (range_retry(vcpu->vm, seq, gpa) || !tdp_roots_is_valid(vcpu->root))
		result = TDP_RACE;
	else
		result = tdp_fault(vcpu->root, &fault, &op);
	read_unlock(vcpu->vm);
	switch (result) {
	case TDP_OK:
	case TDP_SPURIOUS:
	case TDP_RACE:
	case TDP_BUSY:
		return 0;
	case TDP_PROTECTED:
		return 1;
	default:
		return -1;
	}
}

struct range {
	tdp_gpa_t gpa;
	uint64_t size, mask;
};

static enum tdp_result zap_one(struct tdp_tree *tree, void *arg, struct tdp_op *op)
{
	const struct range *range = arg;

	return tdp_zap(tree, range->gpa, range->size, op);
}

static enum tdp_result arm_one(struct tdp_tree *tree, void *arg, struct tdp_op *op)
{
	const struct range *range = arg;

	return tdp_dirty_arm_mask(tree, range->gpa, range->mask, NULL, op);
}

static enum tdp_result age_one(struct tdp_tree *tree, void *arg, struct tdp_op *op)
{
	const struct range *range = arg;

	return tdp_age(tree, range->gpa, range->size, true, NULL, op);
}

/* One flush for both address spaces, before the lock is dropped. */
void notifier_invalidate(struct vm *vm, tdp_gpa_t gpa, uint64_t size, bool may_block)
{
	static const struct tdp_filter every = {.invalid = TDP_WITH_INVALID};
	struct who who = {NULL, false};
	struct tdp_gather gather = {{0}};
	struct range range = {gpa, size, 0};
	struct tdp_op op = {.flags = TDP_OVERZAP, .gather = &gather, .user = &who};

	if (may_block)
		op.flags |= TDP_MAY_YIELD;
	write_lock(vm);
	vm->in_progress++;
	if (tdp_roots_each(&vm->roots, &every, zap_one, &range, &op) < 0)
		__builtin_trap();
	tdp_gather_flush(&gather, &who);
	write_unlock(vm);
}

/* Here the flush may wait until the lock is dropped: a late write is only logged in the next round. */
void clear_log(struct vm *vm, tdp_gpa_t gpa, uint64_t mask)
{
	struct tdp_gather gather = {{0}};
	struct range range = {gpa, 0, mask};
	struct tdp_op op = {.gather = &gather};

	write_lock(vm);
	if (tdp_roots_each(&vm->roots, NULL, arm_one, &range, &op) < 0)
		__builtin_trap();
	write_unlock(vm);
	tdp_gather_flush(&gather, NULL);
}

int switch_smm(struct vcpu *vcpu, bool smm)
{
	vcpu->smm = smm;
	return tdp_prev_switch(&vcpu->prev, &vcpu->vm->roots, &vcpu->role[smm], smm, &vcpu->root) < 0 ? -1 : 0;
}

int fast_zap(struct vm *vm)
{
	struct tdp_op op = {.flags = TDP_MAY_YIELD};

	write_lock(vm);
	tdp_roots_invalidate(&vm->roots, NULL);
	write_unlock(vm);
	kick_all(vm);
	return tdp_roots_reap(&vm->roots, &op) < 0 ? -1 : 0;
}

bool any_young(struct vm *vm, tdp_gpa_t gpa, uint64_t size)
{
	struct range range = {gpa, size, 0};
	struct tdp_op op = {0};

	return tdp_roots_each(&vm->roots, NULL, age_one, &range, &op) >= 0 && op.changed != 0;
}
