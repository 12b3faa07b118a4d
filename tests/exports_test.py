#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The export list (src/loader/exports.def) against the headers that drivers include and against what the
library defines. From the environment: SOURCE, the top of the tree; LIBRARY, the static library; CC, the
compiler's command line; NM."""
import functools
import os
import pathlib
import re
import shlex
import subprocess
import sys

from ps_test import main, test

TOP = pathlib.Path(os.environ["SOURCE"])
LIST = TOP / "src/loader/exports.def"
HEADERS = ["ntddk.h", "ntifs.h", "ksmedia.h", "portcls.h", "punknown.h", "wdf.h", "wdmsec.h", "wsk.h",
           "detail/crtms.h"]
STATES = {"implemented", "stub", "missing"}
HAL = re.compile(r"(READ|WRITE)_(PORT|REGISTER)_|Hal|KeStallExecutionProcessor$|KeQueryPerformanceCounter$"
                 r"|KeFlushWriteBuffer$|Kf(Raise|Lower)Irql$")


def module_of(name):
    if name.startswith("Pc"):
        return "portcls"
    if name.startswith("Wsk"):
        return "netio"
    if name.startswith("Wdf"):
        return "wdfldr"
    if name.startswith("Drm"):
        return "drmk"
    if name.startswith("Ks"):
        return "ks"
    return "hal" if HAL.match(name) else "ntoskrnl"


@functools.cache
def listed():
    """Name to (module, state)."""
    entries = {}
    for number, line in enumerate(LIST.read_text().splitlines(), 1):
        if not line or line.startswith("//"):
            continue
        match = re.fullmatch(r"EXPORT\((\w+), (\w+), (\w+)\)", line)
        assert match, f"{LIST.name}:{number}: {line}"
        module, name, state = match.groups()
        assert state in STATES, f"{LIST.name}:{number}: state {state}"
        assert name not in entries, f"{LIST.name}:{number}: {name} is listed twice"
        entries[name] = (module, state)
    return entries


def without_bodies(code):
    before = None
    while code != before:
        before, code = code, re.sub(r"\{[^{}]*\}", ";", code)
    return code


def declares(statement):
    """What one statement declares that the library must define: a set of one name or none."""
    label = re.search(r'__asm__\(([\w" ]+)\)', statement)
    plain = re.sub(r"__attribute__ ?\(\(.*?\)\)", " ", statement)
    function = re.search(r"(?:^|[\s*)])(\w+) ?\(", plain)
    if not plain or plain.split()[0] in ("typedef", "static", "struct", "union", "enum"):
        return set()
    if label:
        return {"".join(re.findall(r"\w+", label.group(1)))}
    if function:
        return {function.group(1)}
    return {plain.split()[-1].lstrip("*")} if plain.startswith("extern") else set()


@functools.cache
def declared():
    """Services that the headers declare: functions between WDK_API_BEGIN and WDK_API_END, and their data."""
    text = "".join(f"#include <{header}>\n" for header in HEADERS if (TOP / "include/wdk" / header).exists())
    command = shlex.split(os.environ["CC"]) + ["-E", "-P", f"-I{TOP}/include/wdk", "-fshort-wchar", "-x", "c", "-"]
    code = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    names = set()
    for part in re.findall(r"#pragma GCC visibility push\(default\)(.*?)#pragma GCC visibility pop", code, re.S):
        for statement in without_bodies(part).split(";"):
            names |= declares(" ".join(statement.split()))
    return names


@functools.cache
def defined():
    command = [os.environ.get("NM", "nm"), "--defined-only", "--extern-only", "--format=posix", os.environ["LIBRARY"]]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {line.split()[0] for line in out.splitlines() if len(line.split()) >= 2 and line.split()[1] in "TDBRVW"}


def tell(lines, what):
    assert not lines, what + " in " + LIST.name + ":\n" + "\n".join(sorted(lines))


@test()
def the_headers_and_the_list_name_the_same_services():
    state = {name: "implemented" if name in defined() else "missing" for name in declared()}
    tell([f"EXPORT({module_of(n)}, {n}, {state[n]})" for n in declared() - listed().keys()], "lines to add")
    tell(listed().keys() - declared(), "no header declares these, which stand")


@test()
def what_is_listed_as_there_is_defined():
    tell([n for n, (_, state) in listed().items() if state != "missing" and n not in defined()],
         "these are 'missing', not what they are called")


@test()
def what_is_defined_is_not_listed_as_missing():
    tell([n for n, (_, state) in listed().items() if state == "missing" and n in defined()],
         "these are defined, but 'missing'")


@test()
def services_stand_under_their_module_in_order():
    entries = list(listed().items())
    tell([n for n, (module, _) in entries if module != module_of(n)], "another module's")
    keys = [(module, name) for name, (module, _) in entries]
    assert keys == sorted(keys), "not sorted: " + next(b[1] for a, b in zip(keys, keys[1:]) if a > b)


@test()
def the_page_says_what_the_list_says():
    command = [sys.executable, str(TOP / "tools/exports_page.py"), str(LIST), str(TOP / "docs/exports.md"), "--check"]
    process = subprocess.run(command, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr


main()
