# SPDX-License-Identifier: BSD-2-Clause
# Sourced by ./run: every test, in three builds, a line per suite, and the sum.

passed=0
failed=0
skipped=0

# result BUILD SUITE PASSED FAILED SKIPPED SECONDS
result()
{
	printf '%-9s %-8s %5d passed, %d failed, %d skipped  (%d s)\n' "$@"
	passed=$((passed + $3))
	failed=$((failed + $4))
	skipped=$((skipped + $5))
}

now()
{
	date +%s
}

# make BUILD COMPILER MESON_OPTIONS...: a build that fails counts as one failed test.
make()
{
	build=$1
	compiler=$2
	shift 2
	start=$(now)
	if CC=$compiler configure "test-$build" "$@" && ninja -C "build/test-$build" > "$log_dir/$build.log" 2>&1; then
		result "$build" build 1 0 0 $(($(now) - start))
		return 0
	fi
	grep -E 'error|FAILED|undefined' "$log_dir/$build.log" | head -n 20
	result "$build" build 0 1 0 $(($(now) - start))
	return 1
}

# suite BUILD NAME MESON_ARGUMENTS...
suite()
{
	build=$1
	name=$2
	shift 2
	base=build/test-$build/meson-logs/$name
	start=$(now)
	rm -f "$base".*
	meson test -C "build/test-$build" --no-rebuild --logbase "$name" --print-errorlogs "$@" > "$log_dir/$build-$name.log" 2>&1
	status=$?
	# A suite without tests leaves no files.
	if [ -e "$base.json" ]; then
		# shellcheck disable=SC2046 # three numbers
		set -- $(awk -f tools/count.awk "$base.junit.xml" "$base.json")
	else
		set -- 0 0 0
	fi
	[ $status -eq 0 ] || [ "$2" -gt 0 ] || set -- "$1" 1 "$3"
	[ $(($1 + $2 + $3)) -gt 0 ] || return 0
	result "$build" "$name" "$1" "$2" "$3" $(($(now) - start))
	[ "$2" -eq 0 ] || sed -n '/^Summary of Failures/,/^Full log/p; /^=.* output/,/^=.*=$/p' "$log_dir/$build-$name.log" | head -n 60
}

# every_suite BUILD: the ones that everybody knows, then whatever else there is.
every_suite()
{
	for known in fast kvm gates checks; do
		suite "$1" $known --suite $known
	done
	suite "$1" others --no-suite fast --no-suite kvm --no-suite gates --no-suite checks
}

run_tests()
{
	begin=$(now)
	# What ships, by two compilers: everything.
	for compiler in gcc clang; do
		make "$compiler" "$compiler" -Dbuildtype=debugoptimized -Dtests=enabled -Dexamples=enabled -Dbench=enabled \
			-Ddocs=enabled && every_suite "$compiler"
	done
	# Memory errors and undefined behaviour. What checks files or counts instructions has nothing to add here.
	if make sanitize gcc -Dbuildtype=debugoptimized -Dtests=enabled -Dexamples=enabled -Dbench=disabled -Ddocs=disabled \
		-Db_sanitize=address,undefined -Db_lundef=false -Dc_args=-fno-sanitize-recover=all; then
		suite sanitize fast --suite fast
		suite sanitize kvm --suite kvm
		suite sanitize others --no-suite fast --no-suite kvm --no-suite gates --no-suite checks
	fi
	echo
	echo "$(($(now) - begin)) seconds; logs are in $log_dir"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed -eq 0 ]
}
