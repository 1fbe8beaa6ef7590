#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Benchmark the builds of two compilers, one after the other, and count instructions:
#
#   bench/run-bench.sh [--quick] [--json FILE] GCC-BUILDDIR CLANG-BUILDDIR
#
# Any number of build directories will do. Prints a table per build; FILE gets all results in one object.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
quick=
json=
while [ $# -gt 0 ]; do
	case $1 in
	--quick) quick=--quick ;;
	--json)
		json=${2:?--json needs a file}
		shift
		;;
	--*)
		echo "usage: $0 [--quick] [--json FILE] GCC-BUILDDIR CLANG-BUILDDIR" >&2
		exit 2
		;;
	*) break ;;
	esac
	shift
done
if [ $# -eq 0 ]; then
	echo "usage: $0 [--quick] [--json FILE] GCC-BUILDDIR CLANG-BUILDDIR" >&2
	exit 2
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
parts=
n=0
for build in "$@"; do
	n=$((n + 1))
	"$build/bench/tdpmmu-bench" $quick --json "$work/times.$n"
	compiler=$(sed -n 's/.*"compiler": "\(.*\)".*/\1/p' "$work/times.$n" | head -n 1)
	parts="$parts $work/times.$n"
	echo "instructions, $compiler"
	code=0
	"$here/instructions" --gates "$here/gates.txt" --json "$work/counts.$n" --compiler "$compiler" \
		"$build/bench/tdpmmu-instr" || code=$?
	if [ -s "$work/counts.$n" ]; then
		parts="$parts $work/counts.$n"
	fi
	# Without valgrind there are times only.
	if [ $code -ne 0 ] && [ $code -ne 77 ]; then
		status=1
	fi
	echo
done
if [ -n "$json" ]; then
	# shellcheck disable=SC2086 # a list of files without blanks
	"$1/bench/tdpmmu-bench-merge" "$json" $parts
fi
exit $status
