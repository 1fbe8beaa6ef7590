#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the archive for bare metal takes, in bytes, a line each:
#	text FORMAT BYTES           code and constants: of a format with its engine; "any": the generic engine; "core": what all of them share
#	stack FUNCTION BYTES CHAIN  of a public function from its entry to the deepest call, hooks not counted; engines of this target's formats
#	generic FUNCTION BYTES CHAIN  the same with the generic engine, which calls any format's functions
# and what no such number can be had for:
#	recursion | dynamic | unknown WHERE
# footprint.sh HERE ROOT TARGET BUILD
set -eu
here=$1
root=$2
build=$4
. "$here/targets.sh"
target_set "$3"

lib=lib/libtdpmmu.a
cd "$build"

"${prefix}size" -A "$lib" | awk '
	/:$|ex .*:/ { name = $1; gsub(/^(arch-x86|arch-arm64|core)_|\.c\.o.*/, "", name)
		what = $1 ~ /^arch/ && name != "caps" ? name : name == "generic" ? "any" : "core" }
	$1 ~ /^\.(text|rodata|data\.rel\.ro)/ { bytes[what] += $2 }
	END { for (what in bytes) print "text", what, bytes[what] }' | sort

# chains KIND CALL_GRAPH...: of public functions, and of what the embedder's RCU calls.
chains()
{
	kind=$1
	shift
	awk -v address="$call_bytes" -f "$here/stack.awk" "$root"/include/tdpmmu/*.h "$root"/lib/core/*.[ch] "$root"/lib/arch-*/*.[ch] "$@" |
		awk -v kind="$kind" -v root="$root/" '
			FILENAME == ARGV[1] { public[$1] = 1; next }
			$1 == "chain" && ($3 in public || $3 ~ /:(grace_period_over|free_gone)$/) {
				name = $3
				sub(/.*:/, "", name)
				gsub(/[^ ]*lib\//, "")
				$1 = kind; bytes = $2; $2 = name; $3 = bytes
				print
			}
			$1 !~ /chain|frame/' "$public" - | sort -u
}

public=$(mktemp)
trap 'rm -f "$public"' EXIT
"$here/api-names.sh" "$root/include" functions > "$public"
# shellcheck disable=SC2046 # file names without spaces
chains stack $(find lib -name '*.ci' | grep -E "core_|caps|$own_formats" | grep -v core_generic)
# shellcheck disable=SC2046
chains generic $(find lib -name '*.ci' | grep -vE 'libtdpmmu-engine.a.p/arch-(x86|arm64)_(ept|npt|s2)')
