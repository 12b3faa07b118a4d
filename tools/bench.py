#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the bench programs of a build folder, one after the other. `make bench`

    tools/bench.py BUILD [--json] [--smoke] [--record] [--only GLOB]

One line a figure: name, figure, aim, `met` or `missed`. --json prints one JSON document instead.
--record writes docs/performance.md. --smoke only sees that every program works.
"""
import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[1]
PAGE = TOP / "docs/performance.md"
MARK = "<!-- figures: written by make bench ARGS=--record -->"
HEAD = """# Performance

What `make bench` measured last, each figure beside its aim. Ratios are of two things timed alternately in
one run, the shortest turn of each; times are medians of several runs. How a figure is taken stands in `bench/`.

"""


def programs(build):
    return sorted(p for p in (build / "bench").glob("bench_*") if p.is_file() and os.access(p, os.X_OK))


def measure(program, options, show):
    """The figures of one program, shown while they come."""
    command = [program, "--json"] + ["--smoke"] * options.smoke
    command += ["--only", options.only] if options.only else []
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        figures = []
        for line in process.stdout:
            figures.append(json.loads(line))
            show(figures[-1])
    if process.returncode != 0:
        raise SystemExit(f"{program.name} ended with {process.returncode}")
    return figures


def show_line(f):
    print(f"{f['name']:<44} {f['figure']:>10.4g} {f['unit']:<6} {f['aim']:<14} {f['verdict']}", flush=True)


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def record(figures):
    kept = PAGE.read_text() if PAGE.exists() else HEAD + MARK + "\n"
    head = kept.partition(MARK)[0]
    lines = [f"Processor: {processor()}, {os.cpu_count()} cores.", "", "| figure | measured | aim | |",
             "|---|---:|---|---|"]
    lines += [f"| {f['name']} | {f['figure']:.4g} {f['unit']} | {f['aim']} | {f['verdict']} |"
              for f in figures]
    PAGE.write_text(head + MARK + "\n\n" + "\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description="see the head of this file")
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--only", metavar="GLOB")
    options = parser.parse_args()
    show = (lambda figure: None) if options.json else show_line
    figures = [f for program in programs(options.build) for f in measure(program, options, show)]
    if options.json:
        print(json.dumps({"processor": processor(), "figures": figures}, indent=2))
    if options.record:
        record(figures)
    return 0


sys.exit(main())
