#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Tables that the library built on the host, walked by QEMU's stage 2.
# at.sh IMAGE AT_PROGRAM FAMILY QUESTIONS [SEED]
set -eu
. "$(dirname "$0")/qemu.sh"
qemu_need
image=$(realpath "$1")
at=$(realpath "$2")
family=$3
questions=$4
seed=${5:-1}

# Two hundred MiB that nobody keeps.
work=$(mktemp -d -p /dev/shm 2> /dev/null || mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# walk FLIP: asks QEMU, and judges what it said.
walk()
{
	"$at" ask "$family" "$seed" "$questions" "$1"
	qemu_run single "$image" "" -device loader,file=questions,addr=0x44000000,force-raw=on \
		-device loader,file=tables,addr=0x54000000,force-raw=on < /dev/null
	"$at" judge "$family" "$seed" "$questions"
}

walk 0
# One wrong bit in one descriptor must be seen.
status=0
walk 1 > flipped || status=$?
grep "trees=" flipped | sed 's/ trees=/ variant=one-bit-flipped trees=/'
[ $status = 1 ] && ! grep -q 'trees=.* mismatches=0$' flipped
