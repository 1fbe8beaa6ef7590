# SPDX-License-Identifier: BSD-2-Clause
# Sourced: the machine.

skip()
{
	echo "SKIP: $*"
	exit 77
}

qemu_need()
{
	for tool in qemu-system-aarch64 aarch64-linux-gnu-gcc; do
		command -v $tool > /dev/null || skip "no $tool (Debian: qemu-system-arm, gcc-aarch64-linux-gnu)"
	done
}

# qemu_model CPU: prints the model's options. Pointer authentication by QEMU's own cipher is several times faster than by QARMA5.
qemu_model()
{
	case $1 in
	max) echo max,pauth-impdef=on ;;
	*) echo "$1" ;;
	esac
}

# qemu_device_tree CPU CPUS MEMORY_MIB FILE: the machine's, as QEMU makes it.
qemu_device_tree()
{
	qemu-system-aarch64 -machine "virt,virtualization=on,gic-version=3,its=off,dumpdtb=$4" -cpu "$(qemu_model "$1")" -smp "$2" -m "$3" \
		-display none > "$4.log" 2>&1 && return 0
	head -n 1 "$4.log" >&2
	return 2
}

# qemu_run CPU CPUS MEMORY_MIB IMAGE "WORDS" OPTION...: the verdict is the exit status. No interrupt translation service and no device with
# DMA, for both go round stage 2.
qemu_run()
{
	model=$(qemu_model "$1")
	cpus=$2
	size=$3
	elf=$4
	arguments=
	for word in $5; do
		arguments=$arguments,arg=$word
	done
	shift 5
	timeout --foreground "$limit" qemu-system-aarch64 -machine virt,virtualization="${EL2:-on}",gic-version=3,its=off -accel tcg,thread=multi \
		-cpu "$model" -smp "$cpus" -m "$size" -display none -monitor none -nodefaults -serial stdio -no-reboot \
		-semihosting-config "enable=on,target=native,arg=hv$arguments" -kernel "$elf" "$@" < /dev/null
	status=$?
	[ $status != 124 ] || echo "[demo] no end in $limit s: the guest hangs, or this machine is too busy"
	return $status
}
