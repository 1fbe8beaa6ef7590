#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The shell scripts are free of what shellcheck knows.
# shell.sh HERE ROOT
set -eu
. "$1/tap.sh"

if ! command -v shellcheck > /dev/null; then
	tap_skip "shellcheck" "no shellcheck"
	tap_done
fi

cd "$2"
for file in $("$1/files.sh" . '*.sh' run .ci/run); do
	# Sourced files (SC1091) are checked by themselves, and what they define is used elsewhere (SC2034, SC2154).
	tap_run "$file" shellcheck -s sh -e SC1091,SC2034,SC2154 "$file"
done
tap_done
