#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The examples of docs/porting.md compile, the wrong ones too: each is wrong in what it does only. And the page has one pair for every hook
# of memory.h, and shows the minimal embedder as it is.
# porting.sh HERE ROOT
set -eu
. "$1/../checks/tap.sh"
here=$1
root=$2
page=$root/docs/porting.md

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# blocks PATTERN WANTED: the page's blocks of C that have the pattern (WANTED 1) or have it not (0).
blocks()
{
	awk -v pattern="$1" -v wanted="$2" '
		/^```c$/ { inside = 1; block = ""; next }
		inside && /^```$/ { if ((block ~ pattern) == wanted) printf "%s\n", block; inside = 0; next }
		inside { block = block $0 "\n" }' "$page"
}

blocks 'int main' 1 | sed '$d' > "$work/minimal.c"
tap_none "shows minimal.c" "$(diff "$here/minimal.c" "$work/minimal.c" | head -n 20)"

# Hooks are pointers to functions in tdp_mm_ops and tdp_rcu.
hooks_of()
{
	sed -n "/^struct $1 {/,/^};/p" "$root/include/tdpmmu/memory.h" | sed -n 's/.*[ *](\*\([a-z_]*\))(void \*ctx.*/\1/p'
}

# initialisers STRUCT right|wrong: of the hooks that have such an example, which must fit.
initialisers()
{
	echo "extern const struct $1 $1_$2;"
	echo "const struct $1 $1_$2 = {"
	hooks_of "$1" | while read -r hook; do
		! grep -q " \**${hook}_$2(" "$page" || echo ".$hook = ${hook}_$2,"
	done
	echo "};"
}

{
	echo '#include "porting.h"'
	blocks 'int main' 0
	for kind in right wrong; do
		initialisers tdp_mm_ops $kind
		initialisers tdp_rcu $kind
	done
} > "$work/examples.c"
for compiler in gcc clang; do
	if command -v $compiler > /dev/null; then
		tap_run "examples compile ($compiler)" $compiler -std=c11 -Wall -Wextra -Wconversion -Wshadow -Wvla -Werror -Wno-unused-function -Wno-unused-parameter \
			-I "$root/include" -I "$here" -fsyntax-only "$work/examples.c"
	else
		tap_skip "examples compile ($compiler)" "no $compiler"
	fi
done

{
	hooks_of tdp_mm_ops
	hooks_of tdp_rcu
} | sort > "$work/hooks"
sed -n 's/^## //p' "$page" | tr -d ',' | tr ' ' '\n' | sort > "$work/words"
tap_none "every hook has a section" "$(comm -23 "$work/hooks" "$work/words")"
tap_none "with a right and a wrong example" "$(awk '
	function done() { if (hooks && !(right && wrong)) print title }
	/^## / { done(); title = $0; hooks = right = wrong = 0 }
	/^- \[ \]/ { hooks = 1 }
	/^static .*_right\(/ { right = 1 }
	/^static .*_wrong\(/ { wrong = 1 }
	END { done() }' "$page")"
tap_done
