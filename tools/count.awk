# SPDX-License-Identifier: BSD-2-Clause
# Adds up what one run of `meson test` found. Reads its JUnit file (each subtest of a TAP program is a test there), then its JSON log
# (each program has one result there, also if it crashed or timed out). Prints "PASSED FAILED SKIPPED".

BEGIN {
	RS = "<"
}

# JSON has no "<" outside of strings, so a whole log line comes with the record in which it starts.
FILENAME ~ /\.json$/ {
	rest = $0
	while (match(rest, /"result": "[A-Z]+"/)) {
		result = substr(rest, RSTART + 11, RLENGTH - 12)
		rest = substr(rest, RSTART + RLENGTH)
		if (result !~ /^(OK|SKIP|EXPECTEDFAIL)$/)
			programs_failed++
	}
	next
}

/^testsuite / {
	tests += attribute("tests")
	failed += attribute("failures") + attribute("errors")
	skipped += attribute("skipped")
}

# A program that failed as a whole although none of its subtests did is a failure too.
END {
	passed = tests - failed - skipped
	if (programs_failed > failed) {
		passed -= programs_failed - failed
		failed = programs_failed
	}
	print (passed > 0 ? passed : 0), failed + 0, skipped + 0
}

function attribute(name)
{
	return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) + 0 : 0
}
