/* SPDX-License-Identifier: BSD-2-Clause */
/* hypercall end OK BAD | log-on | log-off */
#include "program.h"

enum { CALL_END = 1, CALL_LOG_START, CALL_LOG_END };

int program(long count, char **words)
{
	if (count == 4 && words[1][0] == 'e')
		hypercall(CALL_END, number(words[3]) << 16 | number(words[2]));
	else if (count == 2 && words[1][5] == 'n')
		hypercall(CALL_LOG_START, 0);
	else if (count == 2)
		hypercall(CALL_LOG_END, 0);
	return count < 2;
}
