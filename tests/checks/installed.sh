#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Installs the library and uses it as a stranger would: through pkg-config, from a C program, shared and static.
# installed.sh HERE ROOT BUILD_DIR CC
set -eu
. "$1/tap.sh"
root=$2
build=$3
cc=$4

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

tap_run "meson install" meson install -C "$build" --no-rebuild --destdir "$work"

pc=$(find "$work" -name tdpmmu.pc)
tap_none "one pkg-config file for the library" "$([ "$(echo "$pc" | wc -w)" = 1 ] || find "$work")"
export PKG_CONFIG_SYSROOT_DIR="$work"
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH
cflags=$(pkg-config --cflags tdpmmu)
libs=$(pkg-config --libs tdpmmu)
libdir=$work$(pkg-config --variable=libdir tdpmmu | sed "s,^$work,,")

tap_none "every public header, and no other" "$(printf '%s\n' "$root"/include/tdpmmu/*.h | sed 's,.*/,,' > "$work/want"
	find "$work" -path '*/include/tdpmmu/*.h' ! -path '*/engine/*' | sed 's,.*/,,' | sort | comm -3 - "$work/want")"

# What the first example prints, but for addresses of its own memory.
cat > "$work/expected" << 'TEXT'
leaf 1G 0x80000000 rwx WB
leaf 4K 0xc0000000 rwx WB
leaf 4K 0xc0001000 rwx WB
leaf 4K 0xc0002000 rwx WB
leaf 2M 0x80000000 rwx WB
TEXT

# use NAME LINK_FLAGS...
use()
{
	name=$1
	shift
	# shellcheck disable=SC2086 # lists of words
	tap_run "compiles against the $name library" $cc -std=c11 -Wall -Wextra -Werror $cflags \
		"$root/examples/01-map-and-walk.c" -o "$work/$name" "$@"
	tap_run "runs with the $name library" sh -c "LD_LIBRARY_PATH='$libdir' '$work/$name' > '$work/$name.out'"
	grep -o 'leaf .* WB' "$work/$name.out" > "$work/$name.leaves" || true
	tap_none "prints what it should ($name)" "$(diff "$work/expected" "$work/$name.leaves")"
}

# shellcheck disable=SC2086 # lists of words
use shared $libs
# shellcheck disable=SC2046 # a list of words
use static -static $(pkg-config --static --libs tdpmmu)
tap_none "the shared one is loaded" "$(ldd "$work/shared" | grep -q libtdpmmu.so || echo "not a dependency")"

# A format of one's own: on the generic engine with either library, and compiled as an engine with the static one.
format="$root/examples/07-your-own-format.c"
# own NAME FLAGS...: compiles the program, and counts its runs by kind of engine.
own()
{
	name=$1
	shift
	# shellcheck disable=SC2086 # lists of words
	tap_run "a format of one's own compiles ($name)" $cc -std=c11 -Wall -Wextra -Werror $cflags "$root/examples/07-use-it.c" "$format" \
		-o "$work/$name" "$@"
	tap_run "and runs ($name)" sh -c "LD_LIBRARY_PATH='$libdir' '$work/$name' > '$work/$name.out'"
}
# shellcheck disable=SC2086
own generic $libs
# shellcheck disable=SC2046,SC2086
tap_run "the format compiles as an engine" $cc -std=c11 -O2 -Wall -Wextra -Werror $(pkg-config --cflags tdpmmu-engine) -c "$format" \
	-o "$work/engine.o"
# shellcheck disable=SC2046
own engine "$work/engine.o" -static $(pkg-config --static --libs tdpmmu)
tap_none "the generic engine alone, then both" "$(cut -d : -f 1 "$work/generic.out" "$work/engine.out" | sort | uniq -c | tr -s ' \n' ' ' |
	grep -v '^ 6 generic 3 its own $')"
tap_done
