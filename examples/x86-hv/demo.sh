#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs the hypervisor in an emulator. BUILD is a Meson build directory that has it. x86-linux is linux/demo.sh's.
# Status: 0 all is well, 1 something is wrong (the last line says what), 2 a mistake on the command line, 77 skipped (one line says why)
set -u
here=$(dirname "$0")

usage()
{
	cat << 'TEXT'
options of x86-svm and x86-vmx:
  --emulator qemu|bochs|kvm   x86-svm: qemu, x86-vmx: bochs. kvm needs nested virtualisation
  --model MODEL               the processor: -cpu of QEMU's, a model of Bochs's (x86-svm: ryzen, x86-vmx: corei7_skylake_x)
  --only matrix|logs|aging|race
  --break no-kick|kick-early|no-ack|no-forget   a mistake on purpose: the second processor's guest should notice
  --steps N                   how often the tables change in a race
  --tables N                  how many tables there are
  --guest stray               a guest that touches what it was not given
  --smp N  --memory MIB       what the machine has: 2, 2048
  --loader multiboot|pvh      start as such a kernel behind firmware, not as a ROM (QEMU)
TEXT
}

mistake()
{
	echo "demo.sh: $1; see --help" >&2
	exit 2
}

[ $# -ge 2 ] || mistake "BUILD and the demo's name, please"
build=$1
demo=$2
shift 2
case $demo in
x86-svm) emulator=qemu ;;
x86-vmx) emulator=bochs ;;
x86-linux) exec "$here/linux/demo.sh" "$build" "$@" ;;
*) mistake "$demo is not x86-svm, x86-vmx or x86-linux" ;;
esac
words=on=${demo#x86-}
model=
processors=2
MEMORY=2048
LOADER=
while [ $# -gt 0 ]; do
	case $1 in
	--help)
		usage
		exit 0
		;;
	esac
	[ $# -ge 2 ] || mistake "$1 is no option, or wants a value"
	case $1 in
	--emulator) emulator=$2 ;;
	--model) model=$2 ;;
	--only | --break | --steps | --tables | --guest) words="$words ${1#--}=$2" ;;
	--smp) processors=$2 ;;
	--memory) MEMORY=$2 ;;
	--loader) LOADER=$2 ;;
	*) mistake "$1 is no option" ;;
	esac
	shift 2
done
case $LOADER/$emulator in
/* | multiboot/qemu | multiboot/kvm) image=$build/examples/x86-hv/x86-hv.rom ;;
pvh/qemu | pvh/kvm) image=$build/examples/x86-hv/x86-hv.pvh ;;
*/bochs) mistake "Bochs has no loader" ;;
*) mistake "$LOADER is not multiboot or pvh" ;;
esac
[ -e "$image" ] || mistake "$image is not built"

# Can a guest of this machine's KVM have guests?
nested()
{
	for module in kvm_amd kvm_intel; do
		case $(cat "/sys/module/$module/parameters/nested" 2> /dev/null) in
		1 | Y) return 0 ;;
		esac
	done
	return 1
}

case $emulator/$demo in
qemu/x86-svm) model=${model:-max,phys-bits=52} ;;
# QEMU's own emulation has no VMX; the image says so.
qemu/x86-vmx) model=${model:-max} ;;
bochs/x86-svm) model=${model:-ryzen} ;;
bochs/x86-vmx) model=${model:-corei7_skylake_x} ;;
kvm/*)
	model=${model:-host}
	if ! nested; then
		echo "skipped: this machine's KVM has no nested virtualisation"
		exit 77
	fi
	;;
*) mistake "$emulator is not qemu, bochs or kvm" ;;
esac
export MEMORY LOADER
[ -z "$LOADER" ] || words="$words loader=$LOADER"
export WORDS="$words"
echo "$demo on $emulator, model $model, $processors processors, $MEMORY MiB"
timeout -k 10 300 sh "$here/../bare-x86/run.sh" "$emulator" "$image" "$processors" "$model"
status=$?
[ $status -ne 124 ] || echo "FAILED: no end after 300 seconds"
[ $status -eq 0 ] || [ $status -eq 77 ] || status=1
exit $status
