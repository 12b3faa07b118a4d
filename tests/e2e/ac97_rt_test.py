#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The built-in driver ac97-rt, as a user runs it. What all WaveRT drivers share is in rt_test.py."""
import os
import sys

import sound
import tap
from tap import closing, expect, run

RATES = (8000, 11025, 16000, 22050, 32000, 44100, 48000)
CLIENTS = ('rt', 'rt-event', 'rt-packet')
MEMORY = ('contiguous', 'scattered', 'fragmented')


def path(folder, name):
    return os.path.join(folder, name)


def play(folder, data, *options, rate=48000, driver='ac97-rt'):
    source = sound.write(path(folder, 'in.wav'), data, rate)
    process = expect(run('play', source, '-o', path(folder, 'out.wav'), '-d', driver, *options), 0)
    sound.same(path(folder, 'out.wav'), data, rate)
    assert process.stderr == '', process.stderr
    return closing(process)


@tap.proves('RT-1')
def test_every_rate_layout_and_client(folder):
    for rate in RATES:
        data = sound.frames(rate // 4 + 3, seed=rate)
        for memory in MEMORY:
            for client in CLIENTS:
                fields = play(folder, data, '--client', client, '--memory', memory, '--seed', rate,
                              rate=rate)
                assert fields['underruns'] == '0' and fields['mappings'] == '0', fields


def test_sizes_that_are_no_multiple_of_anything(folder):
    data = sound.frames(15013)
    for size in (1, 4095, 8191, 8193, 12289, 65537, 131068, 131069, 131076, 200001, 1000003):
        for memory in MEMORY:
            for client in CLIENTS:
                play(folder, data, '--client', client, '--buffer', size, '--memory', memory)


def test_rates_that_are_not_in_any_table(folder):
    for rate in (8001, 12345, 37799, 47999):
        play(folder, sound.frames(5000), rate=rate)


def test_interrupts_are_few_and_never_counted_on(folder):
    # one piece of memory: an interrupt at each half of the buffer, and hardly any besides
    data = sound.frames(96000)
    fields = play(folder, data, '--client', 'rt-event', '--memory', 'contiguous', '--buffer', '100ms')
    assert 38 <= int(fields['interrupts']) <= 60, fields


def test_wavepci_and_wavert_drive_the_same_device(folder):
    for rate in RATES:
        data = sound.frames(rate // 3, seed=rate + 1)
        outputs = []
        for driver in ('ac97', 'ac97-rt'):
            play(folder, data, '--memory', 'fragmented', rate=rate, driver=driver)
            outputs.append(sound.read(path(folder, 'out.wav'))[0].strip(b'\0'))
        assert outputs[0] == outputs[1] == data.strip(b'\0')


def test_recording_at_every_rate(folder):
    take = path(folder, 'take.wav')
    for rate in RATES:
        data = sound.frames(rate // 3)
        source = sound.write(path(folder, 'in.wav'), data, rate)
        for memory, client in zip(MEMORY, CLIENTS):
            expect(run('record', take, '--input', source, '-d', 'ac97-rt', '--client', client,
                       '--memory', memory), 0)
            assert sound.read(take)[:2] == (data, rate), (rate, memory, client)


def test_processors_and_seeds(folder):
    data = sound.frames(6000)
    for processors in (1, 2, 8):
        for seed in (1, 2):
            for client in CLIENTS:
                play(folder, data, '--processors', processors, '--seed', seed, '--client', client)


def test_the_same_seed_gives_the_same_trace(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(9600))
    traces = []
    for number in range(2):
        trace = path(folder, f't{number}.json')
        expect(run('play', source, '-o', 'null', '-d', 'ac97-rt', '--memory', 'fragmented',
                   '--client', 'rt-packet', '--seed', 7, '--trace', trace), 0)
        with open(trace, 'rb') as file:
            traces.append(file.read())
    assert traces[0] == traces[1] and len(traces[0]) > 1000


def test_the_many_streams_driver_plays_too(folder):
    data = sound.frames(20000)
    for memory in MEMORY:
        for client in ('queued', 'looped'):
            fields = play(folder, data, '--memory', memory, '--client', client, driver='multi')
            assert fields['interrupts'] == '0', fields


if __name__ == '__main__':
    tap.main(sys.modules[__name__])
