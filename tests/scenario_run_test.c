// SPDX-License-Identifier: MIT
//
// Scenarios run on the AC'97 driver, from text that stands in the test.
#include "tests/driver_rig.h"
#include "tests/ps_test.h"


#include "scenario/scenario.h"

static struct ps_system *system_;
static struct ps_driver *driver;

static void boot(const struct ps_options *options, enum scenario_start start)
{
    assert_int_equal(ps_system_create(options, &system_), 0);
    assert_true(ps_device_attach(system_, ps_model_find("ac97")) >= 0);
    if (ps_driver_load(system_, rig_driver("ac97"), &driver)) fail_msg("%s", ps_error_text());
    if (start == SCENARIO_STARTED)
        assert_int_equal(ps_driver_start(driver, 0), 0);
}

static void end(void)
{
    ps_system_destroy(system_);
}

static struct scenario *parsed(const char *text)
{
    struct scenario_error error;
    struct scenario *scenario;

    if (scenario_parse("test.scenario", text, strlen(text), &scenario, &error))
        fail_msg("%s", error.text);
    return scenario;
}

static void no_findings(void)
{
    struct ps_finding finding;

    if (ps_finding_count(system_)) {
        ps_finding_get(system_, 0, &finding);
        fail_msg("%s: %s", finding.rule, finding.text);
    }
}

// Runs one variant in a system of its own.
static struct scenario_outcome run(const char *text, uint64_t variant)
{
    struct scenario *scenario = parsed(text);
    struct scenario_outcome outcome;
    int result;

    boot(NULL, scenario_start(scenario));
    result = scenario_run(scenario, variant, NULL, driver, &outcome);
    if (result)
        fail_msg("%d %s", result, ps_error_text());
    scenario_free(scenario);
    return outcome;
}

PS_TEST(three_packets_are_played_and_the_driver_unloaded)
{
    struct scenario_outcome outcome = run("title t\nthread client\nopen render\npackets 3 10ms\npause\n"
                                          "submit\nrun\nfeed 100ms\nposition\nstop\nclose\nend\n",
                                          0);

    no_findings();
    assert_true(outcome.reached);
    assert_int_equal(outcome.unexpected, 0);
    assert_true(outcome.virtual_ns > 100000000);
    end();
}
