#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/deps.sh among stand-ins for dpkg-query, apt, id and sudo. SOURCE is the top of the tree."""
import os
import pathlib
import pty
import subprocess
import tempfile

from ps_test import main, test

TOOL = pathlib.Path(os.environ["SOURCE"]) / "tools/deps.sh"
STANDINS = {
    "dpkg-query": 'for last; do :; done\ngrep -qx "$last" "$T/missing" && exit 1\nprintf installed\n',
    "apt-cache": 'grep -qx "$2" "$T/unknown" && exit 0\necho "  Candidate: 1.0"\n',
    "apt-get": 'echo "apt-get $*" >>"$T/log"\n'
               'case "$*" in *update*) what=update;; *) what=install;; esac\n'
               '[ ! -e "$T/$what-says" ] || cat "$T/$what-says" >&2\n'
               'case $what in update) [ -e "$T/update-says" ] || : >"$T/unknown";; *) [ ! -e "$T/broken" ];; esac\n',
    "id": 'cat "$T/uid"\n',
    "sudo": 'echo "sudo $*" >>"$T/log"\n'
            'if [ "$1" = -n ]; then [ -e "$T/passwordless" ] || exit 1; shift; fi\n"$@"\n',
}


class Machine:
    """What is missing, what apt knows nothing of yet, who asks."""

    def __init__(self, missing=(), unknown=(), uid=0, sudo=False, passwordless=False, broken=False, **says):
        self.folder = tempfile.TemporaryDirectory()
        self.top = pathlib.Path(self.folder.name)
        for name, body in STANDINS.items():
            if name != "sudo" or sudo:
                self.write(f"bin/{name}", "#!/bin/sh\n" + body).chmod(0o755)
        for name in ("env", "grep", "cat"):
            (self.top / "bin" / name).symlink_to(f"/usr/bin/{name}")
        self.write("missing", "".join(f"{m}\n" for m in missing))
        self.write("unknown", "".join(f"{u}\n" for u in unknown))
        self.write("uid", f"{uid}\n")
        for name, there in (("passwordless", passwordless), ("broken", broken)):
            if there:
                self.write(name, "")
        for what, text in says.items(): # what apt-get says on standard error when it updates or installs
            self.write(f"{what}-says", text)

    def write(self, name, text):
        path = self.top / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    def command(self, what):
        environment = {"PATH": str(self.top / "bin"), "T": str(self.top)}
        return {"args": ["/bin/sh", str(TOOL), what], "env": environment, "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE, "text": True}

    def run(self, what="check"):
        return self.run_and_listen(what)[:2]

    def run_and_listen(self, what="check"):
        """Also the lines on standard error."""
        done = subprocess.run(**self.command(what), stdin=subprocess.DEVNULL, check=False)
        return done.returncode, done.stdout, done.stderr.splitlines()

    def run_at_terminal(self, answer):
        """The same with a person at the other end; also what the person saw."""
        ours, theirs = pty.openpty()
        arguments = self.command("check")
        arguments["stderr"] = theirs
        with subprocess.Popen(**arguments, stdin=theirs) as process:
            os.close(theirs)
            os.write(ours, answer)
            process.wait()
        seen = b""
        while True: # what was written arrives in pieces; EIO: the other end is closed
            try:
                seen += os.read(ours, 4096)
            except OSError:
                break
        os.close(ours)
        return process.returncode, seen.decode()

    def log(self):
        path = self.top / "log"
        return path.read_text().splitlines() if path.exists() else []


INSTALL = "apt-get -o DPkg::Lock::Timeout=120 install -q -y --no-install-recommends"


@test()
def nothing_missing_asks_nobody():
    for what in ("play", "check", "machine", "all"):
        machine = Machine()
        assert machine.run(what) == (0, "") and machine.log() == []


@test()
def play_needs_no_test_tools():
    machine = Machine(missing=["libcmocka-dev", "valgrind", "clang-14"])
    assert machine.run("play")[0] == 0 and machine.log() == []


@test()
def root_installs_what_is_missing():
    machine = Machine(missing=["meson", "libsndfile1-dev"])
    assert machine.run("play")[0] == 0
    assert machine.log() == [f"{INSTALL} meson libsndfile1-dev"]


@test()
def update_comes_first_where_apt_knows_no_candidate():
    machine = Machine(missing=["meson"], unknown=["meson"])
    assert machine.run()[0] == 0
    assert machine.log() == ["apt-get -o DPkg::Lock::Timeout=120 update -q", f"{INSTALL} meson"]


@test()
def sudo_without_password_installs():
    machine = Machine(missing=["meson"], uid=1000, sudo=True, passwordless=True)
    assert machine.run()[0] == 0
    assert machine.log()[-1] == f"{INSTALL} meson"
    assert "sudo -n env LC_ALL=C DEBIAN_FRONTEND=noninteractive " + f"{INSTALL} meson" in machine.log()


@test()
def others_get_the_line_to_paste():
    for sudo in (False, True):
        machine = Machine(missing=["meson", "gcc"], uid=1000, sudo=sudo)
        status, output = machine.run()
        assert status == 1
        assert output == "apt-get install -y --no-install-recommends gcc meson\n", output
        assert not any(line.startswith("apt-get") for line in machine.log())


@test()
def person_at_a_terminal_is_asked_once():
    machine = Machine(missing=["meson"], uid=1000, sudo=True)
    status, seen = machine.run_at_terminal(b"y\n")
    assert status == 0 and "meson" in seen and seen.count("[y/N]") == 1, (status, seen)
    assert machine.log()[-1] == f"{INSTALL} meson"
    machine = Machine(missing=["meson"], uid=1000, sudo=True)
    assert machine.run_at_terminal(b"n\n")[0] == 1
    assert not any(line.startswith("apt-get") for line in machine.log())


@test()
def apt_that_fails_is_an_error():
    assert Machine(missing=["meson"], broken=True).run()[0] == 1


FETCH = "E: Failed to fetch http://deb.debian.org/q.deb  Temporary failure resolving 'deb.debian.org'"
INDEX = "W: Failed to fetch http://deb.debian.org/InRelease  Temporary failure resolving 'deb.debian.org'"


@test()
def what_cannot_be_downloaded_is_told_in_apts_words():
    machine = Machine(missing=["qemu-system-x86"], broken=True, install=f"{FETCH}\nE: Unable to fetch some archives\n")
    status, _, said = machine.run_and_listen("machine")
    assert status == 3 and said[-1] == f"deps: apt: {FETCH}", (status, said)


@test()
def an_index_that_cannot_be_downloaded_is_told_in_apts_words():
    machine = Machine(missing=["qemu-system-x86"], unknown=["qemu-system-x86"], update=f"{INDEX}\n")
    status, _, said = machine.run_and_listen("machine")
    assert status == 3 and said[-1] == f"deps: apt: {INDEX}", (status, said)


@test()
def a_failure_that_is_no_download_is_none():
    machine = Machine(missing=["meson"], broken=True, install="E: Sub-process /usr/bin/dpkg returned an error code (1)\n")
    status, _, said = machine.run_and_listen()
    assert status == 1 and not any("deps: apt:" in line for line in said), (status, said)


@test()
def unknown_target_is_a_usage_error():
    assert Machine().run("everything")[0] == 2


main()
