#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Builds a project that has the library as a Meson subproject.
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
subproject('tdpmmu', default_options: 'default_library=static')
executable('main', 'main.c', dependencies: dependency('tdpmmu'))
MESON

# Without optimisation, because this is about the build files; the library would insist on some for its engines.
tap_run "configures" meson setup --buildtype=plain -Dc_args=-O0 "$work/build" "$work"
tap_run "builds" ninja -C "$work/build"
tap_run "runs" "$work/build/main"
tap_none "no tests of ours" "$(meson introspect --tests "$work/build" | sed 's/^\[\]$//')"
tap_done
