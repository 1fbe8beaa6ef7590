#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every defect of lib/core/broken.h says what it stands for, and has its row in docs/testing.md; nothing else does.
# listed.sh CHECKS ROOT
set -eu
. "$1/tap.sh"

root=$2
defects=$(sed -n 's/^\tX(\([A-Z_]*\),.*/\1/p' "$root/lib/core/broken.h" | sort)
classes=$(sed -n 's/^\([A-Z_]*\) .*/\1/p' "$root/tests/broken/classes.txt" | sort)
# shellcheck disable=SC2016 # backquotes of Markdown
rows=$(sed -n 's/^| `\([A-Z_]*\)` |.*/\1/p' "$root/docs/testing.md" | sort)

# The names that are in one of two lists only; what is there twice in one of them, too.
differ()
{
	printf '%s\n%s\n' "$1" "$2" | sort | uniq -c | awk '$1 != 2 { print $2 }'
}

tap_none "no defect is there twice" "$(echo "$defects" | uniq -d)"
tap_none "tests/broken/classes.txt says what each stands for" "$(differ "$defects" "$classes")"
tap_none "docs/testing.md has a row for each" "$(differ "$defects" "$rows")"
tap_done
