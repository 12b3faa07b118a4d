// SPDX-License-Identifier: MIT
//
// Every scenario that comes with Portside, in every variant, on every driver that it fits, once in round-robin: a
// clean driver gives no finding.
#include "tests/driver_rig.h"

#include <dirent.h>

#include "scenario/scenario.h"

enum { MOST_FILES = 100, MOST_PLACES = 100000 };

struct machine_rig {
    struct ps_system *system;
    struct ps_driver *driver;
    struct ps_snapshot *loaded, *started;
    struct scenario_traits traits;
};

static struct machine_rig rig_boot(const char *model, const char *driver)
{
    struct machine_rig rig;

    assert_int_equal(ps_system_create(NULL, &rig.system), 0);
    assert_true(ps_device_attach(rig.system, ps_model_find(model)) >= 0);
    assert_int_equal(ps_driver_load(rig.system, rig_driver(driver), &rig.driver), 0);
    assert_int_equal(ps_snapshot_take(rig.system, &rig.loaded), 0);
    assert_int_equal(ps_driver_start(rig.driver, 0), 0);
    assert_int_equal(scenario_traits_get(rig.driver, &rig.traits), 0);
    assert_int_equal(ps_snapshot_take(rig.system, &rig.started), 0);
    return rig;
}

static void rig_end(struct machine_rig *rig)
{
    ps_snapshot_free(rig->loaded);
    ps_snapshot_free(rig->started);
    ps_system_destroy(rig->system);
}

static void expect_clean(struct machine_rig *rig, const struct scenario *scenario, uint64_t variant,
                         int result)
{
    struct ps_finding finding = {.rule = "none", .text = ""};
    char text[80];

    scenario_variant_text(scenario, variant, text, sizeof(text));
    if (ps_finding_count(rig->system))
        ps_finding_get(rig->system, 0, &finding);
    if (result || ps_finding_count(rig->system))
        fail_msg("%s %s: %d, %zu findings, %s: %s", scenario_name(scenario), text, result,
                 ps_finding_count(rig->system), finding.rule, finding.text);
}

static bool run_variant(struct machine_rig *rig, const struct scenario *scenario, uint64_t variant)
{
    struct scenario_outcome outcome;
    int result;

    assert_int_equal(ps_snapshot_restore(rig->system, scenario_start(scenario) == SCENARIO_LOADED
                                                          ? rig->loaded
                                                          : rig->started),
                     0);
    result = scenario_run(scenario, variant, NULL, rig->driver, &outcome);
    expect_clean(rig, scenario, variant, result);
    return outcome.reached;
}

// Sweeps over places end for each point where a run did not reach its place.
static uint64_t run_all(struct machine_rig *rig, const struct scenario *scenario)
{
    unsigned points = scenario_variants(scenario);
    uint64_t runs = 0;

    for (unsigned point = 0; point < points; point++)
        for (uint64_t place = 0; place < MOST_PLACES; place++) {
            runs++;
            if (!run_variant(rig, scenario, point + place * points) ||
                !scenario_sweeps_at(scenario))
                break;
        }
    return runs;
}

static void run_file(struct machine_rig *rig, const char *name)
{
    char path[300];
    struct scenario_error error;
    struct scenario *scenario;
    const char *why;

    snprintf(path, sizeof(path), "scenarios/%s", name);
    if (scenario_load(rig_file(path), &scenario, &error))
        fail_msg("%s", error.text);
    if (scenario_fits(scenario, &rig->traits, &why))
        print_message("%s: %llu runs\n", scenario_name(scenario),
                      (unsigned long long)run_all(rig, scenario));
    else
        print_message("%s needs %s\n", scenario_name(scenario), why);
    scenario_free(scenario);
}

static void run_files(const char *model, const char *driver)
{
    struct machine_rig rig = rig_boot(model, driver);
    struct dirent **names = NULL;
    int count = scandir(rig_file("scenarios"), &names, NULL, alphasort), seen = 0;

    for (int i = 0; i < count; i++) {
        const char *dot = strrchr(names[i]->d_name, '.');

        if (dot && !strcmp(dot, ".scenario")) {
            run_file(&rig, names[i]->d_name);
            seen++;
        }
        free(names[i]);
    }
    free(names);
    assert_true(seen > 0);
    rig_end(&rig);
}

PS_TEST(ac97_is_clean)
{
    run_files("ac97", "ac97");
}

PS_TEST(ac97_rt_is_clean)
{
    run_files("ac97", "ac97-rt");
}

PS_TEST(hda_is_clean)
{
    run_files("hda", "hda");
}

PS_TEST(multi_is_clean)
{
    run_files("multi", "multi");
}
