#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Drivers of no hardware, as portside cc makes them of tests/dialect/virtual.cpp and changes of it: played, recorded, verified."""
import os
import pathlib
import struct
import sys

import tap
from tap import expect, one_line, proves, run

SOURCE = pathlib.Path(os.environ['SOURCE'])
DIALECT = SOURCE / 'tests/dialect'
CHORD = str(SOURCE / 'examples/chord.wav')


@proves('DS-14')
def test_a_virtual_driver_plays_and_records_without_a_device(folder):
    driver = pathlib.Path(folder) / 'virtual.so'
    expect(run('cc', '-o', driver, '-DSTRICT', DIALECT / 'virtual.cpp'), 0)
    played = expect(run('play', CHORD, '-d', driver, '--device', 'none', '--files', folder), 0)
    assert 'no device: the driver took' in played.stderr and folder in played.stderr, played.stderr
    assert int(tap.closing(played)['frames']) > 0
    assert not list(pathlib.Path('.').glob('chord.out.wav'))
    out = pathlib.Path(folder) / 'out.wav'
    recorded = expect(run('record', out, '--input', 'silence', '--seconds', '0.5', '-d', driver, '--device', 'none'), 0)
    assert tap.closing(recorded)['frames'] == '24000', recorded.stdout
    assert set(out.read_bytes()[44:]) == {1}
    one_line(expect(run('play', CHORD, '-d', driver, '--device', 'none', '-o', out), 2))


def virtual(folder, name, *changes):
    """The virtual driver with some of its text changed, compiled."""
    text = (DIALECT / 'virtual.cpp').read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    driver = pathlib.Path(folder) / f'{name}.so'
    path = pathlib.Path(folder) / f'{name}.cpp'
    path.write_text(text)
    expect(run('cc', '-o', driver, path), 0)
    return driver


def verified(driver, *scenarios):
    """Nothing is found in those, or in all that fit; how many they were."""
    chosen = [word for name in scenarios for word in ('--scenario', name)]
    done = run('verify', driver, '--device', 'none', '--schedules', 300, *chosen)
    assert done.returncode == 0 and ' 0 findings' in done.stdout, done.stdout
    return int(done.stdout.splitlines()[-1].split()[0])


def test_a_virtual_driver_breaks_no_rule(folder):
    assert verified(virtual(folder, 'plain')) >= 20


def test_pins_that_take_floats_or_eight_channels_only_are_opened_by_verify(folder):
    assert verified(virtual(folder, 'floats', ('SUBTYPE_PCM', 'SUBTYPE_IEEE_FLOAT'), ('2, 16, 16,', '2, 32, 32,')), 'rt-run', 'rt-record') == 2
    only_eight = ('    Stream *stream = new', '''    if (((PKSDATAFORMAT_WAVEFORMATEX)format)->WaveFormatEx.nChannels != 8)
        return STATUS_INVALID_PARAMETER;
    Stream *stream = new''')
    assert verified(virtual(folder, 'eight', ('2, 16, 16,', '8, 16, 16,'), only_eight), 'rt-run', 'rt-record') == 2


def wave_format(path):
    """Tag, channels, rate, bits per sample of a WAV file, and its samples."""
    data = pathlib.Path(path).read_bytes()
    at = data.index(b'fmt ') + 8
    tag, channels, rate, _, _, bits = struct.unpack('<HHIIHH', data[at:at + 16])
    if tag == 0xFFFE:
        tag = struct.unpack('<H', data[at + 24:at + 26])[0]
    return (tag, channels, rate, bits), data[data.index(b'data') + 8:]


def test_recordings_have_the_width_of_the_pin(folder):
    top = pathlib.Path(folder)
    wide = virtual(folder, 'wide', ('2, 16, 16,', '2, 32, 32,'))
    floats = virtual(folder, 'real', ('SUBTYPE_PCM', 'SUBTYPE_IEEE_FLOAT'), ('2, 16, 16,', '2, 32, 32,'))
    for driver, tag in ((wide, 1), (floats, 3)):
        expect(run('record', top / 'take.wav', '--input', 'silence', '--seconds', '0.5', '-d', driver, '--device', 'none'), 0)
        described, samples = wave_format(top / 'take.wav')
        assert described == (tag, 2, 48000, 32) and len(samples) == 24000 * 8, (described, len(samples))


def test_a_pin_that_cannot_be_opened_is_one_finding(folder):
    driver = virtual(folder, 'shut', ('    Stream *stream = new', '''    if (capture + 1)
        return STATUS_DEVICE_NOT_READY;
    Stream *stream = new'''))
    found = expect(run('verify', driver, '--device', 'none', '--schedules', 1), 1).stdout
    assert found.count('FAIL') == 1, found
    assert "FAIL  SCENARIO  line" in found and "'open' ended with STATUS_DEVICE_NOT_READY, not success" in found, found


WRITES = (('NTSTATUS Miniport::NewStream(', '''static void note(void)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\\\DosDevices\\\\C:\\\\note.txt");
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK block;
    HANDLE file;

    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    if (!NT_SUCCESS(ZwCreateFile(&file, GENERIC_WRITE | SYNCHRONIZE, &attributes, &block, NULL, FILE_ATTRIBUTE_NORMAL, 0,
                                 FILE_OVERWRITE_IF, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0)))
        return;
    ZwWriteFile(file, NULL, NULL, NULL, &block, (PVOID)"opened", 6, NULL, NULL);
    ZwClose(file);
}

NTSTATUS Miniport::NewStream('''), ('    stream->AddRef();\n    stream->port', '    stream->AddRef();\n    note();\n    stream->port'))


@proves('SV-112')
def test_files_of_a_driver_are_in_memory_or_in_a_folder(folder):
    driver = virtual(folder, 'writes', *WRITES)
    said = expect(run('play', CHORD, '-d', driver, '--device', 'none'), 0).stderr
    assert 'it wrote 1 file, 6 bytes: --files FOLDER keeps it' in said, said
    expect(run('play', CHORD, '-d', driver, '--device', 'none', '--files', folder), 0)
    assert (pathlib.Path(folder) / 'C/note.txt').read_bytes() == b'opened'
    assert verified(driver, 'rt-run', 'rt-record') == 2


def test_a_range_of_floats_is_offered_as_that(folder):
    driver = virtual(folder, 'floats', ('SUBTYPE_PCM', 'SUBTYPE_IEEE_FLOAT'), ('2, 16, 16,', '2, 32, 32,'))
    line = one_line(expect(run('play', CHORD, '-d', driver, '--device', 'none'), 3))
    assert 'floats.so offers: 32 bit float, 2 channels, 8000-48000 Hz' in line, line


def test_what_a_pin_takes_is_what_convert_makes(folder):
    for takes, name, *more in (('2, 8, 8, 8000, 48000', '8 bit, 2 channels, 48000 Hz'),
                               ('2, 24, 24, 44100, 44100', '24 bit, 2 channels, 44100 Hz'),
                               ('2, 32, 32, 96000, 96000', '32 bit, 2 channels, 96000 Hz'),
                               ('1, 16, 16, 16000, 16000', '16 bit, 1 channel, 16000 Hz'),
                               ('2, 32, 32, 8000, 48000', '32 bit float, 2 channels, 48000 Hz',
                                ('SUBTYPE_PCM', 'SUBTYPE_IEEE_FLOAT'))):
        driver = virtual(folder, 'takes', ('2, 16, 16, 8000, 48000', takes), *more)
        said = expect(run('play', CHORD, '-d', driver, '--device', 'none', '--convert'), 0).stderr
        assert f'is converted to {name}' in said, said


def test_a_device_that_fetched_nothing_is_told_as_that(folder):
    driver = pathlib.Path(folder) / 'virtual.so'
    expect(run('cc', '-o', driver, DIALECT / 'virtual.cpp'), 0)
    said = expect(run('play', CHORD, '-d', driver, '-o', 'null'), 1).stderr
    assert 'the device fetched nothing' in said and '--device none' in said, said


if __name__ == '__main__':
    tap.main(sys.modules[__name__])
