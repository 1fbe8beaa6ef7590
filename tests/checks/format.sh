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
for file in $("$1/files.sh" . '*.c' '*.h' '*.cpp'); do
	tap_run "$file" clang-format --dry-run -Werror "$file"
done
tap_done
