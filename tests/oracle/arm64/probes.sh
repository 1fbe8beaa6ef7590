#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Single accesses at EL2's mercy: which fault comes and how it is told, faults inside the guest's own walk, and TLBs.
# probes.sh FAULTS WALKS STALE    three images
set -eu
. "$(dirname "$0")/qemu.sh"
qemu_need
failed=0

# probe IMAGE NAME VARIANT "WORDS" WANTED: the payload's status must be WANTED, 0: no mismatch, 1: some.
probe()
{
	status=0
	lines=$(qemu_run single "$1" "$4" < /dev/null) || status=$?
	echo "$lines" | sed "s/^\([a-z]*=\)/walker=qemu-arm64 format=s2-4k probe=$2 variant=$3 \1/"
	[ $status = "$5" ] || {
		echo "  status $status, not $5"
		failed=1
	}
}

for who in soft hardware; do
	probe "$1" faults $who $who 0
	probe "$2" walks $who $who 0
done
probe "$3" stale right 100 0
# What a flush hook may forget. Each must be seen, or the line above proves nothing.
for forgotten in nothing stage1-only stage2-only neighbour here-only; do
	probe "$3" stale "$forgotten" "10 $forgotten" 1
done
exit $failed
