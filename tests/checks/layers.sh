#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A user of the lower layers links nothing of the higher ones: no object of the engine half is in a program that only decodes.
# layers.sh HERE DECODER ENGINE_ARCHIVE USER_OF_THE_ENGINE
set -eu
. "$1/tap.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Hidden symbols are global in objects and local in programs.
nm -g --defined-only "$3" | awk 'NF == 3 { print $3 }' | sort -u > "$work/engine"
for program in "$2" "$4"; do
	nm --defined-only "$program" | awk 'NF == 3 { print $3 }' | sort -u | comm -12 - "$work/engine" > "$work/$(basename "$program")"
done
tap_none "the decoder holds no engine symbol" "$(cat "$work/$(basename "$2")")"

# The same look at a program that does use the engine must find it.
if [ -s "$work/$(basename "$4")" ]; then
	tap_ok "an engine would have been seen"
else
	tap_not_ok "an engine would have been seen"
fi
tap_done
