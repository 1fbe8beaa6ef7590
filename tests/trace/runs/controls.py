#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The judge of traces is judged: small traces by hand, of which it is known whether they keep Arm's rules. TAP on the standard output.

Addresses: R is the root, A the table below it, B below that, L a leaf table; they lead to IPA 0.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
import check  # noqa: E402  (a neighbour, not a package)

R, A, B, L, M = 0x80000000, 0x80001000, 0x80002000, 0x80003000, 0x80004000
FROZEN = 0x8


def init(address):
    return "mem-init", f"(address {address:#x}) (size 0x1000)"


def free(address):
    return "mem-free", f"(address {address:#x}) (size 0x1000)"


def own(address):
    return "hint", f"(kind set_owner_root) (location {address:#x}) (value {R:#x})"


def write(address, value):
    return "mem-write", f"(mem-order release) (address {address:#x}) (value {value:#x})"


def dsb(kind="ish"):
    return "barrier", f"dsb (kind {kind})"


def tlbi(kind, ipa=None):
    return "tlbi", kind if ipa is None else f"{kind} (value {ipa >> 12:#x})"


def leaf(address, more=0):
    return address | 0x7FF & ~0x80 | more


def block(address):
    return address | 0x77D


def flush(ipa):
    return [dsb(), tlbi("ipas2e1is", ipa), dsb(), tlbi("vmalle1is"), dsb()]


def flush_all():
    return [dsb(), tlbi("vmalls12e1is"), dsb()]


START = [init(R), ("hint", f"(kind set_root_lock) (location {R:#x}) (value 0x1000)"), ("sysreg-write", f"(sysreg vttbr_el2) (value {R:#x})")]
START += [init(A), own(A), init(B), own(B), init(L), own(L)]
START += [write(B, L | 3), write(A, B | 3), write(R, A | 3), write(L + 8, leaf(0x40001000))]

BREAK, UNLINK = [write(L + 8, FROZEN)], [write(B, FROZEN)]
MAKE, EMPTY = [write(L + 8, leaf(0x50001000))], [write(L + 8, 0)]
OTHER = [("sysreg-write", f"(sysreg vttbr_el2) (value {R:#x})", 1)]


def by_other(records):
    return [(kind, rest, 1) for kind, rest in records]


GOOD = {
    "break, flush, make": BREAK + flush(0x1000) + MAKE,
    "break, flush of everything, make": BREAK + flush_all() + MAKE,
    "frozen, flushed, empty, valid": BREAK + flush(0x1000) + EMPTY + MAKE,
    "frozen becomes empty before the flush": BREAK + EMPTY + flush(0x1000) + MAKE,
    "two broken, one flush": BREAK + [write(L, leaf(0x40000000)), write(L, 0)] + flush_all() + MAKE + [write(L, leaf(0x50000000))],
    "write permission comes and goes": [write(L + 8, leaf(0x40001000, 0x80)), write(L + 8, leaf(0x40001000))],
    "a table goes": UNLINK + flush_all() + [write(L + 8, FROZEN), free(L), write(B, 0)],
    "a table comes back": UNLINK + flush_all() + [write(B, L | 3)],
    "a table and its table go": [write(B, FROZEN), write(A, FROZEN)] + flush_all() + [free(L), free(B)],
    "a table goes with a leaf whose flush is owed": BREAK + UNLINK + flush_all() + [free(L)],
    "a block is split": [write(B + 8, block(0x40200000)), init(M), write(M, leaf(0x40200000)), write(B + 8, 0)]
    + flush(0x200000)
    + [write(B + 8, M | 3)],
    "another thread goes on in an unlinked table": UNLINK + OTHER + by_other([write(L, leaf(0x40000000))]) + flush_all() + [free(L)],
    "an exception is not believed": BREAK + [(*r, 0, "exception") for r in flush_all()] + flush_all() + MAKE,
}

DIFFERENT, UNCLEAN, IN_USE = "valid becomes differently valid", "an unclean entry becomes valid", "freed while walkers may be in it"
BELOW, SYNTAX = "written below an unclean entry", "no record"
BAD = {
    "no flush": (BREAK + MAKE, UNCLEAN),
    "no barrier before": (BREAK + flush(0x1000)[1:] + MAKE, UNCLEAN),
    "no barrier after": (BREAK + flush(0x1000)[:-1] + MAKE, UNCLEAN),
    "no barrier between": (BREAK + flush(0x1000)[:2] + flush(0x1000)[3:] + MAKE, "two invalidations"),
    "no invalidation of stage 1": (BREAK + flush(0x1000)[:3] + MAKE, UNCLEAN),
    "another address": (BREAK + flush(0x2000) + MAKE, UNCLEAN),
    "barrier of stores at the end": (BREAK + flush_all()[:-1] + [dsb("ishst")] + MAKE, UNCLEAN),
    "flush before the break": (flush(0x1000) + BREAK + MAKE, UNCLEAN),
    "flush by another thread": (BREAK + OTHER + by_other(flush_all()) + MAKE, UNCLEAN),
    "flush in no context": (by_other(BREAK + flush_all() + MAKE), UNCLEAN),
    "flush that is an exception": (BREAK + [(*r, 0, "exception") for r in flush_all()] + MAKE, UNCLEAN),
    "another page without a break": (MAKE, DIFFERENT),
    "another memory type without a break": ([write(L + 8, leaf(0x40001000) & ~0x3C)], DIFFERENT),
    "a block becomes a table": ([write(B + 8, block(0x40200000)), init(M), write(B + 8, M | 3)], DIFFERENT),
    "a table becomes a block": ([write(B, block(0x40000000))], DIFFERENT),
    "a table by its address": (UNLINK + flush(0) + [write(B, L | 3)], UNCLEAN),
    "a table freed before its flush": (UNLINK + [free(L)], IN_USE),
    "a linked table freed": ([free(L)], IN_USE),
    "a table freed twice": (UNLINK + flush_all() + [free(L), free(L)], "0x80003000 was never"),
    "a freed table written": (UNLINK + flush_all() + [free(L), write(L, 0)], "0x80003000 was never"),
    "children go before the flush": (UNLINK + BREAK, BELOW),
    "a page becomes valid below": (UNLINK + [write(L, leaf(0x40000000))], BELOW),
    "a table that was never initialised": ([write(B + 8, M | 3)], "0x80004000 was never"),
    "a table twice": ([write(B + 8, L | 3)], "a page is a table twice"),
    "initialised in use": ([init(L)], "initialised while in use"),
    "a block of 512 GiB": ([write(R + 8, block(0))], "0x77d is no descriptor"),
    "the last level is no block": ([write(L, block(0))], "0x77d is no descriptor"),
    "the owner of a linked table": ([own(L)], "the owner of a linked table changes"),
    "a barrier of the system": ([dsb("sy")], SYNTAX),
    "a range of addresses": ([tlbi("ripas2e1is", 0)], SYNTAX),
    "an address to an invalidation without": ([tlbi("vmalle1is", 0)], SYNTAX),
    "no address to one with": ([tlbi("ipas2e1is")], SYNTAX),
    "a fifth thread": ([("barrier", "dsb (kind ish)", 4)], SYNTAX),
}


def lines(records):
    for number, (kind, rest, *more) in enumerate(records):
        thread, source = (more + [0, "hand"][len(more) :])[:2]
        yield f'({kind} (id {number}) (tid {thread}) {rest} (src "{source}:{number}"))\n'


def main():
    number, failed = 0, 0
    text = list(lines(START))
    cases = [(name, lines(START + records), None) for name, records in GOOD.items()]
    cases += [(name, lines(START + records), reason) for name, (records, reason) in BAD.items()]
    cases += [("no source", text[:-1] + [text[-1].replace(' (src "hand:12")', "")], SYNTAX)]
    cases += [("a record is missing", text[:5] + text[6:], "records are missing"), ("nothing", [], "empty")]
    for name, trace, reason in cases:
        offence = check.judge(trace)
        good = offence is None if reason is None else offence is not None and offence[1].startswith(reason)
        number, failed = number + 1, failed + (not good)
        print(f"{'ok' if good else 'not ok'} {number} - {name} is {'bad' if reason else 'good'}")
        if not good:
            print(f"# {offence}")
    print(f"1..{number}")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
