/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * writer PAGES: writes to that many pages of its own and tells the hypervisor their guest physical addresses, each after the write. Then reads
 * all of them again. Status 0: everything was as written.
 */
#include "program.h"

enum {
	SYS_READ_AT = 17,
	SYS_OPEN = 2,
	SYS_MAP = 9,
	SYS_LOCK = 149,
	READ_WRITE = 3,
	PRIVATE_ANONYMOUS = 0x22,
	PAGE = 4096,
	PER_PAGE = 8, /* bytes in pagemap */
	CALL_WROTE = 4
};
#define PRESENT	   (1ul << 63)
#define FRAME_MASK ((1ul << 55) - 1)

int program(long count, char **words)
{
	const unsigned long pages = count == 2 ? number(words[1]) : 0;
	const long map = system_call(SYS_OPEN, (long)"/proc/self/pagemap", 0, 0, 0, 0, 0);
	const long at = system_call(SYS_MAP, 0, (long)(pages * PAGE), READ_WRITE, PRIVATE_ANONYMOUS, -1, 0);
	volatile unsigned long *word = (volatile unsigned long *)at;

	if (map < 0 || at < 0 || system_call(SYS_LOCK, at, (long)(pages * PAGE), 0, 0, 0, 0) != 0)
		return 1;
	for (unsigned long i = 0; i < pages; i++) {
		unsigned long entry = 0;

		word[i * PAGE / sizeof(*word) + i % 512] = i + 1;
		if (system_call(SYS_READ_AT, map, (long)&entry, PER_PAGE, (at / PAGE + (long)i) * PER_PAGE, 0, 0) != PER_PAGE ||
		    !(entry & PRESENT))
			return 2;
		hypercall(CALL_WROTE, (entry & FRAME_MASK) * PAGE);
	}
	for (unsigned long i = 0; i < pages; i++)
		if (word[i * PAGE / sizeof(*word) + i % 512] != i + 1)
			return 3;
	return pages == 0;
}
