/* SPDX-License-Identifier: BSD-2-Clause */
#include "bare.h"

#include "flush.h"
#include "pool.h"
#include "rcu.h"
#include "stage2.h"
#include "verdict.h"
#include "witness.h"

enum { IPA_BITS = 40, TABLES = 64, MAP_TABLES = 8 };
#define MEMORY UINT64_C(0x48000000) /* ends the hypervisor's own */

static void (*job)(void);
static uint64_t jobs_begun, jobs_done;

void bare_map(uint64_t gpa, uint64_t size, uint64_t hpa, unsigned prot)
{
	const struct tdp_attrs attrs = {.prot = (uint8_t)prot, .memtype = TDP_MT_WB};
	struct tdp_op op = {.cache = pool_cache(MAP_TABLES)};

	MUST(tdp_map(&stage2, gpa, size, hpa, attrs, &op));
}

void bare_clear(void)
{
	MUST(tdp_zap(&stage2, 0, UINT64_C(1) << IPA_BITS, NULL));
	rcu.barrier(NULL); /* the tables that went are back in the pool */
	bare_map((uint64_t)guest_code, PAGE, (uint64_t)guest_code, TDP_RX);
	bare_map(CONTROL, PAGE, CONTROL, TDP_RW);
}

bool bare_open(const struct vcpu *v)
{
	const uint32_t access = v->esr & ISS_WRITE ? TDP_WRITE : TDP_READ;
	const uint64_t gpa = v->esr & ISS_S1PTW ? (v->hpfar & ~UINT64_C(0xf)) << 8 : vcpu_ipa(v);
	enum tdp_result r;

	if (vcpu_class(v) != EC_DATA_ABORT)
		return false;
	r = tdp_fault_fast(&stage2, gpa, access, NULL);
	return r >= 0 || r == TDP_RACE || r == TDP_BUSY;
}

uint64_t bare_get(uint64_t address)
{
	return __atomic_load_n((uint64_t *)address, __ATOMIC_ACQUIRE);
}

void bare_set(uint64_t address, uint64_t value)
{
	__atomic_store_n((uint64_t *)address, value, __ATOMIC_RELEASE);
}

/* Once for each CPU that has a guest. */
static void load(void)
{
	REG_WRITE(vbar_el1, guest_vectors);
	stage2_load(0);
}

static void cpu1(void)
{
	load();
	for (;;) {
		while (__atomic_load_n(&jobs_begun, __ATOMIC_ACQUIRE) == jobs_done)
			BARRIER("yield");
		job();
		__atomic_store_n(&jobs_done, jobs_done + 1, __ATOMIC_RELEASE);
	}
}

void bare_start(void (*what)(void))
{
	job = what;
	__atomic_store_n(&jobs_begun, jobs_begun + 1, __ATOMIC_RELEASE);
}

void bare_wait(void)
{
	while (__atomic_load_n(&jobs_done, __ATOMIC_ACQUIRE) != jobs_begun)
		BARRIER("yield");
}

void el2_main(void)
{
	const struct stage2_wish wish = {.ipa_bits = IPA_BITS, .tables = TABLES};
	bool well;

	witness_begin("");
	pool_memory(MEMORY);
	stage2_init(&wish);
	stage2_describe();
	bare_clear();
	load();
	if (!start_cpu(1, cpu1)) {
		say("[hv] CPU 1 is missing\n");
		quit(VERDICT_INPUT);
	}
	well = matrix_show();
	well = stale_show() && well;
	well = race_show() && well;
	say("[hv] verdict: %s\n", well ? "ok" : "WRONG");
	quit(well ? VERDICT_OK : VERDICT_WRONG);
}
