#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Random operations against their model (tests/random), and tests/embedders/static_pool.c, on i386, where pointers have 32 bits and entries
# 64: with the archive for bare metal.
# narrow-run.sh ROOT ARCHIVE WORK_DIR SETUP...: status 77 and a line if there is no compiler with a C library for i386, or no way to run.
set -eu
root=$1
archive=$2
work=$3
shift 3
cc=i686-linux-gnu-gcc

command -v $cc > /dev/null || {
	echo "no $cc"
	exit 77
}
flags="-std=gnu11 -O1 -march=i686 -fno-strict-aliasing -D_FILE_OFFSET_BITS=64 -I $root/include -I $root/lib/core -I $root/tests/random
	-I $root/tests/referee -I $root/tests/formats"
cd "$work"
# shellcheck disable=SC2086 # a list of words
{
	for source in "$root"/tests/formats/fake_*.c "$root/examples/07-your-own-format.c"; do
		name=$(basename "$source" .c)
		$cc $flags -c "$source" -o "codec-$name.o"
		$cc $flags -DTDP_BUILD_ENGINE -c "$source" -o "engine-$name.o"
	done
	for source in "$root"/tests/random/*.c "$root"/tests/referee/walk*.c; do
		$cc $flags -DTDP_TEST -c "$source" -o "$(basename "$(dirname "$source")")-$(basename "$source" .c).o"
	done
	$cc -static -o random-plain ./*.o "$archive"
	$cc $flags -static -o static-pool "$root/tests/embedders/static_pool.c" "$archive"
}

# Most kernels of x86-64 run it as it is.
run=
./random-plain --help > /dev/null 2>&1 || run=qemu-i386
[ -z "$run" ] || command -v $run > /dev/null || {
	echo "neither a kernel that runs i386 programs nor $run"
	exit 77
}
$run ./static-pool
for setup; do
	$run ./random-plain --format "$setup" --seed 1 --ops 5000 --runs 2
done
