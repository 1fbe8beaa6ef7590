#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# C and C++ are laid out as .clang-format says.
# format.sh HERE ROOT
set -eu
. "$1/tap.sh"

# Versions lay out differently; this is Debian 12's.
version=$(clang-format --version 2> /dev/null | sed -n 's/.*version \([0-9]*\).*/\1/p')
if [ "$version" != 14 ]; then
	tap_skip "clang-format" "no clang-format 14"
	tap_done
fi

cd "$2"
files=$("$1/files.sh" . '*.c' '*.h' '*.cpp')
tap_none "there are files" "$([ "$(echo "$files" | wc -l)" -gt 100 ] || echo "$files")"
# shellcheck disable=SC2086 # a list of words
tap_none "each is laid out as .clang-format says" "$(clang-format --dry-run -Werror $files 2>&1 | grep error)"
tap_done
