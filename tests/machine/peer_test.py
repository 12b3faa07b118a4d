#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Where QEMU's clock moves by command: against a stand-in (qtest_peer.py), since Debian's QEMU has no such clock."""
import os
import re
import signal
import sys

import machine
import sound
import tap
from machine import run
from tap import closing, expect

COUNT = 20000


def path(folder, name):
    return os.path.join(folder, name)


def play(folder, peer, *options, name='out.wav', **more):
    source = sound.write(path(folder, 'in.wav'), sound.frames(COUNT))
    return run('play', source, '--machine', 'qemu', '-o', path(folder, name), *options,
               env=machine.environment(peer, **more))


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


SHORT = {'PORTSIDE_PATIENCE': str(300 * machine.slowness())}


def test_silence(folder):
    for number in (1, 40, 300):
        lost(play(folder, f'silent={number}', **SHORT), 'does not start as QEMU does' if number < 3 else 'does not answer')
    lost(play(folder, 'mute', **SHORT), 'does not start as QEMU does', 'timed out')
    assert sorted(os.listdir(folder)) == ['in.wav', 'out.wav']


def test_a_patience_that_is_none(folder):
    for text in ('', 'abc', '99', '3600001', '-1', '1000x'):
        line = tap.one_line(expect(play(folder, '', PORTSIDE_PATIENCE=text), 2))
        assert 'PORTSIDE_PATIENCE' in line and '100 to 3600000' in line, line


def test_a_socket_that_is_closed(folder):
    for number in (40, 300):
        lost(play(folder, f'close={number}'), 'closed its socket')
    assert sorted(os.listdir(folder)) == ['in.wav', 'out.wav']


def test_a_device_that_stands_still(folder):
    seconds = min(machine.slowness(), 5)
    for options in ((), ('--client', 'looped'), ('--driver', 'ac97-rt')):
        process = expect(play(folder, 'deaf', *options, PORTSIDE_PATIENCE=str(1000 * seconds)), 1)
        lines = [line for line in process.stderr.splitlines() if 'accelerator' not in line and 'served' not in line]
        # A client of a cyclic buffer looks at the position and may see it first.
        stands = f'the device stands still: no sound moved for {seconds} s' in lines[0]
        assert len(lines) == 1 and (stands or options and 'the position stays at 0 in RUN' in lines[0]), process.stderr
        assert 'time is real' in process.stderr and closing(process)['frames'] == '0', process.stderr


def test_a_device_that_stands_still_is_interrupted(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(48000) * 20)
    env = machine.environment('deaf')
    with machine.begin('play', source, '--machine', 'qemu', '-o', path(folder, 'out.wav'), env=env) as process:
        while 'minutes' not in process.stderr.readline(): # it runs
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate()
    in_flight = process.returncode == 1 and 'interrupted while the device stood still' in errors
    assert in_flight or process.returncode == 130, (process.returncode, errors) # 130: before the first packet was sent
    machine.leaves_nobody(env)


def test_an_interrupted_run_ends_in_a_repeated_frame(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(48000 * 60))
    env = machine.environment('repeat')
    with machine.begin('play', source, '--machine', 'qemu', '--buffer', '60ms', '-o', path(folder, 'out.wav'),
                       env=env) as process:
        machine.until_it_plays(folder, process)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate()
    assert process.returncode == 130, errors
    machine.leaves_nobody(env)


def test_verify_in_virtual_time(folder):
    env = machine.environment('')
    for _ in range(2):
        process = expect(run('verify', 'ac97', '--machine', 'qemu', '--scenario', 'pause-resume', env=env, cwd=folder), 0)
        assert ' 1 schedule' in process.stdout, process.stdout


def test_verify_in_virtual_time_gives_a_token(folder):
    env = machine.environment('')
    options = (machine.FAULTY, '--device', 'ac97', '--machine', 'qemu')
    process = expect(run('verify', *options, '--scenario', 'pause-resume', env=env, cwd=folder), 1)
    token = re.search(r'--replay (\S+)', process.stdout).group(1)
    process = expect(run('verify', *options, '--replay', token, env=env, cwd=folder), 1)
    assert 'FAIL  VF-68' in process.stdout and token in process.stdout, process.stdout


tap.main(sys.modules[__name__])
