/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a manual says beyond the library's masks: the name and the meaning of each bit, and the words for what hardware does. A family
 * is the formats of one manual chapter.
 */
#ifndef TDPMMU_TOOL_FAMILY_H
#define TDPMMU_TOOL_FAMILY_H

#include "tool.h"

struct report;
struct notes;

/** In which entries a field is. */
enum place {
	IN_PAGE = 1,   /**< leaves of level 0 */
	IN_BLOCK = 2,  /**< larger leaves */
	IN_TABLE = 4,  /**< entries that point to a table */
	IN_LEAF = 3,   /**< leaves */
	IN_ROOT = 16,  /**< entries of the root, where these are of another kind (PAE) */
	IN_ABSENT = 8, /**< entries that hardware takes for not present */
};

/** Whose a field is. */
enum owner {
	OF_HARDWARE, /**< hardware reads it */
	OF_CONTROL,  /**< hardware reads it where a control is on, and ignores it otherwise: often software's */
	OF_SOFTWARE, /**< hardware ignores it */
	OF_NOBODY,   /**< must be zero */
};

/** A field of an entry. */
struct field {
	uint8_t high, low; /**< bits */
	uint8_t places;	   /**< ::place */
	uint8_t owner;	   /**< ::owner */
	uint32_t with;	   /**< ::tdp_cap under which hardware reads it whatever owner says, or 0 */
	const char *name;  /**< the manual's */
	const char *zero;  /**< of one bit: what 0 means; NULL: nothing to say */
	const char *one;   /**< what 1 means, or, of more than one bit, what it is about */
	/** Of more than one bit: what a value means. */
	const char *(*means)(const struct tdp_layout *layout, unsigned value);
};

/** One manual's view. */
struct family {
	const char *title;	    /**< "EPT" */
	const struct field *fields; /**< without the address; ends with a field without a name */
	const char *register_name;  /**< what holds the root */
	const char *control_name;   /**< what else tells the geometry; NULL: nothing */
	const char *absent;	    /**< what an access through an entry that is not present does */
	const char *denied;	    /**< what an access without permission does */
	bool levels_from_top; /**< the manual and its kernels count levels from the top: 3 is the last; else kernels count from 1 */
	bool always_accessed; /**< leaves have an access flag whether or not hardware sets it */
	bool tables_accessed; /**< and so have table entries */
	bool root_differs;    /**< entries of the root have fields of their own, ::IN_ROOT, and no accessed flag */
	bool control_needed;  /**< the root's register alone does not do */
	uint32_t granules;    /**< ::tdp_granule of a machine that has all of them */
	uint8_t kvm_present;  /**< the bit with which Linux KVM marks its entries; 0: none */
	uint8_t kvm_host_writable; /**< its bit for: the host lets it be written */
	uint8_t kvm_mmu_writable;  /**< its bit for: write may be granted at a fault */
	/** The second register's value that goes with a layout, if nobody gives it. NULL: 0. */
	uint64_t (*control_usual)(const struct tdp_layout *layout);
	/** What a table entry leaves open to what is below it, ::tdp_prot. */
	unsigned (*table_prot)(const struct tdp_layout *layout, unsigned level, tdp_spte_t raw);
	/** What an access through a reserved entry does. */
	const char *(*refused)(const struct report *report);
	/** Why exactly, for permissions, memory types and levels. */
	void (*reason)(const struct report *report, struct text *text);
	/** The memory type of a leaf in the manual's words. */
	void (*memtype)(const struct report *report, struct text *text);
	/** More that a reader should know about a present entry. */
	void (*hints)(const struct report *report, struct notes *notes);
};

extern const struct family family_ept, family_npt, family_npt_pae, family_s2;

#endif
