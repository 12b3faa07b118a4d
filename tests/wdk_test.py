#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""include/wdk under every compiler there is: layouts, headers alone, names of the C run-time library, and
objects whose halves come from different compilers. clang's target for Microsoft's tool chain is the
oracle for layouts and for the call of methods that return structures. From the environment: SOURCE, CC, CXX,
DRIVER_FLAGS, what drivers are compiled with, and EVERY_COMPILER: each header under each of them, which takes minutes;
else under this build's, as drivers are compiled."""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

from headers import worth_trying
from ps_test import main, skip, test

TOP = pathlib.Path(os.environ["SOURCE"])
WDK = TOP / "include/wdk"
WARN = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-Wno-multichar"]
INCLUDES = [f"-I{TOP}", f"-I{WDK}"]
C, CXX = ["-std=gnu11", "-xc"], ["-std=gnu++17", "-xc++"]
SHORT = ["-fshort-wchar"]
MINGW, CLANG, CLANGXX = "x86_64-w64-mingw32-gcc", "clang", "clang++"
MSVC = ["--target=x86_64-pc-windows-msvc", "-ffreestanding"]


def commands():
    """Name and command line of each compiler; those of this build come first."""
    found, seen = [], set()
    for program, language in ((os.environ["CC"], C), (os.environ.get("CXX"), CXX),
                              ("gcc", C), ("g++", CXX), (CLANG, C), (CLANGXX, CXX)):
        words = shlex.split(program or "")
        path = words and shutil.which(words[0])
        key = path and (os.path.realpath(path), *words[1:], *language)
        if path and key not in seen:
            seen.add(key)
            found += [(program, words + language + wide) for wide in ([], SHORT)]
    if shutil.which(MINGW):
        found.append((MINGW, [MINGW, "-ffreestanding"] + C))
    if shutil.which(CLANG):
        found += [("clang for Microsoft, C", [CLANG] + MSVC + C),
                  ("clang for Microsoft, C++", [CLANGXX] + MSVC + CXX)]
    return found


def commands_for_headers():
    """Those that each header is tried with: all of them, or this build's two as for a driver."""
    if os.environ.get("EVERY_COMPILER"):
        return commands()
    own = (os.environ["CC"], os.environ.get("CXX"))
    return [(name, command) for name, command in commands() if name in own and "-fshort-wchar" in command]


def headers():
    return [path.relative_to(WDK.resolve()) for path in worth_trying(sorted(WDK.glob("*.h")), [WDK])]


def compile_text(command, text, *options, output=None):
    where = ["-o", output] if output else ["-fsyntax-only"]
    done = subprocess.run(command + WARN + INCLUDES + list(options) + where + ["-"], input=text,
                          capture_output=True, text=True)
    return done.stderr.strip() if done.returncode else ""


def passes(job):
    name, command, text = job
    wrong = compile_text(command, text)
    return f"{name}: {wrong[:2000]}" if wrong else ""


def all_pass(jobs):
    with ThreadPoolExecutor(2) as pool:
        complaints = list(filter(None, pool.map(passes, jobs)))
    assert not complaints, "\n" + "\n".join(complaints)


@test("SV-90", "KP-32", "KP-70", "KP-72")
def layouts_hold_under_every_compiler():
    all_pass((" ".join(command), command, '#include "tests/wdk_layout.h"\n') for _, command in commands())


@test()
def a_wrong_layout_does_not_compile():
    for _, command in commands():
        assert "0xD8" in compile_text(command, '#include "tests/wdk_layout.h"\nSIZE(IRP, 0xD8);\n')


@test()
def headers_stand_alone():
    all_pass((f"{header}: {' '.join(command)}", command,
              f"#include <{header}>\n#include <{header}>\nextern int anything;\n")
             for header in headers() for _, command in commands_for_headers())


@test()
def headers_may_be_included_inside_extern_c():
    if not os.environ.get("CXX"):
        skip("no C++ compiler")
    all_pass((f"{header}: {' '.join(command)}", command, f'extern "C" {{\n#include <{header}>\n}}\n')
             for header in headers() for _, command in commands_for_headers() if "-xc++" in command)


RUN_TIME = r"""
#include <ntddk.h>
#include <ks.h>
#include <ntstrsafe.h>
size_t length(const wchar_t *s);
size_t length(const wchar_t *s) { return wcslen(s) + wcslen(L"abcdefg"); }
int compare(const wchar_t *a, const wchar_t *b);
int compare(const wchar_t *a, const wchar_t *b) { if (wcschr(a, L'x') || wcsstr(a, b)) return max(1, 2); return wcscmp(a, b) + _wcsnicmp(a, b, 3); }
static const UNICODE_STRING constant = RTL_CONSTANT_STRING(L"abc");
DECLARE_CONST_UNICODE_STRING(declared, L"abcd");
const UNICODE_STRING *both(int which);
const UNICODE_STRING *both(int which) { return which ? &constant : &declared; }
DEFINE_KSPIN_INTERFACE_TABLE(table){DEFINE_KSPIN_INTERFACE_ITEM(KSINTERFACESETID_Standard, 1)};
ULONG first(void);
ULONG first(void) { return table[0].Set.Data1 + table[0].Id; }
int print(char *to, wchar_t *wide);
int print(char *to, wchar_t *wide)
{
    return sprintf(to, "%d", 7) + _snprintf(to, 9, "x%d", 1) + _snwprintf(wide, 9, L"%d", 7);
}
"""


@test("DS-24")
def wide_and_printing_functions_are_ours():
    for name, command in commands():
        if "-fshort-wchar" not in command:
            continue
        for level in ("-O0", "-O2"):
            with tempfile.NamedTemporaryFile(suffix=".o") as file:
                wrong = compile_text(command, RUN_TIME, "-c", level, output=file.name)
                assert not wrong, wrong
                names = subprocess.run(["nm", "-u", file.name], capture_output=True, text=True).stdout
            undefined = set(re.findall(r"U (\S+)", names))
            assert "nt_wcslen" in undefined and "nt__snwprintf" in undefined, (name, undefined)
            assert not {n for n in undefined if re.match(r"wcs|_?v?sn?w?printf", n)}, (name, undefined)


@test("DS-22")
def an_image_keeps_its_guids_to_itself():
    text = "#include <portcls.h>\nextern const void *used[];\nconst void *used[] = {&KSCATEGORY_AUDIO};\n"
    with tempfile.TemporaryDirectory() as folder:
        objects = []
        for number in range(2):
            objects.append(f"{folder}/{number}.o")
            unit = text.replace("used", f"used{number}")
            wrong = compile_text(shlex.split(os.environ["CC"]) + C, unit, "-c", "-fPIC", output=objects[-1])
            assert not wrong, wrong
        image = f"{folder}/image.so"
        subprocess.run(shlex.split(os.environ["CC"]) + ["-shared", "-o", image] + objects, check=True)
        dynamic = subprocess.run(["nm", "-D", image], capture_output=True, text=True).stdout
        here = subprocess.run(["nm", image], capture_output=True, text=True).stdout
    assert "KSCATEGORY_AUDIO" not in dynamic
    assert len(re.findall(r"KSCATEGORY_AUDIO$", here, re.M)) == 1


def build(folder, c_compiler, cxx_compiler):
    objects = []
    for compiler, source, language in ((c_compiler, "wdk_com_test.c", C), (c_compiler, "ps_test.c", C),
                                       (cxx_compiler, "wdk_com_objects.cpp", CXX + ["-fno-exceptions", "-fno-rtti"])):
        objects.append(f"{folder}/{source}.o")
        subprocess.run([compiler] + language + WARN + INCLUDES + ["-O1", "-c", str(TOP / "tests" / source),
                       "-o", objects[-1]], check=True, capture_output=True)
    program = f"{folder}/program"
    subprocess.run([cxx_compiler] + objects + ["-lcmocka", "-o", program], check=True, capture_output=True)
    return program


@test("DS-20")
def halves_of_different_compilers_agree():
    pairs = [(c, x) for c in ("gcc", CLANG) for x in ("g++", CLANGXX) if shutil.which(c) and shutil.which(x)]
    if len(pairs) < 4:
        skip("needs gcc, g++, clang and clang++")
    for pair in pairs:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([build(folder, *pair)], capture_output=True, text=True)
        assert done.returncode == 0 and "not ok" not in done.stdout, (pair, done.stdout)
        assert done.stdout.count("\nok ") == 5, (pair, done.stdout)


DRIVER = ["-fshort-wchar", "-fno-exceptions", "-fno-rtti", "-fPIC", "-O1"]


def exports():
    text = (TOP / "src/loader/exports.def").read_text()
    return set(re.findall(r"^EXPORT\(\w+, (\w+),", text, re.M))


@test("DS-20", "DS-23", "SV-75")
def a_driver_in_cxx_links_stdunk_and_imports_the_kernel_only():
    sources = [TOP / "tests/wdk_driver.cpp", *sorted((TOP / "lib/stdunk").glob("*.cpp"))]
    compilers = [shlex.split(os.environ["CXX"])] if os.environ.get("CXX") else []
    compilers += [[CLANGXX], [CLANGXX, "-fms-extensions"]] if shutil.which(CLANGXX) else []
    if not compilers:
        skip("no C++ compiler")
    for compiler in compilers:
        with tempfile.TemporaryDirectory() as folder:
            image, objects = f"{folder}/driver.so", []
            for source in sources:
                objects.append(f"{folder}/{source.name}.o")
                hidden = ["-fvisibility=hidden"] if "stdunk" in str(source) else []
                wrong = compile_text(compiler + CXX + DRIVER + hidden, f'#include "{source}"\n', "-c",
                                     output=objects[-1])
                assert not wrong, wrong
            subprocess.run(compiler + ["-shared", "-nostdlib", "-o", image] + objects + ["-lc"], check=True)
            names = subprocess.run(["nm", "-D", image], capture_output=True, text=True).stdout
        imports = set(re.findall(r" U ([^\s@]+)(?!\S*@)", names))
        assert imports and imports <= exports(), (compiler, imports - exports())
        assert not re.search(r"_Z(dl|da|nw|na)P?|CUnknown", names), names


LOOP = """#include <wdm.h>
ULONG sum(PCM_RESOURCE_LIST list);
ULONG sum(PCM_RESOURCE_LIST list)
{
    ULONG total = 0;
    for (ULONG i = 0; i < list->List[0].PartialResourceList.Count; i++)
        total += list->List[0].PartialResourceList.PartialDescriptors[i].Flags;
    return total;
}
union { CM_RESOURCE_LIST list; UCHAR bytes[256]; } room;
int main(void)
{
    CM_PARTIAL_RESOURCE_DESCRIPTOR *at = room.list.List[0].PartialResourceList.PartialDescriptors;
    room.list.Count = 1;
    room.list.List[0].PartialResourceList.Count = 3;
    for (int i = 0; i < 3; i++) {
        at->Flags = (USHORT)(1 << i);
        at = (CM_PARTIAL_RESOURCE_DESCRIPTOR *)((UCHAR *)at + sizeof(*at));
    }
    return (int)sum(&room.list);
}
"""


@test()
def a_driver_sees_each_of_its_resources_at_every_level():
    flags = shlex.split(os.environ["DRIVER_FLAGS"])
    for program, language in ((os.environ["CC"], C), (os.environ.get("CXX"), CXX)):
        for level in ("-O0", "-O1", "-O2", "-O3") if program else ():
            with tempfile.TemporaryDirectory() as folder:
                wrong = compile_text(shlex.split(program) + language + flags, LOOP, level, output=f"{folder}/loop")
                assert not wrong, wrong
                seen = subprocess.run([f"{folder}/loop"], check=False).returncode
            assert seen == 7, (program, level, seen)


# Ordinary C++ for Microsoft's compilers, and the interface of ours that must come out the same.
ASK = """
LONGLONG ask(%s *stream, PMDL mdl) { return stream->GetPhysicalPageAddress(mdl, 5).QuadPart; }
"""
ORDINARY = """
#include <portcls.h>
struct Ordinary : IUnknown {
    virtual PMDL a() = 0; virtual PMDL b() = 0; virtual PVOID c() = 0; virtual VOID d() = 0;
    virtual VOID e() = 0; virtual ULONG f() = 0;
    virtual PHYSICAL_ADDRESS GetPhysicalPageAddress(PMDL mdl, ULONG index) = 0;
};
""" + ASK % "Ordinary"
OURS = "#include <portcls.h>\n" + ASK % "IPortWaveRTStream"


def body(target, text):
    with tempfile.NamedTemporaryFile(suffix=".s") as file:
        wrong = compile_text([CLANGXX] + target + CXX, text, "-S", "-O2", "-fno-asynchronous-unwind-tables",
                             output=file.name)
        assert not wrong, wrong
        lines = pathlib.Path(file.name).read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if re.match(r'"?[?_].*ask.*:', line))
    code = []
    for line in lines[start + 1:]:
        line = line.split("#")[0].strip()
        if line and not line.startswith("."):
            code.append(line)
        if line.startswith("ret") or line.startswith("jmp"):
            return code
    raise AssertionError("no end")


@test("RT-26")
def structure_results_are_what_microsofts_compilers_do():
    if not shutil.which(CLANGXX):
        skip("needs clang++")
    assert body(MSVC, OURS) == body(MSVC, ORDINARY)
    called = [line for line in body([], OURS) if line.startswith("call")]
    assert called == ["callq\t*72(%rax)"], called
    assert any("%rdx" in line for line in body([], OURS))


main()
