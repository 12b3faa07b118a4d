#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs each fuzzer for a while: first its corpus (fuzz/NAME_corpus.py writes it), then new inputs. `make fuzz`

    tools/check_fuzz.py [--seconds N] [NAME...]

New inputs are kept in build-fuzz/found/NAME, never in the tree; an input that fails is left in
build-fuzz and its path is printed. Output is TAP.
"""
import argparse
import os
import pathlib
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[1]
BUILD = TOP / "build-fuzz"


def build():
    if not (BUILD / "build.ninja").exists():
        subprocess.run(["meson", "setup", BUILD, TOP, "-Dfuzz=enabled", "-Dtests=disabled",
                        "-Db_sanitize=address,undefined",
                        "-Dc_args=-fno-sanitize-recover=all -fno-omit-frame-pointer"],
                       check=True, stdout=sys.stderr, env=dict(os.environ, CC="clang-14", CXX="clang++-14"))
    subprocess.run(["ninja", "-C", BUILD, "fuzzers"], check=True, stdout=sys.stderr)


def fuzz(program, seconds):
    """Whether nothing was found, and the fuzzer's output."""
    name = program.name.removesuffix("_fuzz")
    found, corpus, writer = BUILD / "found" / name, BUILD / "corpus" / name, TOP / f"fuzz/{name}_corpus.py"
    found.mkdir(parents=True, exist_ok=True)
    command = [program, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048",
               f"-artifact_prefix={BUILD}/{name}-", "-print_final_stats=1", "-verbosity=0", found]
    if writer.exists():
        corpus.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, writer, corpus], check=True, stdout=sys.stderr)
        command.append(corpus)
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", timeout=seconds + 120)
    except subprocess.TimeoutExpired:
        return False, "it did not end"
    return done.returncode == 0, done.stdout


def main():
    parser = argparse.ArgumentParser(description="see the head of this file")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    build()
    programs = [p for p in sorted(BUILD.glob("fuzz/*_fuzz"))
                if not options.names or p.name.removesuffix("_fuzz") in options.names]
    print(f"1..{len(programs)}", flush=True)
    failures = 0
    for number, program in enumerate(programs, 1):
        good, output = fuzz(program, options.seconds)
        failures += not good
        lines = output.splitlines()
        for line in lines[-40:] if not good else [l for l in lines if "executed_units" in l]:
            print("#", line)
        print(f"{'' if good else 'not '}ok {number} - {program.name}", flush=True)
    return 1 if failures else 0


sys.exit(main())
