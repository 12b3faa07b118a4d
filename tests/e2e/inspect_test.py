#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""portside inspect, controls, the registry and INF files, and drivers that go wrong, as a user meets them."""
import os
import re
import shutil
import struct
import subprocess
import sys

import sound
import tap
from tap import expect, one_line, proves, run

DRIVERS = os.environ.get('DRIVERS', 'build/tests')
INF = '''; a driver's INF, with what setup reads of it
[Version]
Signature = "$WINDOWS NT$"
[Manufacturer]
%Us% = Models, NTamd64
[Models.NTamd64]
%Name% = Other, PCI\\VEN_FFFF&DEV_0001
%Name% = Install, PCI\\VEN_8086&DEV_2415
[Install.NT]
AddReg = Values
[Other.NT]
AddReg = Wrong
[Values]
HKR, Settings, Gain, 0x00010001, 42
HKR,, Text, , "a ""quoted"" %Name%; no comment"
HKR, Settings, Blob, 1, 01, 0A, \\
     ff
HKLM, Software\\Vendor, , , "default"
[Wrong]
HKR, Settings, Gain, 0x00010001, 1
[Strings]
Us = "Vendor"
Name = "A sound card"
'''


def path(folder, *names):
    return os.path.join(folder, *names)


def copy(folder, name, inf=None):
    """A copy of a test driver, with an INF beside it."""
    shutil.copy(os.path.join(DRIVERS, name + '.so'), folder)
    if inf is not None:
        with open(path(folder, name.upper() + '.inf'), 'wb') as file:
            file.write(inf if isinstance(inf, bytes) else inf.encode())
    return path(folder, name + '.so')


def write(folder, name, text):
    with open(path(folder, name), 'w') as file:
        file.write(text)
    return path(folder, name)


# ---- inspect -----------------------------------------------------------------------------------------------

@proves('TP-65', 'TP-66', 'TP-67', 'TP-68', 'TP-71', 'TP-72')
def test_filters_pins_nodes_and_endpoints(folder):
    text = expect(run('inspect', 'ac97'), 0).stdout
    for line in ('filter "Topology": AUDIO, TOPOLOGY', '  pin 0: data in, sink, AUDIO, open 0, at most 1',
                 '    range PCM, 1-2 channels, 16-16 bit, 8000-48000 Hz', '    wired to "Wave" pin 1',
                 '  node 0: VOLUME, called MASTER_VOLUME', '    property VOLUMELEVEL (get, set, basic support)',
                 '    VOLUMELEVEL goes from -46.50 to 0.00 dB by 1.50 dB, 2 channels', '    now 0.00 dB, 0.00 dB', '  connection pin 0 -> node 0 (its pin 1)',
                 'endpoint plays, SPEAKER: "Topology" pin 1, streams at "Wave" pin 0, volume at node 0 of "Topology", '
                 'mute at node 1 of "Topology", the default',
                 'endpoint records, LINE_CONNECTOR: "Topology" pin 2, streams at "Wave" pin 2, the default'):
        assert line in text.splitlines(), (line, text)


def test_a_drawing_for_graphviz(folder):
    text = expect(run('inspect', 'ac97', '--dot'), 0).stdout
    assert text.startswith('digraph driver {') and text.rstrip().endswith('}'), text
    assert 'f0_n0 -> f0_n1;' in text and '[style=dashed];' in text, text
    if shutil.which('dot'):
        subprocess.run(['dot', '-Tpng', '-o', path(folder, 'x.png')], input=text.encode(), check=True)


def test_every_driver_of_ours(folder):
    for driver in ('ac97', 'ac97-rt', 'cyclic', 'hda', 'multi', 'sb16'):
        text = expect(run('inspect', driver), 0).stdout
        assert 'filter "' in text, text
        assert 'remark KP-87' not in text and 'remark TP-50' not in text, text
        expect(run('inspect', driver, '--dot'), 0)


# ---- controls ----------------------------------------------------------------------------------------------

def loudest(file):
    data = sound.read(file)[0]
    return max(map(abs, struct.unpack(f'<{len(data) // 2}h', data)), default=0)


@proves('TP-72', 'TP-33', 'TP-34')
def test_a_volume_that_is_set_is_heard(folder):
    data = sound.frames(24000)
    source, output = sound.write(path(folder, 'in.wav'), data), path(folder, 'out.wav')
    expect(run('play', source, '-o', output, '--set', 'volume=-6dB'), 0)
    loud, soft = loudest(source), loudest(output)
    assert 0.45 < soft / loud < 0.55, (soft, loud)
    closing = expect(run('play', source, '-o', output, '--set', 'mute=on'), 0).stdout
    assert loudest(output) == 0
    assert 'frames=24000 ' in closing, closing  # fetched, though nothing was heard of them
    expect(run('play', source, '-o', output, '--set', 'mute=off', '--set', 'volume=0dB'), 0)
    sound.same(output, data, 48000)


OPT_OUT = '''
[HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Control\\DeviceClasses\\{class}\\##?#PCI#0000#{class}#Topology\\Device Parameters\\EP\\0]
"{{F3E80BEF-1723-4FF2-BCC4-7F83DC5E46D4}},2"=dword:{value:08x}
'''


@proves('TP-79', 'TP-80')
def test_what_is_set_is_kept_from_run_to_run_unless_the_driver_opts_out(folder):
    data = sound.frames(24000)
    source, output, registry = (path(folder, name) for name in ('in.wav', 'out.wav', 'kept.reg'))
    sound.write(source, data)
    keep = ('--registry', registry, '--keep-controls')

    def heard(*options):
        expect(run('play', source, '-o', output, *options), 0)
        return loudest(output)

    soft = heard(*keep, '--set', 'volume=-6dB')
    assert soft < loudest(source)
    assert heard('--registry', registry) == loudest(source), 'only who asks for it has it set again'
    assert heard(*keep) == soft
    with open(registry, encoding='utf-8') as file:
        kept = file.read()
    for value, expected in ((0, soft), (1, loudest(source))):
        with open(registry, 'w', encoding='utf-8') as file:
            file.write(kept + OPT_OUT.format(**{'class': '{6994AD04-93EF-11D0-A3CC-00A0C9223196}', 'value': value}))
        assert heard(*keep) == expected, value


def test_kept_controls_that_make_no_sense_are_left_alone(folder):
    source, output, registry = (path(folder, name) for name in ('in.wav', 'out.wav', 'kept.reg'))
    data = sound.frames(4800)
    sound.write(source, data)
    with open(registry, 'w', encoding='utf-8') as file:
        file.write('Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\Software\\Portside\\Controls\\Topology]\n'
                   '"9999.4.0"=dword:80000000\n"0.77.0"=dword:00000001\n"0.4.0 "=dword:80000000\n"0.4"=dword:80000000\n'
                   '"x"=dword:00000001\n"0.4.0"="loud"\n"0.13.0"=hex:01\n"99999999999.4.0"=dword:00000001\n')
    expect(run('play', source, '-o', output, '--registry', registry, '--keep-controls'), 0)
    sound.same(output, data, 48000)


def test_settings_that_make_no_sense(folder):
    source = sound.write(path(folder, 'in.wav'), sound.frames(10))
    one_line(expect(run('play', source, '-o', 'null', '--keep-controls'), 2))
    for setting in ('volume', 'volume=', 'volume=loud', 'volume=nan', 'volume=99999dB', 'mute=yes', 'bass=1', ''):
        one_line(expect(run('play', source, '-o', 'null', '--set', setting), 2))
    line = one_line(expect(run('play', source, '-o', 'null', '-d', 'multi', '--set', 'mute=on'), 3))
    assert 'mute' in line, line


# ---- registry, INF -----------------------------------------------------------------------------------------

@proves('AD-70', 'AD-71')
def test_defaults_come_from_the_inf_and_values_are_kept(folder):
    driver, registry = copy(folder, 'settings', INF), path(folder, 'registry.reg')
    for runs in (1, 2):
        expect(run('inspect', driver, '--registry', registry), 0)
        text = open(registry, encoding='utf-8').read()
        assert f'"Runs"=dword:0000000{runs}' in text, text
    assert '"Gain"=dword:0000002a' in text and '"Blob"=hex:01,0a,ff' in text, text
    assert '"Text"="a \\"quoted\\" A sound card; no comment"' in text, text
    assert '[HKEY_LOCAL_MACHINE\\Software\\Vendor]\n@="default"' in text, text
    # What the file says is stronger than the INF.
    with open(registry, 'w', encoding='utf-8') as file:
        file.write(text.replace('0000002a', '00000001'))
    line = one_line(expect(run('inspect', driver, '--registry', registry), 3))
    assert 'STATUS_DEVICE_CONFIGURATION_ERROR' in line and 'start' in line, line


def test_a_driver_without_pins_is_told_so(folder):
    driver, source = copy(folder, 'settings', INF), sound.write(path(folder, 'in.wav'), sound.frames(10))
    assert 'has no pin that plays' in one_line(expect(run('play', source, '-o', 'null', '-d', driver), 3))
    assert 'has no pin that records' in one_line(expect(run('record', path(folder, 'o.wav'), '-d', driver, '--input',
                                                            'silence', '--seconds', '1'), 3))
    said = expect(run('verify', driver, '--schedules', '3'), 0).stdout
    unfit = int(re.search(r'^not run: (\d+) of \d+ scenarios do not fit this driver', said, re.M)[1])
    assert unfit == expect(run('verify', driver, '--list'), 0).stdout.count('(not run: ') > 10, said


def test_an_inf_in_utf_16(folder):
    expect(run('inspect', copy(folder, 'settings', b'\xff\xfe' + INF.replace('\n', '\r\n').encode('utf-16-le'))), 0)


def test_a_malformed_inf_is_told_with_its_line(folder):
    for text, line in ((INF.replace('42', 'forty-two'), 14), (INF.replace('[Values]', '[Values'), 13),
                       (INF.replace('0A', '0x1FF'), 16), ('x = 1\n' + INF, 1), (INF + 'Open = "end\n', 24), ('', 1)):
        driver = copy(folder, 'settings', text)
        said = one_line(expect(run('inspect', driver), 3))
        assert f'SETTINGS.inf:{line}: ' in said or not text, (said, line)


def test_a_registry_file_that_is_none_is_refused_and_kept(folder):
    for text in ('', 'REGEDIT4\n', 'Windows Registry Editor Version 5.00\n"a"=dword:1\n',
                 'Windows Registry Editor Version 5.00\n[HKEY_NOWHERE\\x]\n',
                 'Windows Registry Editor Version 5.00\n[HKEY_USERS\\x]\n"a"=hex:zz\n',
                 'Windows Registry Editor Version 5.00\n[HKEY_USERS\\x]\n"a\n',
                 'Windows Registry Editor Version 5.00\n[HKEY_USERS\\x]\n@="open\n'):
        registry = write(folder, 'bad.reg', text)
        line = one_line(expect(run('inspect', 'ac97', '--registry', registry), 3))
        assert 'bad.reg:' in line, line
        assert open(registry).read() == text


def test_a_folder_for_files_must_be_one(folder):
    expect(run('inspect', 'ac97', '--files', folder), 0)
    one_line(expect(run('inspect', 'ac97', '--files', path(folder, 'none')), 5))


# ---- drivers that go wrong ---------------------------------------------------------------------------------

def test_what_is_missing_is_told_at_once_by_module(folder):
    line = one_line(expect(run('inspect', os.path.join(DRIVERS, 'wants.so')), 3))
    assert line.endswith('wants.so: 3 imports are missing: ntoskrnl: PsLookupProcessByProcessId, '
                         'PsLookupThreadByThreadId; of no known module: PcNoSuchService'), line


def test_no_driver_entry(folder):
    line = one_line(expect(run('inspect', '/usr/lib/x86_64-linux-gnu/libm.so.6'), 3))
    assert 'DriverEntry' in line or 'imports are missing' in line, line


def test_driver_entry_that_fails_or_hangs(folder):
    line = one_line(expect(run('inspect', os.path.join(DRIVERS, 'refuse.so')), 3))
    assert 'DriverEntry returned STATUS_INSUFFICIENT_RESOURCES' in line, line
    process = expect(run('inspect', os.path.join(DRIVERS, 'spin.so')), 1)
    assert 'WATCHDOG' in process.stderr and 'spin.' in process.stderr, process.stderr
    process = expect(run('inspect', os.path.join(DRIVERS, 'polls.so')), 1)
    assert '"DriverEntry" has not come back within 30 s' in process.stderr, process.stderr
    assert 'side: polls.c:10 in DriverEntry' in process.stderr, process.stderr
    process = expect(run('inspect', os.path.join(DRIVERS, 'waits.so')), 1)
    assert 'has not come back within 30 s' in process.stderr, process.stderr
    assert '"DriverEntry" waits for event' in process.stderr, process.stderr
    assert 'side: waits.c:12 in wait_for_nobody' in process.stderr, process.stderr
    assert 'from waits.c:18 in DriverEntry' in process.stderr, process.stderr


def test_a_start_that_fails_is_told_with_the_call_that_did(folder):
    line = one_line(expect(run('inspect', os.path.join(DRIVERS, 'refuses-start.so')), 3))
    assert 'the device did not start: StartDevice returned STATUS_INVALID_PARAMETER (refuses-start.c:' in line, line
    assert '; the same came from PcNewInterruptSync at refuses-start.c:14 in connect' in line, line
    line = one_line(expect(run('inspect', os.path.join(DRIVERS, 'refuses-by-itself.so')), 3))
    assert 'StartDevice returned STATUS_DEVICE_CONFIGURATION_ERROR (refuses-start.c:' in line, line
    assert line.endswith('; no call that it made had failed'), line


def finding(driver, rule, *texts):
    process = expect(run('inspect', os.path.join(DRIVERS, driver + '.so')), 1)
    assert f'FAIL  {rule}' in process.stderr, process.stderr
    for text in texts:
        assert text in process.stderr, (text, process.stderr)


def test_a_null_dereference_is_a_finding(folder):
    finding('crash', 'VF-57', 'faults in crash.c:15 in start_device', 'side: crash.c:15 in start_device')


def test_what_a_device_finds_wrong_is_told_at_the_access(folder):
    finding('misreads', 'AC-66', 'driver side: misreads.c:10 in start_device')


@proves('VF-65')
def test_a_timer_left_armed_is_a_finding(folder):
    finding('leaves', 'VF-65', 'leaves.', 'timer')


def test_an_overrun_of_pool_is_a_finding(folder):
    finding('overrun', 'VF-66', 'leaves.c', 'written at offset 24')


def test_help(folder):
    text = expect(run('inspect', '--help'), 0).stdout
    assert 'usage: portside inspect' in text and 'example: ' in text
    one_line(expect(run('inspect'), 2))


tap.main(sys.modules[__name__])
