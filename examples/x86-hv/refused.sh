#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What must go wrong: the command ends with status 1, and what it says after FAILED has this text in it, and no other line is a failure.
# refused.sh TEXT COMMAND...
set -u
text=$1
shift
said=$("$@" 2>&1)
status=$?
printf '%s\n' "$said"
[ $status -ne 77 ] || exit 77
failures=$(printf '%s\n' "$said" | grep FAILED)
if [ $status -ne 1 ] || [ "$(printf '%s\n' "$failures" | wc -l)" -ne 1 ]; then
	echo "status $status, but one FAILED line and status 1 were due"
	exit 1
fi
case $failures in
*"$text"*) exit 0 ;;
esac
echo "that is not the line that was due: $text"
exit 1
