#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What tdpvm refuses before it needs KVM: payloads that cannot be, missing devices, mistakes on the command line.
# refusals.sh TAP_DIR HERE TDPVM GOOD_ELF LARGE_ELF
set -u
. "$1/tap.sh"
. "$2/lib.sh"
tdpvm=$3
good=$4
large=$5

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# No KVM: a bad payload is told from a good one all the same.
bad()
{
	expect 1 "$1" "$2" "$tdpvm" --kvm-device /nonexistent --payload "$3"
}

size=$(wc -c < "$good")
headers_end=$((64 + 56 * $(od -An -t u2 -j 56 -N 2 "$good")))
for length in 0 1 3 4 15 16 63; do
	head -c $length "$good" > "$work/cut"
	bad "not an ELF file\|cut off\|not a 64-bit" "truncated to $length bytes" "$work/cut"
done
for length in 64 65 119 $((headers_end - 1)) $headers_end 4096; do
	head -c "$length" "$good" > "$work/cut"
	bad "truncated\|cut off\|not an ELF file" "truncated to $length bytes" "$work/cut"
done
[ "$size" -gt 4096 ] || tap_not_ok "the good payload is large enough to be cut"

bad "another machine" "for another machine (arm64)" "$(patch "$good" 18 '\267\000')"
bad "not a 64-bit" "a 32-bit file" "$(patch "$good" 4 '\001')"
bad "not a program at fixed addresses" "position-independent" "$(patch "$good" 16 '\003\000')"
bad "entry point" "entry point nowhere" "$(patch "$good" 24 '\000\000\000\000\000\000\000\000')"
bad "no address space" "a segment at an address that does not exist" "$(patch "$good" $((64 + 16 + 6)) '\064\022')"
bad "truncated" "a segment that starts far beyond the file" "$(patch "$good" $((64 + 8 + 7)) '\177')"
bad "does not fit" "a segment of 2^63 bytes" "$(patch "$good" $((64 + 40 + 7)) '\200')"
bad "does not fit" "larger than memory" "$large"
head -c 40000000 /dev/zero > "$work/zeroes"
bad "larger than" "a file larger than memory" "$work/zeroes"
echo "not a program" > "$work/text"
bad "not an ELF file" "a text file" "$work/text"
bad "No such file" "no file" "$work/none"
bad "not a file" "a directory" "$work"

expect 77 "/nonexistent: No such file" "no KVM" "$tdpvm" --kvm-device /nonexistent
expect 77 "/dev/null: not the KVM interface" "something else than KVM" "$tdpvm" --kvm-device /dev/null
# Root may open everything, so root becomes nobody for this one.
: > "$work/forbidden"
chmod 000 "$work/forbidden"
if [ "$(id -u)" -ne 0 ]; then
	expect 77 "Permission denied" "KVM is forbidden" "$tdpvm" --kvm-device "$work/forbidden"
elif setpriv --reuid 65534 --clear-groups "$tdpvm" --help > /dev/null 2>&1; then
	expect 77 "Permission denied" "KVM is forbidden" setpriv --reuid 65534 --clear-groups "$tdpvm" --kvm-device "$work/forbidden"
else
	tap_skip "KVM is forbidden" "this is root, and nobody cannot run tdpvm"
fi

# Mistakes: the first line names the option, a second one the way to help.
for mistake in --mem=1 --mem=63M --mem=64X --mem=64MB --mem= --mem=-64M --mem=4G --mem=99999999999999999999G \
	--vcpus=0 --vcpus=9 --vcpus=two --vcpus=2K --page=1g --timeout=0 --chaos=0 --chaos=x --chaos=86401 --chaos=3s --rcu=none --unknown stray; do
	"$tdpvm" --kvm-device /nonexistent "$mistake" > "$work/stdout" 2> "$work/stderr"
	if [ $? -eq 2 ] && [ -s "$work/stderr" ] && [ ! -s "$work/stdout" ]; then
		tap_ok "$mistake is refused"
	else
		tap_not_ok "$mistake is refused" "$(cat "$work/stderr")"
	fi
done
# The same for acts: two of them, or one with what it cannot do.
for mistake in "dirty promote" "promote --page=4k" "split --page 4k" "dirty --chaos 1" "wss --payload $good" "dirty --log=never"; do
	# shellcheck disable=SC2086 # a list of words
	"$tdpvm" --kvm-device /nonexistent $mistake > "$work/stdout" 2> "$work/stderr"
	if [ $? -eq 2 ] && [ -s "$work/stderr" ] && [ ! -s "$work/stdout" ]; then
		tap_ok "${mistake%% /*} is refused"
	else
		tap_not_ok "${mistake%% /*} is refused" "$(cat "$work/stderr")"
	fi
done
for act in dirty promote split wss; do
	expect 77 "/nonexistent: No such file" "$act without KVM" "$tdpvm" --kvm-device /nonexistent $act --json
done
# A number behind --chaos is its value, also as an argument of its own; any other argument is not.
expect 77 "/nonexistent" "--chaos 3" "$tdpvm" --kvm-device /nonexistent --chaos 3
expect 77 "/nonexistent" "--chaos alone" "$tdpvm" --kvm-device /nonexistent --chaos --json
"$tdpvm" --kvm-device /nonexistent --chaos some > "$work/stdout" 2> "$work/stderr"
tap_run "--chaos some is refused" test $? -eq 2
tap_run "--help" "$tdpvm" --help
tap_done
