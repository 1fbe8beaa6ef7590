/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arm stage 2 in the words of the Arm ARM, D8: "Translation table descriptor formats", "Stage 2 memory type and cacheability" and the faults
 * that a walk may end with.
 */
#include "report.h"

#define EVERY (IN_LEAF | IN_TABLE)

static const char *memattr_means(const struct tdp_layout *layout, unsigned value)
{
	static const char *const plain[16] = {"Device-nGnRnE",
					      "Device-nGnRE",
					      "Device-nGRE",
					      "Device-GRE",
					      "reserved",
					      "Normal, outer Non-cacheable, inner Non-cacheable",
					      "Normal, outer Non-cacheable, inner Write-Through",
					      "Normal, outer Non-cacheable, inner Write-Back",
					      "reserved",
					      "Normal, outer Write-Through, inner Non-cacheable",
					      "Normal, outer Write-Through, inner Write-Through",
					      "Normal, outer Write-Through, inner Write-Back",
					      "reserved",
					      "Normal, outer Write-Back, inner Non-cacheable",
					      "Normal, outer Write-Back, inner Write-Through",
					      "Normal, outer Write-Back, inner Write-Back"};
	static const char *const forced[8] = {"Device-nGnRnE, or what stage 1 says if that is stronger",
					      "Device-nGnRE, or what stage 1 says if that is stronger",
					      "Device-nGRE, or what stage 1 says if that is stronger",
					      "Device-GRE, or what stage 1 says if that is stronger",
					      "reserved",
					      "Normal Non-cacheable, unless stage 1 says Device",
					      "Normal Write-Back, whatever stage 1 says",
					      "what stage 1 says"};

	if (!(layout->features & TDP_CAP_FWB))
		return plain[value & 15];
	return value & 8 ? "reserved" : forced[value & 7];
}

static const char *s2ap_means(const struct tdp_layout *layout, unsigned value)
{
	static const char *const words[4] = {"no access", "read only", "write only", "read and write"};

	(void)layout;
	return words[value & 3];
}

static const char *sh_means(const struct tdp_layout *layout, unsigned value)
{
	static const char *const words[4] = {"non-shareable", "reserved", "outer shareable", "inner shareable"};

	(void)layout;
	return words[value & 3];
}

static const char *xn_means(const struct tdp_layout *layout, unsigned value)
{
	static const char *const with_xnx[4] = {"execute", "execute at EL0 only", "no execute", "execute at EL1 only"};

	if (!(layout->features & TDP_CAP_XNX))
		return value & 2 ? "no execute" : "execute";
	return with_xnx[value & 3];
}

static const struct field fields[] = {
	{0, 0, EVERY | IN_ABSENT, OF_HARDWARE, 0, "valid", "no", "yes", NULL},
	{1, 1, IN_PAGE, OF_HARDWARE, 0, "type", "reserved at the last level", "page", NULL},
	{1, 1, IN_BLOCK | IN_TABLE, OF_HARDWARE, 0, "type", "block", "table", NULL},
	{5, 2, IN_LEAF, OF_HARDWARE, 0, "MemAttr", NULL, NULL, memattr_means},
	{7, 6, IN_LEAF, OF_HARDWARE, 0, "S2AP", NULL, NULL, s2ap_means},
	{9, 8, IN_LEAF, OF_HARDWARE, 0, "SH", NULL, NULL, sh_means},
	{10, 10, IN_LEAF, OF_HARDWARE, 0, "AF", "not accessed", "accessed", NULL},
	{11, 11, IN_LEAF, OF_CONTROL, 0, "FnXS", NULL, "means something with FEAT_XS only", NULL},
	{11, 2, IN_TABLE, OF_SOFTWARE, 0, "ignored", NULL, NULL, NULL},
	{16, 16, IN_BLOCK, OF_CONTROL, 0, "nT", NULL, "means something with FEAT_BBM level 1 or 2 only", NULL},
	{51, 51, IN_LEAF, OF_CONTROL, TDP_CAP_HW_D, "DBM", "writes do not set S2AP[1]",
	 "a write sets S2AP[1] instead of faulting, where VTCR_EL2.HD is 1", NULL},
	{52, 52, IN_LEAF, OF_HARDWARE, 0, "contiguous", "no", "one of a group that a TLB may hold as one", NULL},
	{54, 53, IN_LEAF, OF_HARDWARE, 0, "XN", NULL, NULL, xn_means},
	{55, 55, IN_LEAF, OF_CONTROL, 0, "software", NULL, "NS in a Realm's tables", NULL},
	{58, 56, IN_LEAF, OF_SOFTWARE, 0, "software", NULL, NULL, NULL},
	{62, 59, IN_LEAF, OF_CONTROL, 0, "PBHA", NULL, "ignored unless VTCR_EL2.HWU59 to HWU62 are on", NULL},
	{63, 63, IN_LEAF, OF_SOFTWARE, 0, "ignored", NULL, NULL, NULL},
	{58, 51, IN_TABLE, OF_SOFTWARE, 0, "ignored", NULL, NULL, NULL},
	{63, 59, IN_TABLE, OF_NOBODY, 0, "reserved", NULL, "should be 0 in a stage-2 table descriptor", NULL},
	{63, 1, IN_ABSENT, OF_SOFTWARE, 0, "ignored", NULL, NULL, NULL},
	{0, 0, 0, 0, 0, NULL, NULL, NULL, NULL},
};

/* Stage 2 tables hold no permissions. */
static unsigned table_prot(const struct tdp_layout *layout, unsigned level, tdp_spte_t raw)
{
	(void)layout, (void)level, (void)raw;
	return TDP_RWX;
}

static const char *refused(const struct report *report)
{
	if (report->entry.why == TDP_WHY_LEVEL)
		return "a stage-2 translation fault";
	if (report->entry.why == TDP_WHY_ADDRESS)
		return "a stage-2 address size fault, or something unpredictable if the bits lie below the size of the block";
	return "something unpredictable";
}

static void reason(const struct report *report, struct text *text)
{
	const char *name = tdp_level_name(report->layout, report->entry.level);
	const unsigned memattr = (unsigned)(report->entry.raw >> 2 & 15);

	if (report->entry.why == TDP_WHY_MEMTYPE)
		text_add(text, "MemAttr %u is reserved %s FEAT_S2FWB (feature fwb)", memattr,
			 report->layout->features & TDP_CAP_FWB ? "with" : "without");
	else if (report->entry.level == 0)
		text_add(text, "bits 1:0 are 01, which is reserved at the last level, %s: there are no blocks, a page has 11",
			 name);
	else
		text_add(text, "bits 1:0 are 01, a block, and there are none at %s", name);
}

static void memtype(const struct report *report, struct text *text)
{
	text_add(text, "%s%s", memattr_means(report->layout, (unsigned)(report->entry.raw >> 2 & 15)),
		 report->layout->features & TDP_CAP_FWB ? "" : "; the weaker of this and of stage 1's counts");
}

/* What FEAT_S2FWB, which an entry does not show, would make of it; who sets S2AP[1]; what a group means. */
static void hints(const struct report *report, struct notes *notes)
{
	const tdp_spte_t raw = report->entry.raw;

	const unsigned memattr = (unsigned)(raw >> 2 & 15);
	const struct tdp_layout forced = {.features = TDP_CAP_FWB};

	if (report->entry.kind != TDP_LEAF)
		return;
	if (!(report->layout->features & TDP_CAP_FWB) && memattr >= 5 && memattr <= 7)
		notes_add(notes, "Where HCR_EL2.FWB is set (feature fwb), this MemAttr is: %s.", memattr_means(&forced, memattr));
	if ((raw >> 51 & 1) && !(report->layout->features & TDP_CAP_HW_D))
		notes_add(notes, "DBM is set: where VTCR_EL2.HD is 1 (feature hw-d), a write succeeds and makes the page dirty.");
	if (raw >> 52 & 1)
		notes_add(notes, "Contiguous is set: all entries of its group must look the same, or the result is unpredictable.");
}

const struct family family_s2 = {
	.title = "Arm stage 2",
	.fields = fields,
	.register_name = "VTTBR_EL2",
	.control_name = "VTCR_EL2",
	.absent = "a stage-2 translation fault",
	.denied = "a stage-2 permission fault",
	.control_needed = true,
	.granules =
		TDP_GRANULE_4K | TDP_GRANULE_16K | TDP_GRANULE_64K | TDP_GRANULE_4K_52 | TDP_GRANULE_16K_52 | TDP_GRANULE_64K_52,
	.levels_from_top = true,
	.always_accessed = true,
	.table_prot = table_prot,
	.refused = refused,
	.reason = reason,
	.memtype = memtype,
	.hints = hints,
};
