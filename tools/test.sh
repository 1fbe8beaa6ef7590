# SPDX-License-Identifier: BSD-2-Clause
# Sourced by ./run: every test, in several builds, a line per suite, and the sum.

# What builds are made of. Without debugging information, which takes compilers a quarter of their time: who looks into a failure makes a
# build of his own.
everything='-Dwerror=true -Ddebug=false -Dtests=enabled -Dexamples=enabled -Dtools=enabled -Ddocs=enabled'
shipped="$everything -Doptimization=2 -Dbench=enabled"
# Barely optimised, because checked code takes compilers long: of each discipline one format has an engine of its own, the others share the
# generic one, which is the same C. What counts instructions has nothing to add here.
checked='-Doptimization=1 -Down_engines=npt,s2_4k -Db_lundef=false'
sanitized="$everything $checked -Dbench=disabled -Dcheck_callers=true -Db_sanitize=address,undefined
	-Dc_args=-fno-sanitize-recover=all"
races="-Dwerror=true -Ddebug=false $checked -Dtests=enabled -Dexamples=disabled -Dbench=disabled -Dtools=disabled
	-Ddocs=disabled -Durcu=enabled -Db_sanitize=thread"

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

# processors FILE: the seconds of all processors that programs took, of what times says.
processors()
{
	awk 'NR == 2 { for (i = 1; i <= 2; i++) { split($i, part, /[ms]/); sum += part[1] * 60 + part[2] } printf "%d\n", sum }' "$1"
}

# make_build BUILD COMPILER MESON_OPTIONS...: a build that fails counts as one failed test. Of $targets, if that names any.
make_build()
{
	build=$1
	compiler=$2
	shift 2
	start=$(now)
	if CC=$compiler configure "test-$build" "$@" && build "test-$build"; then
		result "$build" build 1 0 0 $(($(now) - start))
		return 0
	fi
	result "$build" build 0 1 0 $(($(now) - start))
	return 1
}

# begin_build BUILD COMPILER MESON_OPTIONS...: make_build() beside what runs until end_build. It gets what that leaves of the processors:
# some tests are one thread, or wait.
begin_build()
{
	build_as='nice -n 10'
	make_build "$@" > "$log_dir/beside" 2>&1 &
	beside=$!
	build_as=
}

# Waits for it, says how it went, and has its status.
end_build()
{
	wait "$beside"
	beside_status=$?
	cat "$log_dir/beside"
	if [ $beside_status -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
	return $beside_status
}

# suite BUILD NAME MESON_ARGUMENTS...: built before, unless $rebuild is empty. Tests say how long they may take on a machine like their author's; others
# are slower, or busy.
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
	meson test -C "build/test-$build" -t 4 $rebuild --logbase "$name" "$@" > "$log_dir/$build-$name.log" 2>&1
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

# some_suites BUILD NAME...: these. What is done once is done in the build gcc.
some_suites()
{
	build=$1
	shift
	if [ "$build" = gcc ]; then
		but=
	else
		but='--no-suite once'
	fi
	for name; do
		# shellcheck disable=SC2086 # two words, or none
		suite "$build" "$name" --suite "$name" $but
	done
}

# suites BUILD NAME...: the same, then whatever belongs to none of the known ones.
suites()
{
	some_suites "$@"
	suite "$1" others --no-suite fast --no-suite schedules --no-suite kvm --no-suite gates --no-suite checks --no-suite threads \
		--no-suite oracles --no-suite baremetal
}

# Data races. Only the tests with threads: Criterion does not run under ThreadSanitizer. With "begun" the first build has been.
# shellcheck disable=SC2086 # lists of words
run_tsan()
{
	targets=threads
	[ "${1:-}" = begun ] || begin_build tsan-gcc gcc $races
	end_build
	gcc_status=$?
	begin_build tsan-clang clang $races
	[ $gcc_status -ne 0 ] || suite tsan-gcc threads --suite threads
	if end_build; then
		suite tsan-clang threads --suite threads
	fi
	targets=
}

# Each build is begun while the tests of the one before run. Everything is compiled and run by both compilers: by gcc as it ships, by Clang
# with sanitizers; of Clang's own optimised build, what links the library as users do (the target and the suite "shipped"), and the explorer.
# shellcheck disable=SC2086 # lists of words
run_all()
{
	make_build gcc gcc $shipped
	gcc_status=$?
	targets=shipped
	begin_build clang clang $shipped
	targets=
	[ $gcc_status -ne 0 ] || suites gcc fast threads schedules kvm oracles baremetal gates checks
	end_build
	clang_status=$?
	# Memory errors, undefined behaviour, and callers who are not alone. What looks at files has nothing to add there.
	begin_build sanitize clang $sanitized
	if [ $clang_status -eq 0 ]; then
		some_suites clang shipped threads schedules gates checks
	fi
	end_build
	sanitize_status=$?
	targets=threads
	begin_build tsan-gcc gcc $races
	[ $sanitize_status -ne 0 ] || suites sanitize fast threads kvm
	run_tsan begun
}

# Every interleaving of small scenarios; its last line counts them. --full: all states of each that there is memory for.
run_schedules()
{
	# shellcheck disable=SC2086 # a list of words
	make_build gcc gcc $shipped || exit 1
	build/test-gcc/tests/schedules/schedules "$@"
	exit
}

# Which tests find which defect of the engine: the table of docs/testing.md, measured again. Half an hour for all of them.
run_defects()
{
	# shellcheck disable=SC2086 # a list of words
	make_build gcc gcc $shipped || exit 1
	targets='threads threads-broken'
	# shellcheck disable=SC2086
	make_build tsan-gcc gcc $races || exit 1
	tools/defects.sh build/test-gcc build/test-tsan-gcc "$@"
	exit
}

# run_part NAME MESON_ARGUMENTS...: some tests of the gcc build, of which only these are built; then what each judge of formats counted.
run_part()
{
	part=$1
	shift
	# shellcheck disable=SC2086 # a list of words
	CC=gcc configure test-gcc $shipped || exit 1
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
	took=$(($(now) - begin))
	times > "$log_dir/times"
	echo "$took seconds, $(processors "$log_dir/times") of processors; logs are in $log_dir"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed -eq 0 ]
}
