# SPDX-License-Identifier: BSD-2-Clause
# Sourced by ./run: finds out which Debian packages a task lacks and installs them, or says how.

# PACKAGE PROBE, one per line: a command that must exist, or pc:NAME for pkg-config, or a file.
packages_of()
{
	case $1 in
	demo | demo-* | test | bench | tool)
		cat << 'LIST'
gcc gcc
libc6-dev /usr/include/stdio.h
meson meson
ninja-build ninja
pkg-config pkg-config
LIST
		;;
	esac
	case $1 in
	demo | test | bench)
		echo "libjansson-dev pc:jansson"
		;;
	esac
	case $1 in
	test | tool)
		echo "libcjson-dev pc:libcjson"
		;;
	esac
	case $1 in
	demo | test)
		echo "libelf-dev pc:libelf"
		;;
	esac
	case $1 in
	demo | test | bench)
		echo "liburcu-dev pc:liburcu-memb"
		;;
	esac
	case $1 in
	bench)
		echo "gnuplot-nox gnuplot"
		;;
	esac
	case $1 in
	test | bench)
		cat << 'LIST'
clang clang
valgrind valgrind
LIST
		;;
	esac
	case $1 in
	test)
		cat << 'LIST'
groff-base groff
g++ g++
libcriterion-dev pc:criterion
clang-format clang-format
bindgen bindgen
rustc rustc
shellcheck shellcheck
gcc-i686-linux-gnu i686-linux-gnu-gcc
libc6-dev-i386-cross /usr/i686-linux-gnu/include/stdio.h
libc6-dev-arm64-cross /usr/aarch64-linux-gnu/include/stdio.h
qemu-user qemu-aarch64
LIST
		;;
	esac
	case $1 in
	demo-x86-hv | test)
		cat << 'LIST'
qemu-system-x86 qemu-system-x86_64
bochs bochs-bin
LIST
		;;
	esac
	case $1 in
	demo-arm64-hv | test)
		cat << 'LIST'
qemu-system-arm qemu-system-aarch64
gcc-aarch64-linux-gnu aarch64-linux-gnu-gcc
libfdt-dev /usr/include/libfdt.h
LIST
		;;
	esac
	# A Linux guest: Debian's kernel is unpacked, a file system made.
	case $1 in
	demo-x86-hv | demo-arm64-hv | test)
		cat << 'LIST'
cpio cpio
xz-utils xz
zstd zstd
LIST
		;;
	esac
	case $1 in
	test | docs)
		echo "doxygen doxygen"
		;;
	esac
}

package_is_there()
{
	case $1 in
	pc:*) pkg-config --exists "${1#pc:}" 2> /dev/null ;;
	/*) [ -e "$1" ] ;;
	*) command -v "$1" > /dev/null ;;
	esac
}

packages_missing()
{
	packages_of "$1" | while read -r package probe; do
		package_is_there "$probe" || printf ' %s' "$package"
	done
}

# Makes sure that everything for a task is there; everything it says goes to stderr.
packages_need()
{
	missing=$(packages_missing "$1")
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
		echo "Please install what is missing, then try again:" >&2
		echo "  sudo apt-get install -y --no-install-recommends$missing" >&2
		exit 1
	fi
	echo "Installing$missing" >&2
	{
		apt-get update -q
		# shellcheck disable=SC2086 # a list of words
		DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
	} > "$log_dir/apt.log" 2>&1 < /dev/null || {
		tail -n 20 "$log_dir/apt.log" >&2
		echo "The packages could not be installed; the whole story is in $log_dir/apt.log. Please try" >&2
		echo "  apt-get install -y --no-install-recommends$missing" >&2
		exit 1
	}
	# What comes without development files of its own would show only later.
	missing=$(packages_missing "$1")
	[ -z "$missing" ] || echo "Still missing after the installation:$missing" >&2
}
