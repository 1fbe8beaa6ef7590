#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Collecting dirty pages under a guest that stores, with the Dirty state in hardware's hands: nothing is lost. The same with plain stores
# in place of compare-and-swap loses some, or the test proves nothing.
# race.sh IMAGE IMAGE_OF_THE_TEST_BUILD [HARVESTS]
set -eu
. "$(dirname "$0")/qemu.sh"
qemu_need
harvests=${3:-100000}
defect_harvests=$((harvests / 5))
failed=0

# race THREADS IMAGE VARIANT HARVESTS DEFECT WANTED: the payload's status must be WANTED, 0: nothing lost, 1: some.
race()
{
	status=0
	line=$(qemu_run "$1" "$2" "$4 $5" < /dev/null) || status=$?
	echo "walker=qemu-arm64 format=s2-4k variant=$3 $line"
	[ $status = "$6" ] || {
		echo "  status $status, not $6"
		failed=1
	}
}

race multi "$1" as-shipped "$harvests" "" 0
race single "$2" interleaved "$harvests" "" 0
race single "$2" plain-store-when-aging $defect_harvests AGE_PLAIN_STORE 1
race single "$2" plain-store-when-collecting $defect_harvests ARM_PLAIN_STORE 1
exit $failed
