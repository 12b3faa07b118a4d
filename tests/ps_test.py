# SPDX-License-Identifier: MIT
"""Tests written as scripts: the same TAP and the same rules lines as tests/ps_test.h.

    from ps_test import test, skip, main

    @test("WP-24")
    def the_tool_says_its_name():
        assert run("portside") == ...

    main()

`script [GLOB]` runs the tests whose names match, `script --list` names them with their rules.
A test fails by any exception; skip("reason") ends it as skipped. Options that a script takes for
itself (paths of programs) come as environment variables from tests/meson.build.
"""
import fnmatch
import sys
import traceback

_tests = []


class Skip(Exception):
    pass


def skip(reason):
    raise Skip(reason)


def test(*rules):
    def register(function):
        _tests.append((function.__name__, rules, function))
        return function
    return register


def comment(text):
    for line in str(text).splitlines():
        print("#", line)


def _run(number, name, rules, function):
    sys.stdout.flush()
    try:
        function()
    except Skip as reason:
        print(f"ok {number} - {name} # SKIP {reason}")
        return True
    except Exception:
        comment(traceback.format_exc())
        print(f"not ok {number} - {name}")
        return False
    print(f"ok {number} - {name}")
    if rules:
        print("# rules:", *rules)
    return True


def main(tests=None):
    """Runs tests: those that registered themselves, or (name, rules, function) that somebody else found."""
    tests = _tests if tests is None else tests
    argument = sys.argv[1] if len(sys.argv) > 1 else "*"
    if argument == "--list":
        for name, rules, _ in tests:
            print(f"{name}:", *rules)
        sys.exit(0)
    chosen = [t for t in tests if fnmatch.fnmatchcase(t[0], argument)]
    if not chosen:
        sys.exit(f"no test is called {argument}; --list names them")
    print(f"1..{len(chosen)}")
    passed = [_run(number, *chosen_test) for number, chosen_test in enumerate(chosen, 1)]
    sys.exit(0 if all(passed) else 1)
