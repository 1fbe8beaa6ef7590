#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tdpmmu and junk: random entries, lines, arguments and images. Whatever it answers, it ends by itself with a documented exit status, and no
# sanitizer has anything to say. The numbers are the same in each run.
# junk.sh CHECKS TOOL
set -u
. "$1/tap.sh"
tool=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
formats=$("$tool" formats | sed 's/ .*//')

# survives NAME ARGUMENTS...: in time, with a status that the manual knows.
survives()
{
	survives_name=$1
	shift
	timeout 60 "$tool" "$@" > "$work/got" 2> "$work/complaint" < "${stdin:-/dev/null}"
	survives_status=$?
	tap_none "$survives_name" "$(
		[ $survives_status -le 3 ] || echo "exit status $survives_status"
		grep -e Sanitizer -e 'runtime error' "$work/complaint"
	)"
}

# Entries of all kinds: the numbers have many or few bits; some words are near what a trace has.
awk 'BEGIN {
	srand(17)
	split("spte old_spte new_spte level = : 0x , ; fast_page_fault old new pte hpa= perm=rwx memtype=WB sw= flags=ve", words, " ")
	for (line = 0; line < 800; line++) {
		text = ""
		for (word = 0; word < rand() * 8; word++) {
			if (rand() < 0.4) {
				text = text words[1 + int(rand() * 18)]
			} else if (rand() < 0.8) {
				digits = ""
				for (n = rand() * 17; n > 0; n--)
					digits = digits substr("00000ff13579bd8ce", 1 + int(rand() * 17), 1)
				text = text digits
			} else {
				text = text sprintf("%c%c", 1 + int(rand() * 254), 33 + int(rand() * 90))
			}
			if (rand() < 0.9)
				text = text " "
		}
		print text
	}
}' > "$work/lines"
head -c 100000 /dev/zero | tr '\0' 'f' >> "$work/lines"
stdin=$work/lines
for format in $formats; do
	survives "$format: decode lines" decode --format "$format" --explain
	survives "$format: decode lines as JSON" decode --format "$format" --explain --json --level 0 --origin ours
	survives "$format: encode lines" encode --format "$format" --level 0
done
stdin=

# Images whose entries point into the image: tables in circles, at wrong levels, reserved bits. awk counts in doubles, so each
# entry is put together from bytes.
awk 'BEGIN {
	srand(4)
	for (n = 0; n < 16 * 512; n++) {
		low = 256 * int(rand() * 16) * 16 + int(rand() * 4096)
		if (rand() < 0.7) {
			low = low - low % 8 + 7
			if (rand() < 0.7)
				low = low - low % 256 + 7
		}
		printf "%03o %03o %03o 000 000 000 000 %03o\n", low % 256, int(low / 256) % 256, int(low / 65536) % 256, rand() < 0.2 ? rand() * 255 : 0
	}
}' | sed 's/ /\\/g; s/^/\\/' | tr -d '\n' > "$work/octal"
printf '%b' "$(sed 's/\\/\\0/g' "$work/octal")" > "$work/image"
for format in $formats; do
	survives "$format: dump a tangle" dump --format "$format" --root 0 --check "$work/image"
	survives "$format: dump it as JSON" dump --format "$format" --root 0 --strict --json --origin ours "$work/image"
	survives "$format: walk in it" walk --format "$format" --root 0 --explain "$work/image" 0 0x1000 0xffffffffff 0x7fffffff000
	head -c 12345 "$work/image" > "$work/cut"
	survives "$format: dump a part of it" dump --format "$format" --root 0x2000 --check "$work/cut"
	survives "$format: far away" dump --format "$format" --base 0xffffffffffff0000 --root 0x1000 "$work/image"
done

# Arguments.
for word in '' - -- --= --level --level=99 --level=-1 --hpa-bits=0 --hpa-bits=99999999999999999999 --gpa-bits=64 "--features=," --features=--- \
	"--leaf-sizes=," --leaf-sizes=1 --leaf-sizes=4K --pat=0xffffffffffffffff --c-bit=51 --key= 0x 0xx 0x0 -1 1P 99999999999999999999 %s%n; do
	survives "decode, --format ept '$word'" decode --format ept "$word"
	survives "encode, '$word' in the middle" encode --format ept --level 0 "$word" 0x1000 rwx
	survives "size, '$word' at the end" size --format ept "$word"
	survives "walk, '$word' in the middle" walk --format ept --root 0 "$word" "$work/cut" 0x1000
	survives "dump, '$word' at the end" dump --format ept --root 0 "$work/cut" "$word"
done
tap_done
