# SPDX-License-Identifier: BSD-2-Clause
# Test Anything Protocol for the shell scripts around here: source it, report each result, end with tap_done.

tap_count=0

tap_ok()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

# $2, if any, is shown as diagnostics.
tap_not_ok()
{
	tap_count=$((tap_count + 1))
	echo "not ok $tap_count - $1"
	[ -z "${2:-}" ] || printf '%s\n' "$2" | sed 's/^/# /'
}

tap_skip()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# Runs a command: passes if it succeeds and prints its output if it does not.
tap_run()
{
	tap_name=$1
	shift
	if tap_output=$("$@" 2>&1); then
		tap_ok "$tap_name"
	else
		tap_not_ok "$tap_name" "$tap_output"
	fi
}

# Passes if $2 is empty; otherwise $2 lists the offenders.
tap_none()
{
	if [ -z "$2" ]; then
		tap_ok "$1"
	else
		tap_not_ok "$1" "$2"
	fi
}

tap_done()
{
	echo "1..$tap_count"
	exit 0
}
