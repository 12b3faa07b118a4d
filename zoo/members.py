#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The zoo's faulty drivers, each a change of a clean one.

    zoo/members.py list ZOO                 a line `NAME BASE FILE` for each file that a member changes
    zoo/members.py make NAME.diff FILE OUT  OUT is FILE, below drivers/, as the member has it

A .diff is a unified diff whose hunks are found by their text, not by their line numbers: each must stand
exactly once in its file. Lines before the first "---" say in words what is wrong.
"""
import pathlib
import sys
import tomllib


def members(zoo):
    """Faulty ones and clean ones."""
    tables = tomllib.loads((zoo / "members.toml").read_text())
    return tables["member"] + tables["clean"]


def hunks(path):
    """file -> [(old lines, new lines)]"""
    found, name, lines = {}, None, path.read_text().splitlines()
    for number, line in enumerate(lines, 1):
        mark, text = line[:1], line[1:]
        if line.startswith("--- "):
            name = line[4:].strip()
            found[name] = []
        elif name is None or line.startswith("+++ "):
            continue
        elif line.startswith("@@"):
            found[name].append(([], []))
        elif not found[name] or mark not in " +-" and line:
            sys.exit(f"{path.name}:{number}: not a line of a hunk: {line}")
        else:
            if mark in (" ", "-", ""):
                found[name][-1][0].append(text)
            if mark in (" ", "+", ""):
                found[name][-1][1].append(text)
    return found


def changed_lines(path):
    """Lines added and removed."""
    started, count = False, 0
    for line in path.read_text().splitlines():
        started |= line.startswith("--- ")
        count += started and line[:1] in ("+", "-") and line[:4] not in ("+++ ", "--- ")
    return count


def apply(diff, name, text):
    for number, (old, new) in enumerate(hunks(diff)[name], 1):
        old, new = "\n".join(old) + "\n", "\n".join(new) + "\n"
        if ("\n" + text).count("\n" + old) != 1:
            sys.exit(f"{diff.name}: hunk {number} of {name} does not stand in it exactly once")
        text = ("\n" + text).replace("\n" + old, "\n" + new, 1)[1:]
    return text


def main():
    if sys.argv[1] == "list":
        zoo = pathlib.Path(sys.argv[2])
        for member in members(zoo):
            for name in hunks(zoo / f"{member['name']}.diff"):
                print(member["name"], member["base"], name)
    else:
        diff, source, out = map(pathlib.Path, sys.argv[2:5])
        name = f"{source.parent.name}/{source.name}"
        out.write_text(apply(diff, name, source.read_text()))


if __name__ == "__main__":
    main()
