# SPDX-License-Identifier: MIT
"""Tests that run the tool: functions named test_* of a module, in order, each in a folder of its own."""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import ps_test
from ps_test import Skip

PORTSIDE = os.environ.get('PORTSIDE', 'build/portside')


def run(*arguments, **options):
    """Runs portside; returns the completed process with text output."""
    options.setdefault('stdout', subprocess.PIPE)
    return subprocess.run([os.path.abspath(PORTSIDE), *map(str, arguments)],
                          stderr=subprocess.PIPE, text=True, timeout=280,
                          stdin=subprocess.DEVNULL, **options)


def written(pid, folder):
    """Bytes of the output in that folder that a program is writing, with a name or without."""
    most, inside = 0, str(pathlib.Path(folder).resolve()) + '/'
    for fd in pathlib.Path('/proc', str(pid), 'fd').glob('*'):
        try:
            name = os.readlink(fd)
            if name.startswith(inside + 'out.wav') or name.startswith(inside + '#'):
                most = max(most, os.stat(fd).st_size)
        except OSError: # it is gone
            pass
    return most


def expect(process, status):
    assert process.returncode == status, (
        f'exit {process.returncode}, expected {status}: {process.stderr or process.stdout}')
    return process


def one_line(process):
    lines = process.stderr.strip().splitlines()
    assert len(lines) == 1, f'expected one line on standard error, got {lines}'
    assert lines[0].startswith('portside: '), lines[0]
    return lines[0]


def closing(process):
    """The fields of the closing line."""
    last = process.stdout.strip().splitlines()[-1]
    fields = dict(item.split('=') for item in last.split())
    assert list(fields)[:5] == ['frames', 'mappings', 'interrupts', 'underruns', 'speed'], last
    return fields


def proves(*rules):
    """Names the rules of docs/spec that a test proves."""
    def mark(body):
        body.rules = rules
        return body
    return mark


def in_folder(body):
    """The test in an empty folder of its own, which is removed afterwards."""
    def run_in_folder():
        before = os.getcwd()
        with tempfile.TemporaryDirectory(prefix='portside-', ignore_cleanup_errors=True) as folder:
            try:
                body(folder)
            finally:
                os.chdir(before)
    return run_in_folder


def main(module):
    ps_test.main([(name[5:], getattr(body, 'rules', ()), in_folder(body))
                  for name, body in vars(module).items() if name.startswith('test_')])
