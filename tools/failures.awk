# SPDX-License-Identifier: BSD-2-Clause
# Reads meson's text log of a run; prints what a human wants of each failed program: failed subtests with their diagnostics, or, where
# there are none, the last lines of output.

/^=+ [0-9]+\/[0-9]+ =+$/ {
	lines = 0
	bad = 0
	kept = 0
	next
}
/^test: / {
	name = $0
	sub(/^test: +/, "", name)
	next
}
/^result: / {
	result = $0
	sub(/^result: +/, "", result)
	if (result !~ /^exit status (0|77)$/)
		bad = 1
	next
}
/^=+$/ {
	if (bad)
		show()
	bad = 0
	next
}
/^(-+ std|start time|duration|command)/ {
	next
}
{
	line[++lines] = $0
}
# Diagnostics follow the line that they explain.
/^ *((not )?ok|1\.\.)/ {
	failing = /^ *not ok/ && !/# TODO/
	bad = bad || failing
}
failing && kept < 40 {
	keep[++kept] = $0
}

function show(    i)
{
	print "  " name " (" result ")"
	if (kept)
		for (i = 1; i <= kept; i++)
			print "    " keep[i]
	else
		for (i = lines > 20 ? lines - 19 : 1; i <= lines; i++)
			print "    " line[i]
}
