#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Boots a guest under the hypervisor, on QEMU.
# demo.sh BUILD arm64|arm64-linux [OPTION...]    BUILD is a Meson build directory with this folder's images
# The status is 0 if all was well, 77 if something is missing here, 124 if it took too long, and else what verdict.h says.
set -u

here=$(dirname "$0")
. "$here/qemu.sh"

usage()
{
	cat << 'TEXT'
./run demo arm64 [OPTION...]          what a guest may do, races, and flushes that forget something: seconds
./run demo arm64-linux [OPTION...]    an unmodified Debian kernel on tables of this library

  --cpu NAME          cortex-a57 (software does all), neoverse-n1 (hardware sets Accessed and Dirty), max (LPA2, FWB);
                      without it arm64 takes all three, arm64-linux the second
  --timeout SECONDS
arm64-linux only:
  --mode MODE         plain; migrate: pages move; dirty: the log is held against the memory; split-promote: blocks and pages
  --smp N             the guest's CPUs: 1 or 2
  --seed N            of what is random
  --log soft|hardware whose Dirty state; without it hardware's if there is any
  --pages 4k|2m       plain: how memory is mapped
  --guest MIB, --memory MIB, --tables N    the guest's memory, the machine's, the pool of tables
  --ipa BITS          how wide guest addresses are
  --every N, --moves N    migrate: one move for N faults (2); fewer moves in all than N (2000) are a failure
  --work MIB, --rounds N  the guest's checks: over how much data, how often
  --break WHAT        leave something out: all, stage1, stage2, broadcast, address, write-protect, break, copy, log, grace
  --witness           the image that looks at each store to a table, and reports what QEMU forgives
  --defect NAME       the same, with a defect of the library's test build switched on (lib/core/broken.h)
  --kernel FILE       another kernel
  --json              the figures once more, as the last line
  --wild              the guest touches memory that it was not given
  --no-el2            on a machine without EL2
TEXT
}

build=$1
demo=$2
shift 2
cpu=
mode=plain
smp=1
seed=1
guest=256
memory=512
limit=${DEMO_TIMEOUT:-600}
kernel=
image=arm64-linux.elf
words=
boot="quiet console=ttyAMA0 panic=-1 rdinit=/init"

# need NAME VALUE: an option's value.
need()
{
	if [ $# -lt 2 ] || [ -z "$2" ]; then
		echo "$1 takes a value" >&2
		exit 2
	fi
}

while [ $# -gt 0 ]; do
	option=$1
	case $option in
	--*=*)
		value=${option#*=}
		option=${option%%=*}
		shift
		set -- "$option" "$value" "$@"
		;;
	esac
	case $option in
	--wild) boot="$boot wild" ;;
	--json) words="$words json=1" ;;
	--witness) image=arm64-linux-test.elf ;;
	--no-el2) EL2=off ;;
	--help | -h)
		usage
		exit 0
		;;
	*)
		need "$@"
		case $option in
		--cpu) cpu=$2 ;;
		--timeout) limit=$2 ;;
		--kernel) kernel=$2 ;;
		--mode) mode=$2 ;;
		--smp) smp=$2 ;;
		--seed) seed=$2 ;;
		--guest) guest=$2 ;;
		--memory) memory=$2 ;;
		--work | --rounds) boot="$boot ${option#--}=$2" ;;
		--log | --pages | --tables | --ipa | --every | --moves | --break) words="$words ${option#--}=$2" ;;
		--defect)
			words="$words defect=$2"
			image=arm64-linux-test.elf
			;;
		*)
			echo "no such option: $option" >&2
			usage >&2
			exit 2
			;;
		esac
		shift
		;;
	esac
	shift
done

qemu_need
[ -e "$build/examples/arm64-hv/$image" ] || skip "the images are not built (Debian: libfdt-dev)"
case $demo in
arm64)
	failed=0
	for model in ${cpu:-cortex-a57 neoverse-n1 max}; do
		echo "[demo] $model"
		qemu_run "$model" 2 512 "$build/examples/arm64-hv/arm64.elf" "" || failed=$?
	done
	exit $failed
	;;
arm64-linux) ;;
*)
	usage >&2
	exit 2
	;;
esac

cpu=${cpu:-neoverse-n1}
# The guest boots from Debian's kernel, unless told, and an initramfs of busybox and one script.
kernels=${DEMO_KERNELS:-$here/../../build/kernels/arm64}
"$here/../../tools/linux.sh" arm64 "$kernels" || exit
[ -n "$kernel" ] || kernel=$kernels/kernel
[ -r "$kernel" ] || {
	echo "no kernel: $kernel cannot be read" >&2
	exit 2
}
command -v cpio > /dev/null || skip "no cpio (Debian: cpio)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tree/bin" "$work/tree/proc" "$work/tree/dev"
cp "$kernels/busybox" "$work/tree/bin/busybox"
cp "$here/init" "$work/tree/init"
(cd "$work/tree" && find . | cpio -o -H newc -R 0:0 --quiet) > "$work/initrd"

machine_cpus=$smp
[ "$mode" = plain ] || machine_cpus=$((smp + 1))
qemu_device_tree "$cpu" "$machine_cpus" "$memory" "$work/machine.dtb" || exit
"$build/examples/arm64-hv/guest-dtb" "$work/machine.dtb" "$work/guest.dtb" "$guest" "$smp" "$(stat -c %s "$work/initrd")" "$seed" "$boot" || exit
# Where the guest's memory lies on the machine: frames.h and image.h.
qemu_run "$cpu" "$machine_cpus" "$memory" "$build/examples/arm64-hv/$image" "mode=$mode smp=$smp seed=$seed guest=$guest memory=$memory$words" \
	-device "loader,file=$kernel,addr=0x48000000,force-raw=on" \
	-device "loader,file=$work/guest.dtb,addr=0x4fc00000,force-raw=on" \
	-device "loader,file=$work/initrd,addr=0x50000000,force-raw=on"
