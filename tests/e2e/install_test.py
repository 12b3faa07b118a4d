#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Installs into an empty folder and builds the example of docs/host.md with pkg-config alone, as C and as C++."""
import os
import re
import shutil
import subprocess
import sys

import tap

BUILD = os.environ.get('BUILD', 'build')
SOURCE = os.environ.get('SOURCE', '.')
installed = {}


def install(folder):
    """Installs once; returns (root, environment)."""
    if not installed:
        root = os.path.join(os.environ.get('TMPDIR', '/tmp'), f'portside-install-{os.getpid()}')
        subprocess.run(['meson', 'install', '-C', BUILD, '--no-rebuild', '--quiet', '--destdir', root],
                       check=True, stdout=subprocess.DEVNULL)
        found = [folder for folder, _, files in os.walk(root) if 'portside.pc' in files]
        assert len(found) == 1, found
        libdir = os.path.dirname(found[0])
        environment = dict(os.environ, PKG_CONFIG_PATH=found[0], PKG_CONFIG_SYSROOT_DIR=root,
                           LD_LIBRARY_PATH=libdir)
        installed.update(root=root, environment=environment, libdir=libdir)
    return installed


def skip_if_instrumented(place):
    """A plain program cannot load a library that needs a sanitizer's run time."""
    library = os.path.join(place['libdir'], 'libportside.so.0')
    names = subprocess.run(['nm', '-D', library], check=True, stdout=subprocess.PIPE, text=True).stdout
    if '__asan_init' in names or '__tsan_init' in names:
        raise tap.Skip('the library is built with a sanitizer')


def flags(environment):
    return subprocess.run(['pkg-config', '--cflags', '--libs', 'portside'], check=True,
                          env=environment, stdout=subprocess.PIPE, text=True).stdout.split()


def example():
    with open(os.path.join(SOURCE, 'docs/host.md')) as file:
        return re.search(r'```c example\n(.*?)```', file.read(), re.S).group(1)


def build_and_run(folder, compiler, name, *options):
    place = install(folder)
    skip_if_instrumented(place)
    source = os.path.join(folder, name)
    with open(source, 'w') as file:
        file.write(example())
    program = os.path.join(folder, 'example')
    subprocess.run([compiler, *options, source, '-o', program, *flags(place['environment'])],
                   check=True, env=place['environment'])
    done = subprocess.run([program], env=place['environment'], stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0 and done.stdout == '48000 frames, bit for bit\n', done


def test_the_example_builds_from_c(folder):
    build_and_run(folder, 'cc', 'example.c', '-std=c11', '-Wall', '-Wextra', '-Werror')


def test_the_example_builds_from_cpp(folder):
    if not shutil.which('c++'):
        raise tap.Skip('no C++ compiler')
    build_and_run(folder, 'c++', 'example.cpp', '-std=c++17', '-Wall', '-Wextra', '-Werror',
                  '-Wno-missing-field-initializers')


def test_a_driver_builds_from_its_pkg_config(folder):
    place = install(folder)
    skip_if_instrumented(place)
    words = subprocess.run(['pkg-config', '--cflags', '--libs', 'portside-driver'], check=True,
                           env=place['environment'], stdout=subprocess.PIPE, text=True).stdout.split()
    image = os.path.join(folder, 'driver.so')
    compiler = os.environ.get('CC', 'cc').split()
    subprocess.run([*compiler, '-shared', '-fPIC', '-O2', os.path.join(SOURCE, 'tests/drivers/counter.c'),
                    '-o', image, *words], check=True)
    needed = subprocess.run(['readelf', '-d', image], check=True, stdout=subprocess.PIPE, text=True).stdout
    assert 'libportside.so.0' in needed and '-fshort-wchar' in words, (needed, words)


def test_driver_source_for_windows_builds_from_its_pkg_config(folder):
    if not shutil.which('c++'):
        raise tap.Skip('no C++ compiler')
    place = install(folder)
    skip_if_instrumented(place)
    words = subprocess.run(['pkg-config', '--cflags', '--libs', 'portside-wdk'], check=True,
                           env=place['environment'], stdout=subprocess.PIPE, text=True).stdout.split()
    image, where = os.path.join(folder, 'driver.so'), os.path.join(SOURCE, 'drivers/ac97-rt')
    sources = [os.path.join(where, name) for name in sorted(os.listdir(where)) if name.endswith('.cpp')]
    subprocess.run(['c++', '-std=gnu++17', '-w', '-shared', '-fPIC', '-nostdlib', '-I', where, *sources, '-o', image,
                    '-L', os.path.join(place['libdir'], 'portside'), '-lstdunk', *words, '-lc'], check=True)
    assert {'-fshort-wchar', '-fno-exceptions', '-fno-rtti'} <= set(words), words
    program = next(os.path.join(top, 'portside') for top, _, names in os.walk(place['root'])
                   if top.endswith('/bin') and 'portside' in names)
    done = subprocess.run([program, 'play', os.path.join(SOURCE, 'examples/chord.wav'), '-d', image, '-o', 'null'],
                          capture_output=True, text=True, env=place['environment'], check=False)
    assert done.returncode == 0 and 'underruns=0' in done.stdout, done


def test_everything_is_installed(folder):
    place = install(folder)
    files = [os.path.relpath(os.path.join(where, name), place['root'])
             for where, _, names in os.walk(place['root']) for name in names]
    for wanted in ('bin/portside', 'portside/drivers/ac97.so', 'include/portside/portside.h',
                   'include/portside/wdk/wdm.h', 'libportside.so.0'):
        assert any(name.endswith(wanted) for name in files), (wanted, files)
    if shutil.which('scdoc'):
        assert any(name.endswith('man1/portside.1') for name in files)
    if shutil.which('c++'):
        assert any(name.endswith('portside/drivers/ac97-rt.so') for name in files)
    program = next(name for name in files if name.endswith('bin/portside'))
    done = subprocess.run([os.path.join(place['root'], program), 'explain', 'WP-45'], capture_output=True, text=True,
                          env=place['environment'], check=False)
    assert done.returncode == 0 and 'spin lock' in done.stdout, (done.stdout, done.stderr)
    done = subprocess.run([os.path.join(place['root'], program), '--version'],
                          stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0, 'the installed program does not find its library'


def test_hosts_see_ps_names_alone(folder):
    place = install(folder)
    library = os.path.join(place['libdir'], 'libportside.so.0')
    names = subprocess.run(['nm', '-D', '--defined-only', '--with-symbol-versions', library],
                           check=True, stdout=subprocess.PIPE, text=True).stdout
    with open(os.path.join(SOURCE, 'src/loader/exports.def')) as file:
        exports = set(re.findall(r'EXPORT\([^,]+,\s*(\w+)', file.read()))
    for line in names.splitlines():
        name, _, version = line.split()[-1].partition('@@')
        if version in ('', ) or name == version:
            continue
        assert (version == 'PORTSIDE_0' and name.startswith('ps_')) or \
            (version == 'NT_0' and name in exports), line
    dynamic = subprocess.run(['readelf', '-d', library], check=True, stdout=subprocess.PIPE,
                             text=True).stdout
    assert 'Library soname: [libportside.so.0]' in dynamic


def test_cleaning_up(folder):
    shutil.rmtree(install(folder)['root'])


if __name__ == '__main__':
    tap.main(sys.modules[__name__])
