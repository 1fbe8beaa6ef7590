/* SPDX-License-Identifier: BSD-2-Clause */
#include "casemate.h"

#include <inttypes.h>
#include <string.h>

/* The checker wants to know who owns the lock of a tree, also where it is told not to mind locks. */
#define LOCK UINT64_C(0x1000)

/* How every record begins ... */
static void begin(struct casemate *c, unsigned thread, const char *kind)
{
	fprintf(c->out, "(%s (id %lu) (tid %u) ", kind, c->id, thread);
}

/* ... and ends: where it came from, which the parser insists on. */
static void end(struct casemate *c)
{
	int n = (int)strspn(c->label, "abcdefghijklmnopqrstuvwxyz_0123456789");

	fprintf(c->out, " (src \"%.*s:%lu\"))\n", n ? n : 4, n ? c->label : "call", c->id);
	c->id++;
}

static void init_page(struct casemate *c, unsigned thread, uint64_t hpa)
{
	begin(c, thread, "mem-init");
	fprintf(c->out, "(address %#" PRIx64 ") (size 0x1000)", hpa);
	end(c);
}

static void hint(struct casemate *c, unsigned thread, const char *kind, uint64_t location, uint64_t value)
{
	begin(c, thread, "hint");
	fprintf(c->out, "(kind %s) (location %#" PRIx64 ") (value %#" PRIx64 ")", kind, location, value);
	end(c);
}

void casemate_root(struct casemate *c, unsigned thread, uint64_t root)
{
	c->root = root;
	init_page(c, thread, root);
	hint(c, thread, "set_root_lock", root, LOCK);
}

void casemate_enter(struct casemate *c, unsigned thread, uint64_t vttbr)
{
	begin(c, thread, "sysreg-write");
	fprintf(c->out, "(sysreg vttbr_el2) (value %#" PRIx64 ")", vttbr);
	end(c);
}

void casemate_table(struct casemate *c, unsigned thread, uint64_t hpa)
{
	init_page(c, thread, hpa);
	hint(c, thread, "set_owner_root", hpa, c->root);
}

void casemate_free(struct casemate *c, unsigned thread, uint64_t hpa)
{
	begin(c, thread, "mem-free");
	fprintf(c->out, "(address %#" PRIx64 ") (size 0x1000)", hpa);
	end(c);
}

void casemate_write(struct casemate *c, unsigned thread, uint64_t hpa, uint64_t value, bool linked)
{
	begin(c, thread, "mem-write");
	/* Zero is written 0x0: "%#x" would leave the prefix out. */
	fprintf(c->out, "(mem-order %s) (address 0x%" PRIx64 ") (value 0x%" PRIx64 ")", linked ? "release" : "plain", hpa, value);
	end(c);
}

void casemate_dsb(struct casemate *c, unsigned thread, const char *kind)
{
	begin(c, thread, "barrier");
	fprintf(c->out, "dsb (kind %s)", kind);
	end(c);
}

static void tlbi_all(struct casemate *c, unsigned thread, const char *kind)
{
	begin(c, thread, "tlbi");
	fprintf(c->out, "%s", kind);
	end(c);
}

void casemate_flush_all(struct casemate *c, unsigned thread)
{
	casemate_dsb(c, thread, "ish");
	tlbi_all(c, thread, "vmalls12e1is");
	casemate_dsb(c, thread, "ish");
}

void casemate_flush_begin(struct casemate *c, unsigned thread)
{
	casemate_dsb(c, thread, "ish");
}

void casemate_flush_ipa(struct casemate *c, unsigned thread, uint64_t ipa)
{
	begin(c, thread, "tlbi");
	fprintf(c->out, "ipas2e1is (value 0x%" PRIx64 ")", ipa >> 12);
	end(c);
}

void casemate_flush_end(struct casemate *c, unsigned thread)
{
	casemate_dsb(c, thread, "ish");
	tlbi_all(c, thread, "vmalle1is");
	casemate_dsb(c, thread, "ish");
}
