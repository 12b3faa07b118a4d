// SPDX-License-Identifier: MIT
//
// Scenarios while something is made to fail: allocations, interrupts, the device itself. A clean driver gives no finding,
// and every run comes to its end.
#include "tests/driver_rig.h"
#include "tests/ps_test.h"

#include "base/system.h"
#include "base/finding.h"
#include "machine/machine.h"
#include "scenario/scenario.h"

static struct ps_system *machine;
static struct ps_driver *driver;
static struct ps_snapshot *loaded, *started;

static void boot(const char *model, const char *name)
{
    assert_int_equal(ps_system_create(NULL, &machine), 0);
    assert_true(ps_device_attach(machine, ps_model_find(model)) >= 0);
    assert_int_equal(ps_driver_load(machine, rig_driver(name), &driver), 0);
    assert_int_equal(ps_snapshot_take(machine, &loaded), 0);
    assert_int_equal(ps_driver_start(driver, 0), 0);
    assert_int_equal(ps_snapshot_take(machine, &started), 0);
}

static void end(void)
{
    ps_snapshot_free(loaded);
    ps_snapshot_free(started);
    ps_system_destroy(machine);
}

static struct scenario *load(const char *name)
{
    struct scenario_error error;
    struct scenario *scenario;
    char path[100];

    snprintf(path, sizeof(path), "scenarios/%s.scenario", name);
    if (scenario_load(rig_file(path), &scenario, &error))
        fail_msg("%s", error.text);
    return scenario;
}

static void restore(const struct scenario *scenario)
{
    assert_int_equal(ps_snapshot_restore(machine, scenario_start(scenario) == SCENARIO_LOADED ? loaded : started), 0);
}

static void run(const struct scenario *scenario, uint64_t variant, uint64_t number)
{
    const struct scenario_conditions faulted = {.faulted = true};
    struct ps_finding finding = {.rule = "none", .text = ""};
    struct scenario_outcome outcome;
    int result = scenario_run(scenario, variant, &faulted, driver, &outcome);

    if (ps_finding_count(machine))
        ps_finding_get(machine, 0, &finding);
    if (result || ps_finding_count(machine))
        fail_msg("%s variant %llu fault %llu: %d %s: %s", scenario_name(scenario), (unsigned long long)variant,
                 (unsigned long long)number, result, finding.rule, finding.text);
}

// Until no allocation is left to fail; how many there are.
static uint64_t fail_each(const struct scenario *scenario, bool for_good)
{
    uint64_t at = 0, reached;

    do {
        restore(scenario);
        ps_fault_set(machine, ++at, for_good, NULL);
        run(scenario, 0, at);
        ps_fault_set(machine, 0, false, &reached);
    } while (reached >= at);
    return at - 1;
}

static void allocations(const char *name)
{
    struct scenario *scenario = load(name);

    assert_true(fail_each(scenario, false) > 10);
    assert_true(fail_each(scenario, true) > 10);
    scenario_free(scenario);
}

PS_TEST(every_allocation_may_fail, "VF-161")
{
    boot("ac97", "ac97");
    allocations("start-and-remove");
    allocations("three-packets");
    allocations("many-streams");
    end();
    boot("multi", "multi");
    allocations("many-streams");
    end();
    boot("ac97", "ac97-rt");
    allocations("rt-notifications");
    end();
}

static void interrupts(const char *name)
{
    struct scenario *scenario = load(name);

    for (int kind = MACHINE_INTERRUPTS_SPURIOUS; kind <= MACHINE_INTERRUPTS_LOST; kind++)
        for (uint64_t number = 0; number < 8; number++) {
            const struct machine_faults plan = {
                .interrupts = (enum machine_interrupts)kind, .number = number, .seed = 1, .delay = 7000000};

            restore(scenario);
            machine_set_faults(machine->machine, &plan);
            run(scenario, 0, number);
        }
    scenario_free(scenario);
}

PS_TEST(interrupts_may_come_late_twice_together_or_never)
{
    static const char *const models[] = {"ac97", "ac97", "hda", "multi"};
    static const char *const drivers[] = {"ac97", "ac97-rt", "hda", "multi"};

    for (unsigned i = 0; i < 4; i++) {
        boot(models[i], drivers[i]);
        interrupts("position-thread");
        interrupts("many-streams");
        end();
    }
}

// From each register access on, until a run has no more of them.
static void gone(const char *name, uint64_t variant)
{
    struct scenario *scenario = load(name);
    struct machine_fault_counts counts = {0};

    for (uint64_t at = 1; at < 300 && counts.accesses >= at - 1; at++) {
        const struct machine_faults plan = {.gone_at = at};

        restore(scenario);
        machine_set_faults(machine->machine, &plan);
        run(scenario, variant, at);
        machine_get_fault_counts(machine->machine, &counts);
    }
    scenario_free(scenario);
}

PS_TEST(the_device_may_be_gone_from_any_access_on)
{
    boot("ac97", "ac97");
    gone("three-packets", 0);
    gone("cancel-anywhere", 225); // the cancelled packet is the last that keeps its closed pin
    gone("record", 0);
    end();
    boot("hda", "hda");
    gone("rt-run", 0);
    gone("power-states", 11);
    end();
    boot("multi", "multi");
    gone("many-streams", 0);
    end();
}
