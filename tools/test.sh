# SPDX-License-Identifier: BSD-2-Clause
# Sourced by ./run: every test, in three builds, a line per suite, and the sum.

passed=0
failed=0
skipped=0

# result BUILD SUITE PASSED FAILED SKIPPED SECONDS
result()
{
	printf '%-10s %-8s %5d passed, %d failed, %d skipped  (%d s)\n' "$@"
	passed=$((passed + $3))
	failed=$((failed + $4))
	skipped=$((skipped + $5))
}

now()
{
	date +%s
}

# make_build BUILD COMPILER MESON_OPTIONS...: a build that fails counts as one failed test. Of $targets, if that names any.
make_build()
{
	build=$1
	compiler=$2
	shift 2
	start=$(now)
	if CC=$compiler configure "test-$build" -Dwerror=true "$@" && build "test-$build"; then
		result "$build" build 1 0 0 $(($(now) - start))
		return 0
	fi
	result "$build" build 0 1 0 $(($(now) - start))
	return 1
}

# suite BUILD NAME MESON_ARGUMENTS...: built before, unless $rebuild is empty.
rebuild=--no-rebuild
suite()
{
	build=$1
	name=$2
	shift 2
	base=build/test-$build/meson-logs/$name
	start=$(now)
	rm -f "$base".*
	# shellcheck disable=SC2086 # a word, or none
	meson test -C "build/test-$build" $rebuild --logbase "$name" "$@" > "$log_dir/$build-$name.log" 2>&1
	status=$?
	# A suite without tests leaves no files.
	if [ -e "$base.json" ]; then
		# shellcheck disable=SC2046 # three numbers
		set -- $(awk -f tools/count.awk "$base.junit.xml" "$base.json" || echo 0 1 0)
	else
		set -- 0 0 0
	fi
	[ $status -eq 0 ] || [ "$2" -gt 0 ] || set -- "$1" 1 "$3"
	[ $(($1 + $2 + $3)) -gt 0 ] || return 0
	result "$build" "$name" "$1" "$2" "$3" $(($(now) - start))
	[ "$2" -eq 0 ] || awk -f tools/failures.awk "$base.txt" | cut -c 1-200 | head -n 100
}

# suites BUILD NAME...: these, then whatever belongs to none of the known ones.
suites()
{
	build=$1
	shift
	for name; do
		suite "$build" "$name" --suite "$name"
	done
	suite "$build" others --no-suite fast --no-suite schedules --no-suite kvm --no-suite gates --no-suite checks --no-suite threads \
		--no-suite oracles --no-suite baremetal
}

# Data races. Only the tests with threads: Criterion does not run under ThreadSanitizer.
run_tsan()
{
	targets=threads
	for compiler in gcc clang; do
		if make_build "tsan-$compiler" "$compiler" -Dbuildtype=debug -Doptimization=1 -Dtests=enabled -Dexamples=disabled \
			-Dbench=disabled -Dtools=disabled -Ddocs=disabled -Durcu=enabled -Db_sanitize=thread -Db_lundef=false; then
			suite "tsan-$compiler" threads --suite threads
		fi
	done
	targets=
}

run_all()
{
	# What ships, by two compilers.
	if make_build gcc gcc -Dbuildtype=debugoptimized -Dtests=enabled -Dexamples=enabled -Dbench=enabled -Dtools=enabled -Ddocs=enabled; then
		suites gcc fast threads schedules kvm oracles baremetal gates checks
	fi
	if make_build clang clang -Dbuildtype=debugoptimized -Dtests=enabled -Dexamples=enabled -Dbench=enabled -Dtools=enabled -Ddocs=enabled; then
		suites clang fast threads schedules kvm gates
		suite clang checks --suite checks --no-suite once
	fi
	# Memory errors, undefined behaviour, and callers who are not alone. What looks at files or counts instructions has nothing to add
	# here. Barely optimised, because checked code takes compilers long.
	if make_build sanitize gcc -Dbuildtype=debug -Doptimization=1 -Dtests=enabled -Dexamples=enabled -Dbench=disabled -Dtools=enabled -Ddocs=disabled \
		-Dcheck_callers=true -Db_sanitize=address,undefined -Db_lundef=false "-Dc_args=-fno-sanitize-recover=all -fno-var-tracking-assignments"; then
		suites sanitize fast threads kvm
	fi
	run_tsan
}

# Every interleaving of small scenarios; its last line counts them. --full: all states of each that there is memory for.
run_schedules()
{
	make_build gcc gcc -Dbuildtype=debugoptimized -Dtests=enabled -Dexamples=enabled -Dbench=enabled -Dtools=enabled -Ddocs=enabled || exit 1
	build/test-gcc/tests/schedules/schedules "$@"
	exit
}

# Which tests find which defect of the engine: the table of docs/testing.md, measured again. Half an hour for all of them.
run_defects()
{
	make_build gcc gcc -Dbuildtype=debugoptimized -Dtests=enabled -Dexamples=enabled -Dbench=enabled -Dtools=enabled -Ddocs=enabled || exit 1
	targets=threads
	make_build tsan-gcc gcc -Dbuildtype=debug -Doptimization=1 -Dtests=enabled -Dexamples=disabled -Dbench=disabled -Dtools=disabled -Ddocs=disabled \
		-Durcu=enabled -Db_sanitize=thread -Db_lundef=false || exit 1
	tools/defects.sh build/test-gcc build/test-tsan-gcc "$@"
	exit
}

# run_part NAME MESON_ARGUMENTS...: some tests of the gcc build, of which only these are built; then what each judge of formats counted.
run_part()
{
	part=$1
	shift
	CC=gcc configure test-gcc -Dwerror=true -Dbuildtype=debugoptimized -Dtests=enabled -Dexamples=enabled -Dbench=enabled \
		-Dtools=enabled -Ddocs=enabled || exit 1
	rebuild=
	suite gcc "$part" "$@"
	rebuild=--no-rebuild
	grep -h 'walker=' "build/test-gcc/meson-logs/$part.txt" | sed 's/^[# ]*//'
}

# run_tests [formats | oracles | baremetal | tsan | schedules [--full] | defects [NAME...]]: everything, or one part.
run_tests()
{
	begin=$(now)
	case ${1:-} in
	"") run_all ;;
	formats) run_part formats conformance codec golden 07-your-own-format ;;
	oracles) run_part oracles --suite oracles ;;
	baremetal) run_part baremetal --suite baremetal ;;
	tsan) run_tsan ;;
	schedules)
		shift
		run_schedules "$@"
		;;
	defects)
		shift
		run_defects "$@"
		;;
	*)
		usage >&2
		exit 1
		;;
	esac
	echo
	echo "$(($(now) - begin)) seconds; logs are in $log_dir"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed -eq 0 ]
}
