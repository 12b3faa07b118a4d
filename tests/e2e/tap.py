# SPDX-License-Identifier: MIT
"""TAP for tests that run the tool: functions named test_* of a module, in order."""
import os
import shutil
import subprocess
import sys
import tempfile
import traceback


class Skip(Exception):
    pass


PORTSIDE = os.environ.get('PORTSIDE', 'build/portside')


def run(*arguments, **options):
    """Runs portside; returns the completed process with text output."""
    options.setdefault('stdout', subprocess.PIPE)
    return subprocess.run([os.path.abspath(PORTSIDE), *map(str, arguments)],
                          stderr=subprocess.PIPE, text=True, timeout=280,
                          stdin=subprocess.DEVNULL, **options)


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


def main(module):
    tests = [(name[5:], body) for name, body in vars(module).items() if name.startswith('test_')]
    pattern = sys.argv[1] if len(sys.argv) > 1 else ''
    tests = [test for test in tests if pattern in test[0]]
    print(f'1..{len(tests)}')
    failed = 0
    for number, (name, body) in enumerate(tests, 1):
        folder = tempfile.mkdtemp(prefix='portside-')
        before = os.getcwd()
        os.environ['PORTSIDE_ABS'] = os.path.abspath(PORTSIDE)
        try:
            body(folder)
            print(f'ok {number} - {name}')
        except Skip as reason:
            print(f'ok {number} - {name} # SKIP {reason}')
        except Exception:
            failed += 1
            print(f'not ok {number} - {name}')
            for line in traceback.format_exc().splitlines():
                print(f'# {line}')
        finally:
            os.chdir(before)
            shutil.rmtree(folder, ignore_errors=True)
        sys.stdout.flush()
    sys.exit(1 if failed else 0)
