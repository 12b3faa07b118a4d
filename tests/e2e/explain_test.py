#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""portside explain, as a user runs it."""
import os
import pathlib
import re
import subprocess
import sys

import tap
from tap import expect, one_line, run

SOURCE = pathlib.Path(os.environ['SOURCE'])
RULE = re.compile(r'^(?:- |\| )\*\*([A-Z]+-\d+[a-z]?)\*\*', re.M)


def explain(rule):
    return expect(run('explain', rule), 0).stdout


def test_every_rule_of_every_page_has_its_text(folder):
    pages = pathlib.Path(os.environ['BUILD'], 'rules.txt').read_text()
    told = dict(re.findall(r'^@(\S+)\n\1\n\n(.*)', pages, re.M))
    for path in sorted((SOURCE / 'docs/spec').glob('*.md')):
        for rule in RULE.findall(path.read_text()):
            assert told.get(rule), f'{rule} of {path.name} has no text'


def test_a_rule_of_the_contract_names_page_code_rule_of_the_verifier_and_example(folder):
    text = explain('WP-45')
    assert 'spin lock' in text and 'nf-portcls-iportwavepcistream-getmapping.md' in text, text
    assert 'The verifier (VF-2)' in text and 'bug check 0xC4' in text, text
    assert 'Example, tests/wavepci_' in text and 'PS_TEST(' in text, text
    assert explain('wp-45') == text


def test_a_rule_of_the_verifier_and_one_that_is_not_modelled(folder):
    text = explain('VF-31')
    assert 'Violation: same thread acquires a spin lock it owns' in text, text
    assert 'the finding ends the run' in text, text
    assert 'not modelled: a user process cannot disable interrupts' in explain('VF-137')
    assert 'off unless --rule VF-73=' in explain('VF-73')


def test_the_pages_are_made_whenever_the_program_is(folder):
    told = subprocess.run(['ninja', '-C', os.environ['BUILD'], '-t', 'query', 'portside'], capture_output=True, text=True)
    assert 'rules.txt' in told.stdout.split('outputs:')[0], told.stdout + told.stderr


def test_unknown_rules_and_usage(folder):
    assert "'XX-1'" in one_line(expect(run('explain', 'XX-1'), 2))
    assert 'needs a rule' in one_line(expect(run('explain'), 2))
    assert 'example: portside explain' in expect(run('explain', '--help'), 0).stdout


if __name__ == '__main__':
    tap.main(sys.modules[__name__])
