/* SPDX-License-Identifier: BSD-2-Clause */
/* What happened; see report.h. */
#include "report.h"

#include "memory.h"
#include "options.h"
#include "tree.h"

struct report report;

static void say_moves(void)
{
	const struct report *r = &report;

	say("[hv] moves    %lu: %lu in place, %lu unmapped and faulted in again", r->moves, r->replaced, r->zapped);
	if (options.huge)
		say("; 2 MiB: %lu moved whole, %lu brought together", r->blocks, r->homes);
	say("\n");
	if (options.huge)
		say("[hv] 2 MiB    %lu split, %lu promoted\n", r->split, r->promoted);
}

static const char *mode_name(void)
{
	if (options.migrate)
		return options.dirty ? "migrate,dirty" : "migrate";
	return options.dirty ? "dirty" : "plain";
}

static void say_counts(void)
{
	const struct report *r = &report;

	say("\n[hv] mode     %s: %u levels, %s pages, %d processor(s), log by %s\n", mode_name(), options.levels,
	    options.huge ? "2 MiB and 4 KiB" : "4 KiB", options.second ? 2 : 1, options.by_flag ? "D flag" : "write protection");
	say("[hv] guest    %lu checks ok, %lu failed\n", r->guest_ok, r->guest_bad);
	say("[hv] faults   %lu: %lu mapped (%lu pages for the first time), %lu opened, %lu of them spurious, %lu devices, %lu in "
	    "page walks\n",
	    r->faults, r->mapped, r->pages, r->fast, r->spurious, r->devices, r->table_walks);
	say("[hv] exits    %lu; %lu events interrupted, %lu times all unmapped before one, %lu NMIs\n", r->exits, r->interrupted,
	    r->forgotten, r->nmis);
	if (options.migrate)
		say_moves();
	say("[hv] flushes  %lu, %lu of them by kicking the other processor\n", r->flushes, r->kicks);
	if (options.dirty)
		say("[hv] logs     %lu in %lu rounds: %lu pages logged, %lu of them as before; told of %lu by the guest; %lu "
		    "missed\n",
		    r->logs, r->rounds, r->logged, r->logged_same, r->told, r->missed);
}

/* A run that did not do what it is for proves nothing. */
static bool did_its_work(void)
{
	if (options.migrate && (report.replaced == 0 || report.zapped == 0))
		return false;
	if (options.dirty && (report.logs == 0 || report.logged == 0 || report.told == 0))
		return false;
	return report.guest_ok > 0 && report.forgotten > 0 && report.interrupted >= report.forgotten;
}

_Noreturn void report_end(void)
{
	const uint64_t spoilt = frames_spoilt() + frames_spoilt_now();

	tree_verify();
	say_counts();
	say("[hv] frames   %lu written to while they were spare\n", spoilt);
	if (report.guest_bad)
		machine_fail("the guest's checks");
	if (report.missed)
		machine_fail("pages were written and not logged");
	if (report.open_clean)
		machine_fail("pages were open for writing unseen while writes were logged");
	if (spoilt)
		machine_fail("spare frames were written to, through translations that should be gone");
	if (!did_its_work())
		machine_fail("the run did not do what it is for");
	machine_quit(0);
}
