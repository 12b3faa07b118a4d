#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes examples/chord.wav: a second and three quarters of a C major chord whose notes enter one after
the other, from left to right. 16 bit, 48 kHz, stereo; the same bytes each time."""
import math
import pathlib
import struct
import wave

RATE, SECONDS = 48000, 1.75
# Hertz, seconds of silence before it, 0 (left) to 1 (right)
NOTES = [(261.63, 0.0, 0.1), (329.63, 0.2, 0.4), (392.00, 0.4, 0.6), (523.25, 0.6, 0.9)]


def tone(hertz, seconds):
    """Three partials, a quick attack, an exponential end."""
    if seconds < 0:
        return 0.0
    swing = sum(math.sin(2 * math.pi * n * hertz * seconds) / n ** 2 for n in (1, 2, 3))
    return min(1.0, seconds / 0.01) * math.exp(-2.5 * seconds) * swing


def frame(number):
    now = number / RATE
    fade = min(1.0, (SECONDS - now) / 0.1)
    sounds = [(fade * tone(hertz, now - start), place) for hertz, start, place in NOTES]
    left = sum(s * math.cos(place * math.pi / 2) for s, place in sounds)
    right = sum(s * math.sin(place * math.pi / 2) for s, place in sounds)
    return struct.pack("<hh", round(9000 * left), round(9000 * right))


with wave.open(str(pathlib.Path(__file__).with_name("chord.wav")), "wb") as out:
    out.setnchannels(2)
    out.setsampwidth(2)
    out.setframerate(RATE)
    out.writeframes(b"".join(frame(n) for n in range(round(SECONDS * RATE))))
