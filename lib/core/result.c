/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of results, and the version.
 */
#include <tdpmmu/types.h>

const char *tdp_result_name(int result)
{
	switch (result) {
	case TDP_OK:
		return "OK";
	case TDP_SPURIOUS:
		return "SPURIOUS";
	case TDP_RACE:
		return "RACE";
	case TDP_BUSY:
		return "BUSY";
	case TDP_ABSENT:
		return "ABSENT";
	case TDP_EXISTS:
		return "EXISTS";
	case TDP_NOMEM:
		return "NOMEM";
	case TDP_INVALID:
		return "INVALID";
	case TDP_RANGE:
		return "RANGE";
	case TDP_UNSUPPORTED:
		return "UNSUPPORTED";
	case TDP_EXTERNAL:
		return "EXTERNAL";
	case TDP_STOPPED:
		return "STOPPED";
	case TDP_PROTECTED:
		return "PROTECTED";
	case TDP_STALE_ROOT:
		return "STALE_ROOT";
	default:
		return "?";
	}
}

unsigned tdp_version(void)
{
	return TDP_VERSION;
}
