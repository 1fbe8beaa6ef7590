#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The engine of a fixed format calls nothing through a pointer: a format is a constant that folds away, and hooks and visitors are
# called in lib/core/hooks.c, which is not a format's object and so not looked at here.
# indirect.sh HERE ENGINE_ARCHIVE CC
set -eu
. "$1/tap.sh"

case $(uname -m) in
x86_64) ;;
*)
	tap_skip "no indirect call in an engine" "knows x86-64 code only"
	tap_done
	;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

look()
{
	objdump -dr --no-show-raw-insn "$1" | awk -v only="$2" -f "$here/indirect.awk"
}
here=$1

# First that the look finds what it must and nothing else.
cat > "$work/sample.c" << 'C'
int call(int (*f)(int), int x) { return f(x) + 1; }
int jump(int (*f)(int), int x) { return f(x); }
int member(int (**f)(int), int x) { return f[2](x); }
int pick(int x, int *p)
{
	switch (x) {
	case 0: return p[3] / 7;
	case 1: return p[1] * p[2];
	case 2: p[0]++; return 4;
	case 3: return p[9] << p[2];
	case 4: p[5] = 1; return p[6];
	case 5: return ~p[8];
	default: return 0;
	}
}
C
$3 -O2 -fPIC -c "$work/sample.c" -o "$work/sample.o"
found=$(look "$work/sample.o" "" | sed 's/.*: \([a-z]*\): .*/\1/' | sort | tr '\n' ' ')
if [ "$found" = "call jump member " ]; then
	tap_ok "finds calls and jumps, not jump tables"
else
	tap_not_ok "finds calls and jumps, not jump tables" "found: $found"
fi

tap_none "no indirect call in an engine" "$(look "$2" '(^|/)arch-')"
# An archive whose members were renamed would be empty to the look above.
if objdump -t "$2" | grep -qE '^(.*/)?arch-.*file format'; then
	tap_ok "engines were looked at"
else
	tap_not_ok "engines were looked at"
fi
tap_done
