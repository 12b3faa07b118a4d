#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The built-in drivers cyclic and cyclic-own, as a user runs them: WaveCyclic's clients, under-runs, recording."""
import os
import sys

import sound
import tap
from tap import closing, expect, run

DRIVERS = ('cyclic', 'cyclic-own')
CLIENTS = ('queued', 'looped')
MEMORY = ('contiguous', 'scattered', 'fragmented')
RATES = (8000, 11025, 22050, 32000, 44100, 48000)


def path(folder, name):
    return os.path.join(folder, name)


def play(folder, data, *options, rate=48000, driver='cyclic'):
    source = sound.write(path(folder, 'in.wav'), data, rate)
    process = expect(run('play', source, '-o', path(folder, 'out.wav'), '-d', driver, *options), 0)
    sound.same(path(folder, 'out.wav'), data, rate)
    assert process.stderr == '', process.stderr
    return closing(process)


@tap.proves('WC-1', 'WC-23', 'WC-46')
def test_every_rate_layout_and_client(folder):
    for rate in RATES:
        data = sound.frames(rate // 4 + 3, seed=rate)
        for driver, memory in zip(DRIVERS + DRIVERS[:1], MEMORY):
            for client in CLIENTS:
                fields = play(folder, data, '--client', client, '--memory', memory, '--seed', rate, rate=rate,
                              driver=driver)
                assert fields['underruns'] == '0' and fields['mappings'] == '0', fields


@tap.proves('WC-54', 'WC-56')
def test_packets_of_any_size(folder):
    data = sound.frames(9999)
    for size in (2401, 4096, 12288, 100000):
        play(folder, data, '--buffer', size)
    for size in (16000, 24576, 65536, 100004):
        play(folder, data, '--buffer', size, '--client', 'looped')


def test_a_looped_buffer_must_be_longer_than_the_lead(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(5000))
    process = run('play', source, '-o', 'null', '-d', 'cyclic', '--client', 'looped', '--buffer', '30ms')
    assert process.returncode != 0
    assert 'the port copies 40 ms ahead' in process.stderr, process.stderr


@tap.proves('WC-61', 'WC-62')
def test_a_late_client_is_one_under_run_and_silence(folder):
    data = sound.frames(48000)
    source, out = sound.write(path(folder, 'in.wav'), data), path(folder, 'out.wav')
    for late, gap in ((30, 0), (100, 1), (200, 1), (1000, 1)):
        process = expect(run('play', source, '-o', out, '-d', 'cyclic', '--late', f'5:{late}'), 1 if gap else 0)
        assert int(closing(process)['underruns']) == gap, process.stdout
        got = sound.read(out)[0]
        at = got.find(data[:64])
        if gap:  # the sound stops, there is silence, and it goes on where it stopped
            cut = next(i for i in range(0, len(data), 4) if data[i:i + 4] != got[at + i:at + i + 4])
            rest = got.find(data[cut:cut + 64])
            assert not any(got[at + cut:rest]), 'sound in the gap'
            assert got[rest:rest + len(data) - cut] == data[cut:]
            assert late - 75 < (rest - at - cut) / 192 < late, (late, rest - at - cut)


@tap.proves('WC-65', 'WC-68')
def test_recording(folder):
    take = path(folder, 'take.wav')
    for rate in RATES:
        data = sound.frames(rate // 3)
        source = sound.write(path(folder, 'in.wav'), data, rate)
        for driver, memory in zip(DRIVERS + DRIVERS[:1], MEMORY):
            expect(run('record', take, '--input', source, '-d', driver, '--memory', memory), 0)
            assert sound.read(take)[:2] == (data, rate), (rate, driver, memory)
    source = sound.write(path(folder, 'in.wav'), sound.frames(48000))
    process = expect(run('record', take, '--input', source, '-d', 'cyclic', '--late', '3:700', '--seconds', '2'), 1)
    assert closing(process)['underruns'] == '1', process.stdout


def test_a_system_with_little_memory_gives_a_small_buffer(folder):
    play(folder, sound.frames(20000), '--policy', 'common-buffer-limit=20000')


def test_processors_and_seeds(folder):
    data = sound.frames(6000)
    for processors in (1, 2, 8):
        for client in CLIENTS:
            play(folder, data, '--processors', processors, '--seed', processors, '--client', client)


def test_scenarios_find_nothing(folder):
    for driver in DRIVERS:
        expect(run('verify', driver, '--schedules', 600, '--jobs', 1, '--quiet'), 0)


if __name__ == '__main__':
    tap.main(sys.modules[__name__])
