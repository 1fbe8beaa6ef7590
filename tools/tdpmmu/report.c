/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"

#include <string.h>

unsigned report_place(const struct report *report)
{
	const struct tdp_entry *entry = &report->entry;
	struct tdp_entry other;

	if (entry->kind == TDP_LEAF)
		return entry->level == 0 ? IN_PAGE : IN_BLOCK;
	if (report->line->family->root_differs && entry->level == report->layout->top_level &&
	    (entry->kind == TDP_TABLE || entry->kind == TDP_RESERVED))
		return IN_ROOT;
	if (entry->kind == TDP_TABLE)
		return IN_TABLE;
	if (entry->kind != TDP_RESERVED)
		return IN_ABSENT;
	if (entry->level == 0)
		return IN_PAGE;
	/* Of a reserved entry the attributes decide nothing; whether it would be a leaf shows without the bits it is refused for. */
	tdp_decode(report->layout, TDP_FOREIGN, entry->level, entry->raw & ~report->guilty, &other);
	return other.kind == TDP_TABLE ? IN_TABLE : IN_BLOCK;
}

/* The bits that hold an address in entries of a level: what encoding different addresses changes. */
static uint64_t find_address_mask(const struct report *report, unsigned level)
{
	const struct tdp_attrs attrs = {.prot = TDP_RWX, .memtype = TDP_MT_WB};
	const uint64_t size = tdp_level_size(report->layout, level);
	tdp_spte_t zero, one;
	uint64_t mask = 0;

	if (size == 0 || tdp_encode_leaf(report->layout, level, 0, attrs, &zero) != TDP_OK)
		return 0;
	for (unsigned bit = 0; bit < report->layout->hpa_bits; bit++) {
		const uint64_t hpa = UINT64_C(1) << bit;

		if (hpa >= size && tdp_encode_leaf(report->layout, level, hpa, attrs, &one) == TDP_OK)
			mask |= zero ^ one;
	}
	return mask | report->layout->entry_or;
}

/* The same, remembered: a run has one layout, and dumps ask for each entry. */
static uint64_t address_mask(const struct report *report, unsigned level)
{
	static struct {
		const struct tdp_layout *layout;
		uint64_t mask;
	} known[TDP_MAX_LEVELS];

	if (level >= TDP_MAX_LEVELS)
		return 0;
	if (known[level].layout != report->layout) {
		known[level].layout = report->layout;
		known[level].mask = find_address_mask(report, level);
	}
	return known[level].mask;
}

/* Set bits that hardware ignores in an entry of this kind. */
static uint64_t software_bits(const struct report *report)
{
	const unsigned place = report_place(report);
	uint64_t mask = 0;

	for (const struct field *f = report->line->family->fields; f->name; f++) {
		if (!(f->places & place) || f->owner == OF_HARDWARE || f->owner == OF_NOBODY ||
		    (f->with & report->layout->features))
			continue;
		mask |= (~UINT64_C(0) >> (63 - f->high)) & (~UINT64_C(0) << f->low);
	}
	return report->entry.raw & mask & ~report->address & ~report->guilty;
}

/* Is an entry with these bits refused? */
static bool refused(const struct report *report, tdp_spte_t raw)
{
	struct tdp_entry entry;

	tdp_decode(report->layout, TDP_FOREIGN, report->entry.level, raw, &entry);
	return entry.kind == TDP_RESERVED;
}

/*
 * Which bits a reserved entry is refused for: from the top bits go until hardware would take it, then each comes back alone. Nothing if
 * it is not single bits.
 */
static uint64_t guilty_bits(const struct report *report)
{
	tdp_spte_t good = report->entry.raw;
	uint64_t guilty = 0;

	for (int bit = 63; bit >= 0 && refused(report, good); bit--)
		good &= ~(UINT64_C(1) << bit);
	for (unsigned bit = 0; bit < 64; bit++) {
		const uint64_t mask = UINT64_C(1) << bit;

		if ((report->entry.raw & ~good & mask) && refused(report, good | mask))
			guilty |= mask;
	}
	return guilty;
}

/* One word and one sentence for an entry that hardware refuses. */
static void reserved_why(struct report *report)
{
	static const char *const words[] = {"reserved", "permission", "memtype", "address", "level", "bits"};
	struct text text = TEXT(report->detail);
	char bits[BITS_TEXT];

	report->why = report->entry.why <= TDP_WHY_BITS ? words[report->entry.why] : words[0];
	switch (report->entry.why) {
	case TDP_WHY_ADDRESS:
		report->guilty = guilty_bits(report);
		text_add(&text, "address bits that must be 0: %s (beyond the host's %u bits, or below the alignment)",
			 bits_text(report->guilty, bits), report->layout->hpa_bits);
		break;
	case TDP_WHY_BITS:
		report->guilty = guilty_bits(report);
		text_add(&text, "reserved bits that must be 0: %s", bits_text(report->guilty, bits));
		break;
	default:
		report->line->family->reason(report, &text);
		break;
	}
}

/* The same for an entry that is not present. */
static void absent_why(struct report *report)
{
	struct text text = TEXT(report->detail);

	switch (report->entry.kind) {
	case TDP_FROZEN:
		report->why = "frozen";
		text_add(&text, "not present: an operation of this library owns it%s",
			 report->entry.state & TDP_STATE_DEAD ? ", its root is invalidated" : "");
		break;
	case TDP_NOTE:
		report->why = "note";
		text_add(&text, "not present: a note, value 0x%llx", (unsigned long long)report->entry.note);
		break;
	case TDP_UNREADABLE:
		report->why = "unreadable";
		text_add(&text, "the table at 0x%llx is not in the image", (unsigned long long)report->entry.hpa);
		break;
	default:
		report->why = "not-present";
		text_add(&text, "not present");
		if (report->software)
			text_add(&text, ", but not empty: software keeps something in it");
		break;
	}
}

/* What an entry of this library's is, that hardware sees differently: it would take a shape of nobody's for empty. */
static bool hardware_follows(const struct report *report)
{
	return report->entry.kind == TDP_LEAF || report->entry.kind == TDP_TABLE;
}

struct report report_make(const struct format_line *line, const struct tdp_layout *layout, enum tdp_origin origin, unsigned level,
			  tdp_spte_t raw)
{
	struct report report = {.line = line, .layout = layout, .origin = origin};

	tdp_decode(layout, origin, level, raw, &report.entry);
	report_finish(&report);
	return report;
}

void report_finish(struct report *report)
{
	const struct tdp_entry *entry = &report->entry;
	const struct family *family = report->line->family;
	const bool flags = report->origin == TDP_OURS || family->always_accessed || (report->layout->features & TDP_CAP_HW_A);

	report->accessed = report->dirty = -1;
	report->valid = hardware_follows(report);
	if (entry->kind == TDP_LEAF) {
		report->prot = entry->live;
		report->accessed = flags ? entry->accessed : -1;
		report->dirty = flags ? entry->dirty : -1;
		report->valid = !(entry->state & TDP_STATE_TRACKED);
		report->why = report->valid ? NULL : "tracked";
	} else if (entry->kind == TDP_TABLE) {
		report->prot = family->table_prot(report->layout, entry->level, entry->raw);
		report->accessed = flags && family->tables_accessed && report_place(report) == IN_TABLE ? entry->accessed : -1;
	} else if (entry->kind == TDP_RESERVED) {
		reserved_why(report);
	}
	if (report_place(report) != IN_ABSENT)
		report->address = address_mask(report, report_place(report) == IN_BLOCK ? entry->level : 0);
	if (entry->kind != TDP_UNREADABLE)
		report->software = software_bits(report);
	if (!report->valid && entry->kind != TDP_RESERVED && entry->kind != TDP_LEAF)
		absent_why(report);
	if (entry->kind == TDP_LEAF && !report->valid)
		snprintf(report->detail, sizeof(report->detail), "not present until it is touched: access tracking");
}

const char *kind_name(unsigned kind)
{
	static const char *const names[] = {"empty", "table", "leaf", "frozen", "note", "reserved", "unreadable"};

	return kind <= TDP_UNREADABLE ? names[kind] : "?";
}

const char *prot_text(unsigned prot, char buf[4])
{
	buf[0] = prot & TDP_R ? 'r' : '-';
	buf[1] = prot & TDP_W ? 'w' : '-';
	buf[2] = "-sux"[(prot & TDP_X) >> 2];
	buf[3] = 0;
	return buf;
}

const char *memtype_name(unsigned memtype)
{
	static const char *const names[] = {"WB", "WT", "WP", "WC", "UC", "DEVICE", "STAGE1"};

	return memtype <= TDP_MT_STAGE1 ? names[memtype] : "?";
}

const char *flags_text(unsigned flags, char buf[32])
{
	static const char *const names[] = {"force", "supervisor", "ve"};
	struct text text = {buf, 32, 0};

	for (unsigned i = 0; i < 3; i++) {
		if (flags >> i & 1)
			text_add(&text, "%s%s", text.used ? "," : "", names[i]);
	}
	if (text.used == 0)
		text_add(&text, "-");
	return buf;
}
