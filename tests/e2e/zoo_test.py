#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""verify against the zoo: each faulty driver is found within its bound, for its rule, on its side and at its place;
what only another interleaving shows is not found by round-robin; with its rule off nothing is said of it."""
import os
import pathlib
import random
import re
import sys
import tomllib

import tap
from tap import Skip, run

SOURCE, BUILD = pathlib.Path(os.environ['SOURCE']), pathlib.Path(os.environ['BUILD'])
SEEDS = (1, 2, 3, 4, 5)
FINDING = re.compile(r'^(?:FAIL|REMARK)  (\S+)(?: / (\S+))?  (.*)\n      (\w+) side(?:: (.*?))?(?:, lock taken.*|, IRQL.*|)\n'
                     r'      scenario \S+, schedule (\d+)', re.M)

sys.path.insert(0, str(SOURCE / 'zoo'))
import members as zoo

TABLES = tomllib.loads((SOURCE / 'zoo/members.toml').read_text())
MEMBERS, CLEAN = TABLES['member'], TABLES['clean']


def image(member):
    path = BUILD / 'zoo' / f"{member['name']}.so"
    if not path.exists():
        raise Skip(f'{path.name} is not built: no C++ compiler')
    return path


def device(base):
    return base if base in ('hda', 'multi') else 'ac97'


def words_for(scenarios):
    return [word for name in scenarios for word in ('--scenario', name)]


def verify(member, *options, scenarios=None):
    """The findings: (rule, rule of the verifier, text, side, place, schedule)."""
    words = words_for(member['scenarios'] if scenarios is None else scenarios)
    process = run('verify', image(member), '--device', device(member['base']), *words, '--jobs', 2, '--quiet', *options)
    found = [match.groups(default='') for match in FINDING.finditer(process.stdout)]
    # What crashes before anything can be run, and is not to be told of, is exit 2.
    silenced = process.returncode == 2 and 'cannot be looked at' in process.stderr and '--rule' in options
    failed = 'FAIL  ' in process.stdout
    assert process.returncode == failed or silenced, f"{member['name']}: {process.stdout + process.stderr}"
    return found


def rules_of(member):
    return {member['rule'], member.get('or', member['rule'])}


def expected(member, findings):
    return [f for f in findings if rules_of(member) & set(f[:2]) and f[3] == member['side'] and
            int(f[5]) <= member['schedules'] and
            (not member['where'] or re.search(rf"in {member['where']}\b", f[4]))]


def must_find(member, *options):
    findings = verify(member, *options)
    assert expected(member, findings), f"{member['name']} {options}: not found; instead {findings}"


def must_be_invisible_to_round_robin(member):
    findings = verify(member, '--schedules', 1, scenarios=())
    assert not findings, f"{member['name']}: {findings}"


def must_not_name_its_rule(member):
    """With its rule off nothing is said of it; what else the fault breaks may be found."""
    off = [word for rule in sorted(rules_of(member)) for word in ('--rule', f'{rule}=off')]
    findings = verify(member, '--schedules', member['schedules'], '--seed', 1, *off)
    assert not any(rules_of(member) & set(f[:2]) for f in findings), f"{member['name']}: {findings}"


def check(member):
    if member['shows'] == 'first':
        must_find(member, '--schedules', 1)
    else:
        must_be_invisible_to_round_robin(member)
        for seed in (*SEEDS, FRESH):
            must_find(member, '--schedules', member['schedules'], '--seed', seed)
    must_not_name_its_rule(member)


def clean_drivers_are_silent_where_members_are_found(folder):
    for base in sorted({member['base'] for member in MEMBERS}):
        scenarios = sorted({name for member in MEMBERS if member['base'] == base for name in member['scenarios']})
        tap.expect(run('verify', base, *words_for(scenarios), '--schedules', 6000, '--quiet'), 0)


def clean_changes_are_silent(folder):
    for change in CLEAN:
        findings = verify(change, '--schedules', 6000)
        assert not findings, f"{change['name']}: {findings}"


def test_of(member):
    def body(folder):
        check(member)
    return member['name'].replace('-', '_'), (), tap.in_folder(body)


def members_are_small_changes(folder):
    for member in MEMBERS + CLEAN:
        lines = zoo.changed_lines(SOURCE / 'zoo' / f"{member['name']}.diff")
        assert 0 < lines <= 30, (member['name'], lines)


def the_zoo_is_as_large_as_it_says(folder):
    assert len(MEMBERS) >= 30
    assert sum(member['shows'] == 'later' for member in MEMBERS) >= 12
    assert sum(member['base'] in ('ac97-rt', 'hda') for member in MEMBERS) >= 8
    assert sum('fault' in member for member in MEMBERS) >= 4
    assert sum(member['base'] in ('ac97-rt', 'multi') for member in MEMBERS) >= 3


def the_verifier_names_no_member(folder):
    for path in (SOURCE / 'src').rglob('*.[ch]'):
        text = path.read_text()
        assert not any(f'"{member["name"]}' in text for member in MEMBERS + CLEAN), path


FRESH = random.SystemRandom().randrange(1 << 32)
print(f'# the fresh seed is {FRESH}')
tap.ps_test.main([(body.__name__, (), tap.in_folder(body)) for body in
                  (members_are_small_changes, the_zoo_is_as_large_as_it_says, the_verifier_names_no_member,
                   clean_drivers_are_silent_where_members_are_found, clean_changes_are_silent)] +
                 [test_of(member) for member in MEMBERS])
