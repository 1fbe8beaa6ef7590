# SPDX-License-Identifier: BSD-2-Clause
# The stack that each function of the library needs, from gcc's call graphs (-fcallgraph-info=su). Reads C sources and headers first, then
# all *.ci files, in the folder from which the compiler ran. -v address=N: bytes that a call itself takes.
#
# Calls through pointers: gcc says on which line. What is called there is, by the member's name, what the sources initialise such a member
# with (an engine's operation, a format's function), of all engines and formats. A member of the public headers that no source initialises
# is the embedder's hook or callback: his stack, counted 0, as is what is outside the library (mem*).
#
# Prints for each function "frame BYTES FUNCTION" and "chain BYTES FUNCTION > CALLEE > ...", the deepest way down from it; for each
# recursion "recursion FUNCTION"; for each frame without a bound "dynamic FUNCTION"; for each pointer it knows nothing about "unknown LINE".

FILENAME ~ /\.[ch]$/ {
	rest = $0
	# .zap = inst_zap; also where a pointer is copied: t->fault = ... t->engine->fault_shared
	while (match(rest, /\.[a-z_]+ = [a-z_0-9]+[,;}]/)) {
		split(substr(rest, RSTART, RLENGTH), word, /[ .=,;}]+/)
		target[word[2]] = target[word[2]] " " word[3]
		rest = substr(rest, RSTART + RLENGTH)
	}
	rest = $0
	if (match(rest, /[a-z]->[a-z_]+ = .*->engine->/)) {
		split(substr(rest, RSTART + 3), word, " ")
		while (match(rest, /->engine->[a-z_]+/)) {
			copied[word[1]] = copied[word[1]] " " substr(rest, RSTART + 10, RLENGTH - 10)
			rest = substr(rest, RSTART + RLENGTH)
		}
	}
	# A callback that the library hands to itself.
	if (match(rest, /tdp_roots_each\(roots, &filter, [a-z_]+,/)) {
		split(substr(rest, RSTART, RLENGTH), word, /[ ,]+/)
		target["fn"] = target["fn"] " " word[3]
	}
	if (FILENAME ~ /tdpmmu\// && match(rest, /\(\*[a-z_]+\)\(|tdp_[a-z_]+_fn [a-z_]+;/)) {
		rest = substr(rest, RSTART, RLENGTH)
		gsub(/.* |[(*);]/, "", rest)
		hook[rest] = 1
	}
	next
}

/^node:/ {
	name = field("title")
	label = field("label")
	if (match(label, /\\n[0-9]+ bytes \([a-z,]+\)/)) {
		text = substr(label, RSTART + 2, RLENGTH - 2)
		split(text, word, " ")
		if (!(name in frame) || word[1] + 0 > frame[name] + 0)
			frame[name] = word[1]
		print "frame", word[1], name
		if (text ~ /\(dynamic\)/)
			print "dynamic", name
		short = name
		sub(/.*:/, "", short)
		sub(/\..*/, "", short)
		titles[short] = titles[short] "\n" name
	}
}

/^edge:/ {
	from = field("sourcename")
	to = field("targetname")
	if (to == "__indirect_call")
		indirect[from] = indirect[from] "\n" field("label")
	else
		callees[from] = callees[from] "\n" to
}

END {
	for (name in indirect) {
		count = split(indirect[name], places, "\n")
		for (i = 2; i <= count; i++)
			callees[name] = callees[name] called_at(places[i])
	}
	for (name in frame)
		print "chain", depth(name), name worst[name]
}

# The value of key: "..." on this line.
function field(key,    rest)
{
	rest = substr($0, index($0, key ": \"") + length(key) + 3)
	return substr(rest, 1, index(rest, "\"") - 1)
}

# What may be called through the pointers on a line, "FILE:LINE:COLUMN": a list of titles, each behind a newline.
function called_at(place,    part, line, i, list)
{
	if (place in resolved)
		return resolved[place]
	split(place, part, ":")
	for (i = 1; i <= part[2]; i++)
		if ((getline line < part[1]) <= 0)
			break
	close(part[1])
	while (match(line, /(->|\.|[^a-z_>.])[a-z_]+\(/)) {
		list = list members_of(substr(line, RSTART, RLENGTH), place)
		line = substr(line, RSTART + RLENGTH)
	}
	if (list == "")
		print "unknown", place
	gsub("\nembedder", "", list)
	return resolved[place] = list
}

# call: "->zap(", " fn(" and the like. "\nembedder" if it leaves the library; nothing if it is an ordinary function.
function members_of(call, place,    name, list, names, count, i)
{
	name = call
	gsub(/^(->|.)|\($/, "", name)
	if (call !~ /^(->|\.)/ && name !~ /^(fn|print)$/)
		return ""
	names = target[name]
	count = split(copied[name], list, " ")
	for (i = 1; i <= count; i++)
		names = names target[list[i]]
	# Everybody's callback is called fn; the library's own is for trees.
	if (name == "fn" && place !~ /roots_each/)
		names = ""
	count = split(names, list, " ")
	names = ""
	for (i = 1; i <= count; i++)
		names = names titles[list[i]]
	if (names == "" && (name ~ /^(fn|print)$/ || name in hook))
		return "\nembedder"
	return names
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
	done[name] = best + frame[name] + (name in frame ? address : 0)
	worst[name] = through == "" ? "" : " > " through worst[through]
	return done[name]
}
