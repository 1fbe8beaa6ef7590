#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# dies.sh BUILD PATTERN DEMO-OPTION...: the demo must fail, and one line "FAILED: ..." must say why, which the pattern (grep -E) must match.
set -u
build=$1
pattern=$2
shift 2
said=$(mktemp)
trap 'rm -f "$said"' EXIT

"$(dirname "$0")/demo.sh" "$build" "$@" > "$said" 2>&1
status=$?
tr -d '\r' < "$said"
[ $status != 77 ] || exit 77
if [ $status = 0 ]; then
	echo "not ok: the run passed, $*"
	exit 1
fi
if [ "$(tr -d '\r' < "$said" | grep -c '^FAILED: ')" != 1 ] || ! tr -d '\r' < "$said" | grep -Eq "^FAILED: ($pattern)"; then
	echo "not ok: no line, or more than one, or another one than /FAILED: $pattern/, $*"
	exit 1
fi
echo "ok: failed as it should, $*"
