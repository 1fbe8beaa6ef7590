#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tdpmmu walk and dump: images of tables that the library built, for each format, and one with everything that may be wrong.
# image.sh CHECKS TOOL JSON_KEYS IMAGE
set -u
. "$1/tap.sh"
. "$(dirname "$0")/expect.sh"
tool=$2
json_keys=$3
image=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
memory=$work/memory

# The engine that built the tables says what it would translate and what it mapped; the command reads the same from the image.
for format in $("$tool" formats | sed 's/ .*//'); do
	if ! "$image" tree "$format" "$memory" > "$work/told"; then
		tap_not_ok "$format: an image"
		continue
	fi
	eval "$(head -n 1 "$work/told" | tr ' ' '\n')"
	sed -n 's/^gpa=\([^ ]*\) .*/\1/p' "$work/told" > "$work/addresses"
	sed -n '/^gpa=/{ s/ fault/ result=fault/; s/ hpa=/ result=mapped hpa=/; p; }' "$work/told" > "$work/want"
	sed -n 's/^dump \(0x[^ ]*\)-\([^ ]*\) \([^ ]*\) -> \([^ ]*\) .*/gpa=\1 end=\2 size=\3 hpa=\4/p' "$work/told" > "$work/want-ranges"
	sed -n 's/^dump level \(.\) (\(.*\)): \(.*\) leaves, \(.*\) tables/level=\1 name=\2 tables=\4 leaves=\3/p' "$work/told" > "$work/want-levels"
	# shellcheck disable=SC2154 # from eval
	for where in "--root $root" "--reg $reg --control $control"; do
		# shellcheck disable=SC2046,SC2086 # lists of words
		"$tool" walk --format "$format" --base "$base" $where "$memory" $(cat "$work/addresses") > "$work/walk" 2>&1
		status=$?
		tap_none "$format, $where: walk agrees with the engine" "$(
			sed -n '/ result=/{ s/\(fault\) .*/\1/; s/ size=.*//; p; }' "$work/walk" | diff "$work/want" -
			[ $status = 1 ] || echo "exit status $status though there were holes"
		)"
		# shellcheck disable=SC2086
		"$tool" dump --format "$format" --base "$base" $where --check "$memory" > "$work/dump" 2>&1
		status=$?
		tap_none "$format, $where: dump agrees, and nothing is wrong" "$(
			sed -n 's/\(gpa=.* hpa=[^ ]*\) perm.*/\1/p' "$work/dump" | diff "$work/want-ranges" -
			sed -n 's/\(level=.*\) table-entries=.* refused=0/\1/p' "$work/dump" | diff "$work/want-levels" -
			grep -q '^checked broken=0 odd=0$' "$work/dump" || cat "$work/dump"
			[ $status = 0 ] || echo "exit status $status"
		)"
	done
done

"$image" bad "$memory"
expect "dump: everything that may be wrong" 1 dump --format ept --base 0x40000000 --reg 0x4000005e --check "$memory" << 'TEXT'
gpa=0x0 end=0x1000 size=4K hpa=0x40004000 perm=rwx memtype=WB flags=- leaves=1x4K accessed=1 dirty=0
gpa=0x2000 end=0x3000 size=4K hpa=0x40001000 perm=r-x memtype=WB flags=- leaves=1x4K accessed=1 dirty=0
check=odd what=empty-table gpa=0x400000 detail="the table at 0x40006000 holds nothing"
gpa=0x200000 end=0x400000 size=2M hpa=0x90000000 perm=rwx memtype=WB flags=- leaves=512x4K accessed=512 dirty=0
check=odd what=dirty-not-accessed gpa=0x600000 detail="leaf at level 1: hardware sets both"
gpa=0x600000 end=0x800000 size=2M hpa=0x80000000 perm=rwx memtype=WB flags=- leaves=1x2M accessed=0 dirty=1
check=broken what=table-twice gpa=0x40000000 detail="the table at 0x40002000, level 1, is also that of level 1 at gpa 0x0: not walked again"
check=broken what=table-twice gpa=0x80000000 detail="the table at 0x40000000, level 1, is also that of level 3 at gpa 0x0: not walked again"
gpa=0xc0000000 at=0x40001018 entry=0x100000102 level=2 name=PDPTE type=reserved size=1G hpa=- perm=--- memtype=- flags=- A=- D=- software=0x0 why=permission detail="write without read (hypervisors mark emulated devices like this, on purpose)"
check=odd what=refused gpa=0xc0000000 detail="hardware refuses the entry at level 2: write without read (hypervisors mark emulated devices like this, on purpose)"
gpa=0x100000000 at=0x40001020 entry=0x7f0000107 level=2 name=PDPTE type=unreadable size=1G hpa=- perm=--- memtype=- flags=- A=- D=- software=0x0 why=unreadable detail="the table at 0x7f0000000 is not in the image"
check=odd what=not-in-image gpa=0x100000000 detail="the table at 0x7f0000000 is not in the image"
check=odd what=table-restricts gpa=0x140000000 detail="the entry at level 2 leaves only rw- to all that is below it"
gpa=0x140000000 end=0x140200000 size=2M hpa=0x80000000 perm=rw- memtype=WB flags=- leaves=1x2M accessed=1 dirty=1
check=odd what=table-not-accessed gpa=0x140200000 detail="a leaf of level 0 is accessed, and the entry above it is not"
gpa=0x140200000 end=0x140201000 size=4K hpa=0xa0000000 perm=rw- memtype=WB flags=- leaves=1x4K accessed=1 dirty=0
gpa=0x180000000 at=0x40001030 entry=0x70000000011b7 level=2 name=PDPTE type=reserved size=1G hpa=- perm=--- memtype=- flags=- A=- D=- software=0x0 why=address detail="address bits that must be 0: 12 (beyond the host's 52 bits, or below the alignment)"
check=broken what=refused gpa=0x180000000 detail="hardware refuses the entry at level 2: address bits that must be 0: 12 (beyond the host's 52 bits, or below the alignment)"
level=3 name=PML4E tables=1 leaves=0 table-entries=1 refused=0
level=2 name=PDPTE tables=1 leaves=0 table-entries=5 refused=3
level=1 name=PDE tables=2 leaves=2 table-entries=4 refused=0
level=0 name=PTE tables=4 leaves=515 table-entries=0 refused=0
total ranges=6 mapped=6156K table-bytes=32768
check=odd what=mapped-twice gpa=0x140000000 detail="host memory at 0x80000000 is also mapped at gpa 0x600000"
check=odd what=table-exposed gpa=0x2000 detail="the guest can read the table at 0x40001000"
check=broken what=table-exposed gpa=0x0 detail="the guest can write the table at 0x40004000"
check=odd what=mergeable gpa=0x0 detail="1 full tables could be leaves of 2M"
check=odd what=leftovers gpa=0x0 detail="1 entries are not present, but software keeps something in them"
checked broken=4 odd=10
TEXT
"$tool" dump --format ept --base 0x40000000 --root 0x40000000 --json --strict "$memory" > "$work/json"
tap_none "dump: the same as JSON" "$(
	"$json_keys" < "$work/json" > "$work/keys" || echo "no JSON"
	sed 's/.*"record":"\([a-z]*\)".*/\1/' "$work/json" | sort | uniq -c | tr -s ' \n' ' ' |
		grep -v '^ 1 checked 14 finding 4 level 6 range 3 refused 1 total $'
)"
expect "walk: what restricts, and where it ends" 0 walk --format ept --base 1G --root 1G "$memory" 0x140200010 << 'TEXT'
at=0x40000000 entry=0x40001107 level=3 name=PML4E type=table size=512G hpa=0x40001000 perm=rwx memtype=- flags=- A=1 D=- software=0x0
    EPT PML4E: points to the table of PDPTEs at host physical address 0x40001000.
    Everything is permitted, as far as this entry decides.
at=0x40001028 entry=0x40003103 level=2 name=PDPTE type=table size=1G hpa=0x40003000 perm=rw- memtype=- flags=- A=1 D=- software=0x0
    EPT PDPTE: points to the table of PDEs at host physical address 0x40003000.
    The guest may read and write at most what is below it; to execute causes an EPT violation (exit reason 48).
at=0x40003008 entry=0x40007007 level=1 name=PDE type=table size=2M hpa=0x40007000 perm=rwx memtype=- flags=- A=0 D=- software=0x0
    EPT PDE: points to the table of PTEs at host physical address 0x40007000.
    Everything is permitted, as far as this entry decides.
at=0x40007000 entry=0xa0000137 level=0 name=PTE type=leaf size=4K hpa=0xa0000000 perm=rwx memtype=WB flags=- A=1 D=0 software=0x0
    EPT PTE: maps 4K of memory at host physical address 0xa0000000.
    The guest may read, write and execute.
    Memory type: write-back; combined with the guest's PAT.
    Not written since the flag was cleared; hardware sets it with the next write.
gpa=0x140200010 result=mapped hpa=0xa0000010 size=4K perm=rw- memtype=WB flags=-
TEXT
expect "walk: a table that is not in the image" 1 walk --format ept --base 1G --root 0x1000 "$memory" 0 << 'TEXT'
at=0x0 entry=0x0 level=4 name=? type=unreadable size=256T hpa=- perm=--- memtype=- flags=- A=- D=- software=0x0 why=unreadable detail="the table at 0x1000 is not in the image"
    EPT ?: the table at 0x1000 is not in the image.
gpa=0x0 result=fault level=4 why=unreadable detail="the table at 0x1000 is not in the image"
TEXT
"$tool" walk --format ept --base 1G --root 1G --json "$memory" 0 0x3000 | "$json_keys" > "$work/got"
cat > "$work/want" << 'TEXT'
gpa:string result:string hpa:string size:integer read:boolean write:boolean exec_user:boolean exec_kernel:boolean memtype:string levels:array
gpa:string result:string why:string detail:string levels:array
TEXT
tap_none "walk: JSON" "$(diff "$work/want" "$work/got")"

: > "$work/empty"
complains "no file" 3 'No such file' dump --format ept --root 0 "$work/none"
complains "a directory" 3 'not a regular file' dump --format ept --root 0 "$work"
complains "no root" 2 'where is the root' dump --format ept "$memory"
complains "two roots" 2 'where is the root' dump --format ept --root 0 --reg 0x1e "$memory"
complains "an EPTP of the other format" 2 'of another format than ept' dump --format ept --reg 0x1e "$memory"
complains "no EPTP" 2 'cannot have this value' dump --format ept --reg 0xfff "$memory"
complains "half of Arm's registers" 2 'VTCR_EL2, is needed' dump --format arm64-s2-4k --reg 0x1000 "$memory"
complains "a root where no table can be" 2 'no table can be there' dump --format ept --root 0x1001 "$memory"
complains "no address" 2 'a FILE and an ADDRESS' walk --format ept --root 0 "$memory"
complains "an address too wide" 2 'beyond the 48 bits' walk --format ept --base 1G --root 1G "$memory" 0x1000000000000
expect "an empty file" 0 dump --format ept --root 0 "$work/empty" << 'TEXT'
gpa=0x0 at=0x0 entry=0x0 level=4 name=? type=unreadable size=256T hpa=- perm=--- memtype=- flags=- A=- D=- software=0x0 why=unreadable detail="the table at 0x0 is not in the image"
level=3 name=PML4E tables=0 leaves=0 table-entries=0 refused=0
level=2 name=PDPTE tables=0 leaves=0 table-entries=0 refused=0
level=1 name=PDE tables=0 leaves=0 table-entries=0 refused=0
level=0 name=PTE tables=0 leaves=0 table-entries=0 refused=0
total ranges=0 mapped=0 table-bytes=4096
TEXT
tap_done
