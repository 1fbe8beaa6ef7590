# SPDX-License-Identifier: BSD-2-Clause
# Reads gcc's call graphs (-fcallgraph-info=su) of all objects. Prints for each function "frame BYTES FUNCTION" and "chain BYTES FUNCTION
# > CALLEE > ...", the deepest way down from it; for each recursion "recursion FUNCTION"; and for each frame without a bound "dynamic
# FUNCTION". A call through a pointer leaves the library and counts 0.

/^node:/ {
	name = field("title")
	label = field("label")
	if (match(label, /\\n[0-9]+ bytes \([a-z,]+\)/)) {
		text = substr(label, RSTART + 2, RLENGTH - 2)
		split(text, word, " ")
		frame[name] = word[1]
		print "frame", word[1], name
		if (text ~ /\(dynamic\)/)
			print "dynamic", name
	}
}

/^edge:/ {
	from = field("sourcename")
	callees[from] = callees[from] "\n" field("targetname")
}

END {
	for (name in frame)
		print "chain", depth(name), name worst[name]
}

# The value of key: "..." on this line.
function field(key,    rest)
{
	rest = substr($0, index($0, key ": \"") + length(key) + 3)
	return substr(rest, 1, index(rest, "\"") - 1)
}

# Bytes of the deepest chain from here on; worst[] remembers which it is.
function depth(name,    list, count, i, d, best, through)
{
	if (name in done)
		return done[name]
	if (name in inside) {
		print "recursion", name
		return 0
	}
	inside[name] = 1
	count = split(callees[name], list, "\n")
	for (i = 2; i <= count; i++) {
		d = depth(list[i])
		if (d > best) {
			best = d
			through = list[i]
		}
	}
	delete inside[name]
	# 8 bytes for the return address.
	done[name] = best + frame[name] + (name in frame ? 8 : 0)
	worst[name] = through == "" ? "" : " > " through worst[through]
	return done[name]
}
