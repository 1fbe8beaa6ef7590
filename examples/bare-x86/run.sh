#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs an image in an emulator and shows what it says; passes if its last line is DONE and no line says FAILED. Status 77: there is no such emulator.
# run.sh qemu|kvm IMAGE PROCESSORS [CPU]
# run.sh bochs IMAGE PROCESSORS MODEL
# Environment:
#   WORDS='...'   what the image is told
#   SEED=HEX      where the payload's random numbers start
#   MEMORY=MIB    2048
#   LOADER=multiboot|pvh   as such a kernel, behind firmware, instead of as a ROM (QEMU); IMAGE is made for it
#   MODULES='FILE WORDS,FILE WORDS'   what the loader puts beside it
set -u
emulator=$1
image=$2
processors=$3
memory=${MEMORY:-2048}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 143' TERM INT
said=$work/said
: > "$said"
: > "$work/log"

# patch OFFSET_FROM_END: standard input goes into the image, which is a copy.
patch()
{
	dd of="$image" bs=1 seek=$(($(wc -c < "$image") - $1)) conv=notrunc 2> "$work/dd"
}
cp "$image" "$work/image" || exit 1
image=$work/image

# Words and seed have their places in the last bytes of a ROM. The seed lies there lowest byte first.
[ -n "${LOADER:-}" ] || [ -z "${WORDS:-}" ] || printf '%.255s' "$WORDS" | patch 512
if [ -n "${SEED:-}" ]; then
	number=$(printf '%016x' "0x$SEED")
	while [ -n "$number" ]; do
		byte=${number#"${number%??}"}
		number=${number%??}
		# shellcheck disable=SC2059 # an octal escape is a format
		printf "\\$(printf '%03o' "0x$byte")"
	done | patch 24
fi

need()
{
	command -v "$1" > /dev/null && return
	echo "skipped: $1 is not installed (Debian package $2)"
	exit 77
}

# qemu ACCELERATOR CPU
qemu()
{
	need qemu-system-x86_64 qemu-system-x86
	if [ -n "${LOADER:-}" ]; then
		set -- "$@" -kernel "$image" -append "${WORDS:-}"
		[ -z "${MODULES:-}" ] || set -- "$@" -initrd "$MODULES"
	else
		set -- "$@" -bios "$image"
	fi
	accelerator=$1
	model=$2
	shift 2
	qemu-system-x86_64 -accel "$accelerator" -cpu "$model" -smp "$processors" -m "$memory" -display none -nodefaults -no-reboot \
		-serial "file:$said" -device isa-debug-exit,iobase=0x501,iosize=4 "$@" > "$work/log" 2>&1 < /dev/null
}

case $emulator in
qemu) qemu tcg,thread=multi "${4:-max}" ;;
kvm)
	if ! [ -w /dev/kvm ]; then
		echo "skipped: /dev/kvm cannot be opened"
		exit 77
	fi
	qemu kvm "${4:-host}"
	;;
bochs)
	need bochs-bin bochs
	here=$(dirname "$0")
	sed "/^#/d; s|ROM|$image|; s|MODEL|$4|; s|PROCESSORS|$processors|; s|WORK|$work|; s|MEMORY|$memory|" "$here/bochs.rc" > "$work/rc"
	# Debian's has its debugger built in: "c" starts the machine. It ends by a panic, so its status says nothing.
	head -c 512 /dev/zero > "$work/vga"
	echo c > "$work/commands"
	bochs-bin -q -f "$work/rc" -rc "$work/commands" > "$work/out" 2>&1 < /dev/null
	;;
esac
cat "$said"
if grep -q FAILED "$said"; then
	exit 1
fi
# It crashed, or hung: what the emulator says may help.
if [ "$(tail -n 1 "$said")" != DONE ]; then
	tail -n 20 "$work/log"
	exit 1
fi
