#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""WaveRT clients and the driver ac97-rt, as a user runs them; hda_test.py has the same for hda."""
import os
import sys

import sound
import tap
from tap import closing, expect, one_line, run

CLIENTS = ('rt', 'rt-event', 'rt-packet')


def path(folder, name):
    return os.path.join(folder, name)


def play(folder, data, *options, rate=48000, driver='ac97-rt'):
    source = sound.write(path(folder, 'in.wav'), data, rate)
    output = path(folder, 'out.wav')
    process = expect(run('play', source, '-o', output, '-d', driver, *options), 0)
    sound.same(output, data, rate)
    fields = closing(process)
    assert fields['underruns'] == '0', fields
    return fields


def record(folder, data, *options, rate=48000, driver='ac97-rt'):
    source = sound.write(path(folder, 'in.wav'), data, rate)
    take = path(folder, 'take.wav')
    expect(run('record', take, '--input', source, '-d', driver, *options), 0)
    got, got_rate, _ = sound.read(take)
    assert got_rate == rate and got == data, 'the recording differs'


def test_every_client_plays_bit_for_bit(folder):
    for client in CLIENTS:
        for memory in ('contiguous', 'scattered', 'fragmented'):
            play(folder, sound.frames(30011), '--client', client, '--memory', memory)


def test_every_client_records_bit_for_bit(folder):
    for client in CLIENTS:
        for rate in (48000, 8000):
            record(folder, sound.frames(rate // 2 + 3), '--client', client, rate=rate)


def test_the_default_client_is_what_the_pin_serves(folder):
    data = sound.frames(5000)
    assert play(folder, data)['mappings'] == '0'
    assert play(folder, data, driver='ac97')['mappings'] != '0'


@tap.proves('RT-2', 'RT-6')
def test_buffers_of_every_size_and_kind_play_the_same(folder):
    data = sound.frames(20000)
    for size in (4096, 4100, 8188, 20000, 65536, '15ms', '333ms'):
        for memory in ('contiguous', 'scattered'):
            for client in CLIENTS:
                play(folder, data, '--client', client, '--buffer', size, '--memory', memory)


def test_wavepci_and_wavert_give_the_same_output(folder):
    for rate, drivers in ((8000, ('ac97', 'ac97-rt')), (44100, ('ac97', 'ac97-rt', 'hda')),
                          (48000, ('ac97', 'ac97-rt', 'hda'))):
        data = sound.frames(rate // 3, seed=rate)
        source = sound.write(path(folder, 'in.wav'), data, rate)
        outputs = set()
        for driver in drivers:
            expect(run('play', source, '-o', path(folder, 'out.wav'), '-d', driver), 0)
            outputs.add(sound.read(path(folder, 'out.wav'))[0].strip(b'\0'))
        assert outputs == {data.strip(b'\0')}


def test_lengths_from_one_frame(folder):
    for client in CLIENTS:
        for count in (1, 2, 2879, 2880, 2881, 5760, 5761):
            play(folder, sound.frames(count), '--client', client)


def pieces(output, data):
    """The output as (what came before a gap, the gap, what came after it)."""
    got = sound.read(output)[0]
    before = 0
    while got[before:before + 4] == data[before:before + 4]:
        before += 4
    rest = data[before:]
    after = got.find(rest[:400], before)
    assert after > before, 'the sound does not go on after the gap'
    assert got[after:after + len(rest)] == rest, 'the sound after the gap differs'
    assert not any(got[after + len(rest):])
    return got[:before], got[before:after], got[after:]


def late(folder, data, *options, driver='ac97-rt'):
    source = sound.write(path(folder, 'in.wav'), data)
    output = path(folder, 'out.wav')
    process = expect(run('play', source, '-o', output, '-d', driver, *options), 1)
    assert one_line(process).endswith(': 1 under-run')
    assert closing(process)['underruns'] == '1'
    return pieces(output, data)


def test_a_late_client_is_one_underrun_and_the_buffer_is_heard_again(folder):
    data = sound.frames(40000)
    for client in CLIENTS:
        for delay in (150, 250, 1000):
            before, gap, _ = late(folder, data, '--client', client, '--late', f'4:{delay}')
            # what the device read instead stood in the buffer: its last lap, over and over
            lap = before[-5760 * 4:]
            while gap:
                assert gap[:len(lap)] == lap[:len(gap)], (client, delay)
                gap = gap[len(lap):]


def test_a_late_client_of_wavepci(folder):
    data = sound.frames(40000)
    before, gap, _ = late(folder, data, '--client', 'looped', '--late', '4:250', driver='ac97')
    lap = before[-5760 * 4:]
    assert gap[:len(lap)] == lap
    _, gap, _ = late(folder, data, '--client', 'queued', '--late', '4:250', driver='ac97')
    assert len(gap) > 40000 and not any(gap), 'an engine without packets gives silence'


def test_a_client_that_is_a_little_late_is_in_time(folder):
    data = sound.frames(20000)
    for client, delay in (('rt', 60), ('rt-event', 40), ('rt-packet', 40)):
        play(folder, data, '--client', client, '--late', f'3:{delay}')


def test_a_late_recording_loses_one_stretch(folder):
    data = sound.frames(60000)
    source = sound.write(path(folder, 'in.wav'), data)
    take = path(folder, 'take.wav')
    for client in CLIENTS:
        process = expect(run('record', take, '--input', source, '-d', 'ac97-rt', '--client', client,
                             '--seconds', 0.7, '--late', '3:300'), 1)
        assert 'input was lost 1 time' in one_line(process)
        got = sound.read(take)[0]
        assert len(got) == 33600 * 4
        split = next(i for i in range(0, len(got), 4) if got[i:i + 4] != data[i:i + 4])
        after = data.find(got[split:split + 400])
        assert after > split and got[split:] == data[after:after + len(got) - split]


def test_clients_that_the_pin_does_not_serve(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(10))
    for driver, client, port in (('ac97', 'rt', 'WaveRT'), ('ac97', 'rt-event', 'WaveRT'),
                                 ('ac97', 'rt-packet', 'WaveRT'), ('ac97-rt', 'queued', 'WavePci'),
                                 ('ac97-rt', 'looped', 'WavePci')):
        line = one_line(expect(run('play', source, '-o', 'null', '-d', driver,
                                   '--client', client), 2))
        assert f'client {client}, which needs {port}' in line, line
        expect(run('record', path(folder, 'take.wav'), '--input', source, '-d', driver,
                   '--client', client), 2)


def test_options_that_make_no_sense(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(10))
    for options in (('--buffer', '0'), ('--buffer', '-1'), ('--buffer', '4k'), ('--buffer', 'ms'),
                    ('--buffer', '60001ms'), ('--buffer', '4294967296'), ('--late', '5'),
                    ('--late', '0:5'), ('--late', '5:0'), ('--late', '5:60001'), ('--late', ':'),
                    ('--late', '5:5x'), ('--client', 'tape')):
        one_line(expect(run('play', source, '-o', 'null', '-d', 'ac97-rt', *options), 2))


def cheat(folder, name, client='rt', status=1):
    source = sound.write(path(folder, 'in.wav'), sound.frames(20000))
    driver = os.path.join(os.environ['CHEATS'], f'cheat-{name}.so')
    return expect(run('play', source, '-o', path(folder, 'out.wav'), '-d', driver,
                      '--client', client), status).stderr


@tap.proves('RT-45', 'RT-82')
def test_drivers_that_a_client_cannot_work_with(folder):
    for client in CLIENTS:
        text = cheat(folder, 'rt-odd', client)
        assert 'whole frames' in text.splitlines()[0] and 'REMARK  RT-45' in text, text
        text = cheat(folder, 'rt-null', client)
        assert 'STATUS_UNSUCCESSFUL' in text and 'FAIL  RT-45' in text, text
        text = cheat(folder, 'rt-shift', client)
        assert text == (f'portside: {path(folder, "in.wav")}: what the device fetched differs '
                        'at frame 2048\n'), text
    for client in ('rt-event', 'rt-packet'):
        assert 'no notification came within' in cheat(folder, 'rt-mute', client)
    assert 'FAIL  RT-82' in cheat(folder, 'rt-beyond')
    assert 'the position stays at 0' in cheat(folder, 'rt-stuck')


def test_buffers_larger_than_memory(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(10))
    line = one_line(expect(run('play', source, '-o', 'null', '-d', 'ac97-rt', '--buffer',
                               '4294967295'), 1))
    assert 'STATUS_INSUFFICIENT_RESOURCES' in line, line


if __name__ == '__main__':
    tap.main(sys.modules[__name__])
