#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The methods that drivers call for every mapping never save xmm registers: they are ms_abi, where xmm6 to xmm15
belong to the caller, and reach ms_abi functions only. From the environment: LIBRARY, the archive."""
import os
import re
import subprocess

from ps_test import main, skip, test

HOT = ["stream_get_mapping", "stream_release_mapping", "page_address"]
KEPT = re.compile(r"%xmm(6|7|8|9|1[0-5])\b")


def functions(symbol_pattern):
    """Disassembled functions of the archive's member with the hot methods, by name."""
    out = subprocess.run(["objdump", "-dr", "--no-show-raw-insn", os.environ["LIBRARY"]],
                         capture_output=True, text=True, check=True).stdout
    found, name = {}, None
    for line in out.splitlines():
        head = re.match(r"^[0-9a-f]+ <([^>]+)>:$", line)
        if head:
            name = head.group(1) if re.match(symbol_pattern, head.group(1)) else None
        elif name:
            found.setdefault(name, []).append(line)
    return found


@test()
def hot_methods_save_no_xmm_registers():
    found = functions(rf"^({'|'.join(HOT)})(\.|$)")
    if any("__asan" in line or "__ubsan" in line for code in found.values() for line in code):
        skip("built with sanitizers, whose run-time functions are called from everywhere")
    for name in HOT:
        assert name in found, f"{name} is not in the library"
    saves = [f"{name}: {line.strip()}" for name, code in found.items() for line in code
             if KEPT.search(line)]
    assert not saves, "\n" + "\n".join(saves)


main()
