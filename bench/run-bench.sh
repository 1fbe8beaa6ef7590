#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Benchmark the builds of two compilers, one after the other, and count instructions:
#
#   bench/run-bench.sh [--json FILE] [OPTION...] GCC-BUILDDIR CLANG-BUILDDIR
#
# Any number of build directories will do; other options (--quick, --sweep, --guest=64G ...) are tdpmmu-bench's. Prints a table per build;
# FILE gets all results in one object.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
json=
options=
count=yes
while [ $# -gt 0 ]; do
	case $1 in
	--json)
		json=${2:?--json needs a file}
		shift
		;;
	--json=*) json=${1#--json=} ;;
	--*=*[!A-Za-z0-9_/=-]*)
		echo "$0: $1?" >&2
		exit 2
		;;
	--op | --format | --guest | --rounds)
		options="$options $1=${2:?$1 needs a value}"
		count=
		shift
		;;
	--quick) options="$options $1" ;;
	--*)
		# A look at something in particular: no instructions.
		options="$options $1"
		count=
		;;
	*) break ;;
	esac
	shift
done
if [ $# -eq 0 ]; then
	echo "usage: $0 [--json FILE] [OPTION...] GCC-BUILDDIR CLANG-BUILDDIR" >&2
	exit 2
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
parts=
n=0
for build in "$@"; do
	n=$((n + 1))
	# shellcheck disable=SC2086 # a list of options without blanks
	"$build/bench/tdpmmu-bench" $options --json "$work/times.$n"
	parts="$parts $work/times.$n"
	if [ -n "$count" ]; then
		compiler=$(sed -n 's/.*"compiler": "\(.*\)".*/\1/p' "$work/times.$n" | head -n 1)
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
	fi
	echo
done
if [ -n "$json" ]; then
	# shellcheck disable=SC2086 # a list of files without blanks
	"$1/bench/tdpmmu-bench-merge" "$json" $parts
fi
exit $status
