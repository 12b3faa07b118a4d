#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the seeds of inf_fuzz.c: INF files, whole ones and such with one thing wrong.

usage: inf_corpus.py FOLDER [COUNT]      the same files every time
"""
import os
import random
import sys

WHOLE = r'''; what setup reads
[Version]
Signature="$WINDOWS NT$"
[Manufacturer]
%Us%=Models,NTamd64,NT
[Models.NTamd64]
%Name%=Install,PCI\VEN_8086&DEV_2415,PCI\CC_0401
[Install.NT]
AddReg=Values,More
[Install.NT.HW]
AddReg=More
[Install.NT.Interfaces]
AddInterface={6994AD04-93EF-11D0-A3CC-00A0C9223196},Wave,Interface
[Install.NT.Services]
AddService=sound,2,Service
[Interface]
AddReg=More
[Service]
AddReg=More
[Values]
HKR,Settings,Gain,0x00010001,-42
HKR,,Text,,"a ""quoted"" %Name%; no comment"
HKR,Settings,Blob,1,01,0A,\
  ff
HKR,,List,0x00010000,one,two,%%,three
HKLM,Software\Vendor,,,"default"
HKR,Empty
[More]
HKR,,Path,0x00020000,%SystemRoot%\x
[Strings]
Us="Vendor"
Name="A sound card"
'''


def seeds(count):
    dice = random.Random(5)
    yield WHOLE.encode()
    yield b'\xff\xfe' + WHOLE.encode('utf-16-le')
    yield b'\xef\xbb\xbf' + WHOLE.replace('\n', '\r\n').encode()
    yield b'[A]\nAddReg=B\n[B]\nHKR,,x,,%x%\n[Strings]\nx=%x%\n'
    yield b'[A]\nAddReg=A\nHKR,,,0x10001,1,2,3,4\n'
    for _ in range(count - 5):
        text = bytearray(WHOLE.encode())
        for _ in range(dice.randrange(1, 4)):
            at = dice.randrange(len(text))
            part = bytes(dice.choice(b'[]",;%=\\\n\0\xff0') for _ in range(dice.randrange(4)))
            text[at:at + dice.randrange(3)] = part
        yield bytes(text)


def main(folder, count='40'):
    os.makedirs(folder, exist_ok=True)
    for number, seed in enumerate(seeds(int(count))):
        with open(os.path.join(folder, f'{number:04}'), 'wb') as file:
            file.write(seed)


main(*sys.argv[1:])
