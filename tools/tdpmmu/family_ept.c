/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EPT in the words of the Intel SDM, vol. 3C: the tables of 29.3.2 for the bits, 29.3.3 for violations and misconfigurations.
 */
#include "report.h"

enum { EPT_PS = 7, EPT_MT_SHIFT = 3 };

/* Memory types by number. */
static const char *const types[8] = {"uncacheable",   "write-combining", "reserved",   "reserved",
				     "write-through", "write-protected", "write-back", "reserved"};

static const char *type_means(const struct tdp_layout *layout, unsigned value)
{
	(void)layout;
	return types[value & 7];
}

#define EVERY (IN_LEAF | IN_TABLE)

static const struct field fields[] = {
	{0, 0, EVERY, OF_HARDWARE, 0, "read", "no", "yes", NULL},
	{1, 1, EVERY, OF_HARDWARE, 0, "write", "no", "yes", NULL},
	{2, 2, EVERY, OF_HARDWARE, 0, "execute", "no", "yes (with mode-based execute: in supervisor mode)", NULL},
	{5, 3, IN_LEAF, OF_HARDWARE, 0, "memory type", NULL, NULL, type_means},
	{6, 6, IN_LEAF, OF_HARDWARE, 0, "ignore PAT", "the guest's PAT has a say", "the guest's PAT has no say", NULL},
	{6, 3, IN_TABLE, OF_NOBODY, 0, "reserved", NULL, "must be 0 in an entry that points to a table", NULL},
	{7, 7, IN_PAGE, OF_SOFTWARE, 0, "ignored", NULL, "means a huge page at other levels, nothing at this one", NULL},
	{7, 7, IN_BLOCK, OF_HARDWARE, 0, "page size", NULL, "maps memory itself", NULL},
	{7, 7, IN_TABLE, OF_HARDWARE, 0, "page size", "points to a table", NULL, NULL},
	{8, 8, EVERY, OF_SOFTWARE, TDP_CAP_HW_A, "accessed", "no", "yes", NULL},
	{9, 9, IN_LEAF, OF_SOFTWARE, TDP_CAP_HW_D, "dirty", "no", "yes", NULL},
	{9, 9, IN_TABLE, OF_SOFTWARE, 0, "ignored", NULL, NULL, NULL},
	{10, 10, EVERY, OF_CONTROL, TDP_CAP_MBEC, "execute, user mode", "no", "yes (with mode-based execute; else ignored)", NULL},
	{11, 11, EVERY, OF_SOFTWARE, 0, "ignored", NULL, NULL, NULL},
	{56, 52, IN_LEAF, OF_SOFTWARE, 0, "ignored", NULL, NULL, NULL},
	{57, 57, IN_LEAF, OF_CONTROL, 0, "verify guest paging", NULL, "ignored unless guest-paging verification is on", NULL},
	{58, 58, IN_LEAF, OF_CONTROL, 0, "paging-write access", NULL, "ignored unless EPT paging-write control is on", NULL},
	{59, 59, IN_LEAF, OF_SOFTWARE, 0, "ignored", NULL, NULL, NULL},
	{60, 60, IN_LEAF, OF_CONTROL, 0, "supervisor shadow stack", NULL, "ignored unless EPTP bit 7 is set", NULL},
	{61, 61, IN_PAGE, OF_CONTROL, 0, "sub-page write", NULL, "ignored unless sub-page write permissions are on", NULL},
	{61, 61, IN_BLOCK, OF_SOFTWARE, 0, "ignored", NULL, NULL, NULL},
	{62, 62, IN_LEAF, OF_SOFTWARE, 0, "ignored", NULL, NULL, NULL},
	{63, 52, IN_TABLE, OF_SOFTWARE, 0, "ignored", NULL, NULL, NULL},
	{63, 63, IN_LEAF | IN_ABSENT, OF_HARDWARE, 0, "suppress #VE", "a violation may become #VE, where that control is on",
	 "violations exit (what is ignored where #VE is off)", NULL},
	{62, 3, IN_ABSENT, OF_SOFTWARE, 0, "ignored", NULL, NULL, NULL},
	{0, 0, 0, 0, 0, NULL, NULL, NULL, NULL},
};

static unsigned table_prot(const struct tdp_layout *layout, unsigned level, tdp_spte_t raw)
{
	const unsigned user = layout->features & TDP_CAP_MBEC ? (unsigned)(raw >> 10 & 1) : (unsigned)(raw >> 2 & 1);

	(void)level;
	return (unsigned)(raw & (TDP_R | TDP_W | TDP_XS)) | user << 3;
}

static const char *refused(const struct report *report)
{
	(void)report;
	return "an EPT misconfiguration (exit reason 49)";
}

static void reason(const struct report *report, struct text *text)
{
	const tdp_spte_t raw = report->entry.raw;

	switch (report->entry.why) {
	case TDP_WHY_PERMISSION:
		if ((raw & TDP_RW) == TDP_W)
			text_add(text, "write without read (hypervisors mark emulated devices like this, on purpose)");
		else
			text_add(text, "execute without read, which this machine does not have (feature exec-only)");
		break;
	case TDP_WHY_MEMTYPE:
		text_add(text, "memory type %u is reserved", (unsigned)(raw >> EPT_MT_SHIFT & 7));
		break;
	default:
		text_add(text, "bit 7 says that this %s maps memory itself, and there are no pages of that size",
			 tdp_level_name(report->layout, report->entry.level));
		break;
	}
}

static void memtype(const struct report *report, struct text *text)
{
	text_add(text, "%s; %s", types[report->entry.raw >> EPT_MT_SHIFT & 7],
		 report->entry.attrs.flags & TDP_ATTR_FORCE_MT ? "the guest's PAT cannot change it (ignore PAT)"
							       : "combined with the guest's PAT");
}

/* A page that looks huge. */
static void hints(const struct report *report, struct notes *notes)
{
	const tdp_spte_t raw = report->entry.raw;

	if (report_place(report) == IN_PAGE && (raw >> EPT_PS & 1))
		notes_add(notes, "Bit 7 is ignored at this level; if the entry is a huge page, it belongs to another level.");
}

const struct family family_ept = {
	.title = "EPT",
	.fields = fields,
	.register_name = "EPTP",
	.control_name = "the secondary processor-based VM-execution controls",
	.absent = "an EPT violation (exit reason 48)",
	.denied = "an EPT violation (exit reason 48)",
	.tables_accessed = true,
	.kvm_present = 11,
	.kvm_host_writable = 57,
	.kvm_mmu_writable = 58,
	.table_prot = table_prot,
	.refused = refused,
	.reason = reason,
	.memtype = memtype,
	.hints = hints,
};
