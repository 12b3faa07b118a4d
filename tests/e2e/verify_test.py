#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""portside verify, as a user runs it."""
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree as xml

import tap
from tap import expect, one_line, run

DRIVERS = os.environ.get('DRIVERS', 'build/tests')
MINE = '''title  A state that is not there
rule   WP-62
needs  render
thread client
  open render
  state-is run
  close
end
'''
FINE = MINE.replace('state-is run', 'state-is stop')


def driver(name):
    return os.path.join(os.path.abspath(DRIVERS), name + '.so')


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, 'w') as file:
        file.write(text)
    return path


def verify_mine(folder, *options, text=MINE):
    return run('verify', 'ac97', '--scenario', write(folder, 'mine.scenario', text), '--schedules', 2, *options)


def token_of(process):
    return re.search(r'--replay (\S+)', process.stdout).group(1)


def without_time(process):
    return re.sub(r', \d+ s$', '', process.stdout.strip())


# ---- what is said ----------------------------------------------------------------------------------------

def test_a_finding_is_told_with_side_place_and_token(folder):
    lines = expect(run('verify', driver('crash')), 1).stdout.splitlines()
    assert re.fullmatch(r'FAIL  VF-57  bug check 0xD1 \(0x0, …\): .+', lines[0]), lines
    assert re.fullmatch(r'      driver side: .*crash.*, lock taken at .*crash.*, IRQL 2, processor \d, thread "\d+ PnP"',
                        lines[1]), lines
    assert re.fullmatch(r'      scenario boot, schedule 1; again with  --replay w1\.boot\.[0-9a-f]{8}\.\S+', lines[2]), lines
    assert lines[3] == '      more: portside explain VF-57', lines
    assert re.fullmatch(r'\d+ scenarios?, \d+ schedules?, 1 finding \(1 rule\), \d+ s', lines[-1]), lines


def test_a_clean_driver_is_exit_0(folder):
    process = expect(verify_mine(folder, text=FINE), 0)
    assert re.search(r'allocations: (\d+) of \1 sites failed\n1 scenario, \d+ schedules, 0 findings, \d+ s\n$',
                     process.stdout), process.stdout
    assert process.stderr == ''
    assert expect(verify_mine(folder, '-q', text=FINE), 0).stdout == ''


def test_a_step_that_ends_otherwise_is_a_finding_of_the_driver(folder):
    lines = expect(verify_mine(folder), 1).stdout.splitlines()
    assert lines[0].startswith('FAIL  WP-62'), lines
    assert lines[1].startswith('      driver side:'), lines
    assert lines[2].startswith('      scenario mine, schedule 1; again with  --replay w1.mine.'), lines


def test_list_names_scenarios_and_why_one_does_not_fit(folder):
    rt = write(folder, 'rt.scenario', FINE.replace('needs  render', 'needs  wavert render'))
    lines = expect(run('verify', 'ac97', '--list'), 0).stdout.splitlines()
    assert any(line.startswith('looped ') and '(not run' not in line for line in lines), lines
    lines = expect(run('verify', 'ac97', '--list', '--scenario', rt), 0).stdout.splitlines()
    assert len(lines) == 1 and lines[0].startswith('rt ') and '(not run: ' in lines[0], lines
    process = run('verify', 'ac97', '--scenario', rt, '--schedules', 1)
    assert process.returncode == 2 and 'rt was not run' in process.stderr, process


def test_workers_change_nothing(folder):
    outputs = {without_time(verify_mine(folder, '--jobs', jobs)) for jobs in (1, 2, 5)}
    assert len(outputs) == 1, outputs


# ---- tokens ----------------------------------------------------------------------------------------------

def test_a_token_replays_with_the_same_trace(folder):
    token = token_of(verify_mine(folder))
    traces = []
    for name in ('a.json', 'b.json'):
        path = os.path.join(folder, name)
        process = expect(run('verify', 'ac97', '--scenario', os.path.join(folder, 'mine.scenario'), '--replay', token,
                             '--trace', path), 1)
        assert 'FAIL  WP-62' in process.stdout and '1 scenario, 1 schedule, 1 finding (1 rule)' in process.stdout
        with open(path, 'rb') as file:
            traces.append(file.read())
    assert traces[0] == traces[1] and len(traces[0]) > 1000


def test_a_token_from_a_file(folder):
    token = write(folder, 'token', token_of(run('verify', driver('crash'))) + '\n')
    process = expect(run('verify', driver('crash'), '--replay', '@' + token), 1)
    assert 'FAIL  VF-57' in process.stdout and 'called from' in process.stdout, process.stdout
    one_line(expect(run('verify', driver('crash'), '--replay', '@' + token + 'x'), 3))
    one_line(expect(run('verify', driver('crash'), '--replay', '@' + write(folder, 'empty', '')), 3))


def test_a_long_token_goes_into_a_file(folder):
    mine = write(folder, 'mine.scenario', MINE)
    wordy = ['--policy', 'mapping-split=merge-max'] * 16 + ['--rule', 'VF-119=report'] * 16
    process = expect(run('verify', 'ac97', '--scenario', mine, '--schedules', 2, *wordy, cwd=folder), 1)
    name = re.search(r'--replay @(portside-mine-[0-9a-f]{8}\.token)$', process.stdout, re.M).group(1)
    with open(os.path.join(folder, name)) as file:
        assert len(file.read().strip()) > 400
    again = expect(run('verify', 'ac97', '--scenario', mine, '--replay', '@' + name, cwd=folder), 1)
    assert again.stdout.splitlines()[0] == process.stdout.splitlines()[0], again.stdout
    assert f'--replay @{name}' in again.stdout, again.stdout


def test_a_token_of_something_else_is_refused_in_one_line(folder):
    token = token_of(verify_mine(folder))
    mine = os.path.join(folder, 'mine.scenario')
    assert 'another driver' in one_line(expect(run('verify', driver('crash'), '--scenario', mine, '--replay', token), 2))
    assert 'mine' in one_line(expect(run('verify', 'ac97', '--replay', token), 2))
    write(folder, 'mine.scenario', MINE + '# changed\n')
    assert 'another file' in one_line(expect(run('verify', 'ac97', '--scenario', mine, '--replay', token), 2))
    for nonsense in ('', 'w1', token[:-1], token + 'A', token.replace('w1', 'w2'), 'x' * 100000, 'w1.' + '\x01' * 9):
        one_line(expect(run('verify', 'ac97', '--replay', nonsense), 2))


def test_gdb_stops_at_the_finding(folder):
    token = token_of(run('verify', driver('crash')))
    environment = dict(os.environ, PATH=folder)
    assert 'gdb' in one_line(expect(run('verify', driver('crash'), '--replay', token, '--gdb', env=environment), 3))
    if not shutil.which('gdb'):
        raise tap.Skip('no gdb')
    process = run('verify', driver('crash'), '--replay', token, '--gdb')
    assert 'start_device' in process.stdout, process.stdout + process.stderr


# ---- guard pages -----------------------------------------------------------------------------------------

def line_of(name, text):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../drivers', name)) as file:
        return 1 + next(i for i, line in enumerate(file) if text in line)


def test_guard_pages_find_an_overrun_at_the_access(folder):
    late = expect(run('verify', driver('behind'), '--schedules', 1), 1).stdout
    assert 'FAIL  VF-66' in late and f"behind.c:{line_of('behind.c', 'ExFreePool')} in" in late, late
    access = f"behind.c:{line_of('behind.c', '= 1;')} in start_device"
    for options in (('--schedules', 1, '--guard'), ('--replay', re.search(r'--replay (\S+)', late).group(1))):
        found = expect(run('verify', driver('behind'), *options), 1).stdout
        assert 'FAIL  VF-71  bug check 0xCD' in found and f'driver side: {access}' in found, found
        assert 'of 64 bytes is written at offset 64' in found, found


def test_guard_pages_find_a_use_after_free(folder):
    assert 'VF-71' not in run('verify', driver('stale'), '--schedules', 1).stdout # a read: nobody sees it
    found = expect(run('verify', driver('stale'), '--schedules', 1, '--guard'), 1).stdout
    assert 'FAIL  VF-71  bug check 0xCC' in found, found
    assert f"driver side: stale.c:{line_of('stale.c', 'block[8]')} in start_device" in found, found
    assert 'is read at offset 8, after it was freed' in found, found


def test_a_clean_driver_is_clean_with_guard_pages(folder):
    expect(run('verify', 'ac97', '--schedules', 1, '--guard'), 0)


# ---- rules, baselines, reports ---------------------------------------------------------------------------

def test_a_rule_that_is_off_is_silent(folder):
    expect(verify_mine(folder, '--rule', 'WP-62=off'), 0)
    expect(verify_mine(folder, '--rule', 'WP-62=report'), 1)


def test_a_remark_fails_no_run(folder):
    report, known = os.path.join(folder, 'report.xml'), os.path.join(folder, 'known')
    process = expect(verify_mine(folder, '--rule', 'WP-62=remark', '--junit', report, '--write-baseline', known), 0)
    assert process.stdout.startswith('REMARK  WP-62'), process.stdout
    assert ' 0 findings, 1 remark, ' in process.stdout, process.stdout
    token = token_of(process)
    suite = xml.parse(report).getroot().find('testsuite')
    case = suite.find("testcase[@name='mine']")
    assert suite.get('failures') == '0' and case.find('failure') is None, suite.attrib
    assert token in case.find('system-out').text and 'WP-62' in case.find('system-out').text
    silent = expect(verify_mine(folder, '--rule', 'WP-62=remark', '--baseline', known), 0).stdout
    assert 'REMARK' not in silent and ' remark' not in silent and '1 finding known, 0 no longer found' in silent, silent
    again = run('verify', 'ac97', '--scenario', os.path.join(folder, 'mine.scenario'), '--replay', token)
    assert 'REMARK  WP-62' in expect(again, 0).stdout, again.stdout
    expect(with_config(folder, 'scenarios = ["./mine.scenario"]\n[rules]\nWP-62 = "remark"\n'), 0)


def test_a_baseline_fails_on_new_findings_only(folder):
    known = os.path.join(folder, 'known')
    expect(verify_mine(folder, '--write-baseline', known), 1)
    process = expect(verify_mine(folder, '--baseline', known), 0)
    assert 'FAIL' not in process.stdout, process.stdout
    assert 'baseline: 1 finding known, 0 no longer found' in process.stdout, process.stdout
    write(folder, 'known', '# none\n\nVF-1\tdriver\tsomewhere\n')
    process = expect(verify_mine(folder, '--baseline', known), 1)
    assert '0 findings known, 1 no longer found' in process.stdout, process.stdout
    assert 'bad:1:' in verify_mine(folder, '--baseline', write(folder, 'bad', 'VF-1 driver\n')).stderr
    assert '--write-baseline' in verify_mine(folder, '--baseline', known + 'x').stderr
    expect(verify_mine(folder, '--write-baseline', '/nonexistent/x'), 5)


def test_junit_is_well_formed_whatever_a_name_holds(folder):
    where = os.path.join(folder, 'a<&>"\'\x01\xe4 b')
    os.mkdir(where)
    copy = shutil.copy(driver('crash'), where)
    report = os.path.join(folder, 'report.xml')
    token = token_of(expect(run('verify', copy, '--junit', report), 1))
    suite = xml.parse(report).getroot().find('testsuite')
    failure = suite.find("testcase[@name='boot']/failure")
    assert token in failure.text and 'VF-57' in failure.text, failure.text
    assert suite.get('failures') == '1' and int(suite.get('skipped')) > 3, suite.attrib
    assert int(suite.get('tests')) == len(suite.findall('testcase')), suite.attrib
    assert 'a<&>"\'?\xe4 b' in suite.find('testcase').get('classname')
    expect(run('verify', copy, '--junit', '/nonexistent/x'), 5)


# ---- portside.toml ---------------------------------------------------------------------------------------

def with_config(folder, text, *options):
    copy = shutil.copy(os.path.join(os.path.dirname(os.path.abspath(tap.PORTSIDE)), 'drivers/ac97.so'), folder)
    write(folder, 'mine.scenario', MINE)
    write(folder, 'portside.toml', text)
    return run('verify', copy, '--schedules', 1, *options)


def test_a_configuration_beside_the_driver(folder):
    text = '# mine\nscenarios = [\n  "./mine.scenario", # beside it\n]\nseed = 7\nmemory = "fragmented"\n\n[rules]\nWP-62 = "{}"\n'
    expect(with_config(folder, text.format('off')), 0)
    process = expect(with_config(folder, text.format('stop')), 1)
    assert ',s7,' in token_of(process) and ',m2' in token_of(process), process.stdout
    expect(with_config(folder, text.format('off'), '--rule', 'WP-62=stop'), 1)
    assert ',s8' in token_of(with_config(folder, text.format('stop'), '--seed', 8))
    assert 'scenario start-and-remove' not in process.stdout


def test_errors_of_a_configuration_name_their_lines(folder):
    for line, text in ((1, 'nonsense'), (1, 'nonsense = 1'), (2, '\nschedules = "many"'), (1, 'schedules = 0'),
                       (1, 'schedules = 99999999999999999999'), (1, 'processors = 9'), (1, 'memory = "none"'),
                       (3, '# a\n\nscenarios = "one"'), (1, 'scenarios = ["a" "b"]'), (1, 'scenarios = ["a'),
                       (1, 'memory = "a\\n"'), (1, 'seed = 1 2'), (1, '[other]'), (2, '[rules]\n[rules]'),
                       (2, '[rules]\nVF-58 = "maybe"'), (2, '[rules]\nVF-58 = 1'), (1, '= 1'), (1, 'seed'), (1, 'seed =')):
        message = one_line(expect(with_config(folder, text), 2))
        assert f'portside.toml:{line}: ' in message, (text, message)
    write(folder, 'portside.toml', '')
    with open(os.path.join(folder, 'portside.toml'), 'wb') as file:
        file.write(b'seed = 1\n\0\n')
    one_line(expect(run('verify', os.path.join(folder, 'ac97.so')), 2))


# ---- options and ends ------------------------------------------------------------------------------------

def test_wrong_options_are_exit_2_with_one_line(folder):
    for options in ((), ('ac97', 'hda'), ('ac97', '--scenario', 'none-such'), ('ac97', '--scenario', 'x y'),
                    ('ac97', '--rule', 'VF-57'), ('ac97', '--rule', 'NONE=off'), ('ac97', '--rule', 'VF-57=maybe'),
                    ('ac97', '--schedules', '0'), ('ac97', '--time', '-1'), ('ac97', '--time', 'x'),
                    ('ac97', '--shard', '3/2'), ('ac97', '--shard', '0/2'), ('ac97', '--shard', '1'),
                    ('ac97', '--jobs', '0'), ('ac97', '--jobs', '65'), ('ac97', '--gdb'), ('ac97', '--trace', 'x'),
                    ('ac97', '--policy', 'none=1'), ('ac97', '--device', 'none-such'), ('ac97', '--memory', 'x'),
                    ('ac97', '--nonsense')):
        one_line(expect(run('verify', *options), 2))


def test_a_driver_that_cannot_be_loaded_is_exit_3(folder):
    for name in ('none-such', './none-such.so', __file__, driver('refuse')):
        one_line(expect(run('verify', name), 3))
    one_line(expect(run('verify', 'ac97', '--scenario', './none-such'), 3))
    one_line(expect(run('verify', 'ac97', '--scenario', write(folder, 'bad.scenario', 'nonsense\n')), 2))


def test_a_budget_says_what_was_covered(folder):
    process = expect(run('verify', 'ac97', '--time', '0.001'), 0)
    assert re.search(r'^cut short: \d+ schedules, the sweeps of 0 of \d+ scenarios to their end$', process.stdout, re.M), \
        process.stdout


def test_ctrl_c_ends_with_a_summary(folder):
    main, terminal = pty.openpty()
    process = subprocess.Popen([os.path.abspath(tap.PORTSIDE), 'verify', 'ac97', '--schedules', '100000000'],
                               stdout=subprocess.PIPE, stderr=terminal, stdin=subprocess.DEVNULL, text=True)
    os.close(terminal)
    try:
        shown = b''
        while b'schedules' not in shown: # the progress line
            shown += os.read(main, 1000)
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=100)[0]
    finally:
        process.kill()
        os.close(main)
    assert process.returncode == 130, (process.returncode, output)
    assert re.search(r'^cut short: \d+ of 100000000 schedules', output, re.M), output
    assert re.search(r'\d+ scenarios, \d+ schedules, \d+ findings?', output), output


if __name__ == '__main__':
    tap.main(sys.modules[__name__])
