#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How many orders of events the exhaustive test of the mapping queue must visit.

Three mappings are got one after the other, each is released some time after it was got, a cancel and a
STOP begin and, some time later, are answered. An order is one way to put all ten events in a row.

It is counted from the back: how many ways are left to go on from what has happened, remembered for each
such situation. Nothing is enumerated.

usage: mq_orders.py [MAPPINGS [REVOCATIONS]]
"""
import functools
import sys


def count(mappings=3, revocations=2):
    @functools.lru_cache(maxsize=None)
    def ways(got, released, answers_due, revocations_left):
        """`released` of the `got` mappings are back; `answers_due` revocations wait for their answer."""
        if got == mappings and released == mappings and not answers_due and not revocations_left:
            return 1
        total = 0
        if got < mappings:
            total += ways(got + 1, released, answers_due, revocations_left)
        if released < got:  # any one of those that are held
            total += (got - released) * ways(got, released + 1, answers_due, revocations_left)
        if revocations_left:  # any one of those that have not begun
            total += revocations_left * ways(got, released, answers_due + 1, revocations_left - 1)
        if answers_due:  # any one of those that wait
            total += answers_due * ways(got, released, answers_due - 1, revocations_left)
        return total

    return ways(0, 0, 0, revocations)


if __name__ == "__main__":
    print(count(*map(int, sys.argv[1:])))
