#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Prints what the public headers export, one name a line, sorted: functions ("functions"), constants ("data") or both ("all").
# api-names.sh INCLUDE_DIR KIND
set -eu

# One TDP_API declaration per line, whatever its layout was.
declarations()
{
	cat "$1"/tdpmmu/*.h | grep -v '^#define' | tr '\n\t' '  ' | sed 's/TDP_API/\n&/g' | grep '^TDP_API'
}

functions()
{
	declarations "$1" | sed -n 's/^TDP_API[^;(]*[ *]\(tdp_[a-z0-9_]*\)(.*/\1/p'
}

data()
{
	declarations "$1" | sed -n 's/^TDP_API[^;(]* \(tdp_[a-z0-9_]*\);.*/\1/p'
}

case $2 in
functions) functions "$1" ;;
data) data "$1" ;;
all) functions "$1"; data "$1" ;;
esac | sort -u
