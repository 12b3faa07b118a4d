#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/mutants/run.py on a small tree: one file of two functions and a test. SOURCE is the real top."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from ps_test import main, skip, test

SOURCE = pathlib.Path(os.environ["SOURCE"])
CODE = """int larger(int a, int b)
{
    return a > b ? a : b;
}

int count_down(int n)
{
    while (n > 0)
        n -= 1;
    return n;
}
"""
TEST = """#include "tests/ps_test.h"

int larger(int a, int b);
int count_down(int n);

PS_TEST(the_larger_of_two)
{
    assert_int_equal(larger(1, 2), 2);
    assert_int_equal(larger(2, 1), 2);
}

PS_TEST(counts_down)
{
    assert_int_equal(count_down(3), 0);
}
"""
HEAD = "test small: tests/small_test.c src/small.c\nuse small\nfile src/small.c\n"
KILLED = "mutant A XX-1\n- a > b ?\n+ a < b ?\n"
ENDLESS = "mutant B XX-2\n- n -= 1;\n+ n -= 0;\n"
SAME = "mutant C XX-1\n- a > b ?\n+ a >= b ?\n"


def run(mutants, survivors="", arguments=()):
    """Exit status and output."""
    if not shutil.which("gcc"):
        skip("gcc is not there")
    with tempfile.TemporaryDirectory() as folder:
        top = pathlib.Path(folder)
        (top / "src").mkdir()
        (top / "tests/mutants").mkdir(parents=True)
        for name in ("ps_test.h", "ps_test.c"):
            shutil.copy(SOURCE / "tests" / name, top / "tests")
        (top / "src/small.c").write_text(CODE)
        (top / "tests/small_test.c").write_text(TEST)
        (top / "tests/mutants/small.txt").write_text(HEAD + mutants)
        (top / "tests/mutants/survivors.txt").write_text(survivors)
        done = subprocess.run([sys.executable, SOURCE / "tests/mutants/run.py", *arguments], capture_output=True,
                              text=True, check=False, env=dict(os.environ, MUTANTS_TOP=folder))
        return done.returncode, done.stdout + done.stderr


def must_fail(text, *arguments):
    status, output = run(*arguments)
    assert status == 1 and text in output, output


@test()
def a_test_that_fails_kills():
    status, output = run(KILLED)
    assert status == 0 and "ok 1 - A XX-1 killed by small: the_larger_of_two" in output, output


@test()
def a_test_that_never_ends_kills():
    status, output = run(ENDLESS)
    assert status == 0 and "killed by small: out of time" in output, output


@test()
def survivors_need_a_reason():
    must_fail("not ok 1 - C XX-1 SURVIVES", SAME)
    must_fail("no reason", SAME, "C\n")
    must_fail("0 of 1 killed", SAME, "C equal numbers are equal\n")


@test()
def a_survivor_among_twenty_passes():
    nineteen = "".join(KILLED.replace("A", f"A{n}") for n in range(19))
    status, output = run(nineteen + SAME, "C equal numbers are equal\n")
    assert status == 0 and "19 of 20 killed" in output and "equal numbers are equal" in output, output


@test()
def a_survivor_that_is_killed_is_told():
    must_fail("not ok 1 - A", KILLED, "A it was hard\n")


@test()
def old_text_must_be_there_once():
    must_fail("found 0 times", "mutant A XX-1\n- a ? b\n+ b\n")
    must_fail("found 2 times", "mutant A XX-1\n- return\n+ b\n")


@test()
def lists_are_checked():
    must_fail("does not compile", "mutant A XX-1\n- a > b ?\n+ a > b\n")
    must_fail("no mutant for XX-2", "covers XX-1..XX-2\n" + KILLED)
    must_fail("twice", KILLED + KILLED)
    must_fail("not complete", "mutant A XX-1\nuse small\n")
    must_fail("no mutant is called Z", KILLED, "Z gone\n")


@test()
def every_list_of_this_tree_can_be_applied():
    """WP-20 to WP-64 each have a mutation, as queue.txt says it covers them, and no old text is out of date."""
    assert "\ncovers WP-20..WP-64\n" in (SOURCE / "tests/mutants/queue.txt").read_text()
    done = subprocess.run([sys.executable, SOURCE / "tests/mutants/run.py", "--check"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.search(r"(\d+) rules covered", done.stdout)[1]) >= 45, done.stdout


@test()
def a_check_builds_nothing_and_finds_what_is_missing():
    status, output = run(KILLED, arguments=["--check"])
    assert status == 0 and "1 mutants, 0 rules covered" in output, output
    status, output = run("covers XX-1..XX-2\n" + KILLED, arguments=["--check"])
    assert status == 1 and "no mutant for XX-2" in output, output


main()
