/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line: sub-commands, and options that several of them share.
 */
#ifndef TDPMMU_TOOL_OPTIONS_H
#define TDPMMU_TOOL_OPTIONS_H

#include "formats.h"

/** Sub-commands, as a set. */
enum command_bit {
	C_FORMATS = 1,
	C_DECODE = 2,
	C_ENCODE = 4,
	C_SIZE = 8,
	C_WALK = 16,
	C_DUMP = 32,
	C_IMAGE = C_WALK | C_DUMP,
	C_LAYOUT = C_DECODE | C_ENCODE | C_SIZE | C_IMAGE,
	C_ALL = C_FORMATS | C_LAYOUT,
};

enum { MAX_KEYS = 8 };

/** What the options said. */
struct options {
	const struct format_line *line; /**< NULL: no --format */
	enum tdp_origin origin;
	bool origin_given, json, explain, check, strict;
	const char *level;		    /**< NULL: no --level */
	unsigned gpa_bits, hpa_bits, c_bit; /**< 0: not given */
	uint32_t features_on, features_off;
	const char *leaf_sizes;
	uint64_t pat;
	uint64_t gpa, base, root, reg, control;
	bool gpa_given, root_given, reg_given, control_given;
	const char *keys[MAX_KEYS]; /**< --key */
	unsigned n_keys;
};

/** A sub-command. */
struct command {
	const char *name;
	unsigned bit;	       /**< ::command_bit */
	const char *arguments; /**< after the options, for the help */
	const char *summary;   /**< one line */
	const char *more;      /**< for the help: what arguments are */
	/** Does it. Returns ::status. argv: what is left after the options. */
	int (*run)(const struct options *options, int argc, char **argv);
};

int run_formats(const struct options *options, int argc, char **argv);
int run_decode(const struct options *options, int argc, char **argv);
int run_encode(const struct options *options, int argc, char **argv);
int run_size(const struct options *options, int argc, char **argv);
int run_walk(const struct options *options, int argc, char **argv);
int run_dump(const struct options *options, int argc, char **argv);

/** Reads the options; a mistake ends the program. Returns the index of the first argument that is none. --help prints and ends. */
int options_read(struct options *options, const struct command *command, int argc, char **argv);

/** The layout that the options describe; a mistake ends the program. */
struct tdp_layout options_layout(const struct options *options);
/** The level that a text names: a number, or the manual's name. Ends the program if it is none. */
unsigned options_level(const struct tdp_layout *layout, const char *text);

#endif
