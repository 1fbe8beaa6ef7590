#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# linux.sh ARCH [DIR]: a Linux to boot as a guest, out of Debian's packages. ARCH is amd64 or arm64; DIR, build/kernels/ARCH unless told,
# keeps between runs:
#	kernel    the kernel as Debian ships it: bzImage (amd64), uncompressed Image (arm64)
#	vmlinux   amd64 only: the ELF file inside the bzImage
#	busybox   a static busybox
#	version   the packages and their versions
# Needs no root and leaves the system's packages alone: apt works on lists of its own. Status 77 and one line if a package cannot be had.
set -u

arch=${1:-}
case $arch in
amd64 | arm64) ;;
*)
	echo "usage: linux.sh amd64|arm64 [DIR]" >&2
	exit 1
	;;
esac
dir=${2:-$(dirname "$0")/../build/kernels/$arch}

# skip WHY: this machine cannot have it.
skip()
{
	echo "No Linux kernel for $arch guests: $*"
	exit 77
}

# fetched: whether everything is there. version comes last.
fetched()
{
	[ -s "$dir/version" ]
}

! fetched || exit 0
for tool in apt-get dpkg-deb flock; do
	command -v $tool > /dev/null || skip "there is no $tool here"
done
mkdir -p "$dir" || skip "$dir cannot be made"
dir=$(cd "$dir" && pwd)

# Whoever comes second waits for the first, and finds everything done.
exec 9> "$dir/lock"
flock 9
! fetched || exit 0

work=$dir/work
log=$dir/log
rm -rf "$work"
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/tree"
: > "$work/status"
: > "$log"
trap 'rm -rf "$work"' EXIT

# Debian's own sources as this machine has them; other people's packages are not wanted.
sources=/etc/apt/sources.list.d/debian.sources
[ -e $sources ] || sources=/etc/apt/sources.list
cat > "$work/apt.conf" << CONF
#clear APT::Architectures;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Update::Pre-Invoke;
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "$(id -un)";
Dir::Etc::sourcelist "$sources";
Dir::Etc::sourceparts "/dev/null";
Dir::State "$work";
Dir::State::lists "$work/lists";
Dir::State::status "$work/status";
Dir::Cache "$work/cache";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
CONF

# newest PACKAGE: what that one, which contains nothing itself, stands for.
newest()
{
	apt-cache -c "$work/apt.conf" depends --important "$1" 2>> "$log" | awk '$1 == "Depends:" { print $2; exit }'
}

# unpack PACKAGE: fetches it, notes its version, puts what it holds into $work/tree.
unpack()
{
	rm -f "$work"/*.deb
	(cd "$work" && apt-get -q -c "$work/apt.conf" download "$1") >> "$log" 2>&1 || return 1
	# shellcheck disable=SC2016 # dpkg-deb's variables
	dpkg-deb -W --showformat='${Package} ${Version}\n' "$work"/*.deb >> "$work/version" &&
		dpkg-deb -x "$work"/*.deb "$work/tree" >> "$log" 2>&1
}

# number FILE OFFSET BYTES: an unsigned number of x86's byte order.
number()
{
	od -A n -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '
}

# magic FILE: its first four bytes.
magic()
{
	od -A n -t x1 -N 4 "$1" | tr -d ' '
}

# unzip_file FROM TO: uncompressed, by whatever FROM was compressed with.
unzip_file()
{
	case $(magic "$1") in
	fd377a58) unzipper=xz ;;
	28b52ffd) unzipper=zstd ;;
	1f8b*) unzipper=gzip ;;
	*) skip "$1 is compressed in a way unknown here" ;;
	esac
	command -v $unzipper > /dev/null || skip "there is no $unzipper here"
	$unzipper -dc < "$1" > "$2" 2>> "$log" || skip "$1 cannot be uncompressed (see $log)"
}

# The ELF file in a bzImage, whose header says where it is (Documentation/x86/boot: payload_offset, payload_length); its size, four
# bytes, follows what xz and zstd made.
extract_vmlinux()
{
	[ "$(od -A n -c -j 514 -N 4 "$1" | tr -d ' ')" = HdrS ] || skip "the package's kernel is no bzImage"
	start=$((($(number "$1" 497 1) + 1) * 512 + $(number "$1" 584 4)))
	size=$(($(number "$1" 588 4) - 4))
	tail -c +$((start + 1)) "$1" | head -c $size > "$work/payload"
	unzip_file "$work/payload" "$work/vmlinux"
	[ "$(magic "$work/vmlinux")" = 7f454c46 ] || skip "no ELF file in the package's kernel"
}

# Debian has packed Arm's Image both ways.
extract_image()
{
	case $(magic "$1") in
	1f8b* | 28b52ffd) unzip_file "$1" "$work/kernel" ;;
	*) cp "$1" "$work/kernel" ;;
	esac
	[ "$(od -A n -c -j 56 -N 4 "$work/kernel" | tr -d ' ')" = ARMd ] || skip "the package's kernel is no arm64 Image"
}

echo "Fetching a Linux kernel for $arch guests from Debian, once, into $dir" >&2
apt-get -q -c "$work/apt.conf" update >> "$log" 2>&1
image=$(newest "linux-image-$arch")
[ -n "$image" ] || skip "Debian's package lists cannot be had (see $log)"
unpack "$image" || skip "$image cannot be downloaded (see $log)"
unpack busybox-static || skip "busybox-static cannot be downloaded (see $log)"

kernel=$(find "$work/tree/boot" -name 'vmlinuz-*' | head -n 1)
[ -n "$kernel" ] || skip "there is no kernel in $image"
if [ "$arch" = amd64 ]; then
	extract_vmlinux "$kernel"
	cp "$kernel" "$work/kernel"
	mv "$work/vmlinux" "$dir/vmlinux"
else
	extract_image "$kernel"
fi
busybox=$(find "$work/tree" -path '*bin/busybox' | head -n 1)
[ -n "$busybox" ] || skip "there is no busybox in busybox-static"
{ cp "$busybox" "$dir/busybox" && mv "$work/kernel" "$dir/kernel" && mv "$work/version" "$dir/version"; } || skip "$dir cannot be written"
