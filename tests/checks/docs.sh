#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Builds the reference manual; a warning of Doxygen's (an undocumented parameter, a dead link) is an error.
# docs.sh ROOT OUTPUT_DIR
set -eu
root=$1
mkdir -p "$2"
output=$(cd "$2" && pwd)

cd "$root"
{
	cat docs/Doxyfile
	echo "OUTPUT_DIRECTORY = $output"
} | doxygen -
