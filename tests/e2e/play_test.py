#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""portside play and record, as a user runs them."""
import json
import os
import signal
import subprocess
import sys

import sound
import tap
from tap import closing, expect, one_line, run

RATES = (8000, 11025, 16000, 22050, 32000, 44100, 48000)


def path(folder, name):
    return os.path.join(folder, name)


def play(folder, data, *options, rate=48000):
    source = sound.write(path(folder, 'in.wav'), data, rate)
    output = path(folder, 'out.wav')
    process = expect(run('play', source, '-o', output, *options), 0)
    sound.same(output, data, rate)
    fields = closing(process)
    assert int(fields['frames']) >= len(data) // 4 and fields['underruns'] == '0', fields
    return fields


def test_every_rate_comes_out_bit_for_bit(folder):
    for rate in RATES:
        play(folder, sound.frames(rate // 3 + 7), rate=rate)


def test_every_memory_layout_and_client(folder):
    data = sound.frames(30011)
    for memory in ('contiguous', 'scattered', 'fragmented'):
        for client in ('queued', 'looped'):
            for seed in (0, 7):
                play(folder, data, '--memory', memory, '--client', client, '--seed', seed)


def test_mapping_policies(folder):
    data = sound.frames(20000)
    counts = {}
    for policy in ('split-every-page', 'merge-natural', 'merge-max'):
        fields = play(folder, data, '--memory', 'contiguous', '--client', 'looped',
                      '--policy', f'mapping-split={policy}')
        counts[policy] = int(fields['mappings'])
    assert counts['split-every-page'] > counts['merge-natural'], counts


def test_lengths_from_one_frame(folder):
    for count in (1, 2, 479, 480, 481, 1440, 1441):
        play(folder, sound.frames(count))


def test_processors(folder):
    for processors in (1, 2, 8):
        play(folder, sound.frames(5000), '--processors', processors)


def test_flac_and_aiff(folder):
    data = sound.frames(12345)
    source = sound.write(path(folder, 'in.wav'), data)
    for name in ('in.flac', 'in.aiff'):
        other = sound.convert(source, path(folder, name))
        expect(run('play', other, '-o', path(folder, 'out.wav')), 0)
        sound.same(path(folder, 'out.wav'), data)


def test_default_output_is_the_stem_in_this_folder(folder):
    data = sound.frames(500)
    os.mkdir(path(folder, 'elsewhere'))
    source = sound.write(path(folder, 'elsewhere/my.song.wav'), data)
    expect(run('play', source, cwd=folder), 0)
    sound.same(path(folder, 'my.song.out.wav'), data)


def test_null_output_and_quiet(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(5000))
    closing(expect(run('play', source, '-o', 'null'), 0))
    process = expect(run('play', source, '-o', 'null', '-q'), 0)
    assert process.stdout == '' and process.stderr == ''


def test_formats_that_need_conversion(folder):
    data = sound.frames(9000)
    source = sound.write(path(folder, 'in.wav'), data)
    samples = [data[i:i + 2] for i in range(0, len(data), 4)]
    mono = sound.write(path(folder, 'mono.wav'), b''.join(samples), channels=1)
    files = {mono: '1 channel',
             sound.write(path(folder, 'fast.wav'), data, 96000): '96000 Hz',
             sound.convert(source, path(folder, 'deep.wav'), '-pcm24'): '24 bit'}
    for name, words in files.items():
        line = one_line(expect(run('play', name, '-o', path(folder, 'out.wav')), 3))
        assert words in line and '16 bit, 2 channels, 8000-48000 Hz' in line, line
        assert not os.path.exists(path(folder, 'out.wav'))
        process = expect(run('play', name, '-o', path(folder, 'out.wav'), '--convert'), 0)
        assert 'is converted to 16 bit, 2 channels' in process.stderr, process.stderr
        os.unlink(path(folder, 'out.wav'))
    # mono goes to both channels, unchanged
    expect(run('play', mono, '-o', path(folder, 'out.wav'), '--convert'), 0)
    sound.same(path(folder, 'out.wav'), b''.join(s + s for s in samples))
    # 24 bits that hold 16 come back as those 16
    expect(run('play', path(folder, 'deep.wav'), '-o', path(folder, 'out.wav'), '--convert'), 0)
    sound.same(path(folder, 'out.wav'), data)


def test_recordings_that_debian_ships(folder):
    names = ['/usr/share/sounds/alsa/Front_Center.wav',
             '/usr/share/sounds/freedesktop/stereo/bell.oga',
             '/usr/share/sounds/freedesktop/stereo/phone-incoming-call.oga']
    names = [name for name in names if os.path.exists(name)]
    if not names:
        raise tap.Skip('packages alsa-utils and sound-theme-freedesktop are missing')
    for name in names:
        one_line(expect(run('play', name, '-o', 'null'), 3))
        closing(expect(run('play', name, '-o', path(folder, 'out.wav'), '--convert'), 0))
        assert len(sound.read(path(folder, 'out.wav'))[0]) > 1000


def test_inputs_that_cannot_be_read(folder):
    good = sound.write(path(folder, 'good.wav'), sound.frames(4000))
    with open(good, 'rb') as file:
        content = file.read()
    bad = {'empty.wav': b'', 'text.wav': b'this is not audio at all\n' * 20,
           'header.wav': content[:40], 'cut.wav': content[:len(content) // 2]}
    for name, data in bad.items():
        with open(path(folder, name), 'wb') as file:
            file.write(data)
    flac = sound.convert(good, path(folder, 'good.flac'))
    with open(flac, 'rb') as file:
        data = file.read()
    with open(path(folder, 'cut.flac'), 'wb') as file:
        file.write(data[:len(data) // 2])
    for name in (*bad, 'cut.flac', 'missing.wav', '.'):
        output = path(folder, 'out.wav')
        line = one_line(expect(run('play', path(folder, name), '-o', output), 3))
        assert name in line, line
        assert not os.path.exists(output), name
    left = [name for name in os.listdir(folder) if name.startswith('out.wav')]
    assert not left, left


def test_outputs_that_cannot_be_written(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(50000))
    os.mkdir(path(folder, 'folder.wav'))
    for output in (path(folder, 'no/such/out.wav'), path(folder, 'folder.wav'), '/dev/full'):
        line = one_line(expect(run('play', source, '-o', output), 5))
        assert output in line, line
    line = one_line(expect(run('play', source, '-o', '-', cwd=folder), 2))
    assert 'standard output' in line, line
    assert sorted(os.listdir(folder)) == ['folder.wav', 'in.wav']


def test_usage(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(10))
    for arguments in ((), ('play',), ('play', source, source), ('play', source, '--no-such'),
                      ('play', source, '--memory', 'odd'), ('play', source, '--seed', 'x'),
                      ('play', source, '--seed', '-1'), ('play', source, '--processors', '9'),
                      ('play', source, '-o'), ('play', source, '--policy', 'x'),
                      ('play', source, '--policy', 'no-such=1'), ('sing', source),
                      ('play', source, '--machine', 'abacus'), ('play', source, '--clock', 'broken'), ('play', source, '--client', 'rt'),
                      ('bench', source), ('record', source)):
        expect(run(*arguments), 2)
    for arguments in (('--help',), ('play', '--help'), ('record', '-h'), ('help', 'play')):
        process = expect(run(*arguments), 0)
        assert 'usage:' in process.stdout and process.stderr == ''
    assert 'example:' in run('play', '--help').stdout


def test_drivers_that_cannot_be_loaded(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(10))
    text = path(folder, 'text.so')
    with open(text, 'w') as file:
        file.write('no driver')
    for driver in ('nosuch', './nosuch.so', text, '/usr/lib/x86_64-linux-gnu/libm.so.6'):
        if driver.startswith('/usr') and not os.path.exists(driver):
            continue
        one_line(expect(run('play', source, '-o', 'null', '-d', driver), 3))


def test_the_same_seed_gives_the_same_trace(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(4800))
    traces = []
    for number in range(2):
        trace = path(folder, f't{number}.json')
        expect(run('play', source, '-o', 'null', '--memory', 'fragmented', '--seed', 7,
                   '--trace', trace), 0)
        with open(trace, 'rb') as file:
            traces.append(file.read())
    assert traces[0] == traces[1] and len(traces[0]) > 1000
    events = json.loads(traces[0])
    assert len(events['traceEvents'] if isinstance(events, dict) else events) > 20


def test_interrupting_leaves_a_valid_file(folder):
    data = sound.frames(48000) * 600
    source = sound.write(path(folder, 'in.wav'), data)
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        output = path(folder, 'out.wav')
        process = subprocess.Popen([os.path.abspath(tap.PORTSIDE), 'play', source, '-o', output],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while process.poll() is None and tap.written(process.pid, folder) <= 100000:
            pass
        process.send_signal(number)
        process.communicate(timeout=60)
        if process.returncode == 0:
            raise tap.Skip('the run was over before the signal came')
        assert process.returncode == status, process.returncode
        got = sound.read(output)[0].rstrip(b'\0')
        assert len(got) > 1000 and data.startswith(got[:len(got) // 4 * 4].lstrip(b'\0'))
        os.unlink(output)


def test_recording_is_bit_for_bit(folder):
    for rate in (48000, 44100, 8000):
        data = sound.frames(rate)
        source = sound.write(path(folder, 'in.wav'), data, rate)
        take = path(folder, 'take.wav')
        for memory in ('contiguous', 'scattered', 'fragmented'):
            expect(run('record', take, '--input', source, '--memory', memory), 0)
            got, got_rate, _ = sound.read(take)
            assert got_rate == rate and got == data, 'the recording differs'
    expect(run('record', take, '--input', 'silence', '--seconds', 0.5), 0)
    got = sound.read(take)[0]
    assert len(got) == 24000 * 4 and not any(got)


def test_drivers_that_cheat_are_told_the_first_frame(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(12000))
    for name, frame in (('skip', 4 * 480), ('swap', 480), ('repeat', 6 * 480),
                        ('early', 9 * 480 + 240)):
        driver = os.path.join(os.environ['CHEATS'], f'cheat-{name}.so')
        process = expect(run('play', source, '-o', path(folder, 'out.wav'), '-d', driver), 1)
        assert f'at frame {frame}\n' in process.stderr, (name, process.stderr)


def test_block_limits_of_the_driver(folder):
    for name in ('limit-byte', 'limit-page'):
        driver = os.path.join(os.environ['CHEATS'], f'{name}.so')
        for client in ('queued', 'looped'):
            play(folder, sound.frames(5000), '-d', driver, '--memory', 'contiguous',
                 '--client', client)


def test_drivers_play_bit_for_bit_with_qemus_quirks(folder):
    for options in (('--driver', 'ac97'), ('--driver', 'ac97', '--client', 'looped'), ('--driver', 'hda')):
        fields = play(folder, sound.frames(12000), '--machine', 'sim:quirks=qemu', *options)
        assert fields['frames'] == '12000', fields


if __name__ == '__main__':
    tap.main(sys.modules[__name__])
