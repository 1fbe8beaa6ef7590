# SPDX-License-Identifier: BSD-2-Clause
# Sourced: how the library is compiled for machines without an operating system.

bare_targets='x86_64 i686 aarch64'

# target_set TARGET: prefix (of binutils and compiler), setup (Meson's arguments), call_bytes (of stack that a call instruction takes),
# own_formats and registers (regular expressions: the formats of this processor; registers that an embedder may not have saved), formats (their
# names, for Meson) and run_setups (of tests/random, on these and on the generic engine).
target_set()
{
	own_formats='arch-x86_(ept|npt)'
	formats=ept,ept_noad,npt,npt_pae
	run_setups='npt-pae npt-pae-shared npt ept ept-noad-shared fake-b generic-npt-pae'
	registers='%[xyz]mm[0-9]|%st|%mm[0-7]|:[[:space:]]f[a-z]'
	prefix=
	case $1 in
	x86_64)
		setup="--native-file $root/tools/cross/x86_64-kernel.ini"
		c_args='-mcmodel=kernel -fno-pie'
		call_bytes=8
		# And no red zone, which an interrupt would overwrite.
		registers="$registers|-0x[0-9a-f]+\\(%rsp\\)"
		;;
	i686)
		setup="--cross-file $root/tools/cross/i686-bare.ini"
		c_args='-fno-pic -fno-pie'
		call_bytes=4
		;;
	aarch64)
		prefix=aarch64-linux-gnu-
		setup="--cross-file $root/tools/cross/aarch64-bare.ini"
		c_args=
		call_bytes=0
		own_formats='arch-arm64_s2'
		formats=s2_4k,s2_4k_lpa2,s2_16k,s2_16k_lpa2,s2_64k,s2_64k_lpa
		run_setups='s2 s2-hw s2-lpa2-shared fake-b generic-fake-b'
		registers='[[:space:]{,]([qvds]([0-9]|[12][0-9]|3[01]))(,|\.|\]|$)'
		;;
	esac
}

# target_why_not: why the target just set cannot be built here, in a few words.
target_why_not()
{
	if ! command -v "${prefix}gcc" > /dev/null; then
		echo "no ${prefix}gcc"
	elif [ -z "$prefix" ] && [ "$(uname -m)" != x86_64 ]; then
		echo "gcc is not one of x86"
	fi
}

# target_setup BUILD: configures it there, with call graphs beside the objects. Without debugging information, which is not looked at and
# takes the compiler a quarter of its time.
target_setup()
{
	# shellcheck disable=SC2086 # a list of words
	meson setup $setup -Dformats=$formats -Ddebug=false -Dwerror=true "-Dc_args=$c_args -fcallgraph-info=su" "$1" "$root"
}
