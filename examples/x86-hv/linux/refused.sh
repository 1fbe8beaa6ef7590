#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# refused.sh BUILD: input that makes no sense, and machines that cannot do it: one line, and no success.
set -u
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
fetched=${KERNELS:-$root/build/kernels}/amd64
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# refused PATTERN OPTION...
refused()
{
	"$here/dies.sh" "$build" "$@" --timeout 120
	status=$?
	[ $status = 0 ] || exit $status
}

echo "no kernel at all, but long enough to be looked at: $(seq 1000)" > "$work/text"
sh "$root/tools/linux.sh" amd64 "$fetched" || exit 77
head -c 3000000 "$fetched/kernel" > "$work/short"
refused "the kernel is none" --kernel "$work/text"
refused "the bzImage is cut off" --kernel "$work/short"
refused "segment .* does not fit|the kernel is an ELF file" --kernel "$build/examples/x86-hv/linux/hypercall"
refused "too little memory" --memory 256
refused "no SVM: CPUID.80000001H:ECX\[2\]" --cpu EPYC-Rome,-svm
refused "SVM without nested paging: CPUID.8000000AH:EDX\[0\]" --cpu EPYC-Rome,+svm,-npt
refused "no 5-level paging: CPUID.7.0:ECX\[16\]" --levels 5 --cpu EPYC-Rome,+svm,+npt
refused "log is wp or d" --log x
refused "mode is a list" --mode fast
refused "break: no such" --break everything
refused "seed must not be 0" --seed 0
refused "the guest touches [0-9a-f]*, which it was not given" --break more-memory
