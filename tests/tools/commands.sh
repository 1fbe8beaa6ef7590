#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tdpmmu formats, encode and size, and the help of all commands.
# commands.sh CHECKS TOOL JSON_KEYS
set -u
. "$1/tap.sh"
. "$(dirname "$0")/expect.sh"
tool=$2
json_keys=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$tool" formats > "$work/formats"
for line in \
	'^ept  .* levels=4 names=PML4E,PDPTE,PDE,PTE gpa-bits=48 .* hpa-bits=52 leaves=4K,2M,1G software-bits=4 .* constant=tdp_ept ' \
	'^ept-noad  .* software-bits=1 .* constant=tdp_ept_noad ' \
	'^npt  .* levels=4 names=PML4E,PDPE,PDE,PTE .* software-bits=7 .* constant=tdp_npt ' \
	'^arm64-s2-4k  .* levels=4 names=L0,L1,L2,L3 gpa-bits=48 .* leaves=4K,2M,1G software-bits=4 .* constant=tdp_s2_4k '; do
	tap_none "formats: $line" "$(grep -q -e "$line" "$work/formats" || cat "$work/formats")"
done
"$tool" formats --json | "$json_keys" | sort -u > "$work/got"
cat > "$work/want" << 'TEXT'
name:string constant:string levels:integer level_names:array leaf_sizes:array gpa_bits:integer gpa_bits_max:integer hpa_bits:integer table_bytes:integer root_bytes:integer software_bits:integer assumed:array others:array manual:string
TEXT
tap_none "formats: every one has the same keys" "$(diff "$work/want" "$work/got")"

expect "encode: words in their order, and the caller's bits" 0 encode --format ept --level 1 --features ve 4M rwx wb flags=force,ve sw=5 << 'TEXT'
entry=0x8b00000004009f7 level=1 name=PDE type=leaf size=2M hpa=0x400000 perm=rwx memtype=WB flags=force,ve A=1 D=0 software=0x8b0000000000800[59,55,53:52,11] granted=rwx sw=5 state=mmu-writable
TEXT
expect "encode: for somebody else, without bits of ours" 0 encode --format npt --level PTE --origin foreign 0x6207000 r-x WB << 'TEXT'
entry=0x6207025 level=0 name=PTE type=leaf size=4K hpa=0x6207000 perm=r-x memtype=WB flags=- A=1 D=0 software=0x0
TEXT
complains "encode: what a format cannot say" 1 'cannot say it' encode --format ept --level 0 0x1000 perm=-w- wb
complains "encode: a misaligned page" 1 'not aligned' encode --format ept --level 1 0x1000 rwx wb
complains "encode: an address too wide" 1 'beyond' encode --format ept --level 0 --hpa-bits 40 0x10000000000 rwx wb
complains "encode: no such permissions" 2 "'rxw' is not understood" encode --format ept --level 0 0x1000 rxw
complains "encode: no such key" 2 'is not understood' encode --format ept --level 0 0x1000 rwx foo=1
complains "encode: no level" 2 '--level is needed' encode --format ept 0x1000 rwx
complains "encode: no permissions" 2 'permissions are needed' encode --format ept --level 0 0x1000
printf '0x1000 rwx\n\n0x2000 nonsense\n0x3000 r-- uc level=0\n' > "$work/pages"
"$tool" encode --format npt --level 0 --origin foreign < "$work/pages" > "$work/got" 2> "$work/complaint"
echo "exit status $?" >> "$work/got"
cat > "$work/want" << 'TEXT'
entry=0x1027 level=0 name=PTE type=leaf size=4K hpa=0x1000 perm=rwx memtype=WB flags=- A=1 D=0 software=0x0
entry=0x800000000000303d level=0 name=PTE type=leaf size=4K hpa=0x3000 perm=r-- memtype=UC flags=- A=1 D=0 software=0x0
exit status 1
TEXT
tap_none "encode: lines, of which one is wrong" "$(diff "$work/want" "$work/got")$(grep -v '^tdpmmu encode: line 3: .*not understood$' "$work/complaint")"

# Every format, every size of its pages: what encode makes, decode reads, and encode makes again.
"$tool" formats | sed 's/ .*leaves=\([^ ]*\) .*/ \1/' > "$work/leaves"
while read -r name sizes; do
	level=0
	for size in $(echo "$sizes" | tr , ' '); do
		entry=$("$tool" encode --format "$name" --level $level "hpa=$size" rw- wb)
		again=$(echo "$entry" | "$tool" encode --format "$name")
		seen=$("$tool" decode --format "$name" --level $level "$(echo "$entry" | sed 's/entry=\([^ ]*\) .*/\1/')")
		tap_none "$name, level $level: encode and decode agree" "$(
			[ -n "$entry" ] && [ "$entry" = "$again" ] || printf '%s\n%s\n' "$entry" "$again"
			echo "$seen" | grep -q " type=leaf size=$size hpa=0x[0-9a-f]* perm=rw- memtype=WB " || echo "$seen"
		)"
		level=$((level + 1))
	done
done < "$work/leaves"

expect "size: best, worst, and the worst place" 0 size --format ept 4G << 'TEXT'
case=best gpa=0x0 size=4G leaves=4x1G tables=1 root=4096 bytes=8192 overhead=0.0002%
case=worst gpa=0x0 size=4G leaves=1048576x4K tables=2053 root=4096 bytes=8413184 overhead=0.1959%
case=worst-start gpa=0x7ffffff000 size=4G leaves=1048576x4K tables=2056 root=4096 bytes=8425472 overhead=0.1962%
TEXT
expect "size: a range that is not aligned" 0 size --format ept --gpa 0x1000 4G << 'TEXT'
case=best gpa=0x1000 size=4G leaves=3x1G,511x2M,512x4K tables=5 root=4096 bytes=24576 overhead=0.0006%
case=worst gpa=0x1000 size=4G leaves=1048576x4K tables=2055 root=4096 bytes=8421376 overhead=0.1961%
TEXT
expect "size: root tables in a row, no page of 1G" 0 size --format arm64-s2-4k --gpa-bits 40 --leaf-sizes 4K,2M --gpa 0 1G << 'TEXT'
case=best gpa=0x0 size=1G leaves=512x2M tables=1 root=8192 bytes=12288 overhead=0.0011%
case=worst gpa=0x0 size=1G leaves=262144x4K tables=513 root=8192 bytes=2109440 overhead=0.1965%
TEXT
expect "size: all there is" 0 size --format ept --gpa 0 256T << 'TEXT'
case=best gpa=0x0 size=256T leaves=262144x1G tables=512 root=4096 bytes=2101248 overhead=0.0000%
case=worst gpa=0x0 size=256T leaves=68719476736x4K tables=134480384 root=4096 bytes=550831656960 overhead=0.1957%
TEXT
"$tool" size --format ept 4G --json | "$json_keys" | sort -u > "$work/got"
tap_none "size: JSON" "$(echo 'case:string gpa:string size:integer tables:integer root_bytes:integer bytes:integer levels:array' | diff - "$work/got")"
complains "size: beyond the guest's addresses" 2 'ends beyond the 48 bits' size --format ept --gpa 0x1000 256T
complains "size: nothing" 2 'is empty' size --format ept 0
complains "size: no number" 2 'is no number' size --format ept lots

for command in formats decode explain encode size walk dump; do
	tap_run "$command --help" "$tool" $command --help
	"$tool" $command --help > "$work/got"
	tap_none "$command --help says how" "$(grep -q "^usage: tdpmmu $command " "$work/got" || cat "$work/got")"
	tap_none "help $command: the same" "$("$tool" help $command 2>&1 | diff "$work/got" -)"
done
tap_none "--help names every command" "$("$tool" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | tr '\n' ' ' |
	grep -v '^formats decode explain encode size walk dump $')"
if [ -e /dev/full ]; then
	"$tool" formats > /dev/full 2> "$work/complaint"
	echo "exit status $?" >> "$work/complaint"
	tap_none "a full disk is told" "$(tr '\n' ' ' < "$work/complaint" | grep -v '^tdpmmu formats: cannot write the output exit status 3 $')"
fi
tap_done
