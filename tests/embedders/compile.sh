#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Compiles one embedder, and does not link it, by each compiler there is.
# compile.sh HERE INCLUDE_DIR SOURCE
set -eu
. "$1/../checks/tap.sh"

warnings="-Wall -Wextra -Wconversion -Wvla -Wundef -Werror"
case $3 in
*.cpp)
	compilers="g++ clang++"
	standard=c++17
	;;
*)
	compilers="gcc clang"
	standard=c11
	warnings="$warnings -Wshadow -Wstrict-prototypes -Wmissing-prototypes"
	;;
esac

for compiler in $compilers; do
	if command -v "$compiler" > /dev/null; then
		# shellcheck disable=SC2086 # the warnings are a list of words
		tap_run "$compiler" "$compiler" "-std=$standard" $warnings -I "$2" -fsyntax-only "$1/$3"
	else
		tap_skip "$compiler" "no $compiler"
	fi
done
tap_done
