#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The library as sources, without Meson: the commands of docs/freestanding.md, taken from there, with an embedder's own compiler and flags.
# What they make for this machine links with the embedder of docs/porting.md, which runs.
# sources.sh HERE ROOT
set -eu
. "$1/tap.sh"
root=$2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The first block of commands behind the headline.
awk '/^## Without Meson/ { inside = 1 } inside && /^```$/ { exit } inside && block { print } inside && /^```sh$/ { block = 1 }' \
	"$root/docs/freestanding.md" > "$work/commands"
tap_none "the page has commands" "$(grep -q TDP_BUILD_ENGINE "$work/commands" || cat "$work/commands")"

# compile NAME CC CFLAGS FORMATS
compile()
{
	if ! command -v "$2" > /dev/null; then
		tap_skip "$1: compiles" "no $2"
		return 1
	fi
	mkdir "$work/$1"
	tap_run "$1: compiles" env src="$root" CC="$2" CFLAGS="$3" formats="$4" sh -ec "cd '$work/$1'
. '$work/commands'"
	case $2 in
	*-gcc) prefix=${2%gcc} ;;
	*) prefix= ;;
	esac
	"${prefix}nm" -g --defined-only "$work/$1"/*.o | awk 'NF == 3 { print $3 }' > "$work/known"
	printf '%s\n' memcmp memcpy memmove memset _GLOBAL_OFFSET_TABLE_ >> "$work/known"
	sort -u "$work/known" -o "$work/known"
	tap_none "$1: needs mem* only" "$("${prefix}nm" -u "$work/$1"/*.o | awk '$1 == "U" { print $2 }' | sort -u | comm -23 - "$work/known")"
}

warnings="-Wall -Wextra -Werror"
compile arm64 aarch64-linux-gnu-gcc "$warnings -mno-outline-atomics" arch-arm64/s2_4k || true
case $(uname -m) in
x86_64)
	for compiler in gcc clang; do
		if compile "$compiler" $compiler "$warnings -Os -mno-red-zone" "arch-x86/ept arch-x86/npt"; then
			tap_run "$compiler: links the minimal embedder" $compiler -std=c11 -O1 -Wall -Wextra -Werror -I "$root/include" \
				"$root/tests/embedders/minimal.c" "$work/$compiler"/*.o -o "$work/$compiler/minimal"
			tap_run "$compiler: which runs" "$work/$compiler/minimal"
		fi
	done
	;;
*) tap_skip "the minimal embedder" "is for x86-64" ;;
esac
tap_done
