#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""include/wdk/ntstatus.h against the table of src/base/status.c: each status is told by its name. From the
environment: SOURCE, the top of the tree."""
import os
import pathlib
import re

from ps_test import main, test

TOP = pathlib.Path(os.environ["SOURCE"])


def offered():
    text = (TOP / "include/wdk/ntstatus.h").read_text()
    found = re.findall(r"^#define (STATUS_\w+) \(\(NTSTATUS\)(0x[0-9A-Fa-f]+)\)", text, re.M)
    return [(name, int(value, 16)) for name, value in found]


def table():
    text = (TOP / "src/base/status.c").read_text()
    return [(int(value, 16), name) for value, name in re.findall(r'^    \{(0x[0-9a-f]{8}), \w+, "(\w+)"\},', text, re.M)]


@test()
def each_status_that_drivers_are_offered_has_a_name():
    named = dict(table())
    nameless = [name for name, value in offered() if value not in named]
    assert len(named) > 150 and not nameless, nameless


@test()
def names_mean_what_the_header_says():
    values = dict(offered())
    assert not [name for value, name in table() if name in values and values[name] != value]


@test()
def the_table_is_in_order():
    values = [value for value, _ in table()]
    assert values == sorted(set(values))


if __name__ == "__main__":
    main()
