#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs a program with TDPMMU_TRACE and judges the traces that it leaves. TAP on the standard output.

run.py [--bad REASON] [--least N] PROGRAM [ARGUMENT...]

At least N traces (1) must be there, and each must be good; with --bad, one of them must be bad for this reason. The records of a good
one must show that the machinery is awake: writes, tables that come and go, and invalidations.
"""

import argparse
import glob
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
import check  # noqa: E402  (a neighbour, not a package)


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bad")
    parser.add_argument("--least", type=int, default=1)
    parser.add_argument("program", nargs=argparse.REMAINDER)
    return parser.parse_args()


def run(program, folder):
    """The program's exit code."""
    env = dict(os.environ, TDPMMU_TRACE="casemate:" + os.path.join(folder, "trace"))
    done = subprocess.run(program, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        print("\n".join("# " + line for line in done.stdout.splitlines()[-40:]))
    return done.returncode


def judge(names):
    """The offences, as text, and the kinds of records that were seen."""
    offences, kinds, records = [], set(), 0
    for name in names:
        with open(name, encoding="ascii") as trace:
            lines = trace.readlines()
        records += len(lines)
        kinds.update(line[1 : line.index(" ")] for line in lines)
        offence = check.judge(lines)
        if offence:
            offences.append(f"{offence[1]}, record {offence[0]} of {os.path.basename(name)}: {lines[offence[0] - 1].strip()}")
    print(f"# {len(names)} traces, {records} records of the kinds {', '.join(sorted(kinds))}")
    return offences, kinds


def tell(number, ok, what):
    print(f"{'ok' if ok else 'not ok'} {number} - {what}")
    return 0 if ok else 1


def main():
    options = parse()
    with tempfile.TemporaryDirectory() as folder:
        code = run(options.program, folder)
        names = sorted(glob.glob(os.path.join(folder, "trace.*")))
        offences, kinds = judge(names)
    for offence in offences:
        print("# " + offence)
    failed = tell(1, code == 0, "the program succeeds")
    if options.bad:
        failed |= tell(2, any(o.startswith(options.bad) for o in offences), "a trace is bad: " + options.bad)
    else:
        failed |= tell(2, len(names) >= options.least, f"there are {options.least} traces or more")
        failed |= tell(3, not offences, "all of them are good")
        failed |= tell(4, {"mem-init", "mem-free", "mem-write", "tlbi", "barrier"} <= kinds, "all that matters is in them")
    print("1..2" if options.bad else "1..4")
    return failed


if __name__ == "__main__":
    sys.exit(main())
