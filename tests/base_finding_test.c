// SPDX-License-Identifier: MIT
//
// Findings: kept once for each rule, side and place; the policy decides what they do.
#include "tests/ps_test.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/finding.h"
#include "base/system.h"

static const char place[3];

static void raise_at(struct ps_system *system, const char *rule, unsigned at)
{
    finding_raise(system, rule, SIDE_DRIVER, place + at, "at place %u", at);
}

PS_TEST(findings_are_kept_once_for_each_rule_side_and_caller)
{
    struct ps_system *system = system_create(1);
    const struct finding *first;

    raise_at(system, "VF-4", 0);
    raise_at(system, "VF-4", 1);
    raise_at(system, "VF-5", 0);
    raise_at(system, "VF-4", 0);
    raise_at(system, "VF-4", 0);
    finding_raise(system, "VF-4", SIDE_CLIENT, place, "another side");
    assert_int_equal(journal_count(system->journal), 4);
    first = journal_get(system->journal, 0);
    assert_string_equal(first->rule, "VF-4");
    assert_string_equal(first->text, "at place 0");
    assert_int_equal(first->repeats, 2);
    assert_null(journal_get(system->journal, 4));
    system_destroy(system);
}

PS_TEST(findings_stay_where_they_are_until_cleared)
{
    struct ps_system *system = system_create(1);
    static char places[200];
    const struct finding *first;

    finding_raise(system, "A", SIDE_PORT, places, "first");
    first = journal_get(system->journal, 0);
    for (unsigned i = 1; i < sizeof(places); i++)
        finding_raise(system, "A", SIDE_PORT, places + i, "%u", i);
    assert_ptr_equal(journal_get(system->journal, 0), first);
    assert_string_equal(first->text, "first");
    assert_int_equal(journal_count(system->journal), 200);
    assert_int_equal(journal_lost(system->journal), 0);
    journal_clear(system->journal);
    assert_int_equal(journal_count(system->journal), 0);
    system_destroy(system);
}

PS_TEST(findings_keep_code_and_parameters_and_cut_long_text)
{
    struct ps_system *system = system_create(1);
    char text[1000];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    finding_raise_code(system, "VF-31", SIDE_DRIVER, place, 0xc4, (uint64_t[4]){1, 2, 3, 4}, "%s",
                       text);
    assert_int_equal(journal_get(system->journal, 0)->code, 0xc4);
    assert_int_equal(journal_get(system->journal, 0)->parameters[3], 4);
    assert_int_equal(strlen(journal_get(system->journal, 0)->text), 399);
    system_destroy(system);
}

static enum finding_mode decide(void *context, const struct finding *finding)
{
    return finding->rule[0] == 'S'   ? FINDING_STOP
           : finding->rule[0] == 'O' ? FINDING_OFF
                                     : FINDING_REPORT;
}

PS_TEST(policy_decides_between_stop_report_and_off, "VF-1")
{
    struct ps_system *system = system_create(1);

    journal_set_policy(system->journal, NULL, decide);
    raise_at(system, "Off", 0);
    assert_int_equal(journal_count(system->journal), 0);
    raise_at(system, "Report", 0);
    assert_int_equal(journal_count(system->journal), 1);
    assert_false(system->halted);
    raise_at(system, "Stop", 0);
    assert_int_equal(journal_count(system->journal), 2);
    assert_true(system->halted);
    system_destroy(system);
}

PS_TEST(a_remark_is_kept_apart_from_a_finding_at_its_place, "VF-1")
{
    struct ps_system *system = system_create(1);

    finding_remark(system, "HD-52", SIDE_DRIVER, place, 0, NULL, "not the first");
    finding_remark(system, "HD-52", SIDE_DRIVER, place, 0, NULL, "not the first");
    finding_raise(system, "HD-52", SIDE_DRIVER, place, "the first");
    assert_int_equal(journal_count(system->journal), 2);
    assert_true(journal_get(system->journal, 0)->remark);
    assert_int_equal(journal_get(system->journal, 0)->repeats, 1);
    assert_false(journal_get(system->journal, 1)->remark);
    system_destroy(system);
}

PS_TEST(a_stop_outside_of_a_run_aborts_with_one_line)
{
    struct ps_system *system = system_create(1);
    char text[200] = "";
    int ends[2], status;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (!child) {
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], 2);
        finding_stop(system, "VF-9", SIDE_DRIVER, NULL, 0, NULL, "no way on");
    }
    close(ends[1]);
    assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_string_equal(text, "portside: VF-9 outside of a run: no way on\n");
    system_destroy(system);
}
