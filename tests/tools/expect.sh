# SPDX-License-Identifier: BSD-2-Clause
# Sourced by the tests of the command: runs it and compares everything that it prints, and its exit status.
# Needs: $tool, $work (a directory), tap.sh.

# expect NAME STATUS ARGUMENTS...: standard output must be what stands on standard input, and there must be no complaint.
expect()
{
	expect_name=$1
	expect_status=$2
	shift 2
	cat > "$work/want"
	"$tool" "$@" > "$work/got" 2> "$work/complaint" < "${stdin:-/dev/null}"
	echo "exit status $?" >> "$work/got"
	echo "exit status $expect_status" >> "$work/want"
	cat "$work/complaint" >> "$work/got"
	tap_none "$expect_name" "$(diff "$work/want" "$work/got")"
}

# complains NAME STATUS PATTERN ARGUMENTS...: one line on standard error that matches, and nothing on standard output.
complains()
{
	complains_name=$1
	complains_status=$2
	complains_pattern=$3
	shift 3
	"$tool" "$@" > "$work/got" 2> "$work/complaint" < "${stdin:-/dev/null}"
	complains_real=$?
	tap_none "$complains_name" "$(
		[ "$complains_real" = "$complains_status" ] || echo "exit status $complains_real"
		[ "$(wc -l < "$work/complaint")" = 1 ] || echo "not one line:"
		grep -q -e "$complains_pattern" "$work/complaint" || cat "$work/complaint"
		cat "$work/got"
	)"
}
