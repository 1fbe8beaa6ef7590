#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Compiles one public header alone, as each language it promises, by each compiler there is.
# compile.sh HERE INCLUDE_DIR HEADER
set -eu
. "$1/../checks/tap.sh"
include=$2
header=$3

warnings="-Wall -Wextra -Wconversion -Wundef -Wpedantic -Werror"
# -Wshadow is for C only: a function named like a struct (tdp_fault, as with stat) is what g++ takes for a hidden constructor.
c_warnings="-Wshadow -Wstrict-prototypes -Wmissing-prototypes"

# try COMPILER LANGUAGE STANDARD EXTRA_WARNINGS
try()
{
	if command -v "$1" > /dev/null; then
		# shellcheck disable=SC2086 # the warnings are a list of words
		tap_run "$1 $3" "$1" -x "$2" "-std=$3" $warnings $4 -I "$include" -fsyntax-only -include "tdpmmu/$header" /dev/null
	else
		tap_skip "$1 $3" "no $1"
	fi
}

for standard in c11 c17; do
	try gcc c $standard "$c_warnings"
	try clang c $standard "$c_warnings"
done
try g++ c++ c++17 ""
try clang++ c++ c++17 ""
tap_done
