#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The archive for kernels and bare metal, by the recipes of docs/embedding.md: it builds, uses no vector register (the embedder may not
# have saved them), no red zone, and needs mem* only.
# freestanding.sh HERE ROOT
set -eu
. "$1/tap.sh"
root=$2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# archive NAME PREFIX VECTOR_REGISTERS MESON_ARGUMENTS...
archive()
{
	name=$1
	prefix=$2
	vectors=$3
	shift 3
	if ! command -v "${prefix}gcc" > /dev/null; then
		tap_skip "$name" "no ${prefix}gcc"
		return
	fi
	tap_run "$name configures" meson setup "$@" "$work/$name" "$root"
	tap_run "$name builds" ninja -C "$work/$name"
	lib=$work/$name/lib/libtdpmmu.a
	"${prefix}objdump" -d --no-show-raw-insn "$lib" > "$work/text"
	tap_none "$name is not empty" "$(grep -q 'tdp_zap>:' "$work/text" || echo "no tdp_zap in it")"
	tap_none "$name uses no vector registers" "$(grep -E "$vectors" "$work/text" | head -n 5)"
	"${prefix}nm" -g --defined-only "$lib" | awk 'NF == 3 { print $3 }' > "$work/known"
	printf '%s\n' memcmp memcpy memmove memset >> "$work/known"
	sort -u "$work/known" -o "$work/known"
	tap_none "$name needs mem* only" "$("${prefix}nm" -u "$lib" | awk '$1 == "U" { print $2 }' | sort -u | comm -23 - "$work/known")"
}

if [ "$(uname -m)" = x86_64 ]; then
	archive x86_64-kernel "" '%[xyz]mm[0-9]|-0x[0-9a-f]+\(%rsp\)' --native-file "$root/tools/cross/x86_64-kernel.ini"
fi
archive aarch64-bare aarch64-linux-gnu- '[[:space:]{,]([qvds]([0-9]|[12][0-9]|3[01]))(,|\.|\]|$)' --cross-file "$root/tools/cross/aarch64-bare.ini"
tap_done
