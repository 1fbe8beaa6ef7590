#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The built-in guest runs, all is well, and the JSON object holds what it should. Exit status 77: no KVM here.
# demo.sh TDPVM JSON_KEYS OPTION...
set -u
tdpvm=$1
json_keys=$2
shift 2

output=$("$tdpvm" --json "$@")
status=$?
[ $status -ne 77 ] || exit 77
printf '%s\n' "$output"
[ $status -eq 0 ] || exit $status
printf '%s\n' "$output" | "$json_keys"
