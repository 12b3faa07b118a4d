#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The Sound Blaster 16's driver on its device, as a user runs it."""
import os
import random
import sys

import sound
import tap
from tap import closing, expect, one_line, run

MEMORY = ('contiguous', 'scattered', 'fragmented')
RATES = (5000, 11025, 22050, 44100, 45000)


def path(folder, name):
    return os.path.join(folder, name)


def noise(frames, width, seed=1):
    if width == 2:
        return sound.frames(frames, seed)
    source = random.Random(seed)
    return bytes(source.randrange(129, 256) for _ in range(2 * frames))


def widened(data, width):
    """As 16-bit samples, which is what the device puts out."""
    return data if width == 2 else b''.join(bytes((0, byte ^ 0x80)) for byte in data)


def play(folder, data, *options, rate=44100, width=2):
    source = sound.write(path(folder, 'in.wav'), data, rate, 2, width)
    output = path(folder, 'out.wav')
    fields = closing(expect(run('play', source, '-o', output, '-d', 'sb16', *options), 0))
    sound.same(output, widened(data, width), rate)
    assert fields['underruns'] == '0', fields


def record(folder, data, *options, rate=44100, width=2):
    source = sound.write(path(folder, 'in.wav'), data, rate, 2, width)
    take = path(folder, 'take.wav')
    expect(run('record', take, '--input', source, '-d', 'sb16', *options), 0)
    got, got_rate, _ = sound.read(take)
    assert got_rate == rate and got == widened(data, width), 'the recording differs'


@tap.proves('WC-31', 'SB-130')
def test_both_widths_play_every_rate_bit_for_bit(folder):
    for width in (1, 2):
        for rate in RATES:
            play(folder, noise(rate // 2 + 7, width), rate=rate, width=width)


@tap.proves('SB-131')
def test_both_widths_record_every_rate_bit_for_bit(folder):
    for width in (1, 2):
        for rate in RATES:
            record(folder, noise(rate // 2 + 3, width), rate=rate, width=width)


@tap.proves('SB-96')
def test_every_client_plays_and_records_in_every_memory(folder):
    for memory in MEMORY:
        for seed in (1, 2):
            for width in (1, 2):
                options = '--memory', memory, '--seed', seed
                for client in ('queued', 'looped'):
                    play(folder, noise(20011, width), '--client', client, *options, width=width)
                record(folder, noise(20011, width), *options, width=width)


def test_lengths_from_one_frame(folder):
    for count in (1, 2, 440, 441, 442, 4411):
        play(folder, sound.frames(count))


def test_what_the_converter_does_not_take_is_told(folder):
    for rate, channels in ((48000, 2), (44100, 1)):
        source = sound.write(path(folder, 'in.wav'), sound.frames(2000), rate, channels)
        line = one_line(expect(run('play', source, '-o', 'null', '-d', 'sb16'), 3))
        assert 'sb16.so offers' in line and '--convert' in line, line
        expect(run('play', source, '-o', 'null', '-d', 'sb16', '--convert'), 0)


def test_the_driver_is_clean_in_every_scenario(folder):
    process = expect(run('verify', 'sb16', '--schedules', 40), 0)
    assert ' 0 findings' in process.stdout, process.stdout


if __name__ == '__main__':
    tap.main(sys.modules[__name__])
