/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hardware page walkers, written from the manuals with constants of their own: they share nothing with the library under test, so
 * that both cannot be wrong in the same way. Usable alone: a walker needs register values and a way to read one entry.
 *
 * Levels are counted from the last one (0) upwards in every format.
 */
#ifndef REFEREE_WALK_H
#define REFEREE_WALK_H

#include <stdbool.h>
#include <stdint.h>

/* Which walker. */
enum ref_kind {
	REF_EPT,    /* Intel EPT, 4 or 5 levels (EPTP bits 5:3) */
	REF_NPT,    /* AMD nested paging, long mode or legacy PAE; also a guest's own 4-level tables */
	REF_S2,	    /* Arm stage 2; which granule, and how wide addresses are, is in VTCR_EL2 */
	REF_RISCV,  /* RISC-V G-stage: the format of examples/07 */
	REF_FAKE_O, /* test format, overwrite discipline */
	REF_FAKE_B, /* test format, break-before-make discipline */
};

/* What the machine can do beyond the basics. */
enum ref_feature {
	REF_HAS_1G = 1,		 /* leaves at level 2 */
	REF_HAS_EXEC_ONLY = 2,	 /* EPT: execute without read */
	REF_HAS_MBEC = 4,	 /* EPT: mode-based execute control is on */
	REF_HAS_NX = 8,		 /* NPT: EFER.NXE is set */
	REF_HAS_LA57 = 16,	 /* NPT: CR4.LA57 is set, 5 levels */
	REF_HAS_XNX = 32,	 /* Arm FEAT_XNX */
	REF_HAS_FWB = 64,	 /* Arm: HCR_EL2.FWB is set */
	REF_HAS_BBML2 = 128,	 /* Arm: FEAT_BBM level 2: a block may be split in place */
	REF_OWES_SPLIT = 256,	 /* splitting a huge leaf owes a flush (instruction TLB multi-hit) */
	REF_HW_ACCESSED = 512,	 /* fake B: hardware sets Accessed (Arm says so in VTCR_EL2) */
	REF_GUEST_TABLES = 1024, /* NPT: the tables are a guest's own: supervisor accesses exist */
	REF_PAE = 2048,		 /* NPT: the host is in legacy PAE mode, 3 levels */
	REF_HAS_LPA2 = 65536,	 /* Arm FEAT_LPA2; FEAT_LPA is there exactly where hpa_bits is 52 */
	REF_HAS_TTST = 131072	 /* Arm FEAT_TTST: inputs of fewer than 25 bits, and the 4 KiB granule from level 3 */
};

/* What a guest does, and what an entry permits. */
enum ref_access {
	REF_R = 1,
	REF_W = 2,
	REF_XS = 4, /* fetch in supervisor mode */
	REF_XU = 8, /* fetch in user mode */
	REF_RWX = 15
};

/* Memory types, as far as the model tells them apart. */
enum ref_memtype { REF_WB, REF_WT, REF_WP, REF_WC, REF_UC, REF_STRICT, REF_STAGE1, REF_MT_RESERVED };

/* Reads the entry at a physical address; false: there is no such memory. */
typedef bool (*ref_read_fn)(void *ctx, uint64_t hpa, uint64_t *value);

/* One walker with its registers. */
struct ref_machine {
	enum ref_kind kind;
	unsigned features; /* enum ref_feature */
	unsigned hpa_bits; /* MAXPHYADDR; Arm: PAMax, or what VTCR_EL2.PS says if that is smaller */
	uint64_t base;	   /* EPTP | nCR3 or CR3 | VTTBR_EL2 | fake: the root's address */
	uint64_t control;  /* VTCR_EL2; else 0 */
	uint64_t pat;	   /* NPT: IA32_PAT; 0: its power-on value */
	ref_read_fn read;
	void *ctx;
};

/* The shape of the tree, from the registers. */
struct ref_shape {
	uint64_t root;	     /* physical address of the root table */
	unsigned top;	     /* level of the root's entries */
	unsigned gpa_bits;   /* width of the input address */
	unsigned page_lg2;   /* log2 of the granule */
	unsigned pa_lg2;     /* Arm: width of output addresses */
	unsigned leaf_top;   /* Arm: the highest level of blocks */
	bool lpa, lpa2;	     /* Arm: address bits 51:48 in 15:12; 51:50 in 9:8 */
	unsigned index_bits; /* per level */
	unsigned
		root_bits; /* index bits of the root: more than index_bits where root tables are concatenated, fewer in a PAE host */
	bool hw_a, hw_d;   /* hardware sets Accessed, Dirty */
	bool break_first;  /* break-before-make discipline */
};

/* What an entry is, to hardware, plus the values that only software tells apart (all of them not present). */
enum ref_entry_kind {
	REF_ABSENT,
	REF_FROZEN, /* not present: owned by an operation */
	REF_LEAF,
	REF_TABLE,
	REF_RESERVED, /* present, but hardware faults on it */
	REF_BAD_SIZE  /* present, but its address is beyond the width (Arm: address size fault) */
};

/* One entry in words. */
struct ref_entry {
	enum ref_entry_kind kind;
	uint64_t hpa;	/* leaf: the page; table: the table */
	unsigned perms; /* enum ref_access: what this entry lets through */
	enum ref_memtype memtype;
	bool force_mt; /* EPT: ignore PAT */
	bool accessed;
	bool waits;	   /* EPT without accessed and dirty flags: permits nothing until it is touched; perms: what then */
	bool may_write;	   /* there: W may be given back without anybody being asked; so while it is dirty, a write is no news */
	bool dirty;	   /* what hardware looks at before it writes the entry */
	bool dirty_kept;   /* that, or the software bit the library keeps it in meanwhile */
	bool dirty_for_sw; /* that, or the bit "written since mapped" */
	bool on_purpose;   /* reserved, but an entry that software uses so (EPT: a note that misconfigures) */
	bool hw_grants_w;  /* not writable, but hardware makes it so by setting Dirty (Arm DBM) */
	uint64_t with_a;   /* the entry after hardware set Accessed */
	uint64_t with_d;   /* the entry after hardware set Accessed and Dirty */
};

/* Why a walk ended without a translation. */
enum ref_fault {
	REF_OK,
	REF_NOT_PRESENT,
	REF_PERMISSION,
	REF_RESERVED_BITS, /* reserved bits, or an EPT misconfiguration */
	REF_ADDRESS_SIZE,  /* input or output address beyond the width */
	REF_ACCESS_FLAG,   /* Arm: AF = 0 and hardware does not set it */
	REF_NO_MEMORY,	   /* the walk left the memory there is */
	REF_BAD_REGISTER   /* the registers themselves are wrong */
};

enum { REF_MAX_LEVELS = 5 };

/* One memory reference of a walk. */
struct ref_step {
	unsigned level;
	uint64_t table_hpa; /* the table read */
	uint64_t entry_hpa; /* the entry in it */
	uint64_t value;	    /* what it held */
	uint64_t update;    /* what hardware must store for this access to proceed; = value: nothing */
};

/* The result of a walk. */
struct ref_walk {
	enum ref_fault fault;
	unsigned level; /* of the leaf, or of the entry that faulted */
	uint64_t hpa;	/* translation of the very address */
	uint64_t size;	/* bytes the last entry maps, also of one that faulted */
	unsigned perms; /* of all levels together */
	enum ref_memtype memtype;
	bool dirty;	   /* Dirty will be set once the updates are stored */
	bool dirty_kept;   /* see struct ref_entry */
	bool dirty_for_sw; /* the leaf says "written", now */
	bool on_purpose;   /* the reserved bits are what software wants */
	unsigned nsteps;
	struct ref_step step[REF_MAX_LEVELS]; /* from the top down */
};

/* Where a walk starts when a paging-structure cache supplies the upper levels. */
struct ref_start {
	unsigned level; /* of the entries of the table to start in */
	uint64_t table; /* that table */
	unsigned perms; /* what the skipped levels let through */
};

/* Read the shape out of the registers; false: hardware would refuse them. */
bool ref_shape(const struct ref_machine *m, struct ref_shape *out);
/* Say what an entry of a level means. */
struct ref_entry ref_decode(const struct ref_machine *m, const struct ref_shape *s, unsigned level, uint64_t value);
/* Walk for an access; start: NULL for the root. Changes nothing: the caller stores the updates. */
void ref_walk(const struct ref_machine *m, uint64_t gpa, unsigned access, const struct ref_start *start, struct ref_walk *out);
/* A present leaf of a level that maps hpa and permits everything: to poison freed tables with. */
uint64_t ref_poison(enum ref_kind kind, unsigned level, uint64_t hpa);

const char *ref_fault_name(enum ref_fault fault);
const char *ref_kind_name(enum ref_kind kind);

#endif
