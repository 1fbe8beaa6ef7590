#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The library compiles for arm64 bare metal: freestanding, and with nothing undefined but mem*.
# arm64.sh HERE INCLUDE_DIR CORE_DIR CODEC_SOURCE... -- ENGINE_SOURCE...
set -eu
. "$1/tap.sh"
include=$2
core=$3
shift 3
cc=aarch64-linux-gnu-gcc

if ! command -v $cc > /dev/null; then
	tap_skip "arm64 bare metal" "no $cc"
	tap_done
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

define=
n=0
for source; do
	if [ "$source" = -- ]; then
		define=-DTDP_BUILD_ENGINE
		continue
	fi
	n=$((n + 1))
	# -nostdinc would also hide the compiler's own stdint.h, so a libc header is caught by its symbols below.
	tap_run "$(basename "$source") $define" $cc -std=c11 -O2 -ffreestanding -mgeneral-regs-only -mno-outline-atomics \
		-fno-strict-aliasing -Wall -Wextra -Werror -fvisibility=hidden $define -I "$include" -I "$core" \
		-c "$source" -o "$work/$n.o"
done

aarch64-linux-gnu-nm -g --defined-only "$work"/*.o | awk 'NF == 3 { print $3 }' > "$work/known"
printf '%s\n' memcmp memcpy memmove memset >> "$work/known"
sort -u "$work/known" -o "$work/known"
tap_none "undefined symbols are mem* only" "$(aarch64-linux-gnu-nm -u "$work"/*.o | awk '$1 == "U" { print $2 }' | sort -u |
	comm -23 - "$work/known")"
tap_done
