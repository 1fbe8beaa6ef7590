#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# stores.sh CONFLICT-STORES CONFLICT-JUDGE [all]: calls that commute have no cache line in common, from the address of every load and store.
# Of pairs of operations those with a fault, or all (minutes). TAP.

set -eu

if ! command -v valgrind >/dev/null 2>&1; then
	echo "1..0 # SKIP valgrind is missing (apt-get install valgrind)"
	exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# valgrind 3.19 cannot read the DWARF 5 of clang 14, and needs none.
program=$1
if command -v strip >/dev/null 2>&1; then
	strip --strip-debug -o "$work/stores" "$1"
	program=$work/stores
fi
# Everything is bound before it begins: a function's first call would write a table of the linker's.
LD_BIND_NOW=1 valgrind --tool=lackey --trace-mem=yes --log-fd=9 "$program" ${3:+"$3"} 9>&1 >"$work/plan" |
	grep '^ [LSM] ' >"$work/trace"
"$2" "$work/plan" "$work/trace"
