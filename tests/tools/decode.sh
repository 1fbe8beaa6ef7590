#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tdpmmu decode and explain: entries that hypervisors wrote, on the command line and in a trace, and entries that hardware refuses.
# decode.sh CHECKS TOOL JSON_KEYS
set -u
. "$1/tap.sh"
. "$(dirname "$0")/expect.sh"
tool=$2
json_keys=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

expect "EPT: a page that KVM mapped" 0 decode --format ept --level 0 0x8600000002beab77 << 'TEXT'
entry=0x8600000002beab77 level=0 name=PTE type=leaf size=4K hpa=0x2bea000 perm=rwx memtype=WB flags=force A=1 D=1 software=0x600000000000800[58:57,11]
TEXT
expect "NPT: a page that KVM mapped" 0 decode --format npt --level 0 0x6207e67 << 'TEXT'
entry=0x6207e67 level=0 name=PTE type=leaf size=4K hpa=0x6207000 perm=rwx memtype=WB flags=- A=1 D=1 software=0xe00[11:9]
TEXT
expect "arm64: a page that KVM mapped" 0 decode --format arm64-s2-4k --level 0 0x0040000048f6677f << 'TEXT'
entry=0x40000048f6677f level=0 name=L3 type=leaf size=4K hpa=0x48f66000 perm=r-- memtype=WB flags=- A=1 D=0 software=0x0
TEXT
expect "the same as JSON" 0 decode --format arm64-s2-4k --level L3 --json 0x0040000048f6677f << 'TEXT'
{"entry":"0x40000048f6677f","format":"arm64-s2-4k","level":0,"name":"L3","type":"leaf","size":4096,"hpa":"0x48f66000","read":true,"write":false,"exec_user":false,"exec_kernel":false,"memtype":"WB","flags":[],"accessed":true,"dirty":false,"software":"0x0","valid":true,"why":null}
TEXT

keys="entry:string format:string level:integer name:string type:string size:integer"
rights="read:boolean write:boolean exec_user:boolean exec_kernel:boolean"
"$tool" decode --format ept --level 0 --json 0x8600000002beab77 0x6 0 > "$work/json"
tap_run "JSON is JSON" sh -c "'$json_keys' < '$work/json' > '$work/keys'"
cat > "$work/want" << TEXT
$keys hpa:string $rights memtype:string flags:array accessed:boolean dirty:boolean software:string valid:boolean why:null
$keys hpa:null $rights memtype:null flags:array accessed:null dirty:null software:string valid:boolean why:string detail:string
$keys hpa:null $rights memtype:null flags:array accessed:null dirty:null software:string valid:boolean why:string detail:string
TEXT
tap_none "its keys and their types stay" "$(diff "$work/want" "$work/keys")"
"$tool" explain --format npt --json 0x6207e67 5a0 87 | "$json_keys" > "$work/keys"
tap_none "also with explanations" "$(grep -v ' explain:array fields:array$' "$work/keys")"

expect "without a level: every level" 0 decode --format npt 0x80000000402000e7 << 'TEXT'
entry=0x80000000402000e7 level=0 name=PTE type=leaf size=4K hpa=0x40200000 perm=rw- memtype=WB flags=- A=1 D=1 software=0x0
entry=0x80000000402000e7 level=1 name=PDE type=leaf size=2M hpa=0x40200000 perm=rw- memtype=WB flags=- A=1 D=1 software=0x0
entry=0x80000000402000e7 level=2 name=PDPE type=reserved size=1G hpa=- perm=--- memtype=- flags=- A=- D=- software=0x0 why=address detail="address bits that must be 0: 21 (beyond the host's 52 bits, or below the alignment)"
entry=0x80000000402000e7 level=3 name=PML4E type=reserved size=512G hpa=- perm=--- memtype=- flags=- A=- D=- software=0x0 why=level detail="bit 7 says that this PML4E maps memory itself, and there are no pages of that size"
TEXT

expect "EPT: how an emulated device is marked" 0 explain --format ept --level 0 0x6 << 'TEXT'
entry=0x6 level=0 name=PTE type=reserved size=4K hpa=- perm=--- memtype=- flags=- A=- D=- software=0x0 why=permission detail="write without read (hypervisors mark emulated devices like this, on purpose)"
    EPT PTE: refused because of permission: write without read (hypervisors mark emulated devices like this, on purpose).
    Every access through it causes an EPT misconfiguration (exit reason 49), whatever its permissions.
    bit 0     read                     0x0    no
    bit 1     write                    0x1    yes
    bit 2     execute                  0x1    yes (with mode-based execute: in supervisor mode)
    bit 5:3   memory type              0x0    uncacheable
    bit 6     ignore PAT               0x0    the guest's PAT has a say
    bit 8     accessed                 0x0    no
    bit 9     dirty                    0x0    no
    bit 63    suppress #VE             0x0    a violation may become #VE, where that control is on
TEXT
expect "NPT: written, then write-protected by KVM" 0 explain --format npt --level 0 6207e65 << 'TEXT'
entry=0x6207e65 level=0 name=PTE type=leaf size=4K hpa=0x6207000 perm=r-x memtype=WB flags=- A=1 D=1 software=0xe00[11:9]
    NPT PTE: maps 4K of memory at host physical address 0x6207000.
    The guest may read and execute; to write causes a nested page fault (#NPF, exit code 0x400).
    Memory type: write-back, from entry 0 of the PAT 0x7040600070406; combined with the guest's own.
    Dirty but not writable: it was written before write permission was taken away.
    If Linux KVM wrote it (6.1 to 6.12): bit 11 marks it present, host-writable (bit 9), MMU-writable (bit 10); write comes back at a fault, as in dirty logging.
    Hardware ignores bits 11:9: what they mean is the business of the software that wrote them.
    bit 0     present                  0x1    yes
    bit 1     R/W                      0x0    read only
    bit 2     U/S                      0x1    user
    bit 3     PWT                      0x0    lowest bit of the PAT entry
    bit 4     PCD                      0x0    middle bit of the PAT entry
    bit 5     accessed                 0x1    yes
    bit 6     dirty                    0x1    yes
    bit 7     PAT                      0x0    highest bit of the PAT entry
    bit 8     global                   0x0    no
    bit 11:9  available                0x7    
    bit 63    NX                       0x0    may be executed
TEXT

# says NAME PATTERN ARGUMENTS...: one of the sentences matches.
says()
{
	says_name=$1
	says_pattern=$2
	shift 2
	"$tool" explain "$@" > "$work/got" 2>&1
	tap_none "$says_name" "$(grep -q -e "$says_pattern" "$work/got" || cat "$work/got")"
}
says "which address bits are reserved" 'must be 0: 45,40 (beyond the host.s 40 bits' --format ept --level 0 --hpa-bits 40 0x210000001037
says "which bits of a table entry are" 'reserved bits that must be 0: 6:5$\|reserved bits that must be 0: 6:5\.' --format ept --level 1 0x5e17067
says "a reserved memory type" 'memory type 2 is reserved' --format ept --level 0 0x1017
says "execute without read, where it is missing" 'execute without read, which this machine' --format ept --level 0 --features -exec-only 0x1034
says "the same, where it is there" 'may execute; to read or write causes an EPT violation' --format ept --level 0 0x1034
says "a page of 1G, where there is none" 'no pages of that size' --format ept --level 2 --leaf-sizes 4K,2M 0x400000b7
says "a huge page at the last level" 'Bit 7 is ignored at this level' --format ept --level 0 0x400000b7
says "NX, where EFER.NXE is 0" 'reserved bits that must be 0: 63' --format npt --level 0 --features -nx 0x8000000000001067
says "a supervisor page under nested paging" 'U/S is 0' --format npt --level 0 0x1063
says "a type of the PAT in force" 'write-combining, from entry 1 of the PAT 0x106' --format npt --level 0 --pat 0x106 0x106f
says "a reserved type of it" 'entry 1 of the PAT 0x306 holds a reserved type' --format npt --level 0 --pat 0x306 0x106f
says "the encryption bit is no address" 'physical address 0x1000\.' --format npt --level 0 --c-bit 47 0x800000001067
says "a block where there is none" 'bits 1:0 are 01, a block, and there are none at L0' --format arm64-s2-4k --level L0 0x40000048f6677d
says "a block at the last level" 'reserved at the last level, L3' --format arm64-s2-4k --level 0 0x40000048f6677d
says "a reserved MemAttr with FWB" 'MemAttr 15 is reserved with FEAT_S2FWB' --format arm64-s2-4k --level 0 --features fwb 0x40000048f6677f
says "a MemAttr with FWB" 'Normal Write-Back, whatever stage 1 says' --format arm64-s2-4k --level 0 --features fwb 0x40000048f6675b
says "what FWB would make of a MemAttr" 'feature fwb), this MemAttr is: Normal Write-Back' --format arm64-s2-4k --level 0 0x40000048f6675b
says "52 bits: where the highest address bits are" 'physical address 0xc000048f66000' --format arm64-s2-4k-lpa2 --level 0 0x48f667ff
says "the same, 64K" 'physical address 0xf000048f60000' --format arm64-s2-64k-lpa --level 0 0x48f6f7ff
says "a root of PAE" 'reserved bits that must be 0: 5,2:1' --format npt-pae --level PDPE 0x1027
says "the bits above, in PAE" 'reserved bits that must be 0: 52' --format npt-pae --level PTE 0x10000000001067
says "an access flag that hardware does not set" 'causes an access flag fault' --format arm64-s2-4k --level 0 --features -hw-a 0x48f663ff
says "execution at EL0 only" 'execute in user mode' --format arm64-s2-4k --level 0 --features xnx 0x20000048f667ff
says "what is not present" 'Every access to its 4K causes an EPT violation' --format ept --level 0 0x5a0
says "a mark that software left" 'software keeps something in it' --format ept --level 0 0x5a0

expect "our own entries: what was granted, and the state" 0 decode --origin ours --format ept --level 0 0x80a0000002bea977 0x800ffffffffff008 << 'TEXT'
entry=0x80a0000002bea977 level=0 name=PTE type=leaf size=4K hpa=0x2bea000 perm=rwx memtype=WB flags=force A=1 D=0 software=0xa0000000000800[55,53,11] granted=rwx sw=0 state=mmu-writable
entry=0x800ffffffffff008 level=0 name=PTE type=frozen size=4K hpa=- perm=--- memtype=- flags=- A=- D=- software=0xffffffffff008[51:12,3] state=- why=frozen detail="not present: an operation of this library owns it"
TEXT

# Lines as KVM's trace points and its complaint about reserved bits have them.
cat > "$work/trace" << 'TEXT'
 qemu-5  [000] ...1.  0.995: kvm_tdp_mmu_spte_changed: as id 0 gfn 0 level 2 old_spte 0 new_spte 5e17907
 qemu-5  [000] ...1.  0.996: kvm_page_fault: vcpu 0 rip 0x1000 address 0x0000000000005000 error_code 0x181
 qemu-5  [001] .....  5.014: fast_page_fault: vcpu 0 gva 6000 error_code P|W|U sptep 00000000586c607d old 0x600000004203975 new 600000004203b77 spurious 0 fixed 1

------ spte = 0x400000b7 level = 3, rsvd bits = 0xf
TEXT
stdin=$work/trace
expect "a trace: its lines, and below them what they say" 0 decode --format ept << 'TEXT'
 qemu-5  [000] ...1.  0.995: kvm_tdp_mmu_spte_changed: as id 0 gfn 0 level 2 old_spte 0 new_spte 5e17907
  ^ old_spte entry=0x0 level=1 name=PDE type=empty size=2M hpa=- perm=--- memtype=- flags=- A=- D=- software=0x0 why=not-present detail="not present"
  ^ new_spte entry=0x5e17907 level=1 name=PDE type=table size=2M hpa=0x5e17000 perm=rwx memtype=- flags=- A=1 D=- software=0x800[11]
 qemu-5  [000] ...1.  0.996: kvm_page_fault: vcpu 0 rip 0x1000 address 0x0000000000005000 error_code 0x181
 qemu-5  [001] .....  5.014: fast_page_fault: vcpu 0 gva 6000 error_code P|W|U sptep 00000000586c607d old 0x600000004203975 new 600000004203b77 spurious 0 fixed 1
  ^ old (level assumed) entry=0x600000004203975 level=0 name=PTE type=leaf size=4K hpa=0x4203000 perm=r-x memtype=WB flags=force A=1 D=0 software=0x600000000000800[58:57,11]
  ^ new (level assumed) entry=0x600000004203b77 level=0 name=PTE type=leaf size=4K hpa=0x4203000 perm=rwx memtype=WB flags=force A=1 D=1 software=0x600000000000800[58:57,11]

------ spte = 0x400000b7 level = 3, rsvd bits = 0xf
  ^ spte entry=0x400000b7 level=2 name=PDPTE type=leaf size=1G hpa=0x40000000 perm=rwx memtype=WB flags=- A=0 D=0 software=0x0
TEXT
"$tool" decode --format ept --json < "$work/trace" | "$json_keys" | grep -c ' line:integer key:string level_assumed:boolean$' > "$work/got"
tap_none "the same as JSON: one object for each entry" "$(echo 5 | diff - "$work/got")"
printf '0x6207e67\n0000000000001000: 6207e65 0\nx: pte=0x6207e67 foo 0x6207e65' > "$work/dump"
stdin=$work/dump
expect "entries alone, a memory dump, a word of one's own" 0 decode --format npt --level 0 --key foo << 'TEXT'
entry=0x6207e67 level=0 name=PTE type=leaf size=4K hpa=0x6207000 perm=rwx memtype=WB flags=- A=1 D=1 software=0xe00[11:9]
0000000000001000: 6207e65 0
  ^ entry=0x6207e65 level=0 name=PTE type=leaf size=4K hpa=0x6207000 perm=r-x memtype=WB flags=- A=1 D=1 software=0xe00[11:9]
  ^ entry=0x0 level=0 name=PTE type=empty size=4K hpa=- perm=--- memtype=- flags=- A=- D=- software=0x0 why=not-present detail="not present"
x: pte=0x6207e67 foo 0x6207e65
  ^ pte entry=0x6207e67 level=0 name=PTE type=leaf size=4K hpa=0x6207000 perm=rwx memtype=WB flags=- A=1 D=1 software=0xe00[11:9]
  ^ foo entry=0x6207e65 level=0 name=PTE type=leaf size=4K hpa=0x6207000 perm=r-x memtype=WB flags=- A=1 D=1 software=0xe00[11:9]
TEXT
echo 'kvm: spte 40000048f667fd level 2' > "$work/arm"
stdin=$work/arm
expect "Arm's kernels count levels from the top" 0 decode --format arm64-s2-4k << 'TEXT'
kvm: spte 40000048f667fd level 2
  ^ spte entry=0x40000048f667fd level=1 name=L2 type=reserved size=2M hpa=- perm=--- memtype=- flags=- A=- D=- software=0x0 why=address detail="address bits that must be 0: 20,18:17,14:13 (beyond the host's 48 bits, or below the alignment)"
TEXT
stdin=

complains "no format" 2 '--format is one of ept, ' decode 0x8600000002beab77
complains "a format that there is not" 2 "'eptt' is none of ept, " decode --format eptt 0x1
complains "no entry" 2 "'0x123g' is no entry" decode --format ept 0x123g
complains "an entry that is too long" 2 'is no entry' decode --format ept 0x12345678123456789
complains "a level that there is not" 2 "'4' is no level: 0 (PTE) to 3 (PML4E)" decode --format ept --level 4 0x1
complains "a feature that there is not" 2 "'foo' is no feature" decode --format ept --features fwb,foo 0x1
complains "a feature of another architecture" 2 'ept does not know' decode --format ept --features fwb 0x1
complains "a feature that the format needs" 2 'a feature is missing' decode --format ept --features -hw-a 0x1
complains "an option that there is not" 2 'is no option' decode --frmat ept 0x1
complains "an option without its value" 2 'needs a value' decode --format
complains "control characters are not repeated" 2 'a?b' decode --format "$(printf 'a\033b')" 0x1
complains "no command" 2 'which command'
complains "a command that there is not" 2 "'decod' is no command" decod
tap_done
