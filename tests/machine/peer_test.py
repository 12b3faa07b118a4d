#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Where QEMU's clock moves by command: against a stand-in (qtest_peer.py), since Debian's QEMU has no such clock."""
import os
import sys

import machine
import sound
import tap
from machine import run
from tap import closing, expect

COUNT = 20000


def path(folder, name):
    return os.path.join(folder, name)


def play(folder, peer, *options, name='out.wav'):
    source = sound.write(path(folder, 'in.wav'), sound.frames(COUNT))
    return run('play', source, '--machine', 'qemu', '-o', path(folder, name), *options,
               env=machine.environment(peer))


def whole(folder, process, name='out.wav'):
    fields = closing(expect(process, 0))
    assert (fields['frames'], fields['underruns']) == (str(COUNT), '0'), fields
    assert 'time is virtual' in process.stderr and 'HLK' not in process.stderr, process.stderr
    sound.same(path(folder, name), sound.frames(COUNT))


def test_it_plays_bit_for_bit_and_every_time_alike(folder):
    traces = []
    for number in range(2):
        whole(folder, play(folder, '', '--trace', path(folder, f'{number}.json')))
        with open(path(folder, f'{number}.json'), 'rb') as file:
            traces.append(file.read())
    assert traces[0] == traces[1] and len(traces[0]) > 10000


def test_answers_in_pieces_and_interrupts_of_others(folder):
    whole(folder, play(folder, 'bytes'))
    whole(folder, play(folder, 'ahead'))
    whole(folder, play(folder, 'ahead,bytes', '--client', 'looped'))


def lost(process, *words):
    expect(process, 4)
    last = [line for line in process.stderr.splitlines() if 'accelerator' not in line]
    assert len(last) == 1 and all(word in last[0] for word in words), process.stderr


def test_death_in_the_middle_of_an_answer(folder):
    for number in (1, 2, 40, 300, 500):
        lost(play(folder, f'die={number}'), 'ended at once' if number < 3 else 'QEMU ended with status 3')
        assert not [name for name in os.listdir(folder) if name not in ('in.wav', 'out.wav')]


def test_answers_that_are_none(folder):
    for number in (50, 400):
        lost(play(folder, f'garbage={number}'), 'no answer')


def test_too_old(folder):
    lost(play(folder, 'old'), 'version 5.2', '7.2 or newer')
    assert os.listdir(folder) == ['in.wav']


def test_verify_in_virtual_time(folder):
    env = machine.environment('')
    for _ in range(2):
        process = expect(run('verify', 'ac97', '--machine', 'qemu', '--scenario', 'pause-resume', env=env, cwd=folder), 0)
        assert ' 1 schedule' in process.stdout, process.stdout


tap.main(sys.modules[__name__])
