#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the seeds of mapping_queue_fuzz.c: lives of a stream, each in a style of its own.

usage: mapping_queue_corpus.py FOLDER [COUNT]      the same files every time
"""
import os
import random
import sys

GET, RELEASE, RELEASE_NTH, LATE, RELEASE_ANY = 0, 4, 7, 8, 9
ADD, TERMINATE, REVOKE, REVOKE_END, FREE = 10, 12, 13, 14, 15


class Life:
    def __init__(self, number):
        self.random = random.Random(number)
        self.bytes = bytearray([self.random.randrange(256)])
        # How often each kind of step happens differs from life to life.
        self.steps = [(self.get, 30), (self.release, 24), (self.add, 8)]
        for step in (self.nth, self.late, self.any, self.terminate, self.revoke,
                     self.revoke_end, self.free, self.burst):
            self.steps.append((step, self.random.choice((0, 1, 3, 8))))

    def get(self):
        fresh = self.random.random() < 0.95
        self.bytes += bytes([GET, self.random.randrange(224) if fresh else 255])

    def burst(self):
        for _ in range(self.random.randrange(2, 30)):
            self.get()

    def release(self):
        self.bytes += bytes([RELEASE, self.random.randrange(256)])

    def nth(self):
        self.bytes += bytes([RELEASE_NTH, self.random.randrange(6), self.random.randrange(256)])

    def late(self):
        self.bytes += bytes([LATE, self.random.randrange(4), self.random.randrange(256)])

    def any(self):
        self.bytes += bytes([RELEASE_ANY, self.random.randrange(256), self.random.randrange(256)])

    def add(self):
        buffers = self.random.choice((0, 1, 1, 1, 2, 3))
        looped = self.random.random() < 0.15
        self.bytes += bytes([ADD, buffers | (4 if looped else 0)])
        for _ in range(buffers):
            length = self.random.choice((0, 1, 100, 1920, 4096, 5760, 12288))
            self.bytes += length.to_bytes(2, "little")
            self.bytes += bytes([self.random.choice((0, 108, 255)), self.random.randrange(256)])

    def terminate(self):
        self.bytes += bytes([TERMINATE])

    def revoke(self):
        self.bytes += bytes([REVOKE, self.random.randrange(256)])

    def revoke_end(self):
        good = self.random.random() < 0.6
        argument = self.random.randrange(4) | (0 if good else self.random.randrange(16) * 8)
        self.bytes += bytes([REVOKE_END, argument])

    def free(self):
        self.bytes += bytes([FREE, self.random.randrange(16)])

    def live(self, steps):
        kinds, weights = zip(*self.steps)
        for step in self.random.choices(kinds, weights, k=steps):
            step()
        return bytes(self.bytes)


def main():
    folder = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 400
    os.makedirs(folder, exist_ok=True)
    for number in range(count):
        with open(os.path.join(folder, f"life-{number:04}"), "wb") as out:
            out.write(Life(number).live(20 + number % 8 * 40))


if __name__ == "__main__":
    main()
