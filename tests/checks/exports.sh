#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The shared library exports exactly what the headers mark with TDP_API.
# exports.sh HERE SHARED_LIBRARY INCLUDE_DIR
set -eu
. "$1/tap.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Type A is the version node.
nm -D --defined-only "$2" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u > "$work/exported"
"$1/api-names.sh" "$3" all > "$work/declared"
tap_none "declared and exported" "$(comm -23 "$work/declared" "$work/exported")"
tap_none "exported and declared" "$(comm -13 "$work/declared" "$work/exported")"
tap_done
