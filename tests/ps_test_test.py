#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The test header tested: what its programs print, and how they end. SAMPLES names the programs made
of tests/ps_test_sample.c (C and, where there is a compiler for it, C++)."""
import os
import signal
import subprocess

from ps_test import main, test

SAMPLES = os.environ["SAMPLES"].split(":")
os.environ["ASAN_OPTIONS"] = "handle_segv=0"


def run(*arguments):
    """Exit status and lines, the same from every sample."""
    done = [subprocess.run([sample, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           text=True) for sample in SAMPLES]
    results = [(d.returncode, d.stdout.splitlines()) for d in done]
    assert all(r == results[0] for r in results), results
    return results[0]


@test()
def passing_test_tells_its_rules():
    assert run("passes") == (0, ["1..1", "ok 1 - passes", "# rules: XX-1 XX-2a"])


@test()
def test_without_rules_tells_none():
    assert run("passes_w*") == (0, ["1..1", "# first line", "# second line",
                                    "ok 1 - passes_without_rules"])


@test()
def skipped_test_proves_nothing():
    assert run("is_skipped") == (0, ["1..1", "ok 1 - is_skipped # SKIP no such machine"])


@test()
def failed_test_proves_nothing():
    status, lines = run("fails")
    assert status == 1 and lines[-1] == "not ok 1 - fails"
    assert any("ps_test_sample.c" in line for line in lines[1:-1])
    assert all(line.startswith("#") and "rules" not in line for line in lines[1:-1])


@test()
def teardown_can_fail_a_test():
    status, lines = run("fails_in_*")
    assert status == 1 and lines[-1] == "not ok 1 - fails_in_teardown"


@test()
def others_run_after_a_failure():
    status, lines = run("[pif]*")
    assert status == 1
    assert [line for line in lines if not line.startswith("#")] == [
        "1..5", "ok 1 - passes", "ok 2 - passes_without_rules",
        "ok 3 - is_skipped # SKIP no such machine", "not ok 4 - fails",
        "not ok 5 - fails_in_teardown"]


@test()
def handlers_outlive_a_test():
    status, lines = run("*handler*")
    assert status == 0 and lines.count("# rules: XX-6") == 2


@test()
def crash_is_a_crash():
    status, lines = run("crashes")
    assert status == -signal.SIGSEGV and lines == ["1..1"], (status, lines)


@test()
def list_names_tests_and_rules():
    status, lines = run("--list")
    assert status == 0 and lines[:3] == ["passes: XX-1 XX-2a", "passes_without_rules:",
                                         "is_skipped: XX-3"]


@test()
def unknown_name_is_a_usage_error():
    assert run("nobody") == (2, []) and run("a", "b") == (2, [])


main()
