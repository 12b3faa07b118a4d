#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""src/verifier/rules.def against docs/spec/verifier.md: every rule has one line, and what
is not modelled says why. From the environment: SOURCE, the top of the tree."""
import os
import pathlib
import re

from ps_test import main, test

TOP = pathlib.Path(os.environ["SOURCE"])
LINE = re.compile(r'^RULE\("([^"]+)", (\w+), (\w+), (0x[0-9A-F]+|0), "([^"]*)", "([^"]*)"\)$')
DEFINITION = re.compile(r"^(?:- |\| )\*\*([A-Z]+-\d+[a-z]?)\*\*", re.M)


def lines():
    text = (TOP / "src/verifier/rules.def").read_text()
    return [LINE.match(line) for line in text.splitlines() if line.startswith("RULE")]


@test()
def each_rule_of_the_page_has_one_line():
    page = DEFINITION.findall((TOP / "docs/spec/verifier.md").read_text())
    assert all(lines()), "a line is not of the form that the head of rules.def gives"
    assert sorted(line[1] for line in lines()) == sorted(page)


@test()
def states_and_modes_are_known_and_what_is_not_modelled_says_why():
    for line in lines():
        assert line[2] in ("ENFORCED", "OFF_BY_DEFAULT", "NOT_MODELLED"), line[0]
        assert line[3] in ("STOP", "REPORT", "REMARK"), line[0]
        assert bool(line[6]) == (line[2] == "NOT_MODELLED"), line[0]


@test()
def ids_of_the_contract_exist_and_name_one_rule():
    known = {rule for page in (TOP / "docs/spec").glob("*.md") for rule in DEFINITION.findall(page.read_text())}
    known.add("WATCHDOG")
    also = [word for line in lines() for word in line[5].split()]
    assert set(also) <= known, sorted(set(also) - known)
    contract = [word for word in also if not word.startswith("VF-")]
    assert len(contract) == len(set(contract)), "an id stands for two rules"


@test()
def findings_carry_an_id_of_each_rule_that_is_enforced():
    """So that --rule ID=off has something to switch."""
    source = "".join(path.read_text() for folder in ("src", "include") for path in (TOP / folder).rglob("*.[ch]"))
    also = {line[1]: line[5].split() for line in lines()}
    for line in lines():
        names = [line[1], *also[line[1]]]
        names += [word for name in also[line[1]] for word in also.get(name, [])]
        assert line[2] == "NOT_MODELLED" or any(f'"{name}"' in source for name in names), line[0]


main()
