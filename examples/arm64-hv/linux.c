/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor that boots Linux. QEMU has put kernel, device tree and initramfs where the guest's memory begins on the machine; nothing is
 * mapped when the guest starts, so every page that it uses comes in by a fault.
 */
#include "el2.h"
#include "finish.h"
#include "flush.h"
#include "frames.h"
#include "guest.h"
#include "image.h"
#include "move.h"
#include "options.h"
#include "pool.h"
#include "stage2.h"
#include "unrest.h"
#include "verdict.h"
#include "witness.h"

enum { SPARE_TABLES = 32, LEAST_SPARE = 8 };
#define MIB	 UINT64_C(0x100000)
#define HOST_RAM UINT64_C(0x40000000)

static void check_memory(void)
{
	const uint64_t own = (HOST_BASE - HOST_RAM) / MIB;

	if (options.guest % 2 == 0 && options.guest >= IMAGE_LEAST_MIB && options.memory >= own + options.guest + LEAST_SPARE)
		return;
	say("[hv] too little memory: %u MiB, of which the hypervisor takes %u, the guest %u (an even number, %u at least), and "
	    "spare frames %u\n",
	    options.memory, own, options.guest, (uint64_t)IMAGE_LEAST_MIB, (uint64_t)LEAST_SPARE);
	quit(VERDICT_INPUT);
}

/* One table for each 2 MiB of the guest, those above, and what the CPUs keep in their caches. */
static unsigned tables(void)
{
	return options.tables ? (unsigned)options.tables : (unsigned)(options.guest / 2 + SPARE_TABLES);
}

void el2_main(void)
{
	struct stage2_wish wish;

	options_read();
	check_memory();
	image_check(HOST_BASE, options.guest * MIB);
	omission = options.omission;
	witness_begin(options.defect);
	pool_memory(HOST_BASE);
	wish = (struct stage2_wish){
		.ipa_bits = (unsigned)options.ipa, .tables = tables(), .soft = options.soft, .hardware = options.hardware};
	stage2_init(&wish);
	stage2_describe();
	frames_init(options.guest * MIB_PAGES, HOST_RAM + options.memory * MIB);
	guest_fault_level(options.mode == MODE_MIGRATE || (options.mode == MODE_PLAIN && !options.blocks) ? 1 : 2);
	if (options.mode == MODE_DIRTY)
		dirty_begin();
	say("[hv] Linux on %u CPUs with %u MiB, mode %s, seed %u", options.smp, options.guest, mode_name(options.mode),
	    options.seed);
	if (omission != OMIT_NOTHING)
		say(", left out: %s", omission_name(omission));
	if (options.defect[0])
		say(", with the defect %s", options.defect);
	say("\n");
	finish_start_clock();
	unrest_start();
	guest_run(GUEST_BASE + IMAGE_KERNEL, GUEST_BASE + IMAGE_DTB);
}
