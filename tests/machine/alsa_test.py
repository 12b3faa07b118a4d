#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sound cards: ALSA's file and null plugins stand for them. The simulated device plays and hears in real time."""
import os
import sys

import machine
import sound
import tap
from machine import run
from tap import closing, expect

SHORT = 24000 # frames


def path(folder, name):
    return os.path.join(folder, name)


def with_card(folder):
    """An ALSA that has `out`, which writes what is played to out.raw, and `heard`, which hears in.raw."""
    config = path(folder, 'asoundrc')
    with open(config, 'w') as file:
        file.write('pcm.quiet { type null }\n'
                   f'pcm.out {{ type file slave.pcm quiet file "{path(folder, "out.raw")}" format raw }}\n'
                   f'pcm.heard {{ type file slave.pcm quiet file /dev/null '
                   f'infile "{path(folder, "in.raw")}" format raw }}\n')
    return machine.environment(ALSA_CONFIG_PATH=config)


def played(folder, *options):
    data = sound.frames(SHORT)
    source = sound.write(path(folder, 'in.wav'), data)
    process = expect(run('play', source, '-o', 'alsa:out', *options, env=with_card(folder)), 0)
    with open(path(folder, 'out.raw'), 'rb') as file:
        got = file.read()
    at = got.find(data[:64])
    assert at >= 0 and got[at:at + len(data)] == data, 'what the card got is not the file'
    assert not any(got[:at]) and not any(got[at + len(data):]), 'sound around the run'
    assert closing(process)['underruns'] == '0' and 'HLK' in process.stderr, process.stderr
    assert sorted(os.listdir(folder)) == ['asoundrc', 'in.wav', 'out.raw']


def test_a_card_gets_the_file_bit_for_bit(folder):
    played(folder)


def test_a_card_gets_the_file_from_wavert(folder):
    played(folder, '--driver', 'hda')


def test_a_card_of_which_nobody_hears(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(SHORT))
    expect(run('play', source, '-o', 'alsa:quiet', env=with_card(folder)), 0)
    assert sorted(os.listdir(folder)) == ['asoundrc', 'in.wav']


def test_a_card_is_recorded_bit_for_bit(folder):
    data = sound.frames(SHORT)
    with open(path(folder, 'in.raw'), 'wb') as file:
        file.write(data)
    take = path(folder, 'take.wav')
    process = expect(run('record', take, '--input', 'alsa:heard', '--seconds', '0.3', env=with_card(folder)), 0)
    assert closing(process)['frames'] == '14400', process.stdout
    got, _, _ = sound.read(take)
    assert len(got) == 4 * 14400 and got == data[:len(got)], 'what was recorded is not what the card gave'


def test_no_card(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(100))
    env = with_card(folder)
    for arguments in (('play', source, '-o', 'alsa:nobody', '-q'), ('play', source, '-o', 'alsa', '-q'),
                      ('record', path(folder, 'take.wav'), '--input', 'alsa:nobody', '--seconds', '1', '-q')):
        line = tap.one_line(expect(run(*arguments, env=env), 4))
        assert 'alsa:' in line and ' -L lists' in line, line
    assert sorted(os.listdir(folder)) == ['asoundrc', 'in.wav']


def test_a_card_needs_a_length(folder):
    tap.one_line(expect(run('record', path(folder, 'take.wav'), '--input', 'alsa'), 2))


def test_the_real_clock_without_a_card(folder):
    data = sound.frames(SHORT)
    source = sound.write(path(folder, 'in.wav'), data)
    process = expect(run('play', source, '--clock', 'real', '-o', path(folder, 'out.wav')), 0)
    sound.same(path(folder, 'out.wav'), data)
    assert 'HLK' in process.stderr and int(closing(process)['frames']) == SHORT, process.stderr


tap.main(sys.modules[__name__])
