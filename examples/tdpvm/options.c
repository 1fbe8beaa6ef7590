/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"
#include "guest/abi.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_PAGE = 256, OPT_JSON, OPT_PAYLOAD, OPT_DEVICE, OPT_TIMEOUT, OPT_CHAOS, OPT_RCU, OPT_LOG, OPT_SVG };

enum { CHAOS_SECONDS = 30 };

static const uint64_t mem_min = 16ull << 20, mem_max = 3ull << 30, mem_unit = 2ull << 20;

static const struct argp_option known[] = {
	{"mem", 'm', "SIZE", 0,
	 "Memory of the guest, with K, M or G: 16M to 3G in steps of 2M (default 64M, promote and split 256M)", 0},
	{"vcpus", 'c', "N", 0, "Virtual CPUs, 1 to 8 (default 2)", 0},
	{"page", OPT_PAGE, "4k|2m", 0, "Pages that the guest's data lies in (default 4k)", 0},
	{"chaos", OPT_CHAOS, "SECONDS", OPTION_ARG_OPTIONAL,
	 "Unmap, move and map ranges of any size while the guest runs, for so long (default 30)", 0},
	{"rcu", OPT_RCU, "memb|mb|bp|qsbr", 0, "Flavour of liburcu (default memb)", 0},
	{"json", OPT_JSON, NULL, 0, "Print one JSON object instead of the summary", 0},
	{"verbose", 'v', NULL, 0, "Tell what happens, on stderr", 0},
	{"payload", OPT_PAYLOAD, "FILE", 0, "Run this ELF file as the guest; README.md says what it must do", 0},
	{"timeout", OPT_TIMEOUT, "SECONDS", 0, "Stop a guest that does not end (default 300)", 0},
	{"log", OPT_LOG, "hardware|write-protect", 0, "Acts: how writes are logged (default hardware: by Dirty bits)", 0},
	{"svg", OPT_SVG, "FILE", 0, "Acts dirty and wss: draw a picture into this file", 0},
	{"kvm-device", OPT_DEVICE, "PATH", 0, "Use this instead of /dev/kvm", 0},
	{NULL, 0, NULL, 0, NULL, 0},
};

const char *options_act_name(enum act act)
{
	static const char *const names[] = {"", "dirty", "promote", "split", "wss"};

	return names[act];
}

/* A number in [low, high] with an optional suffix of K, M or G; anything else ends the program. */
static uint64_t number(struct argp_state *state, const char *what, const char *text, bool suffix, uint64_t low, uint64_t high)
{
	static const char units[3] = {'K', 'M', 'G'};
	char *end;

	errno = 0;
	uint64_t value = strtoull(text, &end, 10);
	if (end == text || text[0] == '-' || errno)
		argp_error(state, "%s: '%s' is not a number", what, text);
	if (suffix && *end) {
		const char *unit = memchr(units, *end & ~0x20, 3);
		unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;

		if (!shift || value > UINT64_MAX >> shift)
			argp_error(state, "%s: '%s' is not a size such as 64M", what, text);
		value <<= shift;
		end++;
	}
	if (*end)
		argp_error(state, "%s: '%s' is not a number", what, text);
	if (value < low || value > high)
		argp_error(state, "%s: '%s' is out of range", what, text);
	return value;
}

/* The value of an option that may have one, when it is an argument of its own: taken if it looks like a number. */
static char *next_number(struct argp_state *state)
{
	char *arg = state->next < state->argc ? state->argv[state->next] : NULL;

	if (!arg || *arg < '0' || *arg > '9')
		return NULL;
	state->next++;
	return arg;
}

/* ACT_NONE: there is no act of that name. */
static enum act find_act(const char *name)
{
	for (unsigned i = ACT_DIRTY; i <= ACT_WSS; i++)
		if (!strcmp(name, options_act_name((enum act)i)))
			return (enum act)i;
	return ACT_NONE;
}

/* What does not go together with an act. */
static void check_act(struct argp_state *state, struct options *o)
{
	const bool needs_huge = o->act == ACT_PROMOTE || o->act == ACT_SPLIT;

	if (!o->act)
		return;
	if (o->payload || o->chaos)
		argp_error(state, "--payload and --chaos do not go with '%s'", options_act_name(o->act));
	if (!o->mem_given && needs_huge)
		o->mem = 256 << 20;
	if (!o->page_given)
		o->huge = o->act != ACT_WSS;
	o->write_protect = o->write_protect || o->act == ACT_SPLIT;
	if (needs_huge && !o->huge)
		argp_error(state, "'%s' needs --page 2m", options_act_name(o->act));
}

/* One option. */
static error_t parse_one(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'm':
		o->mem_given = true;
		o->mem = number(state, "--mem", arg, true, mem_min, mem_max);
		if (o->mem % mem_unit)
			argp_error(state, "--mem: '%s' is not a multiple of 2M", arg);
		return 0;
	case 'c':
		o->vcpus = (unsigned)number(state, "--vcpus", arg, false, 1, TDPVM_MAX_VCPUS);
		return 0;
	case OPT_PAGE:
		o->huge = !strcmp(arg, "2m") || !strcmp(arg, "2M");
		if (!o->huge && strcmp(arg, "4k") && strcmp(arg, "4K"))
			argp_error(state, "--page: '%s' is neither 4k nor 2m", arg);
		o->page_given = true;
		return 0;
	case OPT_LOG:
		o->write_protect = !strcmp(arg, "write-protect");
		if (!o->write_protect && strcmp(arg, "hardware"))
			argp_error(state, "--log: '%s' is neither hardware nor write-protect", arg);
		return 0;
	case OPT_SVG:
		o->svg = arg;
		return 0;
	case OPT_JSON:
		o->json = true;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case OPT_PAYLOAD:
		o->payload = arg;
		return 0;
	case OPT_TIMEOUT:
		o->timeout = (unsigned)number(state, "--timeout", arg, false, 1, 86400);
		return 0;
	case OPT_CHAOS:
		if (!arg)
			arg = next_number(state);
		o->chaos = arg ? (unsigned)number(state, "--chaos", arg, false, 1, 86400) : CHAOS_SECONDS;
		return 0;
	case OPT_RCU:
		o->rcu = tdp_urcu_find(arg);
		if (!o->rcu)
			argp_error(state, "--rcu: '%s' is none of memb, mb, bp and qsbr", arg);
		return 0;
	case OPT_DEVICE:
		o->kvm_device = arg;
		return 0;
	case ARGP_KEY_ARG:
		o->act = o->act ? ACT_NONE : find_act(arg);
		if (!o->act)
			argp_error(state, "'%s' is neither an option nor an act", arg);
		return 0;
	case ARGP_KEY_END:
		check_act(state, o);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void options_parse(struct options *options, int argc, char **argv)
{
	static const struct argp parser = {
		.options = known,
		.parser = parse_one,
		.args_doc = "[dirty|promote|split|wss]",
		.doc = "Run a guest on /dev/kvm whose page tables tdpmmu builds, and check every page; or show one thing.\v"
		       "Acts: dirty copies a guest that goes on writing (pre-copy), and compares our log with KVM's; promote ends "
		       "dirty "
		       "logging in place, and by unmapping; split compares splitting ahead with splitting at faults; wss measures "
		       "the "
		       "working set.\n\n"
		       "Exit status: 0 all is well, 1 something is wrong, 2 a mistake on the command line, 77 no usable KVM here.",
	};

	*options = (struct options){.mem = 64 << 20, .vcpus = 2, .timeout = 300, .rcu = &tdp_urcu_memb, .kvm_device = "/dev/kvm"};
	argp_err_exit_status = 2;
	argp_parse(&parser, argc, argv, 0, NULL, options);
}
