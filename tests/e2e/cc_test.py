#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""portside cc, as a driver's author runs it: tests/dialect compiles and runs; what is wrong is told."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys

import tap
from tap import expect, one_line, proves, run

SOURCE = pathlib.Path(os.environ['SOURCE'])
DIALECT = SOURCE / 'tests/dialect'
CHORD = str(SOURCE / 'examples/chord.wav')
HELD = 'DriverEntry returned STATUS_NO_MORE_ENTRIES'


def held(folder, name, *options):
    """Compiles a source of tests/dialect and loads it: every check of its DriverEntry held."""
    driver = pathlib.Path(folder) / 'dialect.so'
    expect(run('cc', '-o', driver, *options, DIALECT / name), 0)
    said = run('play', CHORD, '-d', driver, '-o', 'null').stderr
    assert HELD in said, said


@proves('DS-20')
def test_the_language_is_microsofts(folder):
    held(folder, 'language.cpp')
    held(folder, 'language.cpp', '-O2')


@proves('DS-20')
def test_what_only_microsofts_compiler_takes(folder):
    held(folder, 'again.cpp')


@proves('DS-20')
def test_the_run_time_library_and_traces(folder):
    held(folder, 'runtime.cpp', '-O2')


@proves('DS-21')
def test_headers_beside_the_sources_are_found_and_said(folder):
    top = pathlib.Path(folder)
    for part in ('Source/Main', 'Source/Inc'):
        (top / part).mkdir(parents=True)
    (top / 'Source/Inc/definitions.h').write_text('#include <ntddk.h>\n#include "More.h"\n')
    (top / 'Source/Inc/more.h').write_text('#pragma once\n' '#define ANSWER STATUS_NO_MORE_ENTRIES\n')
    (top / 'Source/Main/adapter.cpp').write_text(
        '#include <definitions.h>\n#include "Inc/more.h"\nextern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT, PUNICODE_STRING) { return ANSWER; }\n')
    made = run('cc', '-o', top / 'nearby.so', top / 'Source/Main/adapter.cpp')
    expect(made, 0)
    assert 'definitions.h is in no folder of -I; taken from' in made.stderr and 'Source/Inc' in made.stderr, made.stderr
    assert HELD in run('play', CHORD, '-d', top / 'nearby.so', '-o', 'null').stderr


@proves('DS-21')
def test_names_are_found_as_windows_finds_them(folder):
    held(folder, 'names.cpp')


@proves('DS-22')
def test_guids_and_imp_macros(folder):
    held(folder, 'guids.cpp', '-O1')


@proves('DS-23')
def test_objects_come_zeroed_from_pool(folder):
    held(folder, 'objects.cpp', '-O2')


@proves('DS-24')
def test_bounded_text(folder):
    held(folder, 'bounded.c')
    held(folder, 'bounded.c', '--compiler', 'gcc', '-O2')


@proves('DS-24')
def test_text_has_16_bits_and_va_list_is_windows(folder):
    held(folder, 'text.cpp', '-O2')


@proves('DS-25')
def test_interfaces_that_others_lack(folder):
    held(folder, 'interfaces.cpp')


@proves('DS-7')
def test_objects_of_kmdf_beside_the_port_class(folder):
    held(folder, 'framework.cpp')


def test_a_driver_may_bring_its_own_stdunk(folder):
    own, driver = pathlib.Path(folder) / 'stdunk.cpp', pathlib.Path(folder) / 'own.so'
    own.write_text((SOURCE / 'lib/stdunk/unknown.cpp').read_text().replace('__attribute__((__weak__))', ''))
    expect(run('cc', '-o', driver, DIALECT / 'objects.cpp', own), 0)
    assert HELD in run('play', CHORD, '-d', driver, '-o', 'null').stderr


def test_exceptions_reach_the_innermost_handler(folder):
    for level in ('-O0', '-O2'):
        held(folder, 'exceptions.cpp', level)
    if shutil.which('gcc'):
        held(folder, 'exceptions.cpp', '--compiler', 'gcc', '-O2')


def test_gcc_takes_clean_code(folder):
    for compiler in ('gcc', 'clang'):
        if shutil.which(compiler):
            held(folder, 'plain.c', '--compiler', compiler)


def test_a_whole_driver_plays_the_same_whoever_compiled_it(folder):
    sounds = set()
    for options in (['-O2'], ['--compiler', 'gcc', '-O0']):
        driver, out = pathlib.Path(folder) / 'ac97.so', pathlib.Path(folder) / 'out.wav'
        expect(run('cc', '-o', driver, *options, *sorted((SOURCE / 'drivers/ac97').glob('*.c'))), 0)
        expect(run('play', CHORD, '-d', driver, '-o', out), 0)
        sounds.add(out.read_bytes())
    assert len(sounds) == 1


def test_a_looped_pin_without_a_range_for_directsound_is_opened_with_the_plain_specifier(folder):
    sources = shutil.copytree(SOURCE / 'drivers/ac97', pathlib.Path(folder) / 'ac97')
    wave = sources / 'wave.c'
    text = wave.read_text()
    assert 'SPECIFIER_DSOUND' in text
    wave.write_text(text.replace('SPECIFIER_DSOUND', 'SPECIFIER_WAVEFORMATEX'))
    driver = pathlib.Path(folder) / 'ac97.so'
    expect(run('cc', '-o', driver, *sorted(sources.glob('*.c'))), 0)
    played = expect(run('play', CHORD, '-d', driver, '--client', 'looped', '-o', 'null'), 0)
    assert tap.closing(played)['underruns'] == '0', played.stdout


def source(folder, text, name='driver.c'):
    path = pathlib.Path(folder) / name
    path.write_text(text)
    return path


ENTRY = '#include <ntddk.h>\nNTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT d, PUNICODE_STRING p) { %s }\n'


def test_imports_that_a_kernel_does_not_have_are_named(folder):
    text = 'int puts(const char *); void *malloc(unsigned long long);\n' + ENTRY % 'puts("x"); return malloc(9) != 0;'
    failed = expect(run('cc', '-o', pathlib.Path(folder) / 'x.so', source(folder, text)), 3)
    assert 'puts' in failed.stderr and 'malloc' in failed.stderr, failed.stderr
    assert not (pathlib.Path(folder) / 'x.so').exists()


def test_a_driver_without_an_entry_is_refused(folder):
    failed = expect(run('cc', '-o', pathlib.Path(folder) / 'x.so', source(folder, 'int nothing;\n')), 3)
    assert 'DriverEntry' in failed.stderr


def test_errors_name_the_sources_own_line(folder):
    failed = expect(run('cc', '-o', pathlib.Path(folder) / 'x.so', source(folder, ENTRY % 'return wrong;')), 3)
    assert 'driver.c:2:' in failed.stderr and 'does not compile' in failed.stderr, failed.stderr


def test_what_the_run_time_of_cxx_does_wrong_is_told_at_the_drivers_own_line(folder):
    text = ('#include <portcls.h>\n#include <stdunk.h>\nstruct thing { int it; };\n'
            'extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT d, PUNICODE_STRING p)\n{\n'
            '    thing *made = new (NonPagedPool, 0) thing;\n    delete made;\n    return STATUS_UNSUCCESSFUL;\n}\n')
    driver = pathlib.Path(folder) / 'x.so'
    expect(run('cc', '-o', driver, source(folder, text, 'driver.cpp')), 0)
    said = expect(run('play', CHORD, '-d', driver, '-o', 'null'), 3).stderr
    assert 'VF-69' in said and 'driver side: driver.cpp:6 in DriverEntry' in said, said
    assert 'from new.cpp:' in said, 'the image is gone by then, its call stack is not: ' + said


def test_what_is_not_in_this_release(folder):
    for options in (['--verify'], ['--target', 'sys']):
        assert 'not in this release' in one_line(expect(run('cc', '-o', 'x.so', *options, 'x.c'), 2))


def test_a_missing_compiler_is_named_with_its_package(folder):
    text = one_line(expect(run('cc', '-o', 'x.so', '--compiler', 'clang-99', source(folder, 'int x;')), 3))
    assert 'apt-get install clang' in text, text


def with_compiler(folder, does):
    """Runs portside cc with a compiler that `does`, once it is at work; its process and the folder for its files."""
    made = pathlib.Path(folder) / 'made'
    made.mkdir()
    os.mkfifo(pathlib.Path(folder) / 'ready')
    os.mkfifo(pathlib.Path(folder) / 'never')
    compiler = pathlib.Path(folder) / 'gcc-stand-in'
    compiler.write_text(f'#!/bin/sh\ncase $* in --version) echo stand-in; exit;; esac\n'
                        f'echo > {folder}/ready\n{does}\n')
    compiler.chmod(0o755)
    process = subprocess.Popen([os.path.abspath(tap.PORTSIDE), 'cc', '--compiler', compiler, '-o',
                                pathlib.Path(folder) / 'x.so', source(folder, 'int x;')],
                               env={**os.environ, 'TMPDIR': str(made)}, stderr=subprocess.PIPE, text=True)
    (pathlib.Path(folder) / 'ready').read_text()
    return process, made


def killed(folder, number):
    process, made = with_compiler(folder, f'exec cat {folder}/never')
    assert len(list(made.iterdir())) == 1
    process.send_signal(number)
    said = process.communicate(timeout=100)[1]
    assert (process.returncode, said, list(made.iterdir())) == (128 + number, '', []), (process.returncode, said)


def test_a_signal_ends_the_compiler_and_leaves_nothing(folder):
    killed(folder, signal.SIGTERM)


def test_so_does_ctrl_c(folder):
    killed(folder, signal.SIGINT)


def test_a_compiler_that_is_killed_is_told_and_leaves_nothing(folder):
    process, made = with_compiler(folder, 'kill -9 $$')
    said = process.communicate(timeout=100)[1]
    assert process.returncode == 3 and 'driver.c: its compiler was ended by signal 9' in said, said
    assert not list(made.iterdir())


def test_wrong_words_are_usage(folder):
    for words in ([], ['-o', 'x.so'], ['x.c'], ['-o', 'x.so', 'x.txt'], ['--nonsense']):
        one_line(expect(run('cc', *words), 2))


def test_the_address_sanitizer_finds_an_overrun(folder):
    text = ENTRY % ('volatile char room[8]; volatile int i = 8; room[i] = 1; return room[i] ? (NTSTATUS)0x8000001A : 0;')
    driver = pathlib.Path(folder) / 'x.so'
    made = run('cc', '--asan', '-o', driver, source(folder, text))
    if made.returncode == 3 and 'apt-get install' in made.stderr:
        raise tap.Skip('no address sanitizer for this compiler')
    expect(made, 0)
    failed = expect(run('play', CHORD, '-d', driver, '-o', 'null'), 1)
    assert 'AddressSanitizer' in failed.stderr and 'driver.c:2' in failed.stderr, failed.stderr
    clean = pathlib.Path(folder) / 'ac97.so'
    expect(run('cc', '--asan', '-o', clean, *sorted((SOURCE / 'drivers/ac97').glob('*.c'))), 0)
    expect(run('play', CHORD, '-d', clean, '-o', 'null'), 0)


def test_the_note_says_who_compiled(folder):
    driver = pathlib.Path(folder) / 'x.so'
    expect(run('cc', '-o', driver, source(folder, ENTRY % 'return 0;')), 0)
    note = subprocess.run(['readelf', '-p', '.note.portside', driver], capture_output=True, text=True).stdout
    assert 'compiler=' in note and 'sanitizer=none' in note, note


if __name__ == '__main__':
    tap.main(sys.modules[__name__])
