#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The jobs of docs/ci.md: their commands, as they stand there, in a folder with a driver and Portside installed."""
import glob
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml

import tap
from install_test import install, skip_if_instrumented

SOURCE = os.environ.get('SOURCE', '.')


def jobs():
    with open(os.path.join(SOURCE, 'docs/ci.md')) as file:
        github, gitlab = re.findall(r'```yaml\n(.*?)```', file.read(), re.S)
    return github, gitlab


def block(lines, indent):
    """The lines that stand further in."""
    taken = []
    for line in lines:
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        taken.append(line)
    return taken


def github_commands(text):
    lines = text.splitlines()
    for i, line in enumerate(lines):
        match = re.match(r'( *)(?:- )?run: (.*)', line)
        if match and match.group(2) == '|':
            body = block(lines[i + 1:], len(match.group(1)))
            yield '\n'.join(body)
        elif match:
            yield match.group(2)


def gitlab_commands(text):
    lines = text.splitlines()
    start = lines.index('  script:') + 1
    for item in re.split(r'^    - ', '\n'.join(block(lines[start:], 2)), flags=re.M)[1:]:
        yield ' '.join(item.split()).removeprefix('> ')


def environment(folder):
    """Portside as if it were installed in the system."""
    place = install(folder)
    skip_if_instrumented(place)
    pkgconfig = os.path.join(folder, 'pkgconfig')
    os.mkdir(pkgconfig)
    with open(os.path.join(place['environment']['PKG_CONFIG_PATH'], 'portside.pc')) as file:
        text = re.sub(r'^prefix=', 'prefix=' + place['root'], file.read(), flags=re.M)
    with open(os.path.join(pkgconfig, 'portside.pc'), 'w') as file:
        file.write(text)
    program = glob.glob(place['root'] + '/**/bin/portside', recursive=True)[0]
    result = dict(os.environ, PKG_CONFIG_PATH=pkgconfig, LD_LIBRARY_PATH=place['libdir'],
                  PATH=os.path.dirname(program) + ':' + os.environ['PATH'])
    result.pop('PKG_CONFIG_SYSROOT_DIR', None)
    return result


def run_job(folder, commands):
    commands = list(commands)
    assert len(commands) == 2, commands
    settings = environment(folder)
    shutil.copy(os.path.join(SOURCE, 'tests/drivers/crash.c'), os.path.join(folder, 'mydriver.c'))
    with open(os.path.join(folder, 'verify.baseline'), 'w') as file:
        file.write('# nothing is known\n')
    for expected, command in zip((0, 1), commands):
        done = subprocess.run(['sh', '-e', '-c', command], cwd=folder, env=settings, capture_output=True, text=True,
                              timeout=250, check=False)
        assert done.returncode == expected, (command, done.returncode, done.stdout, done.stderr)
    failure = xml.parse(os.path.join(folder, 'verify.xml')).getroot().find('.//failure')
    assert failure is not None and '--replay w1.boot.' in failure.text, failure
    assert 'mydriver.c:' in failure.text or 'mydriver.so+' in failure.text, failure.text


def test_the_github_job_runs_as_it_stands(folder):
    run_job(folder, github_commands(jobs()[0]))


def test_the_gitlab_job_runs_as_it_stands(folder):
    run_job(folder, gitlab_commands(jobs()[1]))


def test_cleaning_up(folder):
    shutil.rmtree(install(folder)['root'])


if __name__ == '__main__':
    tap.main(sys.modules[__name__])
