#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The archive for bare metal at work: tests/embedders/static_pool.c and random operations against their model (tests/random), linked with
# it as programs of this operating system; for another processor in an emulator of programs.
# bare-run.sh ROOT TARGET ARCHIVE WORK_DIR SETUP...: status 77 and a line if the target has no C library or cannot be run here.
set -eu
root=$1
target=$2
archive=$3
work=$4
shift 4

run=
case $target in
x86_64) cc=gcc options="-fno-pie -no-pie" ;;
i686) cc=i686-linux-gnu-gcc options=-march=i686 emulator=qemu-i386 ;;
aarch64) cc=aarch64-linux-gnu-gcc options='' emulator=qemu-aarch64 ;;
esac

# skip WHY
skip()
{
	echo "$*"
	exit 77
}

command -v "$cc" > /dev/null || skip "no $cc"
echo '#include <stdio.h>' | $cc -E - > /dev/null 2>&1 || skip "no C library for $cc"
flags="-std=gnu11 -O1 $options -fno-strict-aliasing -D_FILE_OFFSET_BITS=64 -I $root/include -I $root/lib/core -I $root/tests/random
	-I $root/tests/referee -I $root/tests/formats"
# A weak reference takes nothing out of an archive.
whole="-Wl,--whole-archive $archive -Wl,--no-whole-archive"
cd "$work"
# shellcheck disable=SC2086 # lists of words
$cc $flags -include "$root/tests/checks/weak.h" -static -o static-pool "$root/tests/embedders/static_pool.c" $whole
# Most kernels of x86-64 run programs of i386 as they are.
if ! ./static-pool > /dev/null 2>&1; then
	run=${emulator:-}
	[ -z "$run" ] || command -v "$run" > /dev/null || skip "neither a kernel that runs programs of $target nor $run"
fi
$run ./static-pool

# shellcheck disable=SC2086 # a list of words
{
	for source in "$root"/tests/formats/fake_*.c "$root/examples/07-your-own-format.c"; do
		name=$(basename "$source" .c)
		$cc $flags -c "$source" -o "codec-$name.o"
		$cc $flags -DTDP_BUILD_ENGINE -c "$source" -o "engine-$name.o"
	done
	for source in "$root"/tests/random/*.c "$root"/tests/referee/walk*.c; do
		$cc $flags -DTDP_TEST -include "$root/tests/checks/weak.h" -c "$source" -o "$(basename "$(dirname "$source")")-$(basename "$source" .c).o"
	done
	$cc $options -static -o random-plain ./*.o $whole
}
for setup; do
	$run ./random-plain --format "$setup" --seed 1 --ops 5000 --runs 2
done
