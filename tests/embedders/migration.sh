#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The examples of docs/migration.md compile: the rounds, a fault, and what comes afterwards.
# migration.sh HERE ROOT
set -eu
. "$1/../checks/tap.sh"
here=$1
page=$2/docs/migration.md

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# block NUMBER: one of the page's blocks of C.
block()
{
	awk -v wanted="$1" '
		/^```c$/ { inside = ++n == wanted; next }
		/^```$/ { inside = 0 }
		inside' "$page"
}

tap_none "has three blocks" "$(grep -c '^```c$' "$page" | grep -vx 3)"
{
	echo '#include "migration.h"'
	block 1
	echo 'static enum tdp_result fault(struct vcpu *vcpu, tdp_gpa_t gpa, uint32_t access) { enum tdp_result r;'
	block 2
	echo 'return r; }'
	echo 'static enum tdp_result afterwards(void) { enum tdp_result r;'
	block 3
	echo 'return r; }'
} > "$work/examples.c"
for compiler in gcc clang; do
	if command -v $compiler > /dev/null; then
		tap_run "examples compile ($compiler)" $compiler -std=c11 -Wall -Wextra -Wconversion -Wshadow -Wvla -Werror -Wno-unused-function -Wno-unused-parameter \
			-I "$2/include" -I "$here" -fsyntax-only "$work/examples.c"
	else
		tap_skip "examples compile ($compiler)" "no $compiler"
	fi
done
tap_done
