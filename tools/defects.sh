#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Which layer of tests finds which defect of lib/core/broken.h: runs every layer on every broken engine and prints the table of docs/testing.md.
# defects.sh BUILD TSAN_BUILD [NAME...]    without a name all of them; progress goes to the standard error
set -eu
build=$1
tsan=$2
shift 2
root=$(dirname "$0")/..
out=$(mktemp)
trap 'rm -f "$out"' EXIT

# Each layer prints what found the defect $1, or nothing. "none" is the sound engine.

# on NAME COMMAND...: with that defect; the output goes to $out.
on()
{
	name=$1
	shift
	[ "$name" != none ] || name=
	TDPMMU_BROKEN=$name "$@" > "$out" 2>&1
}

# Short directed workloads on the referee: the violation that they are meant to cause.
directed()
{
	if [ "$1" = none ]; then
		"$build/tests/broken/broken-engine" > "$out" 2>&1 || grep '^not ok' "$out" | head -n 1
	elif "$build/tests/broken/broken-engine" "$1" > "$out" 2>&1; then
		awk -v name="$1" '$2 == name { for (i = 4; i <= NF; i++) if ($i ~ /^(V[0-9]+|reference|crash)$/) { print $i; exit } }' "$out"
	fi
}

# Tests of every operation: how many fail.
ops()
{
	on "$1" timeout 120 "$build/tests/ops/ops-tests" --tap=/dev/stdout --quiet --timeout 5 || true
	awk '/^not ok/ { n++ } END { if (n) print n }' "$out"
}

# Random operations against a reference: in how many setups.
random()
{
	on "$1" timeout 300 "$build/tests/random/random-ops" --ops 3000 || true
	awk '/^not ok/ { n++ } /^(not )?ok/ { all++ } END { if (n || !all) print (all ? n "/" all : "crash") }' "$out"
}

# Scenarios: which classes.
scenarios()
{
	on "$1" timeout 120 "$build/tests/scenarios/scenario-tests" --tap=/dev/stdout --quiet --timeout 5 || true
	awk '/^not ok/ { sub(/^not ok - /, ""); sub(/::.*/, ""); if (!seen[$0]++) print }' "$out" | sort |
		awk 'NR <= 3 { line = line (NR > 1 ? " " : "") $0 } END { print line (NR > 3 ? " +" NR - 3 : "") }'
}

# Every interleaving of small scenarios, and of those where somebody announces himself with stores that are late: the first one with a violation.
schedules()
{
	parts='--part list,log,roots,buffered-roots --states 20000'
	if [ "$1" = none ]; then
		# shellcheck disable=SC2086 # a list of words
		timeout 600 "$build/tests/schedules/schedules" $parts > "$out" || grep '^not ok' "$out" | head -n 1
	else
		# shellcheck disable=SC2086 # a list of words
		timeout 600 "$build/tests/schedules/schedules" $parts --broken "$1" > "$out" || true
		sed -n 's/^ok 1 - \(.*\): [0-9]* executions.*/\1/p' "$out"
	fi
}

# Real threads: under which RCU.
threads()
{
	for rcu in early rwlock keep; do
		for seed in 1 2; do
			on "$1" timeout 120 "$build/tests/threads/threads-broken" --rcu $rcu --seed $seed || { echo $rcu && return; }
		done
	done
}

# Sets of roots: how many promises to one caller are broken, and under which RCU vCPUs notice.
roots()
{
	on "$1" timeout 60 "$build/tests/roots/roots-contract-broken" || true
	promises=$(awk '/^not ok/ { n++ } END { if (n) print n }' "$out")
	noticed=
	for rcu in early rwlock; do
		[ -n "$noticed" ] || on "$1" timeout 60 "$build/tests/roots/roots-threads-broken" --rcu $rcu --steps 1000 || noticed=$rcu
	done
	# shellcheck disable=SC2086 # up to two words
	echo $promises $noticed
}

# The same under ThreadSanitizer: a race that it reports.
races()
{
	for rcu in early rwlock keep; do
		on "$1" timeout 300 env TSAN_OPTIONS=exitcode=66 "$tsan/tests/threads/threads-broken" --rcu $rcu --ops 4000 || true
		! grep -q 'WARNING: ThreadSanitizer' "$out" || { echo race && return; }
	done
	for rcu in early rwlock; do
		on "$1" timeout 300 env TSAN_OPTIONS=exitcode=66 "$tsan/tests/roots/roots-threads-broken" --rcu $rcu --steps 150 || true
		! grep -q 'WARNING: ThreadSanitizer' "$out" || { echo race && return; }
	done
}

# row NAME CLASS
row()
{
	found=0
	line="| \`$1\` | $2 |"
	for layer in directed ops random scenarios schedules threads roots races; do
		cell=$($layer "$1")
		[ -z "$cell" ] || found=$((found + 1))
		line="$line ${cell:--} |"
	done
	echo "$line"
	echo "$1: found by $found layers" >&2
	rows=$((rows + 1))
	once=$((once + (found == 1)))
	never=$((never + (found == 0)))
}

rows=0
once=0
never=0
echo "| defect | what it stands for | directed | ops | random | scenarios | schedules | threads | roots | TSan |"
echo "|---|---|---|---|---|---|---|---|---|---|"
if [ $# -eq 0 ]; then
	for layer in directed ops random scenarios schedules threads roots races; do
		cell=$($layer none)
		[ -z "$cell" ] || { echo "the sound engine fails in layer $layer: $cell" >&2 && exit 1; }
	done
	# shellcheck disable=SC2046 # names are words
	set -- $(sed -n 's/^\tX(\([A-Z_]*\),.*/\1/p' "$root/lib/core/broken.h")
fi
for name; do
	class=$(sed -n "s/^$name //p" "$root/tests/broken/classes.txt")
	[ -n "$class" ] || { echo "tests/broken/classes.txt does not say what $name stands for" >&2 && exit 1; }
	row "$name" "$class"
done
echo
echo "$rows defects: $never found by no layer, $once by one, $((rows - once - never)) by two or more."
[ $never -eq 0 ]
