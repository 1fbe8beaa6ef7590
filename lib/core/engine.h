/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an engine offers to the public functions (api.c): one pointer per operation, so choosing a format at run time costs one
 * indirect call per operation. Arguments arrive checked as far as that needs no format.
 */
#ifndef TDPMMU_CORE_ENGINE_H
#define TDPMMU_CORE_ENGINE_H

#include "tree_impl.h"

struct run_source; /* run.h: where a mapping's memory comes from */
struct pages;	   /* pages.h: which pages, and where to name them */
struct tdp_bitmap;

/* What a visit's opaque words hold while its walk is in progress; all zero otherwise. */
enum visit_opaque { VISIT_MAGIC, VISIT_TREE, VISIT_ENTRY, VISIT_CONTEXT };
#define VISIT_IN_PROGRESS UINT64_C(0x7464706d6d757773)

struct tdp_engine {
	const struct tdp_format *format; /* NULL: any */
	void (*clear_root)(struct tree *t);
	void (*free_tables)(struct tree *t);
	enum tdp_result (*lookup)(struct tree *t, tdp_gpa_t gpa, struct tdp_mapping *out);
	enum tdp_result (*lookup_raw)(struct tree *t, tdp_gpa_t gpa, tdp_spte_t *out, unsigned *level);
	enum tdp_result (*extent)(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, struct tdp_mapping *out, struct tdp_op *op);
	enum tdp_result (*next)(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, unsigned when, struct tdp_visit *out,
				struct tdp_op *op);
	enum tdp_result (*walk)(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, unsigned when, tdp_visit_fn fn, void *arg,
				struct tdp_op *op);
	enum tdp_result (*visit_set)(struct tree *t, struct tdp_visit *v, struct tdp_attrs attrs, unsigned mask);
	enum tdp_result (*count)(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, struct tdp_count *out);
	enum tdp_result (*verify)(struct tree *t, tdp_report_fn report, void *arg);
	enum tdp_result (*map)(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, struct run_source *source, struct tdp_op *op);
	/* Four ways through a fault (tree.fault is one of them). Without hooks: alone, among others, the same in a read section. In any tree. */
	fault_fn *fault, *fault_shared, *fault_section, *fault_hooks;
	enum tdp_result (*replace)(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, tdp_hpa_t old_hpa, tdp_hpa_t new_hpa,
				   struct tdp_attrs attrs, struct tdp_op *op);
	enum tdp_result (*note)(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, uint64_t note, struct tdp_op *op);
	enum tdp_result (*zap)(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, struct tdp_op *op);
	enum tdp_result (*trim)(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, struct tdp_op *op);
	enum tdp_result (*set_attrs)(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, struct tdp_attrs attrs, unsigned mask,
				     struct tdp_op *op);
	enum tdp_result (*protect)(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, struct tdp_op *op);
	enum tdp_result (*fault_fast)(struct tree *t, tdp_gpa_t gpa, uint32_t access, struct tdp_op *op);
	enum tdp_result (*dirty_arm)(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, const struct pages *pages, struct tdp_op *op);
	enum tdp_result (*dirty_restore)(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, const struct tdp_bitmap *pages,
					 struct tdp_op *op);
	enum tdp_result (*age)(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, bool clear, const struct tdp_bitmap *young,
			       struct tdp_op *op);
	enum tdp_result (*split)(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, unsigned level, struct tdp_op *op);
	enum tdp_result (*promote)(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, unsigned level, struct run_source *source,
				   struct tdp_op *op);
	enum tdp_result (*kill)(struct tree *t, bool clear, bool kicked, tdp_gpa_t gpa, tdp_gpa_t end, struct tdp_op *op);
};

#endif
