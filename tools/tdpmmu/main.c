/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdpmmu: what stage-2 page tables say, for people who have an entry, a kernel's trace or a memory image before them.
 */
#include "options.h"

#include <stdio.h>
#include <string.h>

static const struct command commands[] = {
	{"formats", C_FORMATS, "", "List the page-table formats, and what is assumed of a machine that nobody described", "",
	 run_formats},
	{"decode", C_DECODE, "[ENTRY...]", "Say what a table entry means",
	 "ENTRY is hexadecimal. Without one, lines are read from standard input: entries alone, memory dumps, or a kernel's\n"
	 "trace, in which the numbers after spte, old_spte and new_spte are explained below each line.\n"
	 "Without --level an ENTRY is decoded for each level. The software bits are anybody's unless --origin ours.",
	 run_decode},
	{"explain", C_DECODE, "[ENTRY...]", "Say in words what hardware does with a table entry, and why it would fault",
	 "The same as tdpmmu decode --explain.", run_decode},
	{"encode", C_ENCODE, "[WORD...]", "Build the table entry of a page",
	 "WORDs: hpa=ADDRESS perm=rwx memtype=WB flags=force sw=0 level=0; hpa, perm and memtype also without the key, in this\n"
	 "order. Without WORDs, such lines are read from standard input, also what tdpmmu decode prints.\n"
	 "The software bits are this library's unless --origin foreign, which leaves them 0.",
	 run_encode},
	{"size", C_SIZE, "SIZE", "Tables and bytes that a range needs, at best and at worst",
	 "SIZE is in bytes, or with K, M, G, T.", run_size},
	{"walk", C_WALK, "FILE ADDRESS...", "Translate addresses through tables in a memory image, level by level",
	 "FILE is physical memory, raw, from --base on. Say where the root is with --root, or with --reg.", run_walk},
	{"dump", C_DUMP, "FILE", "Print what tables in a memory image map, and check them",
	 "FILE is physical memory, raw, from --base on. Say where the root is with --root, or with --reg.", run_dump},
	{NULL, 0, NULL, NULL, NULL, NULL},
};

/* The help of the whole. */
static void print_help(FILE *out)
{
	fputs("usage: tdpmmu COMMAND [OPTION...] [ARGUMENT...]\n"
	      "Stage-2 page tables: EPT, NPT and Arm stage 2, entry by entry or from a memory image.\n\ncommands:\n",
	      out);
	for (const struct command *c = commands; c->name; c++)
		fprintf(out, "  %-9s %s\n", c->name, c->summary);
	fputs("\n  tdpmmu decode --format ept --level 0 0x8600000002beab77\n"
	      "  trace-cmd report | tdpmmu decode --format ept\n"
	      "  tdpmmu walk --format npt --root 0x1000 memory.raw 0x7e000000\n\n"
	      "more: tdpmmu COMMAND --help, man tdpmmu\n",
	      out);
}

/* The command of a name, or NULL. */
static const struct command *find(const char *name)
{
	for (const struct command *c = commands; c->name; c++) {
		if (strcmp(c->name, name) == 0)
			return c;
	}
	return NULL;
}

/* Options of the whole, and `help`; -1 if it is a command. */
static int without_command(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;
	const unsigned version = tdp_version();

	if (!word)
		usage_error("which command? formats, decode, explain, encode, size, walk or dump; see tdpmmu --help");
	if (strcmp(word, "--version") == 0) {
		printf("tdpmmu %u.%u.%u\n", version / 10000, version / 100 % 100, version % 100);
		return STATUS_OK;
	}
	if (strcmp(word, "--help") != 0 && strcmp(word, "-h") != 0 && (strcmp(word, "help") != 0 || argc > 2))
		return -1;
	print_help(stdout);
	return STATUS_OK;
}

int main(int argc, char **argv)
{
	static char name[32], help[] = "--help";
	const struct command *command;
	struct options options;
	int status = without_command(argc, argv), first;

	if (status < 0) {
		if (strcmp(argv[1], "help") == 0) {
			argv[1] = argv[2];
			argv[2] = help;
		}
		command = find(argv[1]);
		if (!command)
			usage_error("'%s' is no command; see tdpmmu --help", argv[1]);
		snprintf(name, sizeof(name), "tdpmmu %s", command->name);
		tool_name = name;
		first = options_read(&options, command, argc - 1, argv + 1);
		options.explain = options.explain || strcmp(command->name, "explain") == 0;
		status = command->run(&options, argc - 1 - first, argv + 1 + first);
	}
	if (fflush(stdout) != 0 || ferror(stdout))
		trouble("cannot write the output");
	return status;
}
