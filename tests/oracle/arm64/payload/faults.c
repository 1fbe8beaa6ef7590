/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a guest's access does to an entry in some state: which exception comes, if one does, how ESR_EL2, FAR_EL2 and HPFAR_EL2 tell of it,
 * and what the library makes of it. Every access at every level of leaf, for all permissions, in all states, by EL1 and by EL0.
 *
 * Words: soft or hardware, who manages Accessed and Dirty. The machine's exit status: 0 if all was as the manual says, 1 if not.
 */
#include "space.h"

enum { PAGE = 4096, RET = 0xd65f03c0, RET_OFFSET = 0x800, STATUS_WRONG = 1, SHOWN = 10 };
enum { STATUS_TRANSLATION = 4, STATUS_ACCESS_FLAG = 8, STATUS_PERMISSION = 12, STATUS_NONE = 0xff };
#define GUEST_BASE UINT64_C(0x8000000000)
#define HOST_BASE  UINT64_C(0x40000000)
#define HOST_DATA  UINT64_C(0x60000000) /* a 2 MiB border in the gigabyte of HOST_BASE */
#define VALUE	   UINT64_C(0x1122334455667788)

extern char guest_load_el1[], guest_store_el1[], guest_call_el1[];
extern char guest_load_el0[], guest_store_el0[], guest_call_el0[];

/* How an entry comes to be before the access. */
enum state { ABSENT, MAPPED, PREFETCHED, AGED, ARMED, PROTECTED, STATES };
static const char *const state_names[] = {"absent", "mapped", "prefetched", "aged", "armed", "protected"};

struct probe {
	unsigned level, prot;
	enum state state;
	enum tdp_access access;
	bool user;
	tdp_gpa_t gpa; /* of the access */
};

/* What came of one access. */
struct outcome {
	unsigned faults;
	unsigned status;	/* of the first fault: ISS.DFSC or IFSC */
	bool told_right;	/* class, direction, addresses; and what was refused did not take place */
	enum tdp_result answer; /* the library's to the last fault; TDP_OK without one */
	bool done;		/* the access took place in the end */
};

static struct space space;
static struct vcpu vcpu;
static bool hardware;
static uint64_t queries, mismatches;

static uint64_t leaf_size(unsigned level)
{
	return tdp_level_size(&space.layout, level);
}

/* Where the memory behind an address lies; every level maps the same few pages, each by a leaf of its own size. */
static tdp_hpa_t host_of(const struct probe *p)
{
	return p->level == 2 ? HOST_BASE : HOST_DATA;
}

static tdp_gpa_t leaf_of(const struct probe *p)
{
	return p->gpa & ~(leaf_size(p->level) - 1);
}

/* Maps and changes the leaf until it is in its state. */
static void prepare(const struct probe *p)
{
	const struct tdp_attrs attrs = {.prot = (uint8_t)p->prot, .memtype = TDP_MT_WB};
	const tdp_gpa_t gpa = leaf_of(p);
	const uint64_t size = leaf_size(p->level);
	struct tdp_op op = {.max_level_plus1 = (uint8_t)(p->level + 1)};

	MUST(tdp_zap(&space.tree, GUEST_BASE, UINT64_C(1) << 32, NULL));
	if (p->state == ABSENT)
		return;
	op.flags = p->state == PREFETCHED ? TDP_PREFETCH : 0;
	MUST(tdp_map(&space.tree, gpa, size, host_of(p), attrs, &op));
	if (p->state == AGED) {
		MUST(tdp_age(&space.tree, gpa, size, true, NULL, NULL));
		TLB_INVALIDATE("vmalls12e1is"); /* aging owes no flush: what is cached stays young */
		BARRIER("dsb ish");
	}
	if (p->state == ARMED)
		MUST(tdp_dirty_arm(&space.tree, gpa, size, NULL, NULL));
	if (p->state == PROTECTED)
		MUST(tdp_protect(&space.tree, gpa, size, NULL));
}

/* What the guest tried, out of the syndrome alone. */
static enum tdp_access access_of_syndrome(void)
{
	if (vcpu_class(&vcpu) == EC_INSTRUCTION_ABORT)
		return (vcpu.pstate & 0xf) == 0 ? TDP_EXEC_U : TDP_EXEC_S;
	return vcpu.esr & ISS_WRITE ? TDP_WRITE : TDP_READ;
}

/* As a hypervisor does: the quick way, then the other one. */
static enum tdp_result resolve(const struct probe *p, enum tdp_access access)
{
	const tdp_gpa_t base = leaf_of(p);
	const struct tdp_fault fault = {
		.gpa = vcpu_ipa(&vcpu),
		.base = base,
		.backing = {.hpa = host_of(p), .size = leaf_size(p->level), .attrs = {.prot = (uint8_t)p->prot}},
		.access = access,
	};
	struct tdp_op op = {.max_level_plus1 = (uint8_t)(p->level + 1)};
	enum tdp_result r = tdp_fault_fast(&space.tree, vcpu_ipa(&vcpu), access, NULL);

	return r == TDP_ABSENT ? tdp_fault(&space.tree, &fault, &op) : r;
}

static struct outcome run(const struct probe *p)
{
	static char *const code[2][3] = {{guest_load_el1, guest_store_el1, guest_call_el1},
					 {guest_load_el0, guest_store_el0, guest_call_el0}};
	const unsigned what = p->access == TDP_READ ? 0 : p->access == TDP_WRITE ? 1 : 2;
	struct outcome o = {.status = STATUS_NONE, .told_right = true};

	vcpu.pc = (uint64_t)code[p->user][what];
	vcpu.pstate = p->user ? PSTATE_EL0 : PSTATE_EL1;
	vcpu.x[0] = p->gpa;
	vcpu.x[1] = p->access == TDP_WRITE ? VALUE : ~VALUE;
	for (guest_enter(&vcpu); vcpu_class(&vcpu) != EC_HVC; guest_enter(&vcpu)) {
		const enum tdp_access told = access_of_syndrome();

		if (o.faults++ == 0)
			o.status = vcpu.esr & ISS_STATUS;
		o.told_right = o.told_right && told == p->access && !(vcpu.esr & ISS_S1PTW) && vcpu.far == p->gpa &&
			       (vcpu.hpfar & ~UINT64_C(0xf)) << 8 == (p->gpa & ~UINT64_C(0xfff));
		o.answer = resolve(p, told);
		if (o.answer < 0 || o.faults > 3)
			return o;
	}
	o.done = p->access == TDP_READ ? vcpu.x[1] == VALUE : p->access != TDP_WRITE || *(volatile uint64_t *)HOST_DATA == VALUE;
	return o;
}

/* The manual's and the contract's answer: at most one fault, and what is granted takes place. */
static struct outcome expect(const struct probe *p)
{
	const bool granted = (p->prot & p->access) != 0;
	struct outcome o = {.status = STATUS_NONE, .told_right = true, .done = granted};

	if (p->state == ABSENT)
		o.status = STATUS_TRANSLATION + 1; /* everything below the table of L1 is gone: the entry at L1 is empty */
	else if (!hardware && (p->state == PREFETCHED || p->state == AGED))
		o.status = STATUS_ACCESS_FLAG + 3 - p->level;
	else if (!granted || (p->access == TDP_WRITE && (p->state == PROTECTED || (p->state == ARMED && !hardware))))
		o.status = STATUS_PERMISSION + 3 - p->level;
	if (granted && p->access == TDP_WRITE && p->state == PROTECTED)
		o.done = false;
	o.answer = o.done ? TDP_OK : TDP_PROTECTED;
	o.faults = o.status != STATUS_NONE;
	return o;
}

static void show(const char *who, const struct outcome *o)
{
	say("  %s: faults %u status %x told %s answer %s done %u\n", who, (uint64_t)o->faults, (uint64_t)o->status,
	    o->told_right ? "right" : "wrong", tdp_result_name((int)o->answer), (uint64_t)o->done);
}

static void try(const struct probe *p)
{
	const struct outcome wanted = expect(p);
	struct tdp_mapping m;
	struct outcome got;
	bool dirty;

	prepare(p);
	*(volatile uint64_t *)HOST_DATA = p->access == TDP_WRITE ? ~VALUE : VALUE;
	*(volatile uint32_t *)(HOST_DATA + RET_OFFSET) = RET;
	got = run(p);
	got.told_right = got.told_right && (got.done || p->access != TDP_WRITE || *(volatile uint64_t *)HOST_DATA == ~VALUE);
	dirty = tdp_lookup(&space.tree, p->gpa, &m, NULL) == TDP_OK && m.entry.accessed && m.entry.dirty;
	queries++;
	if (got.faults == wanted.faults && got.status == wanted.status && got.told_right && got.answer == wanted.answer &&
	    got.done == wanted.done && (p->access != TDP_WRITE || !got.done || dirty))
		return;
	if (mismatches++ >= SHOWN)
		return;
	say("level %u prot %x %s access %x by EL%u dirty %u:\n", (uint64_t)p->level, (uint64_t)p->prot, state_names[p->state],
	    (uint64_t)p->access, (uint64_t)!p->user, (uint64_t)dirty);
	show("wanted", &wanted);
	show("got", &got);
}

/* Leaf addresses whose memory behind is HOST_DATA, where the value and the RET are. */
static tdp_gpa_t address(unsigned level, enum tdp_access access)
{
	const tdp_gpa_t in_leaf = level == 2 ? HOST_DATA - HOST_BASE : 0;

	return GUEST_BASE + in_leaf + (access & TDP_X ? RET_OFFSET : 0);
}

static void try_all(void)
{
	static const uint8_t prots[] = {TDP_R, TDP_RW,	       TDP_RX,		TDP_RWX, TDP_W,
					TDP_X, TDP_R | TDP_XS, TDP_RW | TDP_XU, TDP_XS,	 TDP_XU};
	static const uint8_t accesses[] = {TDP_READ, TDP_WRITE, TDP_EXEC_S, TDP_EXEC_U};
	struct probe p;

	for (p.level = 0; p.level < 3; p.level++) {
		for (unsigned i = 0; i < sizeof(prots) * STATES; i++) {
			p.prot = prots[i / STATES];
			p.state = (enum state)(i % STATES);
			for (unsigned k = 0; k < sizeof(accesses) * 2; k++) {
				p.access = (enum tdp_access)accesses[k / 2];
				p.user = k % 2;
				p.gpa = address(p.level, p.access);
				if (p.access == (p.user ? TDP_EXEC_S : TDP_EXEC_U))
					continue;
				try(&p);
			}
		}
	}
}

void el2_main(void)
{
	hardware = argument(1)[0] == 'h';
	space_init(&space, 40, hardware ? SPACE_HW_DIRTY : 0);
	space_map_code(&space);
	space_load(&space);
	try_all();
	say("queries=%u mismatches=%u\n", queries, mismatches);
	quit(mismatches ? STATUS_WRONG : 0);
}
