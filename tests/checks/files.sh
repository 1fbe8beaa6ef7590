#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Prints the project's own files, relative to its root: what git knows or would take, or, in a copy without git, all but the builds.
# files.sh ROOT [PATTERN...]    the patterns are the shell's and match whole paths; without one every file is printed
set -eu
cd "$1"
shift

if [ -e .git ] && command -v git > /dev/null && git ls-files > /dev/null 2>&1; then
	# -c also names files that were deleted but not committed yet.
	git ls-files -co --exclude-standard
else
	find . -type d \( -name .git -o -path ./build \) -prune -o -type f -print | sed 's,^\./,,'
fi | sort -u | while IFS= read -r file; do
	[ -f "$file" ] || continue
	if [ $# -eq 0 ]; then
		echo "$file"
		continue
	fi
	for pattern; do
		# shellcheck disable=SC2254 # a pattern, on purpose
		case $file in
		$pattern)
			echo "$file"
			break
			;;
		esac
	done
done
