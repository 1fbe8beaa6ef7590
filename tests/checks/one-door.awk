# SPDX-License-Identifier: BSD-2-Clause
# Prints lines that dereference a pointer to a table entry. Knows such a pointer by its declaration in the same file: a parameter, a
# variable or a member "tdp_spte_t *name". Pointers named in -v values="NAME..." carry values out of functions instead; members named
# in -v arrays="NAME..." are arrays of pointers.

BEGIN {
	count = split(values, list, " ")
	for (i = 1; i <= count; i++)
		is_value[list[i]] = 1
	count = split(arrays, list, " ")
	for (i = 1; i <= count; i++)
		is_array[list[i]] = 1
}

FNR == 1 {
	delete pointer
	delete out_pointer
}

{
	code = $0
	gsub(/\/\*.*\*\/|"[^"]*"/, "", code)
	if (code ~ /^[ \t]*\/?\*([ \t]|$)/)
		next
	rest = code
	while (match(rest, /tdp_spte_t \*(const )?[a-z_]+\[?/)) {
		name = substr(rest, RSTART, RLENGTH)
		rest = substr(rest, RSTART + RLENGTH)
		sub(/.*[* ]/, "", name)
		if (name !~ /\[/ && !(name in is_value))
			pointer[name] = 1
	}
	# A pointer for the caller: *name is a pointer itself.
	if (match(code, /tdp_spte_t \*\*[a-z_]+/))
		out_pointer[substr(code, RSTART + 13, RLENGTH - 13)] = 1
	gsub(/tdp_spte_t \*+(const )?[a-z_]+/, "", code)
	gsub(/sizeof\(\*[a-z_]+\)/, "", code)
	for (name in pointer)
		if (dereferences(code, name)) {
			print FILENAME ":" FNR ": " $0
			break
		}
}

# name[...] and *name, also of a member; but not &name[...], nor an element of an array of pointers.
function dereferences(code, name,    path)
{
	path = "([a-z_]+(->|\\.))*"
	gsub("&" path name "\\[", "", code)
	if (name in is_array)
		gsub("(->|\\.)" name "\\[", "", code)
	if (name in out_pointer)
		sub("\\*" name " = ", "", code)
	return code ~ ("(^|[^a-z_])" name "\\[") || code ~ ("(^|[^a-z_0-9) \\]]) ?\\*" path name "([^a-z_]|$)")
}
