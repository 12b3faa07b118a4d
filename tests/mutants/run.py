#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mutation testing: breaks one line at a time and looks whether the tests notice. `make mutants`

    run.py [--only GLOB] [--jobs N] [--verbose] [--check] [LIST...]      (default: all tests/mutants/*.txt)

--check reads the lists and builds nothing: every old text stands once in its file, every rule that a list
covers is broken by a mutation, every survivor exists.

A list is plain text. A line that starts with # is a comment. The words that begin a line:

    test NAME: PATTERN...    sources of a small test program (globs from the top of the tree; ps_test.c
                             is added); a word that begins with - is a compiler or linker flag; image:PATTERN is
                             drivers that lie beside the program
    use NAME...              the tests that the mutations below must be noticed by
    file PATH                the file that the mutations below change
    covers WP-20..WP-64      every one of these rules has a mutation in this list
    mutant ID RULE...        a mutation: its name, the rules that it breaks, then two lines
    - old text               a part of one line, found exactly once in the file
    + new text               what stands there instead (may be empty)

Space around the two texts does not count. Each mutant is made in a scratch copy, the named tests are
built with gcc -O0 and run with a time limit. It is killed when a test fails, crashes or takes far longer
than before; a mutant that does not compile is an error in the list.

At least 95 % must be killed. Every survivor stands in tests/mutants/survivors.txt as `ID reason`; one
that is listed there and killed all the same is an error too. Output is TAP.
"""
import argparse
import collections
import concurrent.futures
import fnmatch
import glob
import hashlib
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

TOP = pathlib.Path(os.environ.get("MUTANTS_TOP", pathlib.Path(__file__).resolve().parents[2]))
HERE = TOP / "tests/mutants"
COPIED = ["src", "include", "tests", "fuzz", "drivers", "lib"]
FLAGS = ["-O0", "-g0", "-w", "-std=gnu11", "-D_GNU_SOURCE", "-fno-strict-aliasing",
         "-ftls-model=initial-exec", "-I.", "-Isrc", "-Iinclude", "-Iinclude/wdk"]
LIBRARIES = ["-lcmocka", "-lpthread", "-ldl", "-lm"]
MEMORY = 8 << 30  # bytes of address space for a test
MUST_BE_KILLED = 0.95

Test = collections.namedtuple("Test", "name sources flags images")
Mutant = collections.namedtuple("Mutant", "name rules file old new tests")


class ListError(Exception):
    pass


# ---- reading the lists ---------------------------------------------------------------------------------

class Reader:
    def __init__(self):
        self.tests, self.mutants, self.covers = {}, [], []
        self.used, self.file, self.head, self.old = [], None, None, None

    def read(self, path):
        self.used, self.file = [], None
        for number, line in enumerate(path.read_text().splitlines(), 1):
            try:
                self.line(line.rstrip())
            except ListError as error:
                raise ListError(f"{path.name}:{number}: {error}") from None

    def line(self, line):
        if not line or line.startswith("#"):
            return
        if line[0] in "-+":
            self.text(line[0], line[1:].strip())
            return
        word, _, rest = line.partition(" ")
        handler = getattr(self, f"on_{word}", None)
        if not handler or self.head:
            raise ListError("a mutant is not complete" if self.head else f"unknown word {word}")
        handler(rest.strip())

    def on_test(self, rest):
        name, _, words = rest.partition(":")
        flags = [w for w in words.split() if w.startswith("-")]
        sources = ["tests/ps_test.c"]
        images = []
        for word in (w for w in words.split() if not w.startswith("-")):
            pattern = word.removeprefix("image:")
            found = sorted(glob.glob(pattern, root_dir=TOP, recursive=True))
            if not found:
                raise ListError(f"no file is called {pattern}")
            into = images if pattern != word else sources
            into += [f for f in found if f not in into]
        self.tests[name] = Test(name, sources, flags, images)

    def on_use(self, rest):
        self.used = rest.split()
        for name in self.used:
            if name not in self.tests:
                raise ListError(f"no test is called {name}")

    def on_file(self, rest):
        self.file = rest
        if not (TOP / rest).is_file():
            raise ListError(f"no file is called {rest}")

    def on_covers(self, rest):
        first, _, last = rest.partition("..")
        prefix, low = first.rsplit("-", 1)
        self.covers += [f"{prefix}-{n}" for n in range(int(low), int((last or first).rsplit("-", 1)[1]) + 1)]

    def on_mutant(self, rest):
        self.head = rest.split()
        if len(self.head) < 2 or not self.used or not self.file:
            raise ListError("a mutant needs a name, a rule, and `use` and `file` before it")
        if any(m.name == self.head[0] for m in self.mutants):
            raise ListError(f"{self.head[0]} stands there twice")

    def text(self, mark, text):
        if not self.head or (mark == "+") != (self.old is not None):
            raise ListError(f"a {mark} line in the wrong place")
        if mark == "-":
            self.old = text
            return
        times = (TOP / self.file).read_text().count(self.old) if self.old else 0
        if times != 1:
            raise ListError(f"{self.head[0]}: the old text is found {times} times in {self.file}")
        self.mutants.append(Mutant(self.head[0], self.head[1:], self.file, self.old, text, self.used))
        self.head = self.old = None

    def check_covers(self):
        broken = {rule for mutant in self.mutants for rule in mutant.rules}
        missing = [rule for rule in self.covers if rule not in broken]
        if missing:
            raise ListError("no mutant for " + " ".join(missing))


def read_survivors():
    path = HERE / "survivors.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    survivors = {}
    for line in lines:
        if line.strip() and not line.startswith("#"):
            name, _, reason = line.strip().partition(" ")
            if not reason.strip():
                raise ListError(f"survivors.txt: {name} has no reason")
            survivors[name] = reason.strip()
    return survivors


# ---- building and running ------------------------------------------------------------------------------

def limit():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_memory():
    limit()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def run(command, folder, seconds, memory=True):
    """Exit status (None: out of time) and output. Ends whatever the command has started."""
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace",
                               start_new_session=True, preexec_fn=limit_memory if memory else limit)
    try:
        output = process.communicate(timeout=seconds)[0]
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return None, ""


def compiler_flags(test):
    return [f for f in test.flags if not f.startswith("-l")]


class Builder:
    """One scratch copy of the tree; objects of unchanged sources are shared by all of them."""

    def __init__(self, root, name, shared=None):
        self.tree, self.objects = root / name, root / f"{name}.o"
        self.shared = shared
        self.objects.mkdir()
        for folder in COPIED:
            if (TOP / folder).is_dir():
                shutil.copytree(TOP / folder, self.tree / folder)

    def stem(self, test, source):
        """Tests with the same flags share their objects."""
        flags = "".join(compiler_flags(test))
        name = hashlib.sha1(flags.encode()).hexdigest()[:8] if flags else "plain"
        return name + "." + source.replace("/", "_")

    def compile(self, test, source):
        stem = self.objects / self.stem(test, source)
        command = ["gcc", *FLAGS, *compiler_flags(test), "-MMD", "-MF", f"{stem}.d", "-c", source, "-o", f"{stem}.o"]
        status, output = run(command, self.tree, 120, memory=False)
        if status != 0:
            raise ListError(f"{source} does not compile:\n{output[-2000:]}")
        return f"{stem}.o"

    def compile_once(self, test, source):
        if not (self.objects / (self.stem(test, source) + ".o")).exists():
            self.compile(test, source)

    def depends(self, test, source, changed):
        words = (self.objects / (self.stem(test, source) + ".d")).read_text().split()
        return any(os.path.normpath(word) == changed for word in words)

    def object(self, test, source, changed):
        if self.shared and not self.shared.depends(test, source, changed):
            return str(self.shared.objects / (self.stem(test, source) + ".o"))
        return self.compile(test, source)

    def image(self, source):
        path = self.objects / (pathlib.Path(source).stem + ".so")
        command = ["gcc", "-shared", "-fPIC", "-O0", "-g", "-w", "-fshort-wchar", "-Iinclude/wdk", source, "-o", str(path)]
        status, output = (0, "") if path.exists() else run(command, self.tree, 120, memory=False)
        if status != 0:
            raise ListError(f"{source} does not make an image:\n{output[-2000:]}")

    def build(self, test, changed=None):
        program = self.objects / test.name
        for source in test.images:
            self.image(source)
        objects = [self.object(test, source, changed) for source in test.sources]
        status, output = run(["gcc", *test.flags, *objects, "-o", str(program), *LIBRARIES, *test.flags],
                             self.tree, 120, memory=False)
        if status != 0:
            raise ListError(f"{test.name} does not link:\n{output[-2000:]}")
        return program

    def first_failure(self, test, changed, seconds):
        """Why the test fails; None if it passes."""
        sanitized = any(f.startswith("-fsanitize") for f in test.flags)
        status, output = run([str(self.build(test, changed))], self.tree, seconds, memory=not sanitized)
        if status == 0:
            return None
        if status is None:
            return "out of time"
        failed = re.search(r"^not ok \d+ - (\S+)", output, re.M)
        return failed.group(1) if failed else f"exit status {status}"


class Pool:
    """Scratch copies for several workers, and how long each test may take."""

    def __init__(self, root, tests):
        self.root, self.tests = root, tests
        self.base = Builder(root, "base")
        self.own = threading.local()
        self.seconds = {}
        self.count = 0
        self.lock = threading.Lock()

    def prepare(self, name):
        test, start = self.tests[name], time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda source: self.base.compile_once(test, source), test.sources))
        self.base.shared = self.base  # everything is compiled: only link
        start = time.monotonic()
        why = self.base.first_failure(test, "", 120)
        self.base.shared = None
        if why:
            raise ListError(f"{name} fails before anything is changed: {why}")
        self.seconds[name] = 5 + 20 * (time.monotonic() - start)

    def builder(self):
        if not hasattr(self.own, "builder"):
            with self.lock:
                self.count += 1
                number = self.count
            self.own.builder = Builder(self.root, f"copy{number}", self.base)
        return self.own.builder

    def verdict(self, mutant):
        """Who noticed; None if nobody did."""
        builder = self.builder()
        path = builder.tree / mutant.file
        original = path.read_text()
        path.write_text(original.replace(mutant.old, mutant.new, 1))
        try:
            for name in mutant.tests:
                why = builder.first_failure(self.tests[name], mutant.file, self.seconds[name])
                if why:
                    return f"{name}: {why}"
            return None
        except ListError as error:
            raise ListError(f"{mutant.name}: {error}") from None
        finally:
            path.write_text(original)


# ---- the report ----------------------------------------------------------------------------------------

def judge(mutant, killer, survivors):
    """Whether this outcome is as it should be, and what to say of it."""
    if killer:
        return mutant.name not in survivors, f"killed by {killer}"
    if mutant.name in survivors:
        return True, f"survives: {survivors[mutant.name]}"
    return False, "SURVIVES"


def report(pool, mutants, survivors, jobs, verbose):
    bad = killed = 0
    print(f"1..{len(mutants) + 1}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(jobs) as workers:
        for number, (mutant, killer) in enumerate(zip(mutants, workers.map(pool.verdict, mutants)), 1):
            good, text = judge(mutant, killer, survivors)
            killed += killer is not None
            bad += not good
            print(f"{'' if good else 'not '}ok {number} - {mutant.name} {' '.join(mutant.rules)} {text}",
                  flush=True)
            if verbose or not good:
                print(f"# {mutant.file}\n# - {mutant.old}\n# + {mutant.new}", flush=True)
    enough = killed >= MUST_BE_KILLED * len(mutants)
    print(f"{'' if enough else 'not '}ok {len(mutants) + 1} - {killed} of {len(mutants)} killed, "
          f"{100 * killed / max(1, len(mutants)):.1f} %; at least {100 * MUST_BE_KILLED:.0f} %")
    return bad == 0 and enough


def main():
    parser = argparse.ArgumentParser(description="see the head of this file")
    parser.add_argument("--only", default="*", metavar="GLOB")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("lists", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    reader = Reader()
    try:
        lists = options.lists or [p for p in sorted(HERE.glob("*.txt")) if p.name != "survivors.txt"]
        for path in lists:
            reader.read(path)
        reader.check_covers()
        survivors = read_survivors()
        mutants = [m for m in reader.mutants if fnmatch.fnmatchcase(m.name, options.only)]
        names = {m.name for m in reader.mutants}
        unknown = [name for name in survivors if not options.lists and name not in names]
        if unknown:
            raise ListError("survivors.txt: no mutant is called " + " ".join(unknown))
        if options.check:
            print(f"1..1\nok 1 - {len(mutants)} mutants, {len(set(reader.covers))} rules covered")
            return 0
        with tempfile.TemporaryDirectory(prefix="mutants-") as root:
            pool = Pool(pathlib.Path(root), reader.tests)
            for name in dict.fromkeys(n for m in mutants for n in m.tests):
                pool.prepare(name)
            return 0 if report(pool, mutants, survivors, options.jobs, options.verbose) else 1
    except ListError as error:
        print(f"Bail out! {error}", flush=True)
        return 1


sys.exit(main())
