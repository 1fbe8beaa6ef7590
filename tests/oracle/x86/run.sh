#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs a ROM in an emulator and shows what it says; passes if its last line is DONE and no line says FAILED.
# run.sh qemu ROM PROCESSORS [CPU]
# run.sh bochs ROM PROCESSORS MODEL
# SEED=HEX in the environment: where the payload's random numbers start.
set -u
emulator=$1
rom=$2
processors=$3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
said=$work/said

# The seed lies in the last bytes of a ROM, lowest byte first.
if [ -n "${SEED:-}" ]; then
	cp "$rom" "$work/rom"
	rom=$work/rom
	at=$(($(wc -c < "$rom") - 24))
	number=$(printf '%016x' "0x$SEED")
	while [ -n "$number" ]; do
		byte=${number#"${number%??}"}
		number=${number%??}
		# shellcheck disable=SC2059 # an octal escape is a format
		printf "\\$(printf '%03o' "0x$byte")"
	done | dd of="$rom" bs=1 seek="$at" conv=notrunc 2> "$work/dd"
fi

need()
{
	command -v "$1" > /dev/null && return
	echo "skipped: $1 is not installed (Debian package $2)"
	exit 77
}

case $emulator in
qemu)
	need qemu-system-x86_64 qemu-system-x86
	qemu-system-x86_64 -accel tcg,thread=multi -cpu "${4:-max}" -smp "$processors" -m 2048 -display none -nodefaults -no-reboot \
		-serial "file:$said" -device isa-debug-exit,iobase=0x501,iosize=4 -bios "$rom" > "$work/log" 2>&1 < /dev/null
	;;
bochs)
	need bochs-bin bochs
	here=$(dirname "$0")
	sed "/^#/d; s|ROM|$rom|; s|MODEL|$4|; s|PROCESSORS|$processors|; s|WORK|$work|" "$here/bochs.rc" > "$work/rc"
	# Debian's has its debugger built in: "c" starts the machine. It ends by a panic, so its status says nothing.
	head -c 512 /dev/zero > "$work/vga"
	echo c > "$work/commands"
	bochs-bin -q -f "$work/rc" -rc "$work/commands" > "$work/out" 2>&1 < /dev/null
	;;
esac
cat "$said"
if grep -q FAILED "$said" || [ "$(tail -n 1 "$said")" != DONE ]; then
	tail -n 20 "$work/log"
	exit 1
fi
