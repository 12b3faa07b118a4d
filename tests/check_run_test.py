#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/check_run.py where QEMU is missing, among stand-ins for apt: a test in front of QEMU is skipped only if a package
could not be downloaded, and the reason is apt's own. SOURCE is the top of the tree."""
import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile

from ps_test import main, test

SOURCE = pathlib.Path(os.environ["SOURCE"])
FETCH = "E: Failed to fetch http://deb.debian.org/q.deb  Temporary failure resolving 'deb.debian.org'"
BROKEN = "E: Sub-process /usr/bin/dpkg returned an error code (1)"
STANDINS = {
    "dpkg-query": 'for last; do :; done\n[ "$last" != qemu-system-x86 ] && printf installed\n',
    "apt-cache": 'echo "  Candidate: 1.0"\n',
    "id": "echo 0\n",
}
TOOLS = ("env", "grep")


class Machine:
    """Without QEMU; `apt_get` is what its apt-get does. While it is entered, programs are its own."""

    def __init__(self, apt_get):
        self.folder = tempfile.TemporaryDirectory()
        self.top = pathlib.Path(self.folder.name)
        (self.top / "bin").mkdir()
        for name, body in {**STANDINS, "apt-get": apt_get}.items():
            path = self.top / "bin" / name
            path.write_text("#!/bin/sh\n" + body)
            path.chmod(0o755)
        for name in TOOLS:
            (self.top / "bin" / name).symlink_to(f"/usr/bin/{name}")

    def __enter__(self):
        self.path, os.environ["PATH"] = os.environ["PATH"], str(self.top / "bin")
        spec = importlib.util.spec_from_file_location("check_run", SOURCE / "tools/check_run.py")
        check_run = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(check_run)
        check_run.LOGS = self.top / "logs"
        return check_run, check_run.Part("machine")

    def __exit__(self, *ignored):
        os.environ["PATH"] = self.path


def fails(check_run, part):
    try:
        check_run.qemu_or_reason(part)
    except check_run.Failed as what:
        return str(what)
    return None


def qemu_tests(reason):
    """A test in front of QEMU, on a machine without it."""
    with tempfile.TemporaryDirectory() as empty:
        return subprocess.run([sys.executable, str(SOURCE / "tests/machine/qemu_test.py"), "ac97_plays_*"],
                              env={"PATH": empty, **reason}, stdout=subprocess.PIPE, text=True, check=False)


@test()
def a_failed_download_skips_in_apts_words():
    with Machine(f'echo "{FETCH}" >&2\nexit 100\n') as (check_run, part):
        reason = check_run.qemu_or_reason(part)
        assert reason == {"PORTSIDE_TEST_NO_QEMU": FETCH}, reason
        assert f"deps: apt: {FETCH}" in part.log.read_text()
        tests = qemu_tests(reason)
        assert tests.returncode == 0 and FETCH in tests.stdout, tests.stdout
        assert check_run.count_output(tests.stdout) == (0, 0, 1), tests.stdout


@test()
def any_other_failure_of_apt_fails():
    with Machine(f'echo "{BROKEN}" >&2\nexit 100\n') as (check_run, part):
        assert fails(check_run, part) == "tools/deps.sh machine"
    with Machine("exit 100\n") as (check_run, part):
        assert fails(check_run, part) == "tools/deps.sh machine"


@test()
def qemu_that_is_installed_is_no_reason():
    with Machine("exit 0\n") as (check_run, part):
        assert check_run.qemu_or_reason(part) == {} # what was missing is there now
    with Machine("exit 100\n") as (check_run, part):
        (pathlib.Path(os.environ["PATH"]) / check_run.QEMU).symlink_to("/usr/bin/true")
        assert check_run.qemu_or_reason(part) == {}
        assert part.log.read_text() == "" # nobody was asked


@test()
def without_a_reason_a_missing_qemu_fails():
    tests = qemu_tests({})
    assert tests.returncode == 1 and "tools/deps.sh machine" in tests.stdout, tests.stdout


main()
