#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the static library needs from its surroundings: nothing but mem*, so that it links on bare metal; and what it defines.
# archive.sh HERE ARCHIVE INCLUDE_DIR
set -eu
. "$1/tap.sh"
archive=$2
include=$3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A linker table, not a symbol, is what the fifth name stands for.
printf '%s\n' memcmp memcpy memmove memset _GLOBAL_OFFSET_TABLE_ > "$work/allowed"
nm -g --defined-only "$archive" | awk 'NF == 3 { print $3 }' | sort -u > "$work/defined"
nm -u "$archive" | awk '$1 == "U" || $1 == "w" { print $2 }' | sort -u > "$work/undefined"

tap_none "undefined symbols are mem* only" "$(sort -u "$work/allowed" "$work/defined" | comm -13 - "$work/undefined")"
tap_none "everything the headers declare is there" "$("$1/api-names.sh" "$include" all | comm -23 - "$work/defined")"
# Hidden symbols are global while a program is linked statically: without our prefix they could clash with its own.
tap_none "every symbol begins with tdp_" "$(grep -v '^tdp_' "$work/defined" || true)"
tap_none "no writable data" "$(size -A "$archive" | awk '/:$/ { member = $1 } $1 ~ /^\.t?(data|bss)$/ && $2 > 0 { print member, $1, $2 }')"
tap_done
