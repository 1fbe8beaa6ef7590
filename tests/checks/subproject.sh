#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Builds a project that has the library as a Meson subproject, with one format.
# subproject.sh HERE ROOT
set -eu
. "$1/tap.sh"
root=$2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/subprojects"
ln -s "$root" "$work/subprojects/tdpmmu"
cp "$root/examples/01-map-and-walk.c" "$work/main.c"
cat > "$work/meson.build" << 'MESON'
project('hypervisor', 'c', default_options: ['c_std=c11', 'warning_level=2', 'werror=true'])
subproject('tdpmmu', default_options: ['default_library=static', 'formats=npt'])
executable('main', 'main.c', dependencies: dependency('tdpmmu'))
MESON

# Without optimisation, because this is about the build files; the library would insist on some for its engines.
tap_run "configures" meson setup --buildtype=plain -Dc_args=-O0 "$work/build" "$work"
tap_run "builds" ninja -C "$work/build"
tap_run "runs" "$work/build/main"
tap_none "no format that nobody named" "$(nm "$work/build/subprojects/tdpmmu/lib/libtdpmmu.a" 2> /dev/null | grep -E ' tdp_(ept|s2)')"
# refused OPTIONS WORDS: the library alone, configured like that, says so.
refused()
{
	# shellcheck disable=SC2086 # a list of words
	meson setup $1 "$work/refused" "$root" 2>&1 | grep -qF "$2" || echo "$1 is not refused with '$2'"
}
tap_none "a format that does not exist" "$(refused -Dformats=npt,nept 'there is no format nept; there are s2_16k, ')"
tap_none "tests of one format" "$(refused '-Dformats=npt -Dtests=enabled' 'with -Dformats= there is the library only')"
tap_none "no tests of ours" "$(meson introspect --tests "$work/build" | sed 's/^\[\]$//')"
tap_done
