#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Prints the tables of docs/freestanding.md, measured anew. Takes minutes; keeps its builds in DIR.
# footprint-tables.sh ROOT DIR
set -eu
root=$(cd "$1" && pwd)
here=$root/tests/checks
mkdir -p "$2"
dir=$(cd "$2" && pwd)
. "$here/targets.sh"

for target in $bare_targets; do
	target_set "$target"
	[ -e "$dir/$target/build.ninja" ] || target_setup "$dir/$target" > "$dir/$target.log" 2>&1
	ninja -C "$dir/$target" lib/libtdpmmu.a > "$dir/$target.log" 2>&1
	"$here/footprint.sh" "$here" "$root" "$target" "$dir/$target" | sed "s/^/$target /"
done > "$dir/footprint"

for kind in text stack; do
	awk -v kind=$kind -v targets="$bare_targets" '
		$2 == kind && (kind == "stack" || ($1 == "aarch64" ? $3 !~ /^(ept|npt)/ : $3 !~ /^s2/)) {
			bytes[$1, $3] = $4
			if ($4 > most[$3]) most[$3] = $4
		}
		END { count = split(targets, target, " ")
			for (name in most) {
				if (kind == "stack" && most[name] < 512)
					continue
				line = "| `" name "` |"
				for (i = 1; i <= count; i++)
					line = line " " ((target[i], name) in bytes ? bytes[target[i], name] : "-") " |"
				print kind == "stack" ? most[name] : 0, line
			} }' "$dir/footprint" | sort -k 1,1nr -k 2 | sed 's/^[0-9]* //' > "$dir/rows"
	echo "| $kind | $(echo "$bare_targets" | sed 's/ / | /g') |"
	echo '|---|---|---|---|'
	cat "$dir/rows"
	echo
done
grep -vE '^[^ ]* (text|stack|generic) ' "$dir/footprint" || true
