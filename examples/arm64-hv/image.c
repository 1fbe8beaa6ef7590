/* SPDX-License-Identifier: BSD-2-Clause */
/* The header of an arm64 Image: Documentation/arm64/booting.rst of Linux. */
#include "image.h"

#include "el2.h"
#include "verdict.h"

enum { IMAGE_MAGIC = 0x644d5241, DTB_MAGIC = 0xedfe0dd0 };

struct header {
	uint32_t code[2];
	uint64_t text_offset, image_size, flags, reserved[3];
	uint32_t magic, pe;
};

static void refuse(const char *what, uint64_t value)
{
	say("[hv] the kernel will not do: %s (%x)\n", what, value);
	quit(VERDICT_INPUT);
}

void image_check(uint64_t host, uint64_t size)
{
	const struct header *h = (const struct header *)(host + IMAGE_KERNEL);

	if (h->magic != IMAGE_MAGIC)
		refuse("no arm64 Image, whose magic number at offset 56 is 644d5241", h->magic);
	if (h->text_offset != 0)
		refuse("its offset from a multiple of 2 MiB is not 0", h->text_offset);
	if (h->image_size > IMAGE_DTB || h->image_size > size)
		refuse("with its zeroed memory it reaches into the device tree", h->image_size);
	if (*(const uint32_t *)(host + IMAGE_DTB) != DTB_MAGIC)
		refuse("there is no device tree for it", *(const uint32_t *)(host + IMAGE_DTB));
}
