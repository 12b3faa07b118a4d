#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds and tests in all the ways there are: what `make check`, `make check-all` and CI run.

    tools/check_run.py [--rules] PART...     parts, or `check` or `all` for several

Each part has its own build folder; what a part prints goes to build-logs/PART.log, and its end is shown
when it fails. Each part ends in a line with its minutes and counts; the last line of all is
`N passed, N failed, N skipped`. Tests of a program count one by one. A part whose tool is not there is
told of and counts as one skipped. --rules: the rules part writes docs/rules.md.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[1]
LOGS = TOP / "build-logs"
CLANG = {"CC": "clang-14", "CXX": "clang++-14"}
PART_MINUTES = 40  # the most a part may take before it is ended
SANITIZER_ENVIRONMENT = {
    "ASAN_OPTIONS": "strict_string_checks=1:check_initialization_order=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
}
# Handlers of faults put pages back, or jump out: valgrind's registers must be those of the access.
VALGRIND = ("valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite "
            "--vex-iropt-register-updates=allregs-at-mem-access "
            "--soname-synonyms=somalloc=nouserintercepts "  # stdunk's operator delete stays its own
            f"--num-callers=30 --suppressions={TOP}/tests/valgrind.supp")

OTHER_SUITES = ("machine", "matrix", "spin", "zoo")  # parts of their own
OTHER_PARTS = [f"--no-suite={suite}" for suite in OTHER_SUITES]

Counts = collections.namedtuple("Counts", "passed failed skipped")


class Failed(Exception):
    """A command of a part failed; counts as one failed test."""


class Skipped(Exception):
    """A part cannot run here; says why."""


def say(text):
    print(text, flush=True)


# ---- commands ------------------------------------------------------------------------------------------

class Part:
    def __init__(self, name):
        LOGS.mkdir(exist_ok=True)
        self.name, self.log = name, LOGS / f"{name}.log"
        self.log.write_text("")
        self.end = time.monotonic() + 60 * PART_MINUTES

    def run(self, *command, env=None):
        """Exit status. All that the command has started is ended with it."""
        with self.log.open("a") as log:
            print("$", *command, file=log, flush=True)
            process = subprocess.Popen(command, cwd=TOP, stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=subprocess.STDOUT, env=dict(os.environ, **(env or {})),
                                       start_new_session=True)
            try:
                return process.wait(max(1, self.end - time.monotonic()))
            except subprocess.TimeoutExpired:
                print(f"ended after {PART_MINUTES} minutes", file=log)
                return -1
            finally:
                try:
                    os.killpg(process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                process.wait()

    def must(self, *command, env=None):
        if self.run(*command, env=env) != 0:
            raise Failed(" ".join(command))

    def setup(self, folder, *options, env=None):
        """Configures a build folder, again when the options have changed."""
        options = ["-Dtests=enabled", *options]
        stamp = TOP / folder / "check-options"
        wanted = json.dumps([options, sorted((env or {}).items())])
        configured = (TOP / folder / "build.ninja").exists()
        if configured and stamp.exists() and stamp.read_text() == wanted:
            return
        if configured and not env:
            self.must("meson", "setup", "--reconfigure", folder, *options)
        else:
            shutil.rmtree(TOP / folder, ignore_errors=True)
            self.must("meson", "setup", folder, *options, env=env)
        stamp.write_text(wanted)

    def meson_test(self, folder, *options, log="testlog", env=None):
        """Runs tests and counts them."""
        logs = TOP / folder / "meson-logs"
        for old in logs.glob(f"{log}*.json"):
            old.unlink()
        status = self.run("meson", "test", "-C", folder, "--no-rebuild", "--print-errorlogs", "--logbase",
                          log, "--num-processes", str(os.cpu_count() or 2), *options, env=env)
        counts = add(count_results(path) for path in logs.glob(f"{log}*.json"))
        if status != 0 and counts.failed == 0:
            raise Failed(f"meson test in {folder}")
        if not sum(counts):
            raise Skipped("there is no such test yet")
        return counts


def count_output(text):
    """Passed, failed and skipped tests of a TAP stream."""
    lines = re.findall(r"^(not ok|ok)\b([^\n]*)", text, re.M)
    skipped = sum(mark == "ok" and "# SKIP" in rest for mark, rest in lines)
    failed = sum(mark == "not ok" for mark, _ in lines)
    return Counts(len(lines) - skipped - failed, failed, skipped)


def count_program(record):
    counts = count_output(record.get("stdout", ""))
    if record["result"] == "SKIP" and not sum(counts):
        counts = Counts(0, 0, 1)
    for line in re.findall(r"^ok[^\n]*# SKIP[^\n]*", record.get("stdout", ""), re.M):
        say(f"    {record['name']}: {line}")
    if record["result"] not in ("OK", "SKIP", "EXPECTEDFAIL"):
        say(f"    {record['name']}: {record['result'].lower()}")
        if not counts.failed: # it crashed, or ran out of time
            counts = Counts(counts.passed, 1, counts.skipped)
    return counts


def count_results(path):
    return add(count_program(json.loads(line)) for line in path.read_text().splitlines())


def add(counts):
    return Counts(*map(sum, zip(Counts(0, 0, 0), *counts)))


def needs(*tools):
    for tool in tools:
        if not shutil.which(tool):
            raise Skipped(f"{tool} is not there")


# ---- the parts -----------------------------------------------------------------------------------------

def without_other_suites(folder):
    """Names, as ninja has them, of what is built by default or needed by the tests of `check`."""
    targets, tests = (json.loads((folder / "meson-info" / f"intro-{what}.json").read_text())
                      for what in ("targets", "tests"))
    others = {f"portside:{suite}" for suite in OTHER_SUITES}
    needed = {name for test in tests if not others.intersection(test["suite"]) for name in test["depends"]}
    return [os.path.relpath(name, folder) for target in targets if target["build_by_default"] or target["id"] in needed
            for name in target["filename"]]


def build(part, options):
    part.setup("build")
    part.must("ninja", "-C", "build", "build.ninja")  # it may be older than its meson.build
    part.must("ninja", "-C", "build", *without_other_suites(TOP / "build"))
    return Counts(1, 0, 0)


def tests(part, options):
    return part.meson_test("build", *OTHER_PARTS, log="check")


def rules(part, options):
    results = "build/meson-logs/check.json"
    if not (TOP / results).exists():
        raise Failed("the tests did not run")
    part.must(sys.executable, "tools/rules.py", *(["--write"] if options.rules else []), results)
    if options.rules:
        say(part.log.read_text().partition("\n")[2].rstrip())
    return Counts(1, 0, 0)


def clang(part, options):
    needs(CLANG["CC"])
    part.setup("build-clang", env=CLANG)
    part.must("ninja", "-C", "build-clang")
    return part.meson_test("build-clang", "--suite", "unit")


def asan(part, options):
    part.setup("build-asan", "-Db_sanitize=address,undefined",
               "-Dc_args=-fno-sanitize-recover=all -fno-omit-frame-pointer")
    part.must("ninja", "-C", "build-asan")
    return part.meson_test("build-asan", *OTHER_PARTS, "--no-suite", "tree",
                           "--timeout-multiplier", "4", env=SANITIZER_ENVIRONMENT)


def tsan(part, options):
    part.setup("build-tsan", "-Db_sanitize=thread")
    part.must("ninja", "-C", "build-tsan", "tsan-tests")
    return part.meson_test("build-tsan", "--suite", "tsan", "--timeout-multiplier", "10",
                           env=SANITIZER_ENVIRONMENT)


QEMU = "qemu-system-x86_64"


def qemu_or_reason(part):
    """Installs QEMU where it is missing. The environment of its tests, which are skipped only where a package could not
    be downloaded, in apt's own words."""
    if shutil.which(QEMU):
        return {}
    status = part.run("tools/deps.sh", "machine")
    complaints = re.findall(r"^deps: apt: (.*)", part.log.read_text(), re.M)
    if status == 0:
        return {}
    if status != 3 or not complaints:
        raise Failed("tools/deps.sh machine")
    return {"PORTSIDE_TEST_NO_QEMU": complaints[-1]}


def machine(part, options):
    reason = qemu_or_reason(part)
    part.setup("build")
    part.must("ninja", "-C", "build")
    return part.meson_test("build", "--suite", "machine", log="machine", env=reason)


def valgrind(part, options):
    needs("valgrind")
    part.setup("build")
    part.must("ninja", "-C", "build")
    return part.meson_test("build", "--suite", "valgrind", "--wrap", VALGRIND, "--timeout-multiplier",
                           "20", log="valgrind")


def spin(part, options):
    needs("spin")
    part.setup("build")
    return part.meson_test("build", "--suite", "spin", log="spin")


def tap(part, *command):
    status = part.run(*command)
    counts = count_output(part.log.read_text())
    return Counts(counts.passed, 1, counts.skipped) if status != 0 and not counts.failed else counts


def suite(part, name):
    part.setup("build")
    part.must("ninja", "-C", "build")
    return part.meson_test("build", "--suite", name, log=name)


def zoo(part, options):
    return suite(part, "zoo")


def matrix(part, options):
    return suite(part, "matrix")


def mutants(part, options):
    return tap(part, sys.executable, "tests/mutants/run.py")


def fuzz(part, options):
    needs(CLANG["CC"])
    return tap(part, sys.executable, "tools/check_fuzz.py", "--seconds", "15")


def bench(part, options):
    part.setup("build")
    part.must("ninja", "-C", "build")
    part.must(sys.executable, "tools/bench.py", "build", "--smoke")
    return Counts(1, 0, 0)


CHECK = [build, tests, rules]
ALL = CHECK + [clang, asan, tsan, valgrind, spin, zoo, matrix, mutants, fuzz, machine, bench]


def run_part(function, options):
    part, start = Part(function.__name__), time.monotonic()
    say(f"{part.name} ...")
    try:
        counts = function(part, options)
    except Failed as what:
        counts = Counts(0, 1, 0)
        say(f"    failed: {what}")
    except Skipped as why:
        counts = Counts(0, 0, 1)
        say(f"    skipped: {why}")
    if counts.failed:
        say("".join(f"    | {line}\n" for line in part.log.read_text(errors="replace").splitlines()[-60:]))
        say(f"    all of it is in build-logs/{part.name}.log")
    say(f"{part.name}: {(time.monotonic() - start) / 60:.1f} minutes, {counts.passed} passed, "
        f"{counts.failed} failed, {counts.skipped} skipped")
    return counts


def chosen(names):
    known = {f.__name__: [f] for f in ALL} | {"check": CHECK, "all": ALL}
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"no part is called {unknown[0]}; there are {' '.join(known)}")
    return list(dict.fromkeys(f for name in names for f in known[name]))


def main():
    parser = argparse.ArgumentParser(description="see the head of this file")
    parser.add_argument("--rules", action="store_true")
    parser.add_argument("parts", nargs="+")
    options = parser.parse_args()
    counts = add([run_part(function, options) for function in chosen(options.parts)])
    say(f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped")
    return 1 if counts.failed else 0


if __name__ == "__main__":
    sys.exit(main())
