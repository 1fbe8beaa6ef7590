#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The archive for kernels and bare metal, by the recipes of docs/embedding.md, with the formats of its processor: it builds without a warning, uses no register that the
# embedder may not have saved, needs mem* only, does not recurse, needs a known and small stack, and takes what docs/freestanding.md says.
# freestanding.sh HERE ROOT TARGET
set -eu
. "$1/tap.sh"
here=$1
root=$2
. "$here/targets.sh"
target_set "$3"
# Beside the embedder's own frames on a 4 KiB stack: engines of fixed formats, and the generic one, which nobody on bare metal needs.
stack_limit=3072
generic_limit=3584

why_not=$(target_why_not)
if [ -n "$why_not" ]; then
	tap_skip "$3" "$why_not"
	tap_done
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lib=$work/build/lib/libtdpmmu.a

tap_run "configures" target_setup "$work/build"
tap_run "builds" ninja -C "$work/build" lib/libtdpmmu.a
"${prefix}objdump" -d --no-show-raw-insn "$lib" > "$work/text"
tap_none "is not empty" "$(grep -q 'tdp_zap>:' "$work/text" || echo "no tdp_zap in it")"
tap_none "uses no float, no vector, no red zone" "$(grep -E '^ +[0-9a-f]+:' "$work/text" | grep -E "$registers" | head -n 5)"
[ "$3" != i686 ] ||
	tap_none "replaces entries in one go" "$(grep -q 'lock cmpxchg8b' "$work/text" || echo "no lock cmpxchg8b in it")"
"${prefix}nm" -g --defined-only "$lib" | awk 'NF == 3 { print $3 }' > "$work/known"
printf '%s\n' memcmp memcpy memmove memset >> "$work/known"
sort -u "$work/known" -o "$work/known"
tap_none "needs mem* only" "$("${prefix}nm" -u "$lib" | awk '$1 == "U" { print $2 }' | sort -u | comm -23 - "$work/known")"
tap_none "has no writable data" "$("${prefix}size" -A "$lib" | awk '/:$/ { member = $1 } $1 ~ /^\.t?(data|bss)$/ && $2 > 0 { print member, $1, $2 }')"

"$here/footprint.sh" "$here" "$root" "$3" "$work/build" > "$work/footprint"
# above KIND LIMIT
above()
{
	awk -v kind="$1" -v limit="$2" '$1 == kind && $3 > limit' "$work/footprint"
}
tap_none "no recursion, no frame without a bound, no unknown call" "$(grep -E '^(recursion|dynamic|unknown)' "$work/footprint")"
tap_none "no call needs more than $stack_limit bytes of stack" "$(above stack $stack_limit)"
tap_none "none more than $generic_limit with the generic engine" "$(above generic $generic_limit)"
# That the graph was seen at all, through the engine's pointer and down to a hook.
tap_none "chains go through the engine" "$(grep -q '^stack tdp_zap .*:inst_zap > .*tdp_hook_' "$work/footprint" ||
	grep '^stack tdp_zap' "$work/footprint")"
tap_none "docs/freestanding.md says so" "$(awk -v target="$3" -f "$here/footprint.awk" "$work/footprint" "$root/docs/freestanding.md")"
mkdir "$work/run"
# shellcheck disable=SC2086 # a list of words
if output=$("$here/bare-run.sh" "$root" "$3" "$lib" "$work/run" $run_setups 2>&1); then
	tap_none "runs, and agrees with the model of random operations" "$(echo "$output" | grep '^not ok' || true)"
elif [ $? -eq 77 ]; then
	tap_skip "runs, and agrees with the model of random operations" "$output"
else
	tap_not_ok "runs, and agrees with the model of random operations" "$output"
fi
# Every public function, the hungriest first.
sort -k 3,3nr "$work/footprint" | sed -n 's/^stack /# stack /p'
grep '^text' "$work/footprint" | sed 's/^/# /'
tap_done
