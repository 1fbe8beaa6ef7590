#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The library compiles where pointers have 32 bits, and where 64-bit members are aligned to 4 bytes (i386): sizes of opaque structures
# were once demanded to be equal.
# narrow.sh HERE INCLUDE_DIR CORE_DIR SOURCE...
set -eu
. "$1/tap.sh"
include=$2
core=$3
shift 3

if ! command -v clang > /dev/null; then
	tap_skip "32-bit targets" "no clang"
	tap_done
fi
for target in i386-linux-gnu armv7-linux-gnueabihf; do
	for source; do
		tap_run "$target $(basename "$source")" clang --target=$target -ffreestanding -std=gnu11 -Wall -Wextra -Werror \
			-DTDP_BUILD_ENGINE -I "$include" -I "$core" -fsyntax-only "$source"
	done
done
tap_done
