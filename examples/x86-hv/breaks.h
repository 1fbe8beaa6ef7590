/* SPDX-License-Identifier: BSD-2-Clause */
/* Mistakes of an embedder's, each one a word that the image is told: break=no-kick. The library is the same in all of them. */
#ifndef EXAMPLES_X86_HV_BREAKS_H
#define EXAMPLES_X86_HV_BREAKS_H

enum break_kind {
	BREAK_NONE,
	BREAK_NO_KICK,	  /* the flush reaches this processor only */
	BREAK_KICK_EARLY, /* it kicks before it calls the library, and not in the hook, when the entries have changed */
	BREAK_NO_ACK,	  /* it kicks and does not wait until the guest is out */
	BREAK_NO_FORGET	  /* the guest leaves, and enters again with what the processor has cached */
};
extern enum break_kind break_kind;

/* Reads the word; fails the run if it does not know it. */
void break_choose(void);
/* Its name; "nothing" for none. */
const char *break_name(void);

#endif
