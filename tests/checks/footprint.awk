# SPDX-License-Identifier: BSD-2-Clause
# Reads footprint.sh's lines for a target, then docs/freestanding.md; prints what the tables there say otherwise by more than a quarter, which
# another compiler's version may make, or do not say: of the stack the table has calls of 512 bytes and more.
# -v target=x86_64|i686|aarch64

NR == FNR {
	if ($1 == "text" || $1 == "stack")
		measured[$1 " " $2] = $3
	next
}

# A table begins: | text | x86_64 | i686 | aarch64 |
/^\| (text|stack) \|/ {
	kind = $2
	for (i = 4; i <= NF; i += 2)
		if ($i == target)
			column = i
	next
}

/^\| `[a-z]/ {
	name = $2
	gsub(/`/, "", name)
	key = kind " " name
	said = $column
	if (said == "-")
		next
	seen[key] = 1
	if (!(key in measured))
		print key ": " said " in the table, but there is no such thing"
	else if (said > measured[key] * 1.25 + 32 || said < measured[key] * 0.75 - 32)
		print key ": " said " in the table, " measured[key] " measured"
}

END {
	for (key in measured)
		if (!(key in seen) && (key ~ /^stack/ ? measured[key] > 640 : !foreign(key)))
			print key ": " measured[key] " measured, not in the table"
}

# Formats of other processors are in every archive, and of no interest there.
function foreign(key)
{
	return target == "aarch64" ? key ~ / (ept|npt)/ : key ~ / s2/
}
