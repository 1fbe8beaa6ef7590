/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An entry in words: what hardware does with it, and why it would fault. What all formats share; the rest is the family's.
 */
#include "report.h"

#include <stdarg.h>
#include <string.h>

void notes_add(struct notes *notes, const char *format, ...)
{
	const unsigned max = sizeof(notes->line) / sizeof(notes->line[0]);
	va_list args;

	if (notes->count == max)
		return;
	va_start(args, format);
	vsnprintf(notes->line[notes->count++], sizeof(notes->line[0]), format, args);
	va_end(args);
}

/* "read, write and execute" */
static const char *rights(unsigned prot, const char *conjunction, char buf[96])
{
	struct text text = {buf, 96, 0};
	const char *words[4];
	unsigned n = 0;

	if (prot & TDP_R)
		words[n++] = "read";
	if (prot & TDP_W)
		words[n++] = "write";
	if ((prot & TDP_X) == TDP_X)
		words[n++] = "execute";
	else if (prot & TDP_XS)
		words[n++] = "execute in supervisor mode";
	else if (prot & TDP_XU)
		words[n++] = "execute in user mode";
	*buf = 0;
	for (unsigned i = 0; i < n; i++)
		text_add(&text, "%s%s", i == 0 ? "" : i + 1 == n ? conjunction : ", ", words[i]);
	return buf;
}

/* Who may do what, and what happens to the others. */
static void explain_rights(const struct report *report, struct notes *notes)
{
	const bool table = report->entry.kind == TDP_TABLE;
	const unsigned lacks = TDP_RWX & ~report->prot;
	char may[96], may_not[96];

	if (report->prot == 0) {
		notes_add(notes, "It permits nothing: every access causes %s.", report->line->family->denied);
	} else if (lacks == 0) {
		notes_add(notes, table ? "Everything is permitted, as far as this entry decides." : "The guest may %s.",
			  rights(report->prot, " and ", may));
	} else {
		notes_add(notes, "The guest may %s%s; to %s causes %s.", rights(report->prot, " and ", may),
			  table ? " at most what is below it" : "", rights(lacks, " or ", may_not), report->line->family->denied);
	}
}

/* Accessed and dirty of a leaf. */
static void explain_flags(const struct report *report, struct notes *notes)
{
	const uint32_t features = report->layout->features;

	if (report->accessed == 0 && report->line->family->always_accessed && !(features & TDP_CAP_HW_A))
		notes_add(notes,
			  "The access flag is 0 and hardware does not set it: the first access causes an access flag fault.");
	else if (report->accessed == 0 && (features & TDP_CAP_HW_A))
		notes_add(notes, "Not accessed since the flag was cleared; hardware sets it with the next access.");
	if (report->dirty == 0 && (report->prot & TDP_W) && (features & TDP_CAP_HW_D))
		notes_add(notes, "Not written since the flag was cleared; hardware sets it with the next write.");
	if (report->dirty == 1 && !(report->prot & TDP_W))
		notes_add(notes, "Dirty but not writable: it was written before write permission was taken away.");
	if (report->dirty == 1 && report->accessed == 0)
		notes_add(notes, "Dirty but not accessed: software cleared the accessed flag and left the other.");
}

/* A leaf. */
static void explain_leaf(const struct report *report, struct notes *notes)
{
	char size[SIZE_TEXT], memtype[200], granted[4];
	struct text text = TEXT(memtype);

	notes_add(notes, "%s %s: maps %s of memory at host physical address 0x%llx.", report->line->family->title,
		  tdp_level_name(report->layout, report->entry.level), size_text(report->entry.size, size),
		  (unsigned long long)report->entry.hpa);
	if (report->valid)
		explain_rights(report, notes);
	else
		notes_add(notes, "It permits nothing until it is touched: this library takes an access for news and puts the "
				 "permissions back.");
	if (report->origin == TDP_OURS && report->entry.attrs.prot != report->prot)
		notes_add(notes, "%s was granted; what hardware lacks of that comes back at a fault%s.",
			  prot_text(report->entry.attrs.prot, granted),
			  report->entry.state & TDP_STATE_MMU_WRITABLE || !(report->entry.attrs.prot & TDP_W)
				  ? ""
				  : ", but write, which tdp_protect() keeps out");
	report->line->family->memtype(report, &text);
	notes_add(notes, "Memory type: %s.", memtype);
	explain_flags(report, notes);
}

/* An entry that hardware takes for not present. */
static void explain_absent(const struct report *report, struct notes *notes)
{
	char size[SIZE_TEXT];

	notes_add(notes, "%s %s: %s. Every access to its %s causes %s.", report->line->family->title,
		  tdp_level_name(report->layout, report->entry.level), report->detail, size_text(report->entry.size, size),
		  report->line->family->absent);
}

/* The bits that KVM keeps in its entries, for people who read its traces. */
static void explain_kvm(const struct report *report, struct notes *notes)
{
	const struct family *family = report->line->family;
	const tdp_spte_t raw = report->entry.raw;
	bool host, mmu;

	if (!family->kvm_present || !(raw >> family->kvm_present & 1) || report->origin == TDP_OURS ||
	    report->entry.kind != TDP_LEAF)
		return;
	host = raw >> family->kvm_host_writable & 1;
	mmu = raw >> family->kvm_mmu_writable & 1;
	notes_add(notes,
		  "If Linux KVM wrote it (6.1 to 6.12): bit %u marks it present, %shost-writable (bit %u), %sMMU-writable (bit "
		  "%u)%s.",
		  family->kvm_present, host ? "" : "not ", family->kvm_host_writable, mmu ? "" : "not ", family->kvm_mmu_writable,
		  mmu && !(report->prot & TDP_W) ? "; write comes back at a fault, as in dirty logging" : "");
}

void explain(const struct report *report, struct notes *notes)
{
	const struct family *family = report->line->family;
	const struct tdp_entry *entry = &report->entry;
	const char *name = tdp_level_name(report->layout, entry->level);
	char bits[BITS_TEXT];

	notes->count = 0;
	switch (entry->kind) {
	case TDP_LEAF:
		explain_leaf(report, notes);
		break;
	case TDP_TABLE:
		notes_add(notes, "%s %s: points to the table of %ss at host physical address 0x%llx.", family->title, name,
			  tdp_level_name(report->layout, entry->level - 1u), (unsigned long long)entry->hpa);
		explain_rights(report, notes);
		break;
	case TDP_RESERVED:
		notes_add(notes, "%s %s: refused because of %s: %s.", family->title, name, report->why, report->detail);
		notes_add(notes, "Every access through it causes %s, whatever its permissions.", family->refused(report));
		break;
	case TDP_UNREADABLE:
		notes_add(notes, "%s %s: %s.", family->title, name, report->detail);
		break;
	default:
		explain_absent(report, notes);
		break;
	}
	family->hints(report, notes);
	explain_kvm(report, notes);
	if (report->software)
		notes_add(notes, "Hardware ignores bits %s: what they mean is the business of the software that wrote them.",
			  bits_text(report->software, bits));
}

/* The value of a field. */
static uint64_t field_value(const struct field *f, tdp_spte_t raw)
{
	return (raw >> f->low & (~UINT64_C(0) >> (63 - (f->high - f->low))));
}

/* Is a field worth a line? Software's and nobody's only if they are set. */
static bool field_shown(const struct report *report, const struct field *f, unsigned place)
{
	uint64_t bits = (~UINT64_C(0) >> (63 - f->high)) & (~UINT64_C(0) << f->low);

	if (!(f->places & place) || (bits & report->address))
		return false;
	return f->owner == OF_HARDWARE || (f->with & report->layout->features) || field_value(f, report->entry.raw) != 0;
}

/* What a field's value means. */
static const char *field_means(const struct report *report, const struct field *f)
{
	const uint64_t value = field_value(f, report->entry.raw);
	const char *text;

	if (f->means)
		return f->means(report->layout, (unsigned)value);
	text = f->high == f->low && value == 0 ? f->zero : f->one;
	return text ? text : "";
}

/* "58:57", "11" */
static const char *field_bits(const struct field *f, char buf[12])
{
	struct text text = {buf, 12, 0};

	text_add(&text, f->high > f->low ? "%u:%u" : "%u", f->high, f->low);
	return buf;
}

void explain_print_notes(const struct report *report, FILE *out)
{
	struct notes notes;

	explain(report, &notes);
	for (unsigned i = 0; i < notes.count; i++)
		fprintf(out, "    %s\n", notes.line[i]);
}

void explain_print_fields(const struct report *report, FILE *out)
{
	const unsigned place = report_place(report);
	char bits[12];

	if (report->entry.kind == TDP_UNREADABLE)
		return;
	for (const struct field *f = report->line->family->fields; f->name; f++) {
		if (field_shown(report, f, place))
			fprintf(out, "    bit %-5s %-24s 0x%-4llx %s\n", field_bits(f, bits), f->name,
				(unsigned long long)field_value(f, report->entry.raw), field_means(report, f));
	}
}

void explain_json(const struct report *report, cJSON *object)
{
	const unsigned place = report_place(report);
	cJSON *sentences = cJSON_AddArrayToObject(object, "explain");
	cJSON *fields = cJSON_AddArrayToObject(object, "fields");
	struct notes notes;
	char bits[12];

	explain(report, &notes);
	for (unsigned i = 0; i < notes.count; i++)
		cJSON_AddItemToArray(sentences, cJSON_CreateString(notes.line[i]));
	if (report->entry.kind == TDP_UNREADABLE)
		return;
	for (const struct field *f = report->line->family->fields; f->name; f++) {
		cJSON *field;

		if (!field_shown(report, f, place))
			continue;
		field = cJSON_CreateObject();
		cJSON_AddStringToObject(field, "bits", field_bits(f, bits));
		cJSON_AddStringToObject(field, "name", f->name);
		json_hex(field, "value", field_value(f, report->entry.raw));
		cJSON_AddStringToObject(field, "meaning", field_means(report, f));
		cJSON_AddItemToArray(fields, field);
	}
}
