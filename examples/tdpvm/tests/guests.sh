#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Small guests on KVM: one that is fine, and some whose failure must be told from success.
# guests.sh TAP_DIR HERE TDPVM NAME=ELF...
set -u
. "$1/tap.sh"
. "$2/lib.sh"
tdpvm=$3
shift 3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

guest()
{
	"$tdpvm" --mem 16M --vcpus 2 --timeout 2 --payload "$@"
}

for pair; do
	name=${pair%%=*}
	elf=${pair#*=}
	case $name in
	minimal)
		guest "$elf" > "$work/stdout" 2> "$work/stderr"
		status=$?
		if [ $status -eq 77 ]; then
			echo "1..0 # SKIP $(cat "$work/stderr")"
			exit 0
		elif [ $status -eq 0 ] && grep -q "all is well" "$work/stdout"; then
			tap_ok "a minimal guest"
		else
			tap_not_ok "a minimal guest" "$(cat "$work/stdout" "$work/stderr")"
		fi
		;;
	silent) expect 1 "only 0 of 2 vCPUs" "a guest that does not say it is done" guest "$elf" ;;
	wrong)
		expect 1 "saw 0x2 at 0x1234 instead of 0x1" "a guest that saw something wrong" guest "$elf"
		guest "$elf" --json > "$work/stdout" 2> /dev/null
		tap_run "its JSON says so" grep -q '"guest_ok": false' "$work/stdout"
		;;
	liar) expect 1 "the guest saw 10 refusals" "a guest that counts what did not happen" guest "$elf" ;;
	crash) expect 1 "triple fault" "a guest that crashes" guest "$elf" ;;
	spin) expect 1 "did not end within 2 s" "a guest that does not end" guest "$elf" ;;
	port) expect 1 "unknown port 0x42" "a guest with an unknown call" guest "$elf" ;;
	overlap) expect 1 "overlaps" "a guest at an address that is taken" guest "$elf" ;;
	esac
done
tap_done
