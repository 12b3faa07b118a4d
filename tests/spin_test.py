# SPDX-License-Identifier: MIT
"""The mapping queue under a model checker (tests/spin): every interleaving of a port and a miniport around it.
From the environment: SOURCE, the top of the tree; CC, a C compiler."""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

from ps_test import comment, main, skip, test

TOP = pathlib.Path(os.environ["SOURCE"])
SPIN = TOP / "tests/spin"


def check(*defines):
    """Runs the model: the checker's errors, states and first line about an error."""
    if not shutil.which("spin"):
        skip("spin is not there")
    queue = sorted((TOP / "src/port").glob("mapping_queue*.c"))
    flags = ["-O2", "-w", f"-I{TOP}", f"-I{TOP}/src", "-DMEMLIM=4096", "-DVECTORSZ=8192", "-DCOLLAPSE", "-DSAFETY",
             '-DMAPPING_QUEUE_PLATFORM="tests/spin/platform.h"', *(f"-D{name}" for name in defines)]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["spin", "-a", SPIN / "mapping_queue.pml"], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)
        subprocess.run([*shlex.split(os.environ["CC"]), *flags, "-o", "pan", "pan.c", SPIN / "world.c", *queue],
                       cwd=folder, check=True)
        run = subprocess.run(["./pan", "-m100000", "-n"], cwd=folder, capture_output=True, text=True)
    text = run.stdout + run.stderr
    found = re.search(r"errors: (\d+)", text)
    states = re.search(r"(\d+) states, stored", text)
    complaint = re.search(r"^.*(?:Assertion|error:|pan:1:).*$", text, re.M)
    comment(f"{states[1] if states else 'no'} states; {complaint[0] if complaint else 'no complaint'}")
    assert "too small" not in text and "out of memory" not in text, text
    return run.returncode == 0 and found and found[1] == "0", complaint[0] if complaint else ""


@test("WP-24", "WP-40", "WP-46", "WP-55", "WP-57", "WP-61", "WP-64", "WP-76")
def nothing_is_lost_or_given_back_twice_in_any_interleaving():
    clean, complaint = check()
    assert clean, complaint


@test()
def a_miniport_that_keeps_what_it_has_revoked_is_found():
    clean, complaint = check("FORGETFUL")
    assert not clean and "WORLD_OUT" in complaint


@test()
def a_miniport_that_counts_too_many_is_found():
    clean, complaint = check("BOASTING")
    assert not clean and complaint


main()
