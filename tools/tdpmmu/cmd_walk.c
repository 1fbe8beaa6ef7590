/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdpmmu walk: one address after the other through the tables of an image, each level with what it says.
 */
#include "image.h"
#include "report.h"

/* A walk of one address. */
struct walk {
	const struct options *options;
	const struct tdp_view *view;
	cJSON *levels;	    /* JSON: what was seen so far */
	unsigned prot;	    /* what all levels so far leave open */
	struct report last; /* where it ended */
};

/* One level. */
static enum tdp_verdict visit_level(void *arg, struct tdp_visit *visit)
{
	struct walk *walk = arg;
	struct report report = {.line = walk->options->line, .layout = &walk->view->layout, .origin = TDP_FOREIGN};
	cJSON *object;

	report.entry = visit->entry;
	if (walk->options->origin == TDP_OURS && visit->entry.kind != TDP_UNREADABLE)
		tdp_decode(&walk->view->layout, TDP_OURS, visit->entry.level, visit->entry.raw, &report.entry);
	report.origin = walk->options->origin;
	report_finish(&report);
	walk->prot &= report.prot;
	walk->last = report;
	if (walk->options->json) {
		object = report_json(&report);
		json_hex(object, "at", visit->entry_hpa);
		explain_json(&report, object);
		cJSON_AddItemToArray(walk->levels, object);
		return TDP_GO;
	}
	printf("at=0x%llx ", (unsigned long long)visit->entry_hpa);
	report_print(&report, stdout);
	explain_print_notes(&report, stdout);
	if (walk->options->explain)
		explain_print_fields(&report, stdout);
	return TDP_GO;
}

/* The result as one line. */
static void print_result(const struct walk *walk, tdp_gpa_t gpa)
{
	const struct report *last = &walk->last;
	char prot[4], size[SIZE_TEXT], flags[32];

	printf("gpa=0x%llx ", (unsigned long long)gpa);
	if (last->valid)
		printf("result=mapped hpa=0x%llx size=%s perm=%s memtype=%s flags=%s\n",
		       (unsigned long long)(last->entry.hpa + gpa % last->entry.size), size_text(last->entry.size, size),
		       prot_text(walk->prot, prot), memtype_name(last->entry.attrs.memtype),
		       flags_text(last->entry.attrs.flags, flags));
	else
		printf("result=fault level=%u why=%s detail=\"%s\"\n", last->entry.level, last->why, last->detail);
}

/* The same as an object with all levels. */
static void json_result(const struct walk *walk, tdp_gpa_t gpa)
{
	const struct report *last = &walk->last;
	cJSON *object = cJSON_CreateObject();

	json_hex(object, "gpa", gpa);
	cJSON_AddStringToObject(object, "result", last->valid ? "mapped" : "fault");
	if (last->valid) {
		json_hex(object, "hpa", last->entry.hpa + gpa % last->entry.size);
		cJSON_AddNumberToObject(object, "size", (double)last->entry.size);
		cJSON_AddBoolToObject(object, "read", (walk->prot & TDP_R) != 0);
		cJSON_AddBoolToObject(object, "write", (walk->prot & TDP_W) != 0);
		cJSON_AddBoolToObject(object, "exec_user", (walk->prot & TDP_XU) != 0);
		cJSON_AddBoolToObject(object, "exec_kernel", (walk->prot & TDP_XS) != 0);
		cJSON_AddStringToObject(object, "memtype", memtype_name(last->entry.attrs.memtype));
	} else {
		cJSON_AddStringToObject(object, "why", last->why);
		cJSON_AddStringToObject(object, "detail", last->detail);
	}
	cJSON_AddItemToObject(object, "levels", walk->levels);
	json_line(object, stdout);
}

/* One address. Returns ::status. */
static int walk_one(const struct options *options, const struct tdp_view *view, tdp_gpa_t gpa)
{
	const unsigned when = TDP_VISIT_LEAF | TDP_VISIT_TABLE_PRE | TDP_VISIT_HOLE | TDP_VISIT_BAD;
	const uint64_t granule = tdp_level_size(&view->layout, 0);
	struct walk walk = {.options = options, .view = view, .prot = TDP_RWX};
	enum tdp_result result;

	walk.levels = options->json ? cJSON_CreateArray() : NULL;
	result = tdp_view_walk(view, gpa & ~(granule - 1), granule, when, visit_level, &walk);
	if (result != TDP_OK)
		trouble("0x%llx: %s", (unsigned long long)gpa, tdp_result_name(result));
	if (options->json)
		json_result(&walk, gpa);
	else
		print_result(&walk, gpa);
	return walk.last.valid ? STATUS_OK : STATUS_NO;
}

/* An address of the command line. Of a guest's own tables it may be sign-extended. */
static tdp_gpa_t address(const struct options *options, const struct tdp_view *view, const char *text)
{
	const uint64_t value = number_or_usage("ADDRESS", text);
	const tdp_gpa_t gpa = options->line->family == &family_npt ? tdp_gpa_from_va(&view->layout, value) : value;
	const unsigned bits = view->layout.gpa_bits;

	if (gpa >> bits != 0 || (value >> bits != 0 && value >> (bits - 1) != ~UINT64_C(0) >> (bits - 1)))
		usage_error("'%s' is beyond the %u bits of guest addresses (--gpa-bits)", text, bits);
	return gpa;
}

int run_walk(const struct options *options, int argc, char **argv)
{
	struct image image;
	struct tdp_view view;
	int worst = STATUS_OK, status;

	if (argc < 2)
		usage_error("a FILE and an ADDRESS are needed; see tdpmmu walk --help");
	image_open(&image, argv[0], options->base);
	view = image_view(options, &image);
	for (int i = 1; i < argc; i++)
		address(options, &view, argv[i]);
	for (int i = 1; i < argc; i++) {
		status = walk_one(options, &view, address(options, &view, argv[i]));
		worst = status > worst ? status : worst;
	}
	image_close(&image);
	return worst;
}
