// SPDX-License-Identifier: MIT
//
// scenario_try FILE...: loads each scenario and, if it is one, runs its first and last variant on the AC'97 driver. One
// line for each file: the parser's message, or "ran" with the first finding. For scenario_fuzz_test.py.
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <portside/portside.h>

#include "scenario/scenario.h"

static struct ps_system *machine;
static struct ps_driver *driver;
static struct ps_snapshot *snapshot;

static int boot(void)
{
    char path[PATH_MAX + 40], self[PATH_MAX] = "";

    if (readlink("/proc/self/exe", self, sizeof(self) - 1) <= 0)
        return -1;
    *strrchr(self, '/') = 0;
    snprintf(path, sizeof(path), "%s/../drivers/ac97.so", self);
    return ps_system_create(NULL, &machine) || ps_device_attach(machine, ps_model_find("ac97")) < 0 ||
           ps_driver_load(machine, path, &driver) || ps_snapshot_take(machine, &snapshot);
}

static int run(const struct scenario *scenario, unsigned variant, struct ps_finding *finding)
{
    struct scenario_outcome outcome;
    size_t before = ps_finding_count(machine);

    if (ps_snapshot_restore(machine, snapshot))
        return -1;
    if (scenario_start(scenario) == SCENARIO_STARTED && ps_driver_start(driver, 0))
        return -1;
    scenario_run(scenario, variant, NULL, driver, &outcome);
    if (ps_finding_count(machine) > before)
        ps_finding_get(machine, before, finding);
    return 0;
}

static int try(const char *path)
{
    struct ps_finding finding = {.rule = "clean", .text = ""};
    struct scenario_error error;
    struct scenario *scenario;

    if (scenario_load(path, &scenario, &error)) {
        printf("%s\n", error.text);
        return 0;
    }
    if (run(scenario, 0, &finding) || run(scenario, scenario_variants(scenario) - 1, &finding)) {
        printf("cannot run: %s\n", ps_error_text());
        return 1;
    }
    printf("ran %d %s %s\n", (int)finding.side, finding.rule, finding.text);
    scenario_free(scenario);
    return 0;
}

int main(int count, char **arguments)
{
    if (boot()) {
        fprintf(stderr, "%s\n", ps_error_text());
        return 2;
    }
    for (int i = 1; i < count; i++)
        if (try(arguments[i]))
            return 3;
    ps_snapshot_free(snapshot);
    ps_system_destroy(machine);
    return 0;
}
