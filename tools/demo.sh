# SPDX-License-Identifier: BSD-2-Clause
# Sourced by ./run: the demonstrations, each a hypervisor whose page tables this library builds.

demos='kvm x86-svm x86-vmx x86-linux arm64 arm64-linux'

# demo_folder NAME: the example that it is; nothing if there is no such demo.
demo_folder()
{
	case $1 in
	kvm) echo tdpvm ;;
	x86-svm | x86-vmx | x86-linux) echo x86-hv ;;
	arm64 | arm64-linux) echo arm64-hv ;;
	esac
}

# demo_what NAME: for the list.
demo_what()
{
	case $1 in
	kvm) echo "a guest on /dev/kvm, through NPT as its own page tables" ;;
	x86-svm) echo "type-1 hypervisor in ring 0, guests under NPT: access matrix, dirty logs, races (QEMU, Bochs)" ;;
	x86-vmx) echo "the same image on VMX, guests under EPT, PML where there is one (Bochs)" ;;
	x86-linux) echo "an unmodified Debian kernel as guest on NPT; its pages move, or are logged, while it works (QEMU)" ;;
	arm64) echo "hypervisor at EL2: access matrix, dirty logs, races in stage 2 (QEMU)" ;;
	arm64-linux) echo "an unmodified Debian kernel as EL1 guest; its pages move, or are logged, while it works (QEMU)" ;;
	esac
}

kvm_is_there()
{
	[ -c /dev/kvm ] && [ -r /dev/kvm ] && [ -w /dev/kvm ]
}

# demo_lacks NAME: what this machine has not got for it, in a few words; nothing if it is ready to run.
demo_lacks()
{
	folder=$(demo_folder "$1")
	if [ "$1" = kvm ]; then
		kvm_is_there || echo "no usable /dev/kvm"
	elif [ ! -x "examples/$folder/demo.sh" ]; then
		echo "not in this tree"
	else
		missing=$(packages_missing "demo-$folder")
		[ -z "$missing" ] || echo "packages:$missing"
	fi
}

demo_list()
{
	for name in $demos; do
		lacks=$(demo_lacks "$name")
		printf '%-12s %s%s\n' "$name" "$(demo_what "$name")" "${lacks:+ [missing here: $lacks]}"
	done
}

# The guest on /dev/kvm; status 77 if there is no usable one.
demo_kvm()
{
	packages_need demo
	configure demo -Dbuildtype=release -Dtests=disabled -Dexamples=enabled -Dbench=disabled -Dtools=disabled -Ddocs=disabled || exit 1
	targets=examples/tdpvm/tdpvm
	build demo || exit 1
	build/demo/examples/tdpvm/tdpvm --vcpus 2 "$@"
}

# demo_bare NAME ARGUMENTS...: a hypervisor in an emulated machine. Its own script knows emulators and options.
demo_bare()
{
	name=$1
	shift
	folder=$(demo_folder "$name")
	packages_need "demo-$folder"
	# A build for each family: what the first one found missing would stay missing.
	CC=gcc configure "demo-$folder" -Dbuildtype=release -Dtests=disabled -Dexamples=auto -Dbench=disabled -Dtools=disabled \
		-Ddocs=disabled || exit 1
	# The list of targets is that of the tree as it is now.
	targets=build.ninja
	build "demo-$folder" || exit 1
	targets=$(ninja -C "build/demo-$folder" -t targets all | sed -n "s,^\(examples/$folder/[^:]*\):.*,\1,p")
	[ -n "$targets" ] || {
		echo "build/demo-$folder has nothing of examples/$folder: see its README.md for what it needs" >&2
		exit 1
	}
	build "demo-$folder" || exit 1
	"examples/$folder/demo.sh" "$PWD/build/demo-$folder" "$name" "$@"
}

# demo [list | NAME] ARGUMENTS...: without a name kvm or, where that cannot be and nothing is asked of it, x86-svm.
demo()
{
	# Files are the caller's, wherever he stands.
	for argument; do
		shift
		case ${previous:-}:$argument in
		--svg:/* | --kernel:/* | *:--svg=/* | *:--kernel=/*) ;;
		--svg:* | --kernel:*) argument=$caller/$argument ;;
		*:--svg=* | *:--kernel=*) argument=${argument%%=*}=$caller/${argument#*=} ;;
		esac
		previous=$argument
		set -- "$@" "$argument"
	done
	case ${1:-} in
	list)
		demo_list
		;;
	kvm)
		shift
		demo_kvm "$@"
		;;
	"")
		if kvm_is_there; then
			demo_kvm
			status=$?
			[ $status -eq 77 ] || exit $status
		fi
		echo "No usable /dev/kvm here: this is ./run demo x86-svm instead, on a processor that QEMU emulates" >&2
		demo_bare x86-svm
		;;
	*)
		if [ -n "$(demo_folder "$1")" ]; then
			demo_bare "$@"
		else
			demo_kvm "$@"
		fi
		;;
	esac
	exit
}
