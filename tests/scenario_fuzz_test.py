#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Scenario files that were damaged: each is refused with one line that names file and line, or is a scenario and runs to
its end; nothing of ours is ever at fault. From the environment: TRY, the program scenario_try; SOURCE, the top of the tree."""
import os
import pathlib
import random
import re
import subprocess
import tempfile

from ps_test import main, test

FILES = sorted((pathlib.Path(os.environ["SOURCE"]) / "scenarios").glob("*.scenario"))
WORDS = sorted({word for path in FILES for word in path.read_text().split()})
MESSAGE = re.compile(r"\S+\.scenario:\d+: .|\S+\.scenario: .")
ROUNDS = 400


def damage_bytes(text, rng):
    data = bytearray(text.encode())
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data))
        rng.choice([lambda: data.__setitem__(at, rng.randrange(256)), lambda: data.pop(at),
                    lambda: data.insert(at, rng.randrange(256))])()
    return bytes(data)


def damage_words(text, rng):
    """Words replaced by words of other scenarios, so that many results are scenarios again."""
    lines = text.splitlines()
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(lines))
        words = lines[at].split()
        if words:
            words[rng.randrange(len(words))] = rng.choice(WORDS)
            lines[at] = " ".join(words)
    return "\n".join(lines).encode() + b"\n"


def damage_lines(text, rng):
    lines = text.splitlines(keepends=True)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(lines))
        rng.choice([lambda: lines.insert(rng.randrange(len(lines)), lines[at]), lambda: lines.pop(at),
                    lambda: rng.shuffle(lines)])()
        lines = lines or ["\n"]
    return "".join(lines).encode()


def complaints(how, seed):
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for i in range(ROUNDS):
            path = pathlib.Path(folder) / f"damaged-{i}.scenario"
            path.write_bytes(how(rng.choice(FILES).read_text(), rng))
            paths.append(path)
        done = subprocess.run([os.environ["TRY"], *map(str, paths)], capture_output=True, text=True,
                              errors="replace", timeout=200)
        lines = done.stdout.splitlines()
        if done.returncode or len(lines) != ROUNDS:
            text = paths[len(lines)].read_text(errors="replace") if len(lines) < ROUNDS else ""
            return [f"exit {done.returncode} after {len(lines)} files: {done.stderr[-400:]}\n{text}"]
        # Side 3 is ours.
        return [f"{line}\n{path.read_text(errors='replace')}" for path, line in zip(paths, lines)
                if not (MESSAGE.match(line) or re.match(r"ran [012] ", line))]


def judge(how, seed):
    bad = complaints(how, seed)
    assert not bad, f"seed {seed}: " + "\n".join(bad[:3])


@test()
def every_word_is_documented():
    top = pathlib.Path(os.environ["SOURCE"])
    page = (top / "docs/scenarios.md").read_text()
    words = re.findall(r'(?:WORD|HOLDING)\("([a-z0-9-]+)"', (top / "src/scenario/words.c").read_text())
    assert len(words) > 30, words
    missing = [word for word in words if not re.search(rf"`{word}[ `]", page)]
    assert not missing, missing


@test()
def damaged_bytes():
    judge(damage_bytes, 1)


@test()
def exchanged_words():
    judge(damage_words, 2)


@test()
def shuffled_lines():
    judge(damage_lines, 3)


main()
