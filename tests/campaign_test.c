// SPDX-License-Identifier: MIT
//
// The engine of `portside verify` on scenarios written in C.
#include "tests/ps_test.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include "campaign/campaign.h"

// Any driver will do; it lies beside this program.
static const char *driver_path(void)
{
    static char path[PATH_MAX + 64];
    char self[PATH_MAX] = "";

    assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    snprintf(path, sizeof(path), "%s/counter.so", dirname(self));
    return path;
}

// ---- scenarios -----------------------------------------------------------------------------------------

// Two threads add one to a number without a lock; the loser is told of.
struct race {
    struct ps_system *system;
    unsigned number, done;
};

static void add_one(void *argument)
{
    struct race *race = argument;
    unsigned seen = race->number;

    sched_point(race->system->sched, COST_SERVICE);
    sched_point(race->system->sched, COST_SERVICE);
    race->number = seen + 1;
    race->done++;
}

static int two_threads(struct ps_system *system, void *context)
{
    struct race race = {.system = system};

    for (unsigned i = 0; i < 2; i++)
        if (!kernel_thread(system, "adder", add_one, &race))
            return -ENOMEM;
    while (race.done < 2)
        ps_sleep(system, 1000000);
    if (race.number != 2)
        finding_raise(system, "TEST-1", SIDE_DRIVER, NULL, "an update was lost");
    return 0;
}

static int run_race(void *context, uint64_t variant, bool faulted, struct ps_driver *driver,
                    struct script_outcome *outcome)
{
    return ps_call(driver->system, "race", two_threads, NULL);
}

static const struct script race = {.name = "race", .title = "a lost update", .variants = 1, .run = run_race};

// Two values of one sweep; the place of the other comes 5 times for value 0 and 9 times for value 1.
static int run_sweep(void *context, uint64_t variant, bool faulted, struct ps_driver *driver,
                     struct script_outcome *outcome)
{
    outcome->reached = variant / 2 < (variant % 2 ? 9u : 5u);
    if (context && variant == *(const uint64_t *)context)
        finding_raise(driver->system, "TEST-2", SIDE_DRIVER, NULL, "variant %d", (int)variant);
    return 0;
}

static const struct script sweep = {.name = "sweep", .title = "a sweep", .variants = 2, .open = true, .run = run_sweep};

// Three allocations; the failure of the second is not noticed.
static int allocate_three(struct ps_system *system, void *context)
{
    void *blocks[3];

    for (unsigned i = 0; i < 3; i++)
        blocks[i] = ExAllocatePoolWithTag(NonPagedPool, 64, 'tset');
    if (!blocks[1])
        finding_raise(system, "TEST-3", SIDE_DRIVER, NULL, "a failure was not noticed");
    for (unsigned i = 0; i < 3; i++)
        if (blocks[i])
            ExFreePoolWithTag(blocks[i], 'tset');
    return 0;
}

static int run_allocations(void *context, uint64_t variant, bool faulted, struct ps_driver *driver,
                           struct script_outcome *outcome)
{
    return ps_call(driver->system, "allocations", allocate_three, NULL);
}

static const struct script allocations = {
    .name = "allocations", .title = "three allocations", .variants = 1, .run = run_allocations};

// ---- campaigns -----------------------------------------------------------------------------------------

static struct ps_verify_options options(uint64_t schedules)
{
    return (struct ps_verify_options){.driver = driver_path(), .schedules = schedules, .jobs = 2};
}

static struct scripts list(const struct script *script)
{
    struct scripts scripts;

    assert_int_equal(scripts_create(&scripts), 0);
    if (script)
        assert_int_equal(scripts_add(&scripts, script), 0);
    return scripts;
}

static struct ps_verify *campaign(const struct ps_verify_options *wanted, const struct script *script)
{
    struct scripts scripts = list(script);
    struct ps_verify *verify;

    if (campaign_run(wanted, &scripts, &verify))
        fail_msg("%s", ps_error_text());
    return verify;
}

static struct ps_verify_totals totals_of(const struct ps_verify *verify)
{
    struct ps_verify_totals totals;

    ps_verify_totals(verify, &totals);
    return totals;
}

static struct ps_verify_finding only_finding(const struct ps_verify *verify)
{
    struct ps_verify_finding finding;

    assert_int_equal(ps_verify_finding(verify, 1, &finding), -ERANGE);
    assert_int_equal(ps_verify_finding(verify, 0, &finding), 0);
    return finding;
}

PS_TEST(a_race_is_found_by_exploring_and_not_by_round_robin)
{
    struct ps_verify_options wanted = options(1);
    struct ps_verify *verify = campaign(&wanted, &race);

    assert_int_equal(totals_of(verify).findings, 0);
    ps_verify_free(verify);
    wanted = options(300);
    verify = campaign(&wanted, &race);
    assert_int_equal(totals_of(verify).findings, 1);
    assert_int_equal(totals_of(verify).schedules, 300);
    assert_string_equal(only_finding(verify).finding.rule, "TEST-1");
    assert_true(only_finding(verify).exact);
    assert_true(only_finding(verify).times > 1);
    assert_true(strlen(only_finding(verify).token) < 60); // a few choices are left
    ps_verify_free(verify);
}

static void token_brings_back(const struct ps_verify *verify, const struct script *script)
{
    struct ps_verify_options wanted = options(1);
    struct scripts scripts = list(script);
    struct ps_verify *again;

    if (campaign_replay(&wanted, only_finding(verify).token, &scripts, NULL, &again))
        fail_msg("%s", ps_error_text());
    assert_string_equal(only_finding(again).finding.text, only_finding(verify).finding.text);
    assert_string_equal(only_finding(again).scenario, script->name);
    assert_int_equal(only_finding(again).finding.time_ns, only_finding(verify).finding.time_ns);
    ps_verify_free(again);
}

PS_TEST(a_token_brings_the_finding_back)
{
    struct ps_verify_options wanted = options(300);
    struct ps_verify *verify = campaign(&wanted, &race);

    token_brings_back(verify, &race);
    ps_verify_free(verify);
}

static char *trace_of(const char *token)
{
    struct ps_verify_options wanted = options(1);
    struct scripts scripts = list(&race);
    struct ps_verify *verify;
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    if (campaign_replay(&wanted, token, &scripts, file, &verify))
        fail_msg("%s", ps_error_text());
    fclose(file);
    ps_verify_free(verify);
    return text;
}

PS_TEST(replays_have_the_same_trace)
{
    struct ps_verify_options wanted = options(300);
    struct ps_verify *verify = campaign(&wanted, &race);
    char *a = trace_of(only_finding(verify).token), *b = trace_of(only_finding(verify).token);

    assert_true(strlen(a) > 500 && strstr(a, "TEST-1"));
    assert_string_equal(a, b);
    free(a);
    free(b);
    ps_verify_free(verify);
}

PS_TEST(a_token_of_another_driver_or_scenario_is_refused)
{
    struct ps_verify_options wanted = options(300);
    struct ps_verify *verify = campaign(&wanted, &race), *again;
    struct scripts scripts = list(&sweep);
    char *token = strdup(only_finding(verify).token), other[PATH_MAX + 80];

    assert_int_equal(campaign_replay(&wanted, token, &scripts, NULL, &again), -ESTALE);
    assert_non_null(strstr(ps_error_text(), "race"));
    scripts = list(&race);
    snprintf(other, sizeof(other), "%.*s/crash.so", (int)(strlen(driver_path()) - 11), driver_path());
    wanted.driver = other;
    assert_int_equal(campaign_replay(&wanted, token, &scripts, NULL, &again), -ESTALE);
    assert_non_null(strstr(ps_error_text(), "another driver"));
    scripts = list(&race);
    assert_int_equal(campaign_replay(&wanted, "w1.x", &scripts, NULL, &again), -EINVAL);
    free(token);
    ps_verify_free(verify);
}

PS_TEST(workers_and_shards_change_no_result)
{
    struct ps_verify_options wanted = options(400);
    struct ps_verify *one, *three;

    wanted.jobs = 1;
    one = campaign(&wanted, &race);
    wanted.jobs = 3;
    three = campaign(&wanted, &race);
    assert_string_equal(only_finding(one).token, only_finding(three).token);
    assert_int_equal(only_finding(one).schedule, only_finding(three).schedule);
    assert_int_equal(only_finding(one).times, only_finding(three).times);
    ps_verify_free(three);
    wanted.shards = 2;
    wanted.shard = 1;
    three = campaign(&wanted, &race);
    wanted.shard = 2;
    assert_in_range(totals_of(three).schedules, 190, 210);
    ps_verify_free(three);
    ps_verify_free(one);
}

PS_TEST(seeds_change_the_schedules)
{
    struct ps_verify_options wanted = options(300);
    struct ps_verify *a = campaign(&wanted, &race), *b;

    wanted.system.seed = 1;
    b = campaign(&wanted, &race);
    assert_string_not_equal(only_finding(a).token, only_finding(b).token);
    ps_verify_free(a);
    ps_verify_free(b);
}

// ---- sweeps --------------------------------------------------------------------------------------------

static uint64_t fails_at;

static struct script failing_sweep(void)
{
    struct script failing = sweep;

    failing.context = &fails_at;
    return failing;
}

static struct ps_verify *sweep_failing_at(uint64_t variant)
{
    struct ps_verify_options wanted = options(2);
    struct script failing = failing_sweep();

    fails_at = variant;
    return campaign(&wanted, &failing);
}

PS_TEST(a_sweep_goes_on_until_its_place_is_not_reached)
{
    struct ps_verify *verify = sweep_failing_at(1000);
    struct ps_verify_scenario scenario;

    // 6 and 10 points, of which the last tells the end; no allocation, interrupt or register access, so
    // each sweep of these is one run; clocks.
    assert_int_equal(totals_of(verify).schedules, 6 + 10 + 1 + 1 + 8 + 4 + 1);
    assert_int_equal(ps_verify_scenario(verify, 0, &scenario), 0);
    assert_string_equal(scenario.name, "sweep");
    assert_true(scenario.swept);
    assert_int_equal(ps_verify_scenario(verify, 1, &scenario), -ERANGE);
    ps_verify_free(verify);
}

PS_TEST(every_point_of_a_sweep_is_run_and_none_beyond)
{
    static const uint64_t points[] = {0, 1, 8, 9, 11, 17, 19}, beyond[] = {12, 14, 21, 23, 40};

    for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
        struct ps_verify *verify = sweep_failing_at(points[i]);
        struct script failing = failing_sweep();

        assert_int_equal(totals_of(verify).findings, 1);
        assert_int_equal(only_finding(verify).schedule, points[i] + 1);
        token_brings_back(verify, &failing);
        ps_verify_free(verify);
    }
    for (size_t i = 0; i < sizeof(beyond) / sizeof(*beyond); i++) {
        struct ps_verify *verify = sweep_failing_at(beyond[i]);

        assert_int_equal(totals_of(verify).findings, 0);
        ps_verify_free(verify);
    }
}

PS_TEST(every_allocation_is_made_to_fail, "VF-161")
{
    struct ps_verify_options wanted = options(2);
    struct ps_verify *verify = campaign(&wanted, &allocations);

    assert_int_equal(totals_of(verify).sites, 3);
    assert_int_equal(totals_of(verify).sites_failed, 3);
    assert_string_equal(only_finding(verify).finding.rule, "TEST-3");
    assert_int_equal(only_finding(verify).times, 3); // the second once; the first and the second for good
    token_brings_back(verify, &allocations);
    ps_verify_free(verify);
}

PS_TEST(one_schedule_is_each_scenario_once_with_no_sweep_and_no_fault)
{
    static uint64_t second = 1;
    struct ps_verify_options wanted = options(1);
    struct ps_verify *verify = campaign(&wanted, &allocations);
    struct script failing = sweep;
    struct ps_verify_scenario scenario;

    assert_int_equal(totals_of(verify).schedules, 1);
    assert_int_equal(totals_of(verify).findings, 0);
    assert_int_equal(totals_of(verify).sites, 3); // seen, none failed
    assert_int_equal(totals_of(verify).sites_failed, 0);
    ps_verify_free(verify);
    failing.context = &second; // of the sweep
    verify = campaign(&wanted, &failing);
    assert_int_equal(totals_of(verify).schedules, 1);
    assert_int_equal(totals_of(verify).findings, 0);
    assert_int_equal(ps_verify_scenario(verify, 0, &scenario), 0);
    assert_false(scenario.swept);
    ps_verify_free(verify);
}

// ---- rules ---------------------------------------------------------------------------------------------

PS_TEST(a_rule_that_is_off_is_silent)
{
    static const char *const off[] = {"TEST-1=off"}, *const nonsense[] = {"TEST-1=maybe"};
    struct ps_verify_options wanted = options(300);
    struct ps_verify *verify;
    struct scripts scripts;

    wanted.rules = off;
    wanted.rule_count = 1;
    verify = campaign(&wanted, &race);
    assert_int_equal(totals_of(verify).findings, 0);
    ps_verify_free(verify);
    wanted.rules = nonsense;
    scripts = list(&race);
    assert_int_equal(campaign_run(&wanted, &scripts, &verify), -EINVAL);
    assert_non_null(strstr(ps_error_text(), "maybe"));
}

// ---- processes that end --------------------------------------------------------------------------------

static int __attribute__((no_sanitize("undefined"))) run_null(struct ps_system *system, void *context)
{
    *(volatile int *volatile *)&context = NULL;
    *(volatile int *)context = 1;
    return 0;
}

// Variant 1 faults in code of the system, variant 2 kills the process.
static int run_deadly(void *context, uint64_t variant, bool faulted, struct ps_driver *driver,
                      struct script_outcome *outcome)
{
    if (variant == 1)
        return ps_call(driver->system, "faulty", run_null, NULL);
    if (variant == 2)
        raise(SIGKILL);
    return 0;
}

static const struct script deadly = {.name = "deadly", .title = "", .variants = 4, .run = run_deadly};

PS_TEST(what_ends_a_process_is_a_finding_and_the_rest_is_run)
{
    struct ps_verify_options wanted = options(2);
    struct ps_verify *verify = campaign(&wanted, &deadly);
    struct ps_verify_finding finding;

    assert_int_equal(totals_of(verify).schedules, 4 + 2 + 16 + 4 + 1);
    assert_true(totals_of(verify).ours);
    assert_int_equal(ps_verify_finding(verify, 0, &finding), 0);
    assert_string_equal(finding.finding.rule, "VF-57");
    assert_true(finding.exact);
    assert_int_equal(ps_verify_finding(verify, 1, &finding), 0);
    assert_string_equal(finding.finding.rule, "INTERNAL");
    assert_int_equal(finding.finding.side, PS_SIDE_PORT);
    assert_non_null(strstr(finding.finding.text, "signal 9"));
    ps_verify_free(verify);
}

PS_TEST(a_driver_that_breaks_while_it_starts_is_a_finding)
{
    struct ps_verify_options wanted = options(1);
    struct ps_verify *verify, *again;
    struct scripts scripts = list(NULL);
    char path[PATH_MAX + 80];

    snprintf(path, sizeof(path), "%.*s/crash.so", (int)(strlen(driver_path()) - 11), driver_path());
    wanted.driver = path;
    verify = campaign(&wanted, &race); // which cannot be run
    assert_string_equal(only_finding(verify).finding.rule, "VF-57");
    assert_string_equal(only_finding(verify).scenario, "boot");
    assert_int_equal(totals_of(verify).schedules, 0);
    assert_int_equal(campaign_replay(&wanted, only_finding(verify).token, &scripts, NULL, &again), 0);
    assert_string_equal(only_finding(again).finding.where, only_finding(verify).finding.where);
    ps_verify_free(again);
    ps_verify_free(verify);
}

static int crash_while_looked_at(struct ps_driver *driver, struct scenario_traits *out)
{
    return ps_call(driver->system, "look", run_null, NULL);
}

PS_TEST(a_driver_that_breaks_while_it_is_looked_at_is_a_finding)
{
    struct ps_verify_options wanted = options(1);
    struct script asks = race;
    struct ps_verify *verify, *again;
    struct ps_verify_scenario scenario;
    struct scripts scripts;

    asks.look = crash_while_looked_at;
    verify = campaign(&wanted, &asks);
    assert_string_equal(only_finding(verify).finding.rule, "VF-57");
    assert_string_equal(only_finding(verify).scenario, "boot");
    assert_true(only_finding(verify).exact);
    assert_int_equal(ps_verify_scenario(verify, 0, &scenario), 0);
    assert_string_equal(scenario.unfit, "the driver cannot be looked at");
    scripts = list(&asks);
    assert_int_equal(campaign_replay(&wanted, only_finding(verify).token, &scripts, NULL, &again), 0);
    assert_string_equal(only_finding(again).finding.text, only_finding(verify).finding.text);
    ps_verify_free(again);
    ps_verify_free(verify);
}

static int count_look(struct ps_driver *driver, struct scenario_traits *out)
{
    out->render_streams++; // of this stage, by each look
    return 0;
}

static bool fits_after_one_look(void *context, const struct scenario_traits *traits, const char **why)
{
    *why = "it was looked at again";
    return traits->render_streams == 1;
}

PS_TEST(a_driver_is_looked_at_once_for_all_scenarios)
{
    struct ps_verify_options wanted = options(1);
    struct script first = sweep, second = sweep;
    struct ps_verify_scenario scenario;
    struct scripts scripts = list(NULL);
    struct ps_verify *verify;

    first.look = second.look = count_look;
    first.fits = second.fits = fits_after_one_look;
    second.name = "second";
    assert_int_equal(scripts_add(&scripts, &first), 0);
    assert_int_equal(scripts_add(&scripts, &second), 0);
    assert_int_equal(campaign_run(&wanted, &scripts, &verify), 0);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(ps_verify_scenario(verify, i, &scenario), 0);
        assert_null(scenario.unfit);
    }
    ps_verify_free(verify);
}

PS_TEST(a_driver_that_cannot_be_loaded_is_no_finding)
{
    struct ps_verify_options wanted = options(1);
    struct scripts scripts = list(&race);
    struct ps_verify *verify;
    char path[PATH_MAX + 80];

    snprintf(path, sizeof(path), "%.*s/refuse.so", (int)(strlen(driver_path()) - 11), driver_path());
    wanted.driver = path;
    assert_int_equal(campaign_run(&wanted, &scripts, &verify), -EIO);
    scripts = list(&race);
    wanted.driver = "/nonexistent.so";
    assert_int_equal(campaign_run(&wanted, &scripts, &verify), -ENOENT);
    scripts = list(&race);
    wanted.driver = "/etc/passwd";
    assert_int_equal(campaign_run(&wanted, &scripts, &verify), -ENOEXEC);
}

// What a rule calls a warning, or the user: kept with its token, and nothing has failed.
PS_TEST(a_remark_is_no_finding_of_the_campaign, "VF-1")
{
    static const char *const remark[] = {"TEST-1=remark"};
    struct ps_verify_options wanted = options(300);
    struct ps_verify_finding finding;
    struct ps_verify *verify;

    wanted.rules = remark;
    wanted.rule_count = 1;
    verify = campaign(&wanted, &race);
    finding = only_finding(verify);
    assert_true(finding.finding.remark && finding.exact);
    assert_int_equal(totals_of(verify).findings, 0);
    assert_int_equal(totals_of(verify).rules, 0);
    assert_int_equal(totals_of(verify).remarks, 1);
    ps_verify_free(verify);
}

// ---- budgets -------------------------------------------------------------------------------------------

static bool stop_at_50(void *context, const struct ps_verify_progress *progress)
{
    return progress->done >= 50;
}

PS_TEST(a_campaign_that_is_ended_keeps_what_it_has)
{
    struct ps_verify_options wanted = options(100000);
    struct ps_verify *verify;

    wanted.progress = stop_at_50;
    verify = campaign(&wanted, &race);
    assert_true(totals_of(verify).cut_short);
    assert_in_range(totals_of(verify).schedules, 20, 1000); // some lay beyond the end of a sweep
    assert_int_equal(totals_of(verify).planned, 100000);
    ps_verify_free(verify);
}
