#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Turns the public headers into Rust and compiles the Rust embedder against the result.
# bindgen.sh HERE INCLUDE_DIR EMBEDDER.rs
set -eu
. "$1/../checks/tap.sh"
include=$2
embedder=$3

if ! command -v bindgen > /dev/null; then
	tap_skip "bindgen" "no bindgen"
	tap_done
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

tap_run "bindgen reads every header" bindgen "$include/tdpmmu/tdpmmu.h" -o "$work/bindings.rs" -- -I "$include" -std=c11

# bindgen drops what it cannot say without a word, so look for everything that the headers export.
missing=
for name in $("$1/../checks/api-names.sh" "$include" functions); do
	grep -q "fn $name(" "$work/bindings.rs" || missing="$missing $name"
done
for name in $("$1/../checks/api-names.sh" "$include" data); do
	grep -q "static $name:" "$work/bindings.rs" || missing="$missing $name"
done
tap_none "everything exported arrives" "$missing"

if command -v rustc > /dev/null; then
	cp "$embedder" "$work/embedder.rs"
	tap_run "the Rust embedder compiles" rustc --edition 2021 --crate-type bin --emit=metadata -D warnings \
		--out-dir "$work" "$work/embedder.rs"
else
	tap_skip "the Rust embedder compiles" "no rustc"
fi
tap_done
