#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Who may include what, and the one door to table entries.
# includes.sh HERE ROOT
set -eu
. "$1/tap.sh"
cd "$2"

# offenders REGEX FILE...: lines that match, or nothing.
offenders()
{
	regex=$1
	shift
	# A folder without such files has no offenders, and grep would read the terminal.
	[ $# -eq 0 ] || grep -nHE "$regex" "$@" || true
}

# shellcheck disable=SC2046 # file names without spaces
{
	tap_none "the core knows no architecture" "$(offenders '#include.*arch' $("$1/files.sh" . 'lib/core/*'))"
	tap_none "public headers include public headers only" "$(offenders '#include +"' include/tdpmmu/*.h)"
	tap_none "nothing in lib needs a libc" \
		"$(offenders '#include +<' $("$1/files.sh" . 'lib/*.[ch]' | grep -v '^lib/urcu/') |
			grep -vE '<(tdpmmu/[a-z_]+|stdint|stddef|stdbool|string)\.h>')"
	tap_none "the referee's walkers know the manuals only" \
		"$(offenders '#include.*(tdpmmu/|core/|arch-|fmt\.h|spte\.h)' $("$1/files.sh" . 'tests/referee/walk*.[ch]'))"
}

# A header of a layer includes lower layers only.
tap_none "no layer includes a higher one" "$(awk '
	BEGIN { n = split("types caps format format_def view memory urcu tree roots walk bitmap map zap attr age huge dirty tdpmmu", order, " ")
		for (i = 1; i <= n; i++) rank[order[i]] = i
		# These stand side by side.
		rank["zap"] = rank["attr"] = rank["map"]; rank["age"] = rank["huge"] = rank["dirty"] }
	{ self = FILENAME; sub(/.*\//, "", self); sub(/\.h$/, "", self) }
	/#include <tdpmmu\// { name = $2; gsub(/<tdpmmu\/|\.h>/, "", name)
		if (!(name in rank) || !(self in rank) || rank[name] >= rank[self]) print FILENAME ": " $0 }
' include/tdpmmu/*.h)"

# I1: entries are loaded and stored in lib/core/spte.h, which asks words.h. So do the head of the retire queue and the caller's bitmaps.
# Atomics of other sizes: the count of open gathers, the count of callers, the state of a root (refs.h).
# shellcheck disable=SC2046
tap_none "atomics stay behind the one door" \
	"$(offenders '__atomic|__sync|_Atomic|\<volatile\>|\<asm\>|__asm__' $("$1/files.sh" . 'lib/*.[ch]' | grep -vE '^lib/core/(spte|refs|words)\.h$') |
		grep -vE 'gathers|callers')"
# A pointer to an entry is passed on or handed to spte.h; the names below are values on their way out of a function.
# shellcheck disable=SC2046
tap_none "entries are touched behind the one door" "$(awk -v values="out bits old new_entry" -v arrays="table" -f "$1/one-door.awk" \
	$("$1/files.sh" . 'lib/core/*.[ch]' | grep -vE '^lib/core/(spte\.h|codec\.c|decode\.h|view\.c)$'))"
tap_done
