# SPDX-License-Identifier: BSD-2-Clause
# Sourced: how to run a payload.

# qemu_need: leaves with 77 where something is missing.
qemu_need()
{
	for tool in qemu-system-aarch64 aarch64-linux-gnu-gcc; do
		command -v $tool > /dev/null || {
			echo "SKIP: no $tool (Debian: qemu-system-arm, gcc-aarch64-linux-gnu)"
			exit 77
		}
	done
}

# qemu_run THREADS IMAGE "WORDS" OPTION...: the payload's verdict is the exit status.
# THREADS is multi: two CPUs at once; or single: one thread that runs both, in turns that end at a YIELD.
qemu_run()
{
	threads=$1
	image=$2
	words=
	for word in $3; do
		words=$words,arg=$word
	done
	shift 3
	timeout 120 qemu-system-aarch64 -machine virt,virtualization=on,gic-version=3 -accel "tcg,thread=$threads" -cpu max -smp 2 -m 1G \
		-display none -monitor none -serial stdio -no-reboot \
		-semihosting-config "enable=on,target=native,arg=payload$words" -kernel "$image" "$@"
}
