#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# demo.sh BUILD [OPTION...]: boots Debian's Linux as a guest under QEMU. BUILD: a Meson build directory with the images in it.
#	--mode plain|migrate|dirty      what happens to its pages; migrate,dirty: both
#	--smp 1|2                       2: a second processor moves pages and collects logs under the running guest
#	--pages 4k|2m --levels 4|5      leaves; levels of the nested tables
#	--log wp|d                      dirty logging by write protection, or by hardware's Dirty flags
#	--seed N                        which pages move
#	--break WHAT                    leave something out: see README.md
#	--work MIB                      how much data the guest works with: 6; 2, three times, while writes are logged
#	--kernel FILE                   another kernel: a bzImage or an ELF file
#	--memory MIB --cpu MODEL        of the emulated machine
#	--timeout SECONDS               how long until a guest counts as dead
# Status 0: all checks ok; 77: cannot be done here; else failure, 124 if the guest hung.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
build=$(cd "$1" && pwd)/examples/x86-hv/linux
shift

mode=plain smp=1 pages=4k levels=4 log=wp seed=1 break=nothing kernel='' memory=512 cpu='' timeout=300 amount=''
while [ $# -gt 0 ]; do
	[ "$1" != --help ] || {
		sed -n 's/^#\t/  /p' "$0"
		exit 0
	}
	[ $# -gt 1 ] || {
		echo "$1 wants a value" >&2
		exit 2
	}
	case $1 in
	--mode) mode=$2 ;;
	--smp) smp=$2 ;;
	--pages) pages=$2 ;;
	--levels) levels=$2 ;;
	--log) log=$2 ;;
	--seed) seed=$2 ;;
	--break) break=$2 ;;
	--work) amount=$2 ;;
	--kernel) kernel=$2 ;;
	--memory) memory=$2 ;;
	--cpu) cpu=$2 ;;
	--timeout) timeout=$2 ;;
	*)
		echo "unknown option $1; see the head of $0" >&2
		exit 2
		;;
	esac
	shift 2
done

# skip WHY
skip()
{
	echo "skipped: $*"
	exit 77
}

command -v qemu-system-x86_64 > /dev/null || skip "qemu-system-x86_64 is not installed (Debian package qemu-system-x86)"
command -v cpio > /dev/null || skip "cpio is not installed (Debian package cpio)"
fetched=${KERNELS:-$root/build/kernels}/amd64
sh "$root/tools/linux.sh" amd64 "$fetched" || exit 77
[ -n "$kernel" ] || kernel=$fetched/kernel

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The initial RAM disk: busybox, our programs, our init.
mkdir -p "$work/root/bin" "$work/root/dev"
cp "$fetched/busybox" "$work/root/bin/"
cp "$build/hypercall" "$build/writer" "$build/events" "$here/guest/init" "$work/root/"
chmod 755 "$work/root/init"
(cd "$work/root" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) > "$work/initrd" || exit 1

# One that lacks 5-level paging would do with 4 levels, and is quicker.
[ -n "$cpu" ] || case $levels in
5) cpu=max ;;
*) cpu=EPYC-Rome,+svm,+npt ;;
esac
# An upper-case name is one of the library's own seeded defects.
case $break in
[A-Z]*) image=$build/x86-linux-broken.image ;;
*) image=$build/x86-linux.image ;;
esac
# What the guest does: data checks, and those again while its writes are logged.
case $mode in
*dirty*) work_words="work=${amount:-2} log=${amount:-2} log=${amount:-2}" ;;
*) work_words="work=${amount:-6}" ;;
esac
words="console=ttyS0 earlyprintk=ttyS0,,115200 panic=-1 nosmp acpi=off nokaslr mitigations=off tsc=reliable rdinit=/init quiet $work_words"

# The command line of a module cannot have a comma that is not doubled.
started=$(date +%s%N)
{
	timeout "$timeout" qemu-system-x86_64 -accel tcg,thread=multi -cpu "$cpu" -smp "$smp" -m "$memory" -display none -nodefaults \
		-no-reboot -serial stdio -device isa-debug-exit,iobase=0x501,iosize=4 -kernel "$image" \
		-append "mode=$mode smp=$smp pages=$pages levels=$levels log=$log seed=$seed break=$break" \
		-initrd "$kernel $words,$work/initrd" < /dev/null 2> "$work/errors"
	echo $? > "$work/status"
} | tr -d '\r' | tee "$work/said"
status=$(cat "$work/status")
echo "$(($(date +%s%N) - started))" | awk '{ printf "wall: %.1f s\n", $1 / 1e9 }'

# QEMU ends with twice the status that the image gave, and one; but with 1 also if it does not like its own arguments.
[ "$(tail -n 1 "$work/said")" != DONE ] || [ "$status" != 1 ] || exit 0
case $status in
124)
	echo "FAILED: no end after $timeout s"
	exit 124
	;;
0) echo "FAILED: the guest gave up" ;;
3) ;; # the image has said why
*)
	cat "$work/errors"
	echo "FAILED: QEMU ended with status $status"
	;;
esac
exit 1
