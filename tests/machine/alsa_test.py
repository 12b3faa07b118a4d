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
    process = expect(run('play', source, '-o', 'alsa:out', *machine.roomy(), *options, env=with_card(folder)), 0)
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
    process = expect(run('record', take, '--input', 'alsa:heard', '--seconds', '0.3', *machine.roomy(), env=with_card(folder)), 0)
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


def scripted(folder, **script):
    """An ALSA whose card does what alsa_card.c is told."""
    words = ' '.join(f'{word} {value}' for word, value in script.items())
    config = path(folder, 'asoundrc')
    with open(config, 'w') as file:
        file.write(f'pcm_type.scripted {{ lib "{os.environ["ALSA_CARD"]}" open "_snd_pcm_scripted_open" }}\n'
                   f'pcm.card {{ type scripted file "{path(folder, "card.raw")}" log "{path(folder, "card.log")}" '
                   f'{words} }}\n')
    return machine.environment(ALSA_CONFIG_PATH=config, PORTSIDE_PATIENCE=str(300 * machine.slowness()))


def to_card(folder, status, **script):
    data = sound.frames(SHORT)
    source = sound.write(path(folder, 'in.wav'), data)
    process = expect(run('play', source, '-o', 'alsa:card', *machine.roomy(), env=scripted(folder, **script)), status)
    with open(path(folder, 'card.raw'), 'rb') as file:
        got = file.read()
    if 'dead' not in script and 'gone' not in script:
        assert data in got, 'what the card got is not the file'
    with open(path(folder, 'card.log')) as file:
        return process, [line.split()[0] for line in file]


def from_card(folder, status, **script):
    with open(path(folder, 'card.raw'), 'wb') as file:
        file.write(sound.frames(2 * SHORT))
    process = expect(run('record', path(folder, 'take.wav'), '--input', 'alsa:card', '--seconds', '0.5', *machine.roomy(),
                         env=scripted(folder, **script)), status)
    with open(path(folder, 'card.log')) as file:
        return process, [line.split()[0] for line in file]


def test_an_under_run_of_the_card_is_an_under_run(folder):
    process, events = to_card(folder, 1, overtaken=12000)
    assert closing(process)['underruns'] == '1' and '1 under-run' in process.stderr, process.stderr
    assert events == ['overtaken', 'drained'], events


def test_an_over_run_of_the_card_is_an_under_run(folder):
    process, events = from_card(folder, 1, overtaken=9600)
    assert closing(process)['underruns'] == '1' and 'input was lost 1 time' in process.stderr, process.stderr
    assert events == ['overtaken'], events
    data, (got, _, _) = sound.frames(2 * SHORT), sound.read(path(folder, 'take.wav'))
    lost = 4 * 4800 # what is silent instead
    at = got.index(bytes(lost))
    assert got[:at] == data[:at] and at >= 4 * 9600, 'before the over-run it is not what the card gave'
    assert data[at:].startswith(got[at + lost:]), 'behind the over-run it is not what the card gave'


def test_a_card_that_makes_us_wait(folder):
    process, events = to_card(folder, 0, stuck=20000)
    assert closing(process)['underruns'] == '0' and events == ['stuck', 'waited', 'drained'], events
    process, events = from_card(folder, 0, stuck=9600)
    assert closing(process)['underruns'] == '0' and events == ['stuck', 'waited'], events


def no_more(process, name, why):
    lines = [line for line in process.stderr.splitlines() if 'served' not in line]
    assert len(lines) == 1 and name in lines[0] and why in lines[0], process.stderr


def test_a_card_that_stands_still(folder):
    no_more(to_card(folder, 5, dead=12000)[0], 'alsa:card', 'stands still')
    no_more(to_card(folder, 5, dead=SHORT - 1000)[0], 'alsa:card', 'stands still') # when it is to play the rest


def test_a_card_that_gives_nothing_more(folder):
    process = from_card(folder, 1, dead=9600)[0]
    assert closing(process)['underruns'] == '1', process.stderr


def test_a_card_that_is_pulled_out(folder):
    no_more(to_card(folder, 5, gone=12000)[0], 'alsa:card', 'No such device')
    no_more(from_card(folder, 4, gone=9600)[0], 'alsa:card', 'No such device')


def test_a_card_needs_a_length(folder):
    tap.one_line(expect(run('record', path(folder, 'take.wav'), '--input', 'alsa'), 2))


def test_the_real_clock_without_a_card(folder):
    data = sound.frames(SHORT)
    source = sound.write(path(folder, 'in.wav'), data)
    process = expect(run('play', source, '--clock', 'real', '-o', path(folder, 'out.wav'), *machine.roomy()), 0)
    sound.same(path(folder, 'out.wav'), data)
    assert 'HLK' in process.stderr and int(closing(process)['frames']) == SHORT, process.stderr


tap.main(sys.modules[__name__])
