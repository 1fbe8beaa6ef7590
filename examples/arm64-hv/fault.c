/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest touches something that has no translation yet, or one that is closed. A page of its memory is mapped to its frame, a device
 * that it was given is mapped as it is, and anything else ends the machine.
 */
#include "frames.h"
#include "guest.h"
#include "move.h"
#include "pool.h"
#include "stage2.h"
#include "verdict.h"

enum { KIND_MASK = 0x3c, KIND_TRANSLATION = 4, KIND_PERMISSION = 12, KIND_TRANSLATION_BELOW = 0x28, ISS_CACHE = 1 << 8 };

/* What of the machine the guest drives itself: demo.sh gives it a device tree that has no more. */
static const struct device {
	uint64_t gpa, size;
	const char *name;
} devices[] = {
	{0x08000000, 0x10000, "interrupt distributor"},
	{0x080a0000, 0xf60000, "interrupt redistributors"},
	{0x09000000, 0x1000, "UART"},
	{0x09010000, 0x1000, "clock"},
};

struct guest_counts guest_counts;
static uint32_t fault_flags;
static uint8_t fault_level;

void guest_fault_flags(uint32_t flags)
{
	__atomic_store_n(&fault_flags, flags, __ATOMIC_RELEASE);
}

void guest_fault_level(unsigned max_level_plus1)
{
	fault_level = (uint8_t)max_level_plus1;
}

static void count(uint64_t *what)
{
	__atomic_fetch_add(what, 1, __ATOMIC_RELAXED);
}

/* What the guest was doing, as the syndrome tells it. */
static uint32_t access_of(const struct vcpu *v)
{
	const bool permission = (v->esr & KIND_MASK) == KIND_PERMISSION;

	if (vcpu_class(v) == EC_INSTRUCTION_ABORT && !(v->esr & ISS_S1PTW))
		return (v->pstate & 0xf) == 0 ? TDP_EXEC_U : TDP_EXEC_S;
	/* The walk of the guest's own tables reads, and writes if hardware updates flags in them: some CPUs do not say so. */
	if (v->esr & ISS_S1PTW)
		return permission ? TDP_WRITE : TDP_READ;
	/* Maintenance of caches by address is told as a write, but reads are enough for it. */
	if (v->esr & ISS_CACHE)
		return permission ? TDP_WRITE : TDP_READ;
	return v->esr & ISS_WRITE ? TDP_WRITE : TDP_READ;
}

static void give_up(const struct vcpu *v, uint64_t gpa, const char *why)
{
	say("\n[hv] guest CPU %u at %x: %s of %x, %s (ESR %x)\n", (uint64_t)this_cpu(), v->pc,
	    access_of(v) & TDP_WRITE  ? "write"
	    : access_of(v) & TDP_READ ? "read"
				      : "execution",
	    gpa, why, v->esr);
	quit(VERDICT_OUTSIDE);
}

/* Another CPU is at work there, or was here first: the guest tries again. */
static bool later(enum tdp_result r)
{
	return r == TDP_SPURIOUS || r == TDP_RACE || r == TDP_BUSY;
}

/* What backs a page: itself if pages move, all of the guest's memory if they stay where they are. */
static struct tdp_fault fault_at(uint64_t gpa, uint32_t access)
{
	struct tdp_fault f = {.gpa = gpa, .access = access, .backing = {.attrs = {.prot = TDP_RWX, .memtype = TDP_MT_WB}}};

	if (fault_level == 1) {
		f.base = gpa & ~(uint64_t)(PAGE_SIZE - 1);
		f.backing.hpa = frames_of((f.base - GUEST_BASE) / PAGE_SIZE);
		f.backing.size = PAGE_SIZE;
	} else {
		f.base = GUEST_BASE;
		f.backing.hpa = HOST_BASE;
		f.backing.size = frames_pages() * PAGE_SIZE;
	}
	return f;
}

static void memory(const struct vcpu *v, uint64_t gpa)
{
	const uint64_t page = (gpa - GUEST_BASE) / PAGE_SIZE;
	const uint32_t flags = __atomic_load_n(&fault_flags, __ATOMIC_ACQUIRE);
	struct tdp_op op = {.flags = flags};
	enum tdp_result r = TDP_ABSENT;
	struct tdp_fault f;

	/* Something is there: most likely a bit in the entry is all that is wanted. */
	if ((v->esr & KIND_MASK) > KIND_TRANSLATION && (v->esr & KIND_MASK) < KIND_TRANSLATION_BELOW)
		r = tdp_fault_fast(&stage2, gpa, access_of(v), &op);
	if (r == TDP_OK) {
		count(&guest_counts.opened);
		return;
	}
	if (r == TDP_ABSENT) {
		op = (struct tdp_op){.flags = flags, .max_level_plus1 = fault_level, .cache = pool_cache(TDP_FAULT_TABLES)};
		/* The frame must not change between the look at it and the entry. */
		frames_lock(page);
		f = fault_at(gpa, access_of(v));
		r = tdp_fault(&stage2, &f, &op);
		frames_unlock(page);
	}
	if (later(r)) {
		count(&guest_counts.again);
		return;
	}
	MUST(r);
	count(&guest_counts.memory);
	move_after_fault();
}

static bool device(uint64_t gpa)
{
	const struct tdp_attrs attrs = {.prot = TDP_RW, .memtype = TDP_MT_DEVICE_STRICT};
	const uint64_t page = gpa & ~(uint64_t)(PAGE_SIZE - 1);
	struct tdp_op op = {.cache = pool_cache(TDP_FAULT_TABLES)};

	for (unsigned i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		if (page < devices[i].gpa || page - devices[i].gpa >= devices[i].size)
			continue;
		MUST(tdp_map(&stage2, page, PAGE_SIZE, page, attrs, &op));
		count(&guest_counts.devices);
		return true;
	}
	return false;
}

void guest_abort(struct vcpu *v)
{
	const uint64_t page = (v->hpfar & ~UINT64_C(0xf)) << 8;
	/* FAR_EL2 is the guest's own address: of it only the offset in the page is ours, and in a walk not even that. */
	const uint64_t gpa = v->esr & ISS_S1PTW ? page : page | (v->far & (PAGE_SIZE - 1));
	const unsigned kind = (unsigned)v->esr & KIND_MASK;

	if (kind != KIND_PERMISSION && kind != KIND_TRANSLATION && kind != 8 && kind != KIND_TRANSLATION_BELOW)
		give_up(v, gpa, "an abort that no translation resolves");
	if (frames_is_guest_memory(gpa))
		memory(v, gpa);
	else if (kind == KIND_PERMISSION || !device(gpa))
		give_up(v, gpa, "which it was not given");
}
