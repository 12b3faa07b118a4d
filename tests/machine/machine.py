# SPDX-License-Identifier: MIT
"""What the tests with QEMU and sound cards share: the program with a machine, and what it may leave behind."""
import functools
import math
import os
import pathlib
import select
import shutil
import subprocess
import sys
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'e2e'))
import tap

HERE = pathlib.Path(__file__).resolve().parent
PEER = str(HERE / 'qtest_peer.py')
MARK = 'PORTSIDE_TEST_MARK'
PATIENCE = 60_000 # ms
FAULTY = os.path.join(os.environ.get('BUILD', 'build'), 'zoo', 'frees-with-another-tag.so')
QEMU = 'qemu-system-x86_64'
NO_QEMU = 'PORTSIDE_TEST_NO_QEMU' # apt's own words: set by tools/check_run.py where QEMU could not be downloaded


def with_qemu(body):
    """A test in front of QEMU. It fails where there is none, and is skipped only where none could be downloaded."""
    @functools.wraps(body)
    def run_with_qemu(folder):
        if not shutil.which(QEMU):
            if os.environ.get(NO_QEMU):
                raise tap.Skip(f'{QEMU} could not be downloaded: {os.environ[NO_QEMU]}')
            raise AssertionError(f'{QEMU} is not installed: tools/deps.sh machine')
        body(folder)
    return run_with_qemu


@functools.cache
def slowness():
    """How many times as long as usual a process takes to start: other work may be going on beside."""
    began = time.monotonic()
    for _ in range(3):
        subprocess.run([sys.executable, '-c', 'pass'], check=True)
    return min(max(1, math.ceil((time.monotonic() - began) / 0.15)), 30)


def roomy():
    """Options for a run whose sound must be whole: a client's buffer that holds what a slow machine is late."""
    return ('--buffer', f'{min(640 * slowness(), 6000)}ms') if slowness() > 1 else ()


def environment(peer=None, **more):
    """With `peer`, a word list for qtest_peer.py, that stands in for QEMU."""
    variables = dict(os.environ, **more)
    variables[MARK] = str(uuid.uuid4())
    if peer is not None:
        variables.update(PORTSIDE_QEMU=PEER, PEER=peer)
    return variables


STALLED, TRIES = 6, 8


def run(*arguments, env=None, **options):
    """Again where the machine had so much else to do that nothing is known of the driver."""
    env = env or environment()
    for _ in range(TRIES):
        process = tap.run(*arguments, env=env, **options)
        leaves_nobody(env)
        if process.returncode != STALLED:
            break
        print(f'# again: {process.stderr.splitlines()[-1]}')
    return process


def begin(*arguments, env, **options):
    return subprocess.Popen([os.path.abspath(tap.PORTSIDE), *map(str, arguments)], env=env, text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def marked(env):
    """Processes that were started with this environment."""
    word, found = f'{MARK}={env[MARK]}'.encode(), []
    for entry in os.listdir('/proc'):
        try:
            if entry.isdigit() and word in pathlib.Path('/proc', entry, 'environ').read_bytes().split(b'\0'):
                found.append(int(entry))
        except OSError: # it is gone, or somebody else's
            pass
    return found


def wait_for_end(pid):
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([fd], [], [], PATIENCE / 1000)[0], f'process {pid} does not end'
    finally:
        os.close(fd)


def leaves_nobody(env):
    for pid in marked(env):
        wait_for_end(pid)


def child_of(process, name):
    """The pid of the program's child of that name, once there is one."""
    while process.poll() is None:
        for pid in pathlib.Path('/proc', str(process.pid), 'task', str(process.pid), 'children').read_text().split():
            try:
                if name in pathlib.Path('/proc', pid, 'cmdline').read_text():
                    return int(pid)
            except OSError:
                pass
    raise AssertionError(f'it ended first: {process.communicate()}')


def until_it_plays(folder, process):
    """Until sound is written to the file of out.wav, which has no name yet."""
    while process.poll() is None:
        if tap.written(process.pid, folder) > 44:
            return
    raise AssertionError(f'it ended first: {process.communicate()}')
