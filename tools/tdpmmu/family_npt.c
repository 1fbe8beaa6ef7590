/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AMD nested paging, in the words of the APM, vol. 2: 5.3 and 5.4 for the bits, 15.25 for faults. Also an x86-64 guest's own tables.
 */
#include "report.h"

#define PAT_POWER_ON UINT64_C(0x0007040600070406)

enum { NPT_US = 2, NPT_NX = 63 };

/* What a PAT entry may hold. */
static const char *const types[8] = {"uncacheable",   "write-combining", "reserved",   "reserved",
				     "write-through", "write-protected", "write-back", "uncacheable (UC-)"};

#define EVERY (IN_LEAF | IN_TABLE)

static const struct field fields[] = {
	{0, 0, EVERY | IN_ABSENT, OF_HARDWARE, 0, "present", "no", "yes", NULL},
	{1, 1, EVERY, OF_HARDWARE, 0, "R/W", "read only", "read and write", NULL},
	{2, 2, EVERY, OF_HARDWARE, 0, "U/S", "supervisor: nested walks count as user accesses and fault", "user", NULL},
	{3, 3, EVERY, OF_HARDWARE, 0, "PWT", "lowest bit of the PAT entry", "lowest bit of the PAT entry", NULL},
	{4, 4, EVERY, OF_HARDWARE, 0, "PCD", "middle bit of the PAT entry", "middle bit of the PAT entry", NULL},
	{5, 5, EVERY, OF_HARDWARE, 0, "accessed", "no", "yes", NULL},
	{6, 6, IN_LEAF, OF_HARDWARE, 0, "dirty", "no", "yes", NULL},
	{6, 6, IN_TABLE, OF_SOFTWARE, 0, "ignored", NULL, NULL, NULL},
	{7, 7, IN_PAGE, OF_HARDWARE, 0, "PAT", "highest bit of the PAT entry", "highest bit of the PAT entry", NULL},
	{7, 7, IN_BLOCK | IN_TABLE, OF_HARDWARE, 0, "PS", "points to a table", "maps memory itself", NULL},
	{8, 8, IN_LEAF, OF_HARDWARE, 0, "global", "no", "yes (nested paging ignores it)", NULL},
	{8, 8, IN_TABLE, OF_SOFTWARE, 0, "ignored", NULL, "must be 0 in the highest level of long mode", NULL},
	{11, 9, EVERY, OF_SOFTWARE, 0, "available", NULL, NULL, NULL},
	{12, 12, IN_BLOCK, OF_HARDWARE, 0, "PAT", "highest bit of the PAT entry", "highest bit of the PAT entry", NULL},
	{58, 52, EVERY, OF_SOFTWARE, 0, "available", NULL, NULL, NULL},
	{62, 59, IN_LEAF, OF_CONTROL, 0, "protection key", NULL, "of a guest's own tables, where CR4.PKE is on; else available",
	 NULL},
	{62, 59, IN_TABLE, OF_SOFTWARE, 0, "available", NULL, NULL, NULL},
	{63, 63, EVERY, OF_HARDWARE, 0, "NX", "may be executed", "must not be executed", NULL},
	{63, 1, IN_ABSENT, OF_SOFTWARE, 0, "ignored", NULL, NULL, NULL},
	{0, 0, 0, 0, 0, NULL, NULL, NULL, NULL},
};

/* The same with what PAE reserves. */
static const struct field fields_pae[] = {
	{0, 0, EVERY | IN_ROOT | IN_ABSENT, OF_HARDWARE, 0, "present", "no", "yes", NULL},
	{1, 1, EVERY, OF_HARDWARE, 0, "R/W", "read only", "read and write", NULL},
	{2, 2, EVERY, OF_HARDWARE, 0, "U/S", "supervisor: nested walks count as user accesses and fault", "user", NULL},
	{2, 1, IN_ROOT, OF_NOBODY, 0, "reserved", NULL, "must be 0", NULL},
	{3, 3, EVERY | IN_ROOT, OF_HARDWARE, 0, "PWT", "lowest bit of the PAT entry", "lowest bit of the PAT entry", NULL},
	{4, 4, EVERY | IN_ROOT, OF_HARDWARE, 0, "PCD", "middle bit of the PAT entry", "middle bit of the PAT entry", NULL},
	{5, 5, EVERY, OF_HARDWARE, 0, "accessed", "no", "yes", NULL},
	{6, 6, IN_LEAF, OF_HARDWARE, 0, "dirty", "no", "yes", NULL},
	{6, 6, IN_TABLE, OF_SOFTWARE, 0, "ignored", NULL, NULL, NULL},
	{7, 7, IN_PAGE, OF_HARDWARE, 0, "PAT", "highest bit of the PAT entry", "highest bit of the PAT entry", NULL},
	{7, 7, IN_BLOCK | IN_TABLE, OF_HARDWARE, 0, "PS", "points to a table", "maps memory itself", NULL},
	{8, 5, IN_ROOT, OF_NOBODY, 0, "reserved", NULL, "must be 0", NULL},
	{8, 8, IN_LEAF, OF_HARDWARE, 0, "global", "no", "yes (nested paging ignores it)", NULL},
	{8, 8, IN_TABLE, OF_SOFTWARE, 0, "ignored", NULL, NULL, NULL},
	{11, 9, EVERY | IN_ROOT, OF_SOFTWARE, 0, "available", NULL, NULL, NULL},
	{12, 12, IN_BLOCK, OF_HARDWARE, 0, "PAT", "highest bit of the PAT entry", "highest bit of the PAT entry", NULL},
	{62, 52, EVERY, OF_NOBODY, 0, "reserved", NULL, "must be 0 in PAE mode", NULL},
	{63, 52, IN_ROOT, OF_NOBODY, 0, "reserved", NULL, "must be 0", NULL},
	{63, 63, EVERY, OF_HARDWARE, 0, "NX", "may be executed", "must not be executed", NULL},
	{63, 1, IN_ABSENT, OF_SOFTWARE, 0, "ignored", NULL, NULL, NULL},
	{0, 0, 0, 0, 0, NULL, NULL, NULL, NULL},
};

static unsigned table_prot(const struct tdp_layout *layout, unsigned level, tdp_spte_t raw)
{
	(void)layout, (void)level;
	return TDP_R | (unsigned)(raw & TDP_W) | (raw >> NPT_NX ? 0 : (unsigned)TDP_X);
}

/* Roots of PAE hold no permissions. */
static unsigned table_prot_pae(const struct tdp_layout *layout, unsigned level, tdp_spte_t raw)
{
	return level == layout->top_level ? TDP_RWX : table_prot(layout, level, raw);
}

static const char *refused(const struct report *report)
{
	(void)report;
	return "a nested page fault (#NPF, exit code 0x400) with EXITINFO1 bit 3, reserved";
}

/* Nested walks have as many levels as the host: five with CR4.LA57. */
static uint64_t control_usual(const struct tdp_layout *layout)
{
	return layout->top_level == 4 ? UINT64_C(1) << 12 : 0;
}

/* The entry of the PAT that a leaf selects. */
static unsigned pat_index(const struct report *report)
{
	const tdp_spte_t raw = report->entry.raw;

	return (unsigned)(raw >> 3 & 3) | (unsigned)(raw >> (report->entry.level == 0 ? 7 : 12) & 1) << 2;
}

/* The PAT in force. */
static uint64_t pat(const struct report *report)
{
	return report->layout->pat ? report->layout->pat : PAT_POWER_ON;
}

static void reason(const struct report *report, struct text *text)
{
	if (report->entry.why == TDP_WHY_MEMTYPE)
		text_add(text, "entry %u of the PAT 0x%llx holds a reserved type", pat_index(report),
			 (unsigned long long)pat(report));
	else
		text_add(text, "bit 7 says that this %s maps memory itself, and there are no pages of that size",
			 tdp_level_name(report->layout, report->entry.level));
}

static void memtype(const struct report *report, struct text *text)
{
	const unsigned index = pat_index(report);

	text_add(text, "%s, from entry %u of the PAT 0x%llx; combined with the guest's own", types[pat(report) >> (8 * index) & 7],
		 index, (unsigned long long)pat(report));
}

/* Supervisor pages. */
static void hints(const struct report *report, struct notes *notes)
{
	const tdp_spte_t raw = report->entry.raw;

	if (!(report_place(report) & EVERY))
		return;
	if (!(raw >> NPT_US & 1))
		notes_add(notes, "U/S is 0: nested walks count as user accesses, so with nested paging every access faults; in a "
				 "guest's own tables it is a supervisor page.");
}

const struct family family_npt = {
	.title = "NPT",
	.fields = fields,
	.register_name = "nCR3",
	.control_name = "CR4",
	.control_usual = control_usual,
	.absent = "a nested page fault (#NPF, exit code 0x400)",
	.denied = "a nested page fault (#NPF, exit code 0x400)",
	.tables_accessed = true,
	.kvm_present = 11,
	.kvm_host_writable = 9,
	.kvm_mmu_writable = 10,
	.table_prot = table_prot,
	.refused = refused,
	.reason = reason,
	.memtype = memtype,
	.hints = hints,
};

const struct family family_npt_pae = {
	.title = "NPT (PAE)",
	.fields = fields_pae,
	.root_differs = true,
	.register_name = "nCR3",
	.absent = "a nested page fault (#NPF, exit code 0x400)",
	.denied = "a nested page fault (#NPF, exit code 0x400)",
	.tables_accessed = true,
	.kvm_present = 11,
	.kvm_host_writable = 9,
	.kvm_mmu_writable = 10,
	.table_prot = table_prot_pae,
	.refused = refused,
	.reason = reason,
	.memtype = memtype,
	.hints = hints,
};
