#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The stack that a call needs, from entry to the deepest hook, is known and small, and nothing recurses.
# stack.sh HERE INCLUDE_DIR CORE_DIR SOURCE...
set -eu
. "$1/tap.sh"
here=$1
include=$2
core=$3
shift 3
limit=1024

if ! gcc -dumpversion > /dev/null 2>&1; then
	tap_skip "stack use" "no gcc"
	tap_done
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# As lib/meson.build compiles the engine half; a codec is shallow and is compiled the same way here.
n=0
for source; do
	n=$((n + 1))
	gcc -std=c11 -O3 -g0 -fPIC -fno-strict-aliasing -fvisibility=hidden -DTDP_BUILD_ENGINE -I "$include" -I "$core" \
		-fcallgraph-info=su -c "$source" -o "$work/$n.o" -dumpbase "$n" -dumpdir "$work/"
done
cat "$work"/*.ci | awk -f "$here/stack.awk" > "$work/report"

tap_none "no recursion" "$(grep '^recursion' "$work/report" || true)"
tap_none "no frame of variable size" "$(grep '^dynamic' "$work/report" || true)"
tap_none "the deepest chain is below $limit bytes" "$(awk -v limit=$limit '$1 == "chain" && $2 >= limit' "$work/report" | sort -k2nr)"
sort -k2nr "$work/report" | sed -n '/^chain/ { s/^/# deepest: /p; q; }'
tap_done
