#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes docs/exports.md from the export list.

usage: exports_page.py src/loader/exports.def docs/exports.md [--check]
       --check: writes nothing; status 1 if the page is not what the list says
"""
import pathlib
import re
import sys

HEAD = """# What drivers may import

Generated from `src/loader/exports.def` by `tools/exports_page.py`: every service that `include/wdk` declares for drivers, by
Windows module. A driver that imports something that is not *implemented* or a *stub* is not loaded; all such names are told at
once, by module, before anything of it runs. Names that begin with `nt_` are C functions that drivers know without it.

| module | implemented | stub (there, and refuses) | missing |
|---|---|---|---|
"""


def page(listing):
    rows = re.findall(r"^EXPORT\((\w+), (\w+), (\w+)\)", listing, re.M)
    modules = sorted({module for module, _, _ in rows})

    def of(module, state):
        return [name for m, name, s in rows if (m, s) == (module, state)]
    out = [HEAD + "".join(f"| {m} | {len(of(m, 'implemented'))} | {len(of(m, 'stub'))} | {len(of(m, 'missing'))} |\n"
                          for m in modules)]
    for module in modules:
        out.append(f"\n## {module}\n")
        for state in ("implemented", "stub", "missing"):
            names = of(module, state)
            if names:
                out.append(f"\n*{state}*: " + ",\n".join(", ".join(f"`{n}`" for n in names[i:i + 4])
                                                      for i in range(0, len(names), 4)) + "\n")
    return "".join(out)


def main(listing, target, *flags):
    text = page(pathlib.Path(listing).read_text())
    target = pathlib.Path(target)
    if "--check" in flags:
        if not target.exists() or target.read_text() != text:
            sys.exit(f"{target} is not what {listing} says: run tools/exports_page.py {listing} {target}")
        return
    target.write_text(text)


main(*sys.argv[1:])
