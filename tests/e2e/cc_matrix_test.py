#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Our own drivers, made by each compiler and way of compiling there is: what they play and every step of it is the
same. `portside cc` compiles them; the trace is compared byte for byte."""
import os
import pathlib
import sys

import sound
import tap
from tap import expect, run

SOURCE = pathlib.Path(os.environ['SOURCE'])
WAYS = {'clang -O0': ('--compiler', 'clang', '-O0'), 'clang -O2': ('--compiler', 'clang', '-O2'),
        'gcc -O0': ('--compiler', 'gcc', '-O0'), 'gcc -O2': ('--compiler', 'gcc', '-O2'),
        'asan': ('--asan', '-O1')}
CYCLIC = [f'ac97-rt/{name}.cpp' for name in ('adapter', 'common', 'topology', 'topotable')]


def sources(names):
    return [path for name in names for path in sorted((SOURCE / 'drivers').glob(name))]


def made(folder, way, names, include):
    """The driver, or None where this way is not there."""
    driver = pathlib.Path(folder) / 'driver.so'
    done = run('cc', '-o', driver, *WAYS[way], '-I', SOURCE / 'drivers' / include, *sources(names))
    if done.returncode == 3 and 'apt-get install' in done.stderr:
        return None
    expect(done, 0)
    return driver


def played(folder, driver, song, device):
    """Sound, trace, and the closing line but for the speed."""
    out, trace = pathlib.Path(folder) / 'out.wav', pathlib.Path(folder) / 'trace.json'
    done = expect(run('play', song, '-d', driver, '--device', device, '-o', out, '--trace', trace), 0)
    fields = tap.closing(done)
    fields.pop('speed')
    return out.read_bytes(), trace.read_text(), tuple(sorted(fields.items()))


def same_in_every_way(folder, names, device, include='.', rate=48000):
    song = sound.write(str(pathlib.Path(folder) / 'song.wav'), sound.frames(4800, seed=5), rate)
    results = {}
    for way in WAYS:
        driver = made(folder, way, names, include)
        if driver:
            results[way] = played(folder, driver, song, device)
    if len(results) < 2:
        raise tap.Skip('there is one compiler only')
    first = next(iter(results))
    for way, result in results.items():
        for index, what in enumerate(('sound', 'trace', 'closing line')):
            assert result[index] == results[first][index], f'{way}: the {what} is not that of {first}'


def test_ac97(folder):
    same_in_every_way(folder, ['ac97/*.c'], 'ac97')


def test_ac97_rt(folder):
    same_in_every_way(folder, ['ac97-rt/*.cpp'], 'ac97')


def test_cyclic(folder):
    same_in_every_way(folder, [*CYCLIC, 'cyclic/*.cpp'], 'ac97', 'ac97-rt')


def test_hda(folder):
    same_in_every_way(folder, ['hda/*.c'], 'hda')


def test_multi(folder):
    same_in_every_way(folder, ['multi/*.cpp'], 'multi')


def test_sb16(folder):
    same_in_every_way(folder, ['sb16/*.c'], 'sb16', rate=44100)


if __name__ == '__main__':
    tap.main(sys.modules[__name__])
