/* SPDX-License-Identifier: BSD-2-Clause */
#include "hash.h"

#include <string.h>

/* Four sums at a time: one alone would wait for its own multiplications. */
uint64_t hash_bytes(uint64_t h, const void *bytes, size_t n)
{
	const unsigned char *b = bytes;
	uint64_t sum[4] = {h, h + 1, h + 2, h + 3}, word[4];

	for (; n >= sizeof(word); n -= sizeof(word), b += sizeof(word)) {
		memcpy(word, b, sizeof(word));
		for (unsigned i = 0; i < 4; i++)
			sum[i] = hash_word(sum[i], word[i]);
	}
	memset(word, 0, sizeof(word));
	memcpy(word, b, n);
	for (unsigned i = 0; i < 4; i++)
		h = hash_word(h, hash_word(sum[i], word[i]));
	return h ^ h >> 32;
}
