# SPDX-License-Identifier: BSD-2-Clause
# Reads `objdump -dr --no-show-raw-insn` of x86-64 objects; prints every indirect call and every jump through a register or memory
# that is not a switch's jump table. -v only=REGEX limits it to archive members whose name matches.

/file format/ {
	member = $1
	sub(/:$/, "", member)
	wanted = only == "" || member ~ only
}

/^[0-9a-f]+ <.*>:$/ {
	function_name = $2
	gsub(/[<>:]/, "", function_name)
	n = 0
}

# An instruction, without address and comment.
wanted && /^ +[0-9a-f]+:\t/ && $2 !~ /^R_X86_64/ {
	instruction = $0
	sub(/^ +[0-9a-f]+:\t/, "", instruction)
	line[++n] = instruction
	if (instruction ~ /call.? +\*/)
		offender(instruction)
	else if (instruction ~ /jmp.? +\*/ && !jump_table(instruction))
		offender(instruction)
}

function offender(text)
{
	print member ": " function_name ": " text
}

# Position-independent tables add a 32-bit offset, loaded a few instructions earlier, to the table's address; others index it.
function jump_table(text,    target, i, added)
{
	if (text ~ /\*0x[0-9a-f]+\(,%r[a-z0-9]+,8\)/)
		return 1
	target = text
	sub(/.*\*/, "", target)
	sub(/ .*/, "", target)
	if (target !~ /^%r/)
		return 0
	for (i = n - 1; i > 0 && i > n - 9; i--) {
		if (line[i] ~ ("^add +%r[a-z0-9]+," target "$"))
			added = 1
		if (added && line[i] ~ /^movslq .*,%r[a-z0-9]+,4\)/)
			return 1
	}
	return 0
}
