#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every import that docs/spec/driver-survey.md found in public drivers is there, and does something. From the
environment: SOURCE, the top of the tree."""
import os
import pathlib
import re

from ps_test import main, test

TOP = pathlib.Path(os.environ["SOURCE"])
# The C functions that drivers bind under another name, and those that every C compiler brings along.
RUN_TIME = {"memcpy", "memset", "memcmp"}
# What stays out, and why.
EXCEPTIONS = {
    "Wsk*": "one driver of nine sends its sound into a network; there is none here, and they refuse",
}


def surveyed():
    """Names under "Imports", as far as they look like functions."""
    text = (TOP / "docs/spec/driver-survey.md").read_text()
    section = re.search(r"^## Imports.*?\n(.*?)^## ", text, re.M | re.S).group(1)
    section = section[:section.index("- **DS-1**")]
    for line in re.findall(r"^- \*\*.*?(?=^- \*\*|\Z)", section, re.M | re.S):
        body = line.split("**:", 1)[1]
        yield from re.findall(r"\b_?[A-Za-z][A-Za-z0-9_]*\*?", re.sub(r"\([^)]*\)", " ", body))


def states():
    text = (TOP / "src/loader/exports.def").read_text()
    return {name: state for _, name, state in re.findall(r"^EXPORT\((\w+), (\w+), (\w+)\)", text, re.M)}


@test("DS-1")
def every_import_of_the_survey_is_implemented():
    names = set(surveyed())
    assert len(names) > 70, sorted(names)
    listed = states()
    bad = [name for name in sorted(names - RUN_TIME - EXCEPTIONS.keys())
           if listed.get(name, listed.get("nt_" + name)) != "implemented"]
    assert not bad, "of the survey, but no real service: " + ", ".join(bad)


@test()
def exceptions_are_of_the_survey():
    assert EXCEPTIONS.keys() <= set(surveyed()), EXCEPTIONS


main()
