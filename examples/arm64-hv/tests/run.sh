#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the demos must do, in short form; and what must not pass.
# run.sh BUILD matrix|plain|migrate|dirty|witness|inputs
set -u

here=$(dirname "$0")
build=$1
failed=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT
# The guest's checks in their short form.
short="--rounds 1 --work 2"

# demo STATUSES PATTERN DEMO OPTION...: runs a demo, whose status must be one of these and whose output must have a line that matches PATTERN.
demo()
{
	wanted=$1
	line=$2
	shift 2
	echo "== $*"
	status=0
	"$here/../demo.sh" "$build" "$@" > "$out" 2>&1 || status=$?
	cat "$out"
	[ $status != 77 ] || exit 77
	case " $wanted " in
	*" $status "*) ;;
	*)
		echo "FAILED: status $status, not $wanted"
		failed=1
		;;
	esac
	grep -q -e "$line" "$out" || {
		echo "FAILED: no line like: $line"
		failed=1
	}
}

# linux STATUSES PATTERN OPTION...
linux()
{
	wanted=$1
	line=$2
	shift 2
	# shellcheck disable=SC2086 # words
	demo "$wanted" "$line" arm64-linux $short "$@"
}

# omitted SECONDS OPTION...: with something left out the guest must hang, die or be reported, in so many seconds. An option that is not taken
# (2) or a library that refuses (5) is none of these.
omitted()
{
	limit=$1
	shift
	linux '1 3 4 99 124' 'left out' --timeout "$limit" "$@"
}

case $2 in
matrix)
	demo 0 'verdict: ok' arm64 --cpu cortex-a57
	demo 0 'verdict: ok' arm64 --cpu max
	;;
plain)
	linux 0 'all checks ok' --cpu cortex-a57
	linux 0 '^{"mode":"plain","verdict":"ok",.*}$' --pages 2m --json
	;;
migrate)
	# Twice as long as this takes, here and now, must be too little for the same with something left out.
	begun=$(date +%s)
	linux 0 'moved [0-9]* pages' --mode migrate --smp 2 --moves 2000
	omitted $((2 * ($(date +%s) - begun) + 5)) --mode migrate --smp 2 --break broadcast
	;;
dirty)
	linux 0 ' 0 changed unnamed$' --mode dirty --log hardware
	linux 1 'MISSED' --mode dirty --log soft --break log
	;;
witness)
	# What QEMU's walker forgives is seen in the stores to the tables. The library as it is gives no reason for a word.
	linux 0 'blocks promoted again' --mode split-promote --cpu max --witness
	linux 1 'without a break' --mode migrate --defect REPLACE_NO_BREAK
	linux 1 'was not flushed' --mode split-promote --defect PROMOTE_MAKE_EARLY
	linux 1 'another CPU may be in it' --mode split-promote --defect FREE_NO_GRACE
	linux 1 'another CPU may be in it' --mode split-promote --witness --break grace
	;;
inputs)
	linux 2 'too little memory: 320 MiB' --memory 320
	linux 2 'out of tables: the pool has 12' --tables 12
	linux 2 'ID_AA64MMFR1_EL1.HAFDBS is 0' --cpu cortex-a57 --mode dirty --log hardware
	linux 2 'ID_AA64MMFR0_EL1.PARange' --cpu cortex-a57 --ipa 48
	linux 2 'ID_AA64PFR0_EL1.EL2' --no-el2
	linux 2 'no arm64 Image' --kernel "$here/../README.md"
	linux 2 'cannot be read' --kernel /nonexistent
	linux 2 "no such option: mode=none" --mode none
	linux 4 'read of 70000000, which it was not given' --wild
	;;
*)
	echo "no such test: $2" >&2
	exit 2
	;;
esac
exit $failed
