/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run is told: the words of the multiboot command line, as demo.sh puts them together. */
#ifndef EXAMPLES_X86_HV_LINUX_OPTIONS_H
#define EXAMPLES_X86_HV_LINUX_OPTIONS_H

#include "machine.h"

/* What may be left out on purpose (break=NAME): each is a mistake of a hypervisor, not of the library. */
#define OMISSIONS(X)                                                                                                               \
	X(NO_COPY, "no-copy", "a page moves, and what was in it stays behind")                                                     \
	X(NO_KICK, "no-kick", "the flush hook does nothing")                                                                       \
	X(KICK_EARLY, "kick-early", "the flush comes before the entry changes")                                                    \
	X(COPY_EARLY, "copy-early", "a page is copied while the guest can write to it")                                            \
	X(NO_REINJECT, "no-reinject", "an event that a fault interrupted is dropped")                                              \
	X(INJECT_SOFTWARE, "inject-software", "a software interrupt that a fault interrupted is injected as an event")             \
	X(WRONG_FRAME, "wrong-frame", "one page is mapped to its neighbour's frame")                                               \
	X(FORGET_LOGGED, "forget-logged", "1 in 64 pages of a dirty log is dropped")                                               \
	X(FORGET_MOVED, "forget-moved", "what is written is forgotten when its page moves")                                        \
	X(NO_REARM, "no-rearm", "1 in 64 pages stays open for writing after it was collected")                                     \
	X(MOVE_OPENS, "move-opens", "a page that moves is writable afterwards though writes are logged")                           \
	X(MORE_MEMORY, "more-memory", "the guest is told of more memory than it has")

enum omission {
	BREAK_NOTHING,
#define X(name, word, text) BREAK_##name,
	OMISSIONS(X)
#undef X
		BREAK_COUNT
};

struct options {
	bool migrate, dirty; /* mode */
	bool second;	     /* smp=2 */
	bool huge;	     /* pages=2m */
	bool by_flag;	     /* log=d: hardware's Dirty flag, not write protection */
	unsigned levels;
	uint64_t seed;
	enum omission omission;
};

extern struct options options;

/* Fails the run for a word that makes no sense. */
void options_read(void);
/* Is the value at a, which a space or a comma may end, this word? */
bool option_is(const char *a, const char *word);
/* Is this left out? */
static inline bool breaks(enum omission what)
{
	return options.omission == what;
}

#ifdef TDP_TEST
/* One of the library's own seeded defects, by its name in lib/core/broken.h: only the image with the library's test build has them. */
bool defect_choose(const char *name);
#else
static inline bool defect_choose(const char *name)
{
	(void)name;
	return false;
}
#endif

#endif
