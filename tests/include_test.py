#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who may include whom, and headers that stand alone. From the environment: SOURCE, the top of the tree;
CC and, where there is one, CXX, the compilers' command lines."""
import os
import pathlib
import re
import shlex
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

from headers import worth_trying
from ps_test import main, skip, test

TOP = pathlib.Path(os.environ["SOURCE"])
# A folder includes itself and those after it.
LAYERS = ["campaign", "scenario", "host", "loader", "verifier", "port", "ks", "kernel", "machine", "models", "sched", "base"]
WITHOUT_NT = ["machine", "models", "sched", "base"]
WDK, PUBLIC = TOP / "include/wdk", TOP / "include/portside"
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def sources(*folders, pattern=r"\.(c|h|S|cpp|def)$"):
    return sorted(path for folder in folders for path in (TOP / folder).rglob("*")
                  if re.search(pattern, path.name))


def includes(path):
    """Files of ours that a file includes, and the names that are not ours."""
    ours, foreign = [], []
    for mark, name in INCLUDE.findall(path.read_text(errors="replace")):
        places = [path.parent] if mark == '"' else []
        places += [TOP / "src", TOP / "include", WDK, TOP]
        found = next((p / name for p in places if (p / name).is_file()), None)
        if found:
            ours.append(found.resolve())
        else:
            foreign.append(name)
    return ours, foreign


def closure(path):
    seen, todo = set(), [path]
    while todo:
        for header in includes(todo.pop())[0]:
            if header not in seen:
                seen.add(header)
                todo.append(header)
    return seen


def inside(path, folder):
    return (TOP / folder).resolve() in path.resolve().parents


def layer(path):
    return next((n for n in LAYERS if inside(path, f"src/{n}")), None)


def none(complaints):
    complaints = list(complaints)
    assert not complaints, "\n" + "\n".join(complaints)


def say(path, header):
    name = header.relative_to(TOP.resolve()) if isinstance(header, pathlib.Path) else f"<{header}>"
    return f"{path.relative_to(TOP)} includes {name}"


@test()
def lower_folders_never_include_higher_ones():
    none(say(path, header) for path in sources("src") if layer(path) for header in includes(path)[0]
         if (layer(header) and LAYERS.index(layer(header)) < LAYERS.index(layer(path)))
         or inside(header, "tools") or inside(header, "drivers"))


@test()
def every_source_folder_has_its_layer():
    none(f"src/{path.name} is no layer" for path in (TOP / "src").iterdir()
         if path.is_dir() and path.name not in LAYERS)


@test()
def lower_half_knows_no_nt():
    none(say(path, header) for folder in WITHOUT_NT for path in sources(f"src/{folder}")
         for header in closure(path) if inside(header, "include/wdk"))


@test()
def models_cannot_see_the_host():
    none(say(path, header) for path in sources("src/models") for header in closure(path)
         if inside(header, "src/host"))


@test()
def tool_and_its_writer_use_the_public_headers_only():
    none(say(path, header) for folder in ("tools/portside", "examples")
         for path in sources(folder) for header in closure(path)
         if inside(header, "src") or inside(header, "include/wdk"))


@test()
def drivers_include_the_wdk_and_each_other_only():
    for path in sources("drivers", "zoo", "lib"):
        ours, foreign = includes(path)
        none(say(path, header) for header in ours
             if not inside(header, "include/wdk") and not inside(header, "drivers") and
             header.parent != path.parent.resolve())
        none(say(path, name) for name in foreign)


@test()
def wdk_and_public_headers_stay_apart():
    none(say(path, header) for path in sources("include/portside") for header in closure(path)
         if not inside(header, "include/portside"))
    none(say(path, header) for path in sources("include/wdk") for header in closure(path)
         if not inside(header, "include/wdk"))


# ---- headers alone -------------------------------------------------------------------------------------

STRICT = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-fsyntax-only"]


def compile_alone(job):
    command, header, folders = job
    done = subprocess.run(
        command + STRICT + [f"-I{TOP / folder}" for folder in folders] + ["-"],
        input=f"#include <{header}>\n#include <{header}>\nextern int anything;\n", capture_output=True, text=True)
    return "" if done.returncode == 0 else f"{header}: {done.stderr.strip()[:2000]}"


def alone(language, headers, folders):
    compiler = os.environ.get("CXX" if "c++" in language[1] else "CC")
    if not compiler:
        skip("no C++ compiler")
    jobs = [(shlex.split(compiler) + language, header, folders) for header in headers]
    with ThreadPoolExecutor(2) as pool:
        none(filter(None, pool.map(compile_alone, jobs)))


C, CXX = ["-xc", "-std=gnu11"], ["-xc++", "-std=gnu++17"]


def names(paths, folder):
    return [str(path.relative_to(folder.resolve())) for path in paths]


def public_headers():
    return names(sorted(PUBLIC.resolve().glob("*.h")), TOP / "include")


def wdk_headers():
    return names(worth_trying(sorted(WDK.glob("*.h")), [WDK]), WDK)


@test()
def public_headers_stand_alone_in_c():
    alone(["-xc", "-std=c11", "-Wpedantic"], public_headers(), ["include"])


@test()
def public_headers_stand_alone_in_cxx():
    alone(["-xc++", "-std=c++11", "-Wpedantic"], public_headers(), ["include"])


@test()
def wdk_headers_stand_alone_in_c():
    alone(C, wdk_headers(), ["include/wdk"])


@test()
def wdk_headers_stand_alone_in_cxx():
    alone(CXX, wdk_headers(), ["include/wdk"])


@test()
def own_headers_stand_alone():
    folders = ["src", "include", "include/wdk"]
    headers = worth_trying(sources("src", pattern=r"\.h$"), [TOP / folder for folder in folders],
                           sources("src", pattern=r"\.c$"))
    alone(C + ["-D_GNU_SOURCE"], names(headers, TOP / "src"), folders)


@test()
def what_the_build_does_not_compile_alone_is_tried():
    files = {"a.h": "// leans on what is included before it\n#ifndef A\n#define A\nstruct a { type t; };\n#endif\n",
             "b.h": "#ifndef B\n#define B\n#include \"c.h\"\nint b;\n#endif\n",
             "c.h": "#pragma once\ntypedef int type;\n", "twice.h": "int twice;\n",
             "name.h": "#pragma once\n/* b */\n#include \"b.h\"\n",
             "x.c": "// x\n#include \"b.h\"\n#include \"a.h\"\n", "y.c": "#include \"twice.h\"\n"}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (pathlib.Path(folder) / name).write_text(text)
        headers, compiled = (sorted(pathlib.Path(folder).glob(pattern)) for pattern in ("*.h", "*.c"))
        assert [path.name for path in worth_trying(headers, [], compiled)] == ["a.h", "twice.h"]
        assert [path.name for path in worth_trying(headers, [])] == ["a.h", "b.h", "twice.h"]


main()
