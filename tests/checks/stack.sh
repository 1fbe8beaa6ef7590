#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The stack that a call needs, from entry to the deepest hook, is known and small, and nothing recurses.
# stack.sh HERE INCLUDE_DIR CORE_DIR ENGINE_SOURCE... -- CODEC_SOURCE...
set -eu
. "$1/tap.sh"
here=$1
include=$2
core=$3
shift 3
# One function of an engine; and a whole call, which a hypervisor's 4 KiB stack must hold beside its own frames. (A view keeps the part
# of a table that it has read in its one frame.)
frame_limit=1024
chain_limit=2048

if ! gcc -dumpversion > /dev/null 2>&1; then
	tap_skip "stack use" "no gcc"
	tap_done
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Optimised as lib/meson.build compiles the engine half.
half=engine
n=0
for source; do
	if [ "$source" = -- ]; then
		half=codec
		continue
	fi
	n=$((n + 1))
	gcc -std=c11 -O3 -g0 -fPIC -fno-strict-aliasing -fvisibility=hidden -DTDP_BUILD_ENGINE -I "$include" -I "$core" \
		-fcallgraph-info=su -c "$source" -o "$work/$n.o" -dumpbase "$half-$n" -dumpdir "$work/"
done
cat "$work"/engine-*.ci | awk -f "$here/stack.awk" | grep '^frame' > "$work/raw"
cat "$work"/*.ci | awk -f "$here/stack.awk" | grep -v '^frame' >> "$work/raw"
sed "s,$(dirname "$core")/,,g" "$work/raw" | sort -k1,1 -k2,2nr > "$work/report"

# above KIND LIMIT
above()
{
	awk -v kind="$1" -v limit="$2" '$1 == kind && $2 > limit' "$work/report"
}

# A loop in the graph is what the awk script looks for; that it sees the graph at all shows in a chain of several functions.
tap_none "no recursion" "$(grep '^recursion' "$work/report" || true)"
tap_none "no frame without a bound" "$(grep '^dynamic' "$work/report" || true)"
tap_none "no frame of an engine above $frame_limit bytes" "$(above frame $frame_limit)"
tap_none "no call above $chain_limit bytes" "$(above chain $chain_limit)"
if grep -q '^chain.* > .* > ' "$work/report"; then
	tap_ok "chains were seen"
else
	tap_not_ok "chains were seen"
fi
awk '!seen[$1]++ && $1 ~ /frame|chain/ { print "# largest " $0 }' "$work/report"
tap_done
