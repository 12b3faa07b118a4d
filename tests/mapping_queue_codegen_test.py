# SPDX-License-Identifier: MIT
"""What the compilers make of the mapping queue. From the environment: SOURCE, the top of the tree.

Freestanding: gcc, clang and mingw build it with nothing but four functions left to supply. Code: neither
the queue's own functions nor a port method with mq_get or mq_release inlined saves an xmm register, so
that a driver's call costs what a call costs."""
import glob
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from ps_test import main, skip, test

TOP = pathlib.Path(os.environ["SOURCE"])
QUEUE = sorted(glob.glob(str(TOP / "src/port/mapping_queue*.c")))
SAMPLE = str(TOP / "tests/mapping_queue_codegen.c")
FREESTANDING = ["-std=c11", "-ffreestanding", "-nostdlib", "-Wall", "-Wextra", "-Werror",
                "-I", str(TOP / "src")]
FOUR = {"mq_lock", "mq_unlock", "mq_allocate", "mq_free"}


def compiler(name):
    if not shutil.which(name):
        skip(f"{name} is not installed")
    return name


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def build(cc, sources, folder, *flags):
    """One object file of all sources, as a kernel would link them in."""
    unit = os.path.join(folder, "unit.c")
    pathlib.Path(unit).write_text("".join(f'#include "{source}"\n' for source in sources))
    run(cc, *FREESTANDING, *flags, "-c", unit, "-o", unit + ".o")
    return [unit + ".o"]


def names(nm, objects, kind):
    lines = run(nm, *objects).splitlines()
    return {line.split()[-1] for line in lines if len(line.split()) > 1 and line.split()[-2] in kind}


def needs_only_four(cc, nm, *flags):
    for level in ("-O0", "-O2", "-Os"):
        with tempfile.TemporaryDirectory() as folder:
            objects = build(cc, QUEUE, folder, level, *flags)
            needed = names(nm, objects, "U")
            assert needed == FOUR, (level, needed)


@test()
def gcc_builds_it_freestanding():
    needs_only_four(compiler("gcc"), "nm")


@test()
def clang_builds_it_freestanding():
    needs_only_four(compiler("clang"), "nm")


@test()
def mingw_builds_it_freestanding():
    needs_only_four(compiler("x86_64-w64-mingw32-gcc"), "x86_64-w64-mingw32-nm")


@test()
def it_builds_without_vector_registers():
    needs_only_four(compiler("gcc"), "nm", "-mgeneral-regs-only")
    needs_only_four(compiler("clang"), "nm", "-mgeneral-regs-only")


@test()
def it_has_no_state_of_its_own():
    with tempfile.TemporaryDirectory() as folder:
        objects = build(compiler("gcc"), QUEUE, folder, "-O2")
        assert not names("nm", objects, "DdBbC")


@test()
def the_header_stands_alone_in_c_and_in_cxx():
    header = str(TOP / "src/port/mapping_queue.h")
    run(compiler("gcc"), *FREESTANDING, "-x", "c", "-fsyntax-only", header)
    cxx = ["-std=c++14", "-ffreestanding", "-Wall", "-Wextra", "-fsyntax-only", "-I", str(TOP / "src"),
           "-x", "c++"]
    run(compiler("g++"), *cxx, header)


# A store of xmm6 to xmm15, which belong to the caller in Microsoft's convention, to the stack.
SAVE = re.compile(r"\bmov[au]p[sd]\s+%xmm(?:[6-9]|1[0-5]),\s*-?(?:0x[0-9a-f]+)?\(%r[sb]p")


def functions_that_save(objects):
    saving = set()
    for line in run("objdump", "-d", "--no-show-raw-insn", *objects).splitlines():
        head = re.match(r"[0-9a-f]+ <([^>]+)>:", line)
        if head:
            function = head.group(1)
        elif SAVE.search(line):
            saving.add(function)
    return saving


def saves_nothing(cc):
    with tempfile.TemporaryDirectory() as folder:
        objects = build(cc, QUEUE + [SAMPLE], folder, "-O2")
        assert {"sample_get_mapping", "sample_release_mapping"} <= names("nm", objects, "T")
        assert not functions_that_save(objects), functions_that_save(objects)


@test()
def gcc_saves_no_xmm_register():
    saves_nothing(compiler("gcc"))


@test()
def clang_saves_no_xmm_register():
    saves_nothing(compiler("clang"))


@test()
def the_search_finds_a_save_where_there_is_one():
    text = pathlib.Path(SAMPLE).read_text().replace(
        "    MQ_API void (*entered)(", "    void (*entered)(")
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "other_convention.c")
        pathlib.Path(source).write_text(text)
        objects = build(compiler("gcc"), [source], folder, "-O2")
        assert functions_that_save(objects) == {"sample_get_mapping", "sample_release_mapping"}


main()
