#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every file says its licence in its first line, or in its second where the first must be something else.
# spdx.sh HERE ROOT
set -eu
. "$1/tap.sh"

# The licence itself, and formats that have no comments.
offenders=$("$1/files.sh" "$2" | grep -v -e '^LICENSE$' -e '\.json$' -e '\.png$' | while IFS= read -r file; do
	head -n 2 "$2/$file" | grep -q 'SPDX-License-Identifier: BSD-2-Clause' || echo "$file"
done)
tap_none "every file names its licence" "$offenders"
tap_done
