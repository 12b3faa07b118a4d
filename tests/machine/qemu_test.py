#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Drivers in front of QEMU's devices, in real time."""
import os
import resource
import signal
import sys
import time

import machine
import sound
import tap
from machine import QEMU, run, with_qemu
from tap import closing, expect

SHORT = 24000 # frames


def path(folder, name):
    return os.path.join(folder, name)


def played(folder, driver, *options, rate=48000, count=SHORT):
    data = sound.frames(count)
    source = sound.write(path(folder, 'in.wav'), data, rate)
    output = path(folder, 'out.wav')
    process = expect(run('play', source, '--machine', 'qemu', '--driver', driver, '-o', output, *machine.roomy(), *options), 0)
    sound.same(output, data, rate)
    fields = closing(process)
    assert (fields['frames'], fields['underruns']) == (str(count), '0'), fields
    assert sorted(os.listdir(folder)) == ['in.wav', 'out.wav'], os.listdir(folder)
    return process


@with_qemu
def test_ac97_plays_bit_for_bit(folder):
    process = played(folder, 'ac97')
    assert 'portside: QEMU ' in process.stderr and 'HLK' in process.stderr, process.stderr


@with_qemu
def test_ac97_rt_plays_bit_for_bit(folder):
    played(folder, 'ac97-rt')


@with_qemu
def test_hda_plays_bit_for_bit(folder):
    played(folder, 'hda')


@with_qemu
def test_sb16_plays_bit_for_bit(folder):
    """WaveCyclic's port is 40 ms ahead, of which QEMU takes 23 at once: one run of some has to be in time."""
    data = sound.frames(SHORT)
    source = sound.write(path(folder, 'in.wav'), data, 44100)
    for _ in range(3 * machine.TRIES):
        process = run('play', source, '--machine', 'qemu', '--driver', 'sb16', '-o', path(folder, 'out.wav'))
        if process.returncode == 0:
            break
        print(f'# again: {process.stderr.splitlines()[1:]}')
    fields = closing(expect(process, 0))
    sound.same(path(folder, 'out.wav'), data, 44100)
    assert fields['frames'] == str(SHORT) and int(fields['interrupts']) > 10, fields


@with_qemu
def test_sb16_does_not_record(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(SHORT), 44100)
    expected = one_machine_line(run('record', path(folder, 'take.wav'), '--input', source, '--machine', 'qemu', '--driver', 'sb16'),
                                'does not record')
    assert os.listdir(folder) == ['in.wav'], expected


@with_qemu
def test_another_rate_and_another_client(folder):
    played(folder, 'ac97', '--client', 'looped', '--memory', 'fragmented', rate=44100, count=20000)


@with_qemu
def test_each_driver_at_its_slowest_and_fastest(folder):
    for driver, rates in (('ac97', (8000, 48000)), ('ac97-rt', (8000, 48000)), ('hda', (16000, 96000))):
        for rate in rates:
            played(folder, driver, rate=rate, count=rate // 5)
            os.unlink(path(folder, 'out.wav'))


@with_qemu
def test_what_is_too_fast_is_converted(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(9600), 96000)
    process = expect(run('play', source, '--machine', 'qemu', '--convert', '-o', path(folder, 'out.wav')), 0)
    assert 'is converted to 16 bit, 2 channels, 48000 Hz' in process.stderr, process.stderr


@with_qemu
def test_what_a_driver_takes_is_not_converted(folder):
    """Which rate QEMU has to play is known only when the driver was asked."""
    data = sound.frames(19200)
    source = sound.write(path(folder, 'in.wav'), data, 96000)
    process = expect(run('play', source, '--machine', 'qemu', '--driver', 'hda', '--convert', '-o', path(folder, 'out.wav'),
                         *machine.roomy()), 0)
    assert 'is converted' not in process.stderr, process.stderr
    sound.same(path(folder, 'out.wav'), data, 96000)
    for rate in (8000, 192000):
        source = sound.write(path(folder, 'in.wav'), sound.frames(rate // 10), rate)
        process = expect(run('play', source, '--machine', 'qemu', '--driver', 'hda', '--convert', '-o',
                             path(folder, 'out.wav'), *machine.roomy()), 0)
        assert 'is converted to 16 bit, 2 channels, 48000 Hz' in process.stderr, process.stderr


@with_qemu
def test_silence_of_the_file_is_the_files(folder):
    data = bytes(4 * 500) + sound.frames(6000) + bytes(4 * 700) + sound.frames(5000) + bytes(4 * 300)
    source = sound.write(path(folder, 'in.wav'), data)
    fields = closing(expect(run('play', source, '--machine', 'qemu', '-o', path(folder, 'out.wav'), *machine.roomy()), 0))
    assert fields['frames'] == str(len(data) // 4), fields
    got, _, _ = sound.read(path(folder, 'out.wav'))
    assert data.strip(b'\0') in got


def recorded(folder, driver):
    data = sound.frames(SHORT)
    source = sound.write(path(folder, 'in.wav'), data)
    take = path(folder, 'take.wav')
    fields = closing(expect(run('record', take, '--input', source, '--machine', 'qemu', '--driver', driver,
                                '--seconds', '0.3', *machine.roomy()), 0))
    assert (fields['frames'], fields['underruns']) == ('14400', '0'), fields
    got, _, _ = sound.read(take)
    assert got == data[:len(got)] and len(got) == 4 * 14400, 'what was recorded is not what was heard'


@with_qemu
def test_ac97_records_bit_for_bit(folder):
    recorded(folder, 'ac97')


@with_qemu
def test_hda_records_bit_for_bit(folder):
    recorded(folder, 'hda')


@with_qemu
def test_verify_runs_a_scenario_once_and_gives_no_token(folder):
    process = expect(run('verify', 'ac97', '--machine', 'qemu', '--scenario', 'pause-resume', cwd=folder), 0)
    assert ' 1 schedule' in process.stdout and 'replay' not in process.stdout, process.stdout
    assert os.listdir(folder) == []


@with_qemu
def test_verify_gives_no_token_for_a_finding(folder):
    process = expect(run('verify', machine.FAULTY, '--device', 'ac97', '--machine', 'qemu', '--scenario', 'pause-resume',
                         cwd=folder), 1)
    assert 'FAIL  VF-68' in process.stdout and 'no token: time is real' in process.stdout, process.stdout
    assert '--replay' not in process.stdout and os.listdir(folder) == [], process.stdout


# ---- what goes wrong -------------------------------------------------------------------------------------


def one_machine_line(process, *words):
    """Exit 4; one line tells why, beside what tells how it went until then."""
    expect(process, 4)
    lines = [line for line in process.stderr.splitlines()
             if not line.startswith(('portside: QEMU 7', 'portside: served'))]
    assert len(lines) == 1 and lines[0].startswith('portside: '), process.stderr
    for word in words:
        assert word in lines[0], lines[0]
    return lines[0]


def files(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(48000 * 5))
    return ('play', source, '--machine', 'qemu', '-o', path(folder, 'out.wav'))


def script(folder, text):
    name = path(folder, 'program')
    with open(name, 'w') as file:
        file.write('#!/bin/sh\n' + text)
    os.chmod(name, 0o755)
    return name


def test_qemu_is_missing(folder):
    env = machine.environment(PORTSIDE_QEMU='/no/such/qemu')
    one_machine_line(run(*files(folder), env=env), '/no/such/qemu', 'apt-get install qemu-system-x86')
    env = machine.environment(PATH=folder)
    one_machine_line(run(*files(folder), env=env), QEMU, 'not installed')
    assert os.listdir(folder) == ['in.wav']


@with_qemu
def test_qemu_has_too_little_memory(folder):
    smaller = """for word; do
    shift
    case $word in *id=ram,size=*) word=$(echo "$word" | sed s/size=[0-9]*/size=4194304/) ;; esac
    set -- "$@" "$word"
done
"""
    env = machine.environment(PORTSIDE_QEMU=script(folder, smaller + f'exec {QEMU} "$@"\n'))
    one_machine_line(run(*files(folder), env=env), 'QEMU does not start', 'memory')
    assert sorted(os.listdir(folder)) == ['in.wav', 'program']


def test_what_is_no_qemu(folder):
    env = machine.environment(PORTSIDE_QEMU=script(folder, 'echo no use >&2\nexit 1\n'))
    one_machine_line(run(*files(folder), env=env), 'no use')
    env = machine.environment(PORTSIDE_QEMU=script(folder, 'exit 1\n'))
    one_machine_line(run(*files(folder), env=env), 'ended at once')


def lost_in_the_middle(folder, number, word, **more):
    """QEMU gets a signal while it plays: exit 4 and one line, what was played is kept, nothing else is left."""
    env = machine.environment(**more)
    with machine.begin(*files(folder), env=env) as process:
        machine.until_it_plays(folder, process)
        os.kill(machine.child_of(process, QEMU), number)
        output, errors = process.communicate()
    lines = [line for line in errors.splitlines() if 'served' not in line and 'accelerator' not in line]
    assert process.returncode == 4 and len(lines) == 1 and word in lines[0], (process.returncode, errors)
    machine.leaves_nobody(env)
    assert sorted(os.listdir(folder)) == ['in.wav', 'out.wav']
    sound.read(path(folder, 'out.wav'))


@with_qemu
def test_qemu_killed_in_the_middle(folder):
    lost_in_the_middle(folder, signal.SIGKILL, 'signal 9')


@with_qemu
def test_qemu_says_nothing(folder):
    lost_in_the_middle(folder, signal.SIGSTOP, 'QEMU does not answer', PORTSIDE_PATIENCE=str(300 * machine.slowness()))


def stalled(folder, driver, ms, *whom):
    """Whoever is named does nothing for some time; how it ended, and what was said."""
    source = sound.write(path(folder, 'in.wav'), sound.frames(48000 * 2))
    output = path(folder, 'out.wav')
    env = machine.environment()
    with machine.begin('play', source, '--machine', 'qemu', '--driver', driver, '-o', output, env=env) as process:
        machine.until_it_plays(folder, process)
        pids = [{'us': process.pid, 'qemu': machine.child_of(process, QEMU)}[name] for name in whom]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(ms / 1000)
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        output, errors = process.communicate()
    machine.leaves_nobody(env)
    return process.returncode, errors


@with_qemu
def test_a_stall_of_the_whole_machine_is_no_difference(folder):
    """QEMU does not make up for it; neither does the client of a cyclic buffer, however many laps it would have been."""
    for driver in 'ac97-rt', 'hda':
        for whom in ('us', 'qemu'), ('qemu',):
            ends = [stalled(folder, driver, 1500, *whom) for _ in range(3)]
            assert all(status in (0, machine.STALLED) for status, _ in ends), ends
            assert any(status == 0 for status, _ in ends) or machine.slowness() > 2, ends


@with_qemu
def test_a_client_that_was_kept_waiting_is_told_from_a_faulty_driver(folder):
    for driver in 'ac97', 'ac97-rt', 'hda':
        ends = [stalled(folder, driver, 1500, 'us') for _ in range(3)]
        assert all(status in (0, machine.STALLED) for status, _ in ends), ends
        told = [errors for status, errors in ends if status]
        assert told and all('the host stalled for ' in errors for errors in told), ends # QEMU may have had to wait as long


@with_qemu
def test_qemu_ends_with_us(folder):
    env = machine.environment()
    with machine.begin(*files(folder), env=env) as process:
        machine.until_it_plays(folder, process)
        child = machine.child_of(process, QEMU)
        process.kill()
        process.wait()
        machine.wait_for_end(child)
    assert os.listdir(folder) == ['in.wav'], os.listdir(folder) # nor a file


@with_qemu
def test_interrupted_it_keeps_what_was_played(folder):
    env = machine.environment()
    with machine.begin(*files(folder), env=env) as process:
        machine.until_it_plays(folder, process)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate()
    assert process.returncode == 130, errors
    machine.leaves_nobody(env)
    sound.read(path(folder, 'out.wav'))


@with_qemu
def test_disk_is_full_in_the_middle(folder):
    env = machine.environment()
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN) # inherited: a file that is too large is an error like any other
    with machine.begin(*files(folder), env=env, restore_signals=False) as process:
        machine.until_it_plays(folder, process)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, 1))
        output, errors = process.communicate()
    lines = [line for line in errors.splitlines() if 'served' not in line and 'accelerator' not in line]
    assert process.returncode == 5 and len(lines) == 1 and 'out.wav' in lines[0], (process.returncode, errors)
    machine.leaves_nobody(env)
    assert os.listdir(folder) == ['in.wav'], os.listdir(folder)


@with_qemu
def test_a_long_run_says_how_long_it_takes(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(48000) * 90)
    env = machine.environment()
    with machine.begin('play', source, '--machine', 'qemu', '-o', path(folder, 'out.wav'), env=env) as process:
        said = [process.stderr.readline(), process.stderr.readline()]
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert 'accelerator tcg' in said[0] and 'time is real: this takes 1.5 minutes' in said[1], said
    machine.leaves_nobody(env)


@with_qemu
def test_disk_is_full(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(SHORT))
    process = expect(run('play', source, '--machine', 'qemu', '-o', '/dev/full'), 5)
    lines = [line for line in process.stderr.splitlines() if 'accelerator' not in line]
    assert len(lines) == 1 and '/dev/full' in lines[0], process.stderr


def test_device_that_qemu_has_not(folder):
    one_machine_line(run(*files(folder), '--driver', 'multi'), 'multi')


tap.main(sys.modules[__name__])
