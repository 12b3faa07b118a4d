#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The HD Audio driver on its device, as a user runs it."""
import os
import sys

import sound
import tap
from rt_test import CLIENTS, late, play, record
from tap import expect, one_line, run

HDA = {'driver': 'hda'}
MEMORY = ('contiguous', 'scattered', 'fragmented')
RATES = (44100, 48000, 96000)


def path(folder, name):
    return os.path.join(folder, name)


def test_every_client_plays_every_rate_bit_for_bit(folder):
    for client in CLIENTS:
        for rate in RATES:
            play(folder, sound.frames(rate // 3 + 7), '--client', client, rate=rate, **HDA)


def test_every_client_plays_from_every_memory(folder):
    data = sound.frames(30011)
    for client in CLIENTS:
        for memory in MEMORY:
            for seed in (1, 2):
                play(folder, data, '--client', client, '--memory', memory, '--seed', seed, **HDA)


def test_buffers_of_every_size_play_the_same(folder):
    data = sound.frames(20000)
    for size in (1, 600, 4096, 4100, 8188, 20001, 65536, '15ms', '333ms', 2000000):
        for client in CLIENTS:
            for memory in ('contiguous', 'scattered'):
                play(folder, data, '--client', client, '--buffer', size, '--memory', memory, **HDA)


def test_every_client_records_every_rate_bit_for_bit(folder):
    for client in CLIENTS:
        for rate in RATES:
            for memory in ('contiguous', 'scattered'):
                record(folder, sound.frames(rate // 3 + 3), '--client', client, '--memory', memory,
                       rate=rate, **HDA)


def test_buffers_of_every_size_record_the_same(folder):
    data = sound.frames(20000)
    for size in (600, 4100, 8188, 20001, '333ms'):
        for client in CLIENTS:
            record(folder, data, '--client', client, '--buffer', size, **HDA)


def test_five_seconds_of_a_song(folder):
    data = sound.frames(48000 * 6)
    source = sound.write(path(folder, 'song.wav'), data)
    expect(run('record', path(folder, 'take.wav'), '--driver', 'hda', '--input', source,
               '--seconds', 5), 0)
    assert sound.read(path(folder, 'take.wav'))[0] == data[:48000 * 5 * 4]


def test_lengths_from_one_frame(folder):
    for client in CLIENTS:
        for count in (1, 2, 2879, 2880, 2881, 5761):
            play(folder, sound.frames(count), '--client', client, **HDA)


@tap.proves('HD-71')
def test_a_late_client_is_one_underrun_and_the_buffer_is_heard_again(folder):
    data = sound.frames(40000)
    for client in CLIENTS:
        before, gap, _ = late(folder, data, '--client', client, '--late', '4:250', **HDA)
        assert gap[:4000] in before, 'what the device repeats is what stood in the buffer'


def test_what_the_converter_does_not_take_is_told(folder):
    for rate, channels in ((22050, 2), (48000, 1)):
        source = sound.write(path(folder, 'in.wav'), sound.frames(2000), rate, channels)
        line = one_line(expect(run('play', source, '-o', 'null', '-d', 'hda'), 3))
        assert 'hda.so offers' in line and '--convert' in line, line
        expect(run('play', source, '-o', 'null', '-d', 'hda', '--convert'), 0)


def test_a_buffer_beyond_memory_is_refused(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(10))
    for size in ('200000000', '4294967295'):
        line = one_line(expect(run('play', source, '-o', 'null', '-d', 'hda', '--buffer', size), 1))
        assert 'STATUS_INSUFFICIENT_RESOURCES' in line, line


if __name__ == '__main__':
    tap.main(sys.modules[__name__])
