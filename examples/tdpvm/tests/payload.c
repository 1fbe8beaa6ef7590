/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest guests: one that does all that is asked of a payload, and some that go wrong in one way each. KIND picks one. They
 * touch nothing but the shared page and their stack, so they need no descriptor tables.
 */
#include "abi.h"

#define MINIMAL 1 /* fine */
#define SILENT	2 /* ends without saying that it is done */
#define WRONG	3 /* says that it saw something wrong */
#define LIAR	4 /* says that it was refused something, which never happened */
#define CRASH	5 /* an exception and no handler */
#define SPIN	6 /* never ends */
#define PORT	7 /* a call that does not exist */
#define LARGE	8 /* 1 GiB of zeroes */
#define OVERLAP 9 /* fine, but linked at an address that is taken */

/* End this vCPU. */
static void leave(void)
{
	__asm__ volatile("out %%al, %0" : : "N"(TDPVM_PORT_DONE) : "memory");
}

void _start(struct tdpvm_shared *shared, uint64_t id);

#if KIND == LARGE
static volatile uint8_t zeroes[1 << 30];
#endif

void _start(struct tdpvm_shared *shared, uint64_t id)
{
	struct tdpvm_result *me = &shared->result[id];

#if KIND == WRONG
	me->errors = 1;
	me->error_address = 0x1234;
	me->error_wanted = 1;
	me->error_seen = 2;
#elif KIND == LIAR
	me->refused[TDPVM_HOLE] = 5;
#elif KIND == CRASH
	__asm__ volatile("ud2");
#elif KIND == SPIN
	while (!*(volatile uint64_t *)&me->done)
		;
#elif KIND == PORT
	__asm__ volatile("out %%al, %0" : : "N"(0x42));
#elif KIND == LARGE
	zeroes[id] = 1;
#endif
	me->done = KIND != SILENT;
	leave();
	for (;;)
		;
}
