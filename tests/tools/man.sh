#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The manual pages: one for each command, without a complaint of groff's, and with every option that the help names.
# man.sh CHECKS TOOL PAGES
set -u
. "$1/tap.sh"
tool=$2
pages=$3

for command in '' formats decode encode size walk dump; do
	page=$pages/tdpmmu${command:+-$command}.1
	if [ ! -e "$page" ]; then
		tap_not_ok "$page exists"
		continue
	fi
	if command -v groff > /dev/null; then
		tap_none "$page: groff has nothing to say" "$(groff -man -ww -rCHECKSTYLE=10 -Tutf8 -z "$page" 2>&1)"
	else
		tap_skip "$page: groff" "no groff"
	fi
	tap_none "$page: nothing is written in dashes that are hyphens" "$(sed '/^\.\\"/d' "$page" | grep -n -e '[^\\-]--[a-z]')"
	[ -n "$command" ] || continue
	for option in $("$tool" $command --help | sed -n 's/^  --\([a-z-]*\) .*/\1/p'); do
		written=$(echo "$option" | sed 's/-/\\\\-/g')
		tap_none "$page names --$option" "$(grep -q -e "^\.B[IR]* .*\\\\-\\\\-$written" "$page" || echo "it does not")"
	done
done
for command in $("$tool" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
	tap_none "tdpmmu.1 names $command" "$(grep -q "$command" "$pages/tdpmmu.1" || echo "it does not")"
done
tap_done
