#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Reads traces of trace.c and holds them to the rules that casemate enforces, and to a few of Arm's that it does not.

check.py FILE...    silent and 0: every trace is good. Otherwise the first offence of each bad one, as FILE:LINE: REASON, and 1.

An entry that walkers can reach is valid, invalid, or invalid and unclean: TLBs may still hold what it was. What makes it clean is, by the
thread that made it invalid and in this order,

    dsb, tlbi vmalls12e1is, dsb ish                                      for any entry
    dsb, tlbi ipas2e1is of its address, dsb ish, tlbi vmalle1is, dsb ish for one that was a leaf

Until then it may not become valid, its thread may change nothing below it, and what it led to may not be freed. A valid entry may change
into a valid one only as long as it leads to the same place, as the same kind of memory.

Records from "exception" are for casemate alone, which wants the entries in a table clean before the table is unlinked, and no other
thread in it from then on.
"""

import collections
import re
import sys

VALID, TABLE, ADDRESS, MEMATTR = 1, 3, 0x0000FFFFFFFFF000, 0x3C
PAGE, ENTRIES, LEAF_LEVEL, THREADS = 4096, 512, 3, 4
SPAN = [1 << (39 - 9 * level) for level in range(4)]

# How far an unclean entry has come.
WRITTEN, ORDERED, IPA_SENT, IPA_DONE, ALL_SENT = range(5)

HEX = r"0x[0-9a-f]+"
# Every field in this order and none left out: the parser of casemate is that strict, and wants src.
RECORD = re.compile(r'\(([a-z-]+) \(id (\d+)\) \(tid ([0-3])\) (.+) \(src "([a-z_0-9]+):\d+"\)\)\Z')
FIELDS = {
    "mem-init": re.compile(rf"\(address ({HEX})\) \(size 0x1000\)\Z"),
    "mem-free": re.compile(rf"\(address ({HEX})\) \(size 0x1000\)\Z"),
    "mem-write": re.compile(rf"\(mem-order (?:plain|release)\) \(address ({HEX})\) \(value ({HEX})\)\Z"),
    "sysreg-write": re.compile(rf"\(sysreg vttbr_el2\) \(value ({HEX})\)\Z"),
    "hint": re.compile(rf"\(kind (set_root_lock|set_owner_root)\) \(location ({HEX})\) \(value ({HEX})\)\Z"),
    "barrier": re.compile(r"dsb \(kind (ish|ishst|nsh)\)\Z"),
    "tlbi": re.compile(rf"(vmalls12e1is|vmalle1is|ipas2e1is)(?: \(value ({HEX})\))?\Z"),
}


class Offence(Exception):
    pass


class Page:
    """A page that is known; a table if level is not None."""

    def __init__(self):
        self.value = {}
        self.level = None
        self.base = self.root = 0
        self.unlinked = None  # by this thread: the entry that led here is unclean


class Unclean:
    def __init__(self, thread, root, child, place):
        self.thread, self.root, self.state = thread, root, WRITTEN
        self.child = child  # the table that it led to; None: it was a leaf
        self.place = place  # level and IPA


class Machine:
    def __init__(self):
        self.pages = {}
        self.unclean = {}  # (page, index) -> Unclean
        self.leaves = collections.defaultdict(list)  # those of them that were leaves, by place
        self.context = [None] * THREADS  # the root of VTTBR_EL2
        self.next_id = 0

    # ---- tables ----

    def page(self, address):
        page = self.pages.get(address // PAGE * PAGE)
        if page is None:
            raise Offence(f"{address:#x} was never initialised, or is freed")
        return page

    def table_below(self, page, value):
        """The page that an entry leads to; None: it is not a table's."""
        if page.level < LEAF_LEVEL and value & TABLE == TABLE:
            return self.page(value & ADDRESS)
        return None

    def below(self, page):
        """A table and all tables below."""
        yield page
        for value in page.value.values():
            child = self.table_below(page, value)
            if child is not None and child.level is not None:
                yield from self.below(child)

    def link(self, page, level, base, root):
        if page.level is not None:
            raise Offence("a page is a table twice")
        page.level, page.base, page.root, page.unlinked = level, base, root, None
        for index, value in page.value.items():
            self.judge_valid(page, value)
            child = self.table_below(page, value)
            if child is not None:
                self.link(child, level + 1, base + index * SPAN[level], root)

    def judge_valid(self, page, value):
        bad = {0: value & TABLE == VALID, LEAF_LEVEL: value & TABLE == VALID}
        if bad.get(page.level, False):
            raise Offence(f"{value:#x} is no descriptor at level {page.level}")

    # ---- records ----

    def mem_init(self, _, address):
        page = self.pages.setdefault(address, Page())
        if page.level is not None or page.value:
            raise Offence("initialised while in use")

    def mem_free(self, _, address):
        if self.page(address).level is not None:
            raise Offence("freed while walkers may be in it")
        del self.pages[address]

    def mem_write(self, thread, address, value):
        page, index = self.page(address), address % PAGE // 8
        old = page.value.get(index, 0)
        if page.level is not None:
            self.judge_write(thread, page, index, old, value)
        if value:
            page.value[index] = value
        else:
            page.value.pop(index, None)

    def judge_write(self, thread, page, index, old, value):
        if page.unlinked == thread:
            if value != old and (value | old) & VALID:
                raise Offence("written below an unclean entry")
        elif (page, index) in self.unclean:
            if value & VALID:
                raise Offence("an unclean entry becomes valid")
        elif old & VALID and value & VALID:
            self.judge_change(page, old, value)
        elif old & VALID:
            self.invalidate(thread, page, index, old)
        elif value & VALID:
            self.judge_valid(page, value)
            child = self.table_below(page, value)
            if child is not None:
                self.link(child, page.level + 1, page.base + index * SPAN[page.level], page.root)

    def judge_change(self, page, old, value):
        same = ADDRESS | MEMATTR | TABLE
        if (old ^ value) & same or (page.level < LEAF_LEVEL and value & TABLE == TABLE and old != value):
            raise Offence("valid becomes differently valid without a break")

    def invalidate(self, thread, page, index, old):
        child = self.table_below(page, old)
        entry = Unclean(thread, page.root, child, (page.level, page.base + index * SPAN[page.level]))
        self.unclean[page, index] = entry
        if child is None:
            self.leaves[entry.place].append(entry)
        if child is not None:
            for table in self.below(child):
                table.unlinked = thread

    def hint(self, _, kind, location, __):
        if kind == "set_owner_root" and self.page(location).level is not None:
            raise Offence("the owner of a linked table changes")

    def sysreg_write(self, thread, value):
        root = self.page(value & ADDRESS)
        if root.level is None:
            self.link(root, 0, 0, value)
        self.context[thread] = value

    def barrier(self, thread, kind):
        for (page, index), entry in list(self.unclean.items()):
            if entry.thread != thread:
                continue
            if entry.state == WRITTEN:
                entry.state = ORDERED
            elif kind == "ish" and entry.state == IPA_SENT:
                entry.state = IPA_DONE
            elif kind == "ish" and entry.state == ALL_SENT:
                self.release(self.remove((page, index)))

    def remove(self, key):
        """Forgets an unclean entry; what it led to, if anything."""
        entry = self.unclean.pop(key, None)
        if entry and entry.child is None:
            self.leaves[entry.place].remove(entry)
        return entry and entry.child

    def release(self, child):
        """What hung below a clean entry is memory again."""
        if child is None or child.level is None:
            return
        for table in list(self.below(child)):
            table.level = table.unlinked = None
        for key in [key for key in self.unclean if key[0].level is None]:
            self.release(self.remove(key))

    def tlbi(self, thread, kind, page_number):
        entries = self.unclean.values()
        if page_number is not None:
            places = [(level, page_number * PAGE // SPAN[level] * SPAN[level]) for level in range(4)]
            entries = [entry for place in places for entry in self.leaves.get(place, ())]
        for entry in entries:
            if entry.thread != thread or entry.state == WRITTEN or self.context[thread] != entry.root:
                continue
            if entry.state in (IPA_SENT, ALL_SENT):
                raise Offence("two invalidations of an entry without a barrier between them")
            if kind == "vmalls12e1is" or (kind == "vmalle1is" and entry.state == IPA_DONE):
                entry.state = ALL_SENT
            elif kind == "ipas2e1is" and entry.state == ORDERED:
                entry.state = IPA_SENT

    def step(self, line):
        record = RECORD.match(line)
        fields = FIELDS[record[1]].match(record[4]) if record and record[1] in FIELDS else None
        if not fields or (record[1] == "tlbi" and (fields[1] == "ipas2e1is") != (fields[2] is not None)):
            raise Offence("no record")
        if int(record[2]) != self.next_id:
            raise Offence("records are missing")
        self.next_id += 1
        if record[5] == "exception":
            return
        args = [int(x, 16) if x and x.startswith("0x") else x for x in fields.groups()]
        getattr(self, record[1].replace("-", "_"))(int(record[3]), *args)


def judge(lines):
    """None, or (line number, reason)."""
    machine = Machine()
    for number, line in enumerate(lines, 1):
        try:
            machine.step(line.rstrip("\n"))
        except Offence as offence:
            return number, str(offence)
    return None if machine.next_id else (0, "empty")


def main():
    bad = False
    for name in sys.argv[1:]:
        with open(name, encoding="ascii") as lines:
            offence = judge(lines)
        if offence:
            print(f"{name}:{offence[0]}: {offence[1]}")
            bad = True
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
