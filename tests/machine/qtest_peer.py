#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A stand-in for QEMU with a clock that moves by command: takes QEMU's command line, speaks its monitor and qtest,
and has an AC'97 that plays (docs/ac97.md's registers), in steps of 10 ms.

PEER says what it does wrong, words with commas between: bytes (answers arrive byte by byte), ahead (interrupt lines
come by themselves, before any answer), die=N (it is gone in the middle of the answer to command N), garbage=N (that
answer is none), old (it says to be QEMU 5.2), deaf (it has no clock_step, and nothing else moves its clock), silent=N (it
takes command N and says nothing more), close=N (then it closes its socket, and stays), mute (it says nothing from the
beginning), repeat (it repeats the last frame where it has none)."""
import json
import mmap
import os
import re
import select
import socket
import struct
import sys

TICK = 10_000_000 # ns
WORDS = dict(word.partition('=')[::2] for word in os.environ.get('PEER', '').split(',') if word)
OPTIONS = ' '.join(sys.argv)
HEADER = 44
MIXER = {0x02: 0x8000, 0x18: 0x8808, 0x1c: 0x8000, 0x26: 0x000f, 0x28: 1, 0x2c: 48000, 0x32: 48000} # after reset


def number(pattern):
    found = re.search(pattern, OPTIONS)
    return int(found.group(1)) if found else 0


class Sound:
    """What is captured."""

    def __init__(self):
        self.file, self.held = None, b''

    def command(self, line):
        words = line.split()
        if words[0] == 'wavcapture':
            self.file = open(words[1], 'wb', buffering=0)
            self.file.write(bytes(HEADER))
        elif words[0] == 'stopcapture':
            self.put(b'', flush=True)
            self.file = None

    def put(self, data, flush=False):
        if not self.file:
            return
        self.held += data
        if flush or len(self.held) > 4096:
            self.file.write(self.held)
            self.held = b''


class Device:
    """The AC'97: mixer registers are memory, of the engines only PCM out runs."""
    BDBAR, CIV, LVI, SR, PICB, PIV, CR = 0x10, 0x14, 0x15, 0x16, 0x18, 0x1a, 0x1b

    def __init__(self, memory, sound, raise_line):
        self.memory, self.sound, self.raise_line = memory, sound, raise_line
        self.config = bytearray(256)
        struct.pack_into('<HH', self.config, 0, 0x8086, 0x2415)
        self.nam, self.line = dict(MIXER), False
        self.base = self.civ = self.lvi = self.control = self.picb = self.piv = 0
        self.status, self.last = 1, bytes(4)
        self.globals = {0x2c: 0, 0x30: 0x100}

    def bar(self, index):
        return struct.unpack_from('<I', self.config, 0x10 + 4 * index)[0] & ~3

    def config_write(self, offset, data):
        self.config[offset:offset + len(data)] = data
        for index, size in ((0, 1024), (1, 256)):
            value = struct.unpack_from('<I', self.config, 0x10 + 4 * index)[0]
            struct.pack_into('<I', self.config, 0x10 + 4 * index, value & 0xffffffff & -size | 1)
        self.config[0x18:0x28] = bytes(16)

    def fetch(self):
        self.address, control = struct.unpack_from('<II', self.memory, self.base + 8 * self.civ)
        self.picb, self.flags = control & 0xffff, control >> 30
        self.piv = (self.civ + 1) % 32

    def update(self):
        wanted = bool(self.status & 8 and self.control & 0x10 or self.status & 4 and self.control & 4)
        if wanted != self.line:
            self.line = wanted
            self.raise_line(wanted)

    def halt(self):
        self.status |= 1

    def run(self):
        if self.status & 1 and self.civ == self.lvi:
            self.civ = self.piv if self.picb == 0 and self.status & 2 else self.civ
        self.status &= ~3
        self.fetch()

    def finish_buffer(self):
        self.status |= 8 if self.flags & 2 else 0
        if self.civ == self.lvi:
            self.status |= 7
            return
        self.civ = self.piv
        self.fetch()

    def tick(self):
        wanted = self.nam.get(0x2c, 48000) // 100
        data = b''
        while wanted and self.control & 1 and not self.status & 1:
            if not self.picb:
                self.finish_buffer()
                continue
            count = min(wanted, self.picb // 2)
            data += self.memory[self.address:self.address + 4 * count]
            self.address, self.picb, wanted = self.address + 4 * count, self.picb - 2 * count, wanted - count
            if not self.picb:
                self.finish_buffer()
        self.last = data[-4:] or self.last
        self.sound.put(data + (self.last if 'repeat' in WORDS else bytes(4)) * wanted)
        self.update()

    def read(self, port, width):
        if 0 <= port - self.bar(0) < 1024:
            return self.nam.get(port - self.bar(0), 0)
        at = port - self.bar(1)
        known = {self.CIV: self.civ | self.lvi << 8 | self.status << 16, self.LVI: self.lvi, self.SR: self.status,
                 self.PICB: self.picb | self.piv << 16 | self.control << 24, self.PIV: self.piv,
                 self.CR: self.control, self.BDBAR: self.base}
        if at == 0x30:
            return 0x100 | (0x40 if self.line else 0)
        return known.get(at, self.globals.get(at, 0)) & (256 ** width - 1)

    def write(self, port, value):
        if 0 <= port - self.bar(0) < 1024:
            offset = port - self.bar(0)
            self.nam[offset] = value
            if offset == 0:
                self.nam = dict(MIXER)
            return
        at = port - self.bar(1)
        if at == self.BDBAR:
            self.base = value & ~7
        elif at == self.LVI:
            self.lvi = value & 31
            if self.status & 1 and self.control & 1:
                self.run()
        elif at == self.SR:
            self.status &= ~(value & 0x1c)
        elif at == self.CR:
            if value & 2:
                self.base = self.civ = self.lvi = self.picb = self.piv = self.control = 0
                self.status = 1
            else:
                started, self.control = value & 1 and not self.control & 1, value
                if started:
                    self.run()
                elif not value & 1:
                    self.halt()
        else:
            self.globals[at] = value
        self.update()


class Peer:
    def __init__(self):
        self.link = socket.socket(fileno=number(r'id=qt,fd=(\d+)'))
        self.monitor = socket.socket(fileno=number(r'id=mon,fd=(\d+)'))
        ram = number(r'mem-path=/proc/self/fd/(\d+)')
        self.memory = mmap.mmap(ram, number(r'id=ram,size=(\d+)'))
        self.sound = Sound()
        self.device = Device(self.memory, self.sound, self.line)
        self.now, self.ticked, self.commands, self.address = 0, 0, 0, 0
        self.pending = []

    def say(self, text):
        data = text.encode() + b'\n'
        for piece in ([data[i:i + 1] for i in range(len(data))] if 'bytes' in WORDS else [data]):
            self.link.sendall(piece)

    def line(self, level):
        self.say(f'IRQ {"raise" if level else "lower"} 11')

    def step(self, by):
        self.now += by
        while self.now >= self.ticked + TICK:
            self.ticked += TICK
            self.device.tick()
        return f'OK {self.now}'

    def config(self, port):
        place, offset = self.address >> 11 & 31, (self.address & 0xfc) + port - 0xcfc
        return place, offset

    def port_in(self, port, width):
        if port >= 0xcfc and port < 0xd00:
            place, offset = self.config(port)
            if place == 2:
                return int.from_bytes(self.device.config[offset:offset + width], 'little')
            return 0x70008086 if place == 1 and offset == 0 else 256 ** width - 1
        return self.device.read(port, width)

    def port_out(self, port, width, value):
        if port == 0xcf8:
            self.address = value
        elif 0xcfc <= port < 0xd00:
            place, offset = self.config(port)
            if place == 2:
                self.device.config_write(offset, value.to_bytes(width, 'little'))
        else:
            self.device.write(port, value)

    def answer(self, words):
        widths = {'b': 1, 'w': 2, 'l': 4}
        if words[0] == 'clock_step' and 'deaf' not in WORDS:
            return self.step(int(words[1]))
        if words[0] == 'irq_intercept_in':
            return 'OK'
        if words[0][:2] == 'in' and words[0][2:] in widths:
            return f'OK 0x{self.port_in(int(words[1], 0), widths[words[0][2:]]):04x}'
        if words[0][:3] == 'out' and words[0][3:] in widths:
            self.port_out(int(words[1], 0), widths[words[0][3:]], int(words[2], 0))
            return 'OK'
        return f"FAIL Unknown command '{words[0]}'"

    def command(self, line):
        self.commands += 1
        if WORDS.get('die') == str(self.commands):
            self.link.sendall(b'O')
            os._exit(3)
        if WORDS.get('silent') == str(self.commands):
            self.wait_for_end()
        if WORDS.get('close') == str(self.commands):
            self.link.close()
            self.wait_for_end()
        if 'ahead' in WORDS and self.commands % 50 == 0:
            self.say('IRQ raise 4\nIRQ lower 4') # of somebody else
        answer = self.answer(line.split())
        self.say('what?' if WORDS.get('garbage') == str(self.commands) else answer)

    def wait_for_end(self):
        while self.monitor.recv(65536):
            pass
        os._exit(0)

    def request(self, line):
        request = json.loads(line)
        if request['execute'] == 'human-monitor-command':
            self.sound.command(request['arguments']['command-line'])
        self.monitor.sendall(b'{"timestamp": 0, "event": "NOISE"}\r\n{"return": %s}\r\n' %
                             (b'""' if 'arguments' in request else b'{}'))

    def main(self):
        if 'mute' in WORDS:
            self.wait_for_end()
        major, minor = (5, 2) if 'old' in WORDS else (9, 9)
        self.monitor.sendall(b'{"QMP": {"version": {"qemu": {"micro": 1, "minor": %d, "major": %d}}}}\r\n'
                             % (minor, major))
        rest = {self.link: b'', self.monitor: b''}
        take = {self.link: self.command, self.monitor: self.request}
        while True:
            for end in select.select([self.monitor, self.link], [], [])[0]:
                data = end.recv(65536)
                if not data:
                    return
                *lines, rest[end] = (rest[end] + data).split(b'\n')
                for line in lines:
                    take[end](line.decode())


if '--version' in sys.argv:
    print('QEMU emulator version', '5.2.0' if 'old' in WORDS else '9.9.1')
else:
    Peer().main()
