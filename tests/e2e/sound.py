# SPDX-License-Identifier: MIT
"""Audio files for the tests, made here; and reading them back."""
import random
import shutil
import struct
import subprocess
import wave

from tap import Skip


def frames(count, seed=1):
    """`count` stereo frames of noise without zeros, as bytes."""
    source = random.Random(seed)
    return b''.join(struct.pack('<hh', source.randrange(1, 32768), -source.randrange(1, 32768))
                    for _ in range(count))


def write(path, data, rate=48000, channels=2, width=2):
    with wave.open(path, 'wb') as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(data)
    return path


def read(path):
    with wave.open(path, 'rb') as file:
        return file.readframes(file.getnframes()), file.getframerate(), file.getnchannels()


def convert(source, target, *options):
    """Another container or sample format, by sndfile-convert."""
    if not shutil.which('sndfile-convert'):
        raise Skip('sndfile-convert is missing (package sndfile-programs)')
    subprocess.run(['sndfile-convert', *options, source, target], check=True,
                   stdout=subprocess.DEVNULL)
    return target


def same(output, data, rate=48000):
    """The output holds `data` in one run, with only zeros around it."""
    got, got_rate, channels = read(output)
    assert (got_rate, channels) == (rate, 2), (got_rate, channels)
    at = got.find(data[:64])
    assert at >= 0 and at % 4 == 0, 'the first frames are not in the output'
    assert got[at:at + len(data)] == data, 'the samples differ'
    assert not any(got[:at]) and not any(got[at + len(data):]), 'sound around the run'
