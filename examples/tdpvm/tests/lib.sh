# SPDX-License-Identifier: BSD-2-Clause
# Sourced by the scripts here: runs of tdpvm that must end in a certain way.

# expect STATUS TEXT NAME COMMAND...: it ends with that status and says one line on stderr that contains the text.
expect()
{
	status=$1
	text=$2
	name=$3
	shift 3
	"$@" > "$work/stdout" 2> "$work/stderr"
	got=$?
	lines=$(wc -l < "$work/stderr")
	if [ "$got" -ne "$status" ]; then
		tap_not_ok "$name" "status $got, not $status: $(cat "$work/stderr")"
	elif [ "$lines" -ne 1 ] || ! grep -q -e "$text" "$work/stderr"; then
		tap_not_ok "$name" "stderr is not one line with '$text': $(cat "$work/stderr")"
	else
		tap_ok "$name"
	fi
}

# patch FILE OFFSET BYTES: a copy with other bytes (as printf understands them) at an offset; prints its name.
patch()
{
	cp "$1" "$work/patched"
	# shellcheck disable=SC2059 # the bytes are escapes
	printf "$3" | dd of="$work/patched" bs=1 seek="$2" conv=notrunc 2> /dev/null
	echo "$work/patched"
}
