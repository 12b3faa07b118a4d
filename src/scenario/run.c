// SPDX-License-Identifier: MIT
//
// A run from the host's stack: threads made, time limited, the end of the driver.
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/status.h"
#include "scenario/run.h"

#define END_LIMIT 60000000000ull // ns for closing everything

void run_finding(struct run *run, const char *rule, const char *format, ...)
{
    char text[300];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    finding_raise(run->system, rule, SIDE_DRIVER, NULL, "%s", text);
}

struct standstill {
    struct run *run;
    const char *rule, *how;
    char waits[1024];
};

static void raise_standstill(void *context)
{
    const struct standstill *still = context;

    run_finding(still->run, still->rule, "%s: %.250s", still->how, still->waits);
}

// The run comes to no end: who waits for what is the finding.
static int stuck(struct run *run, const char *rule, const char *how)
{
    struct standstill still = {.run = run, .rule = rule, .how = how};

    host_describe_waits(run->system, still.waits, sizeof(still.waits));
    host_blame(run->system, NULL, raise_standstill, &still);
    sched_halt(run->system->sched);
    return -EFAULT;
}

// Until no thread is left. 0 or -EFAULT.
static int drive(struct run *run, uint64_t limit)
{
    uint64_t until = run->system->sched->now + limit;

    while (run->live) {
        enum sched_end end = sched_run(run->system->sched, until);

        if (end == SCHED_HALTED)
            return -EFAULT;
        if (!run->live)
            break;
        if (end == SCHED_QUIET)
            return stuck(run, "DEADLOCK", "nothing can run any more and nothing is due");
        if (end == SCHED_BUDGET)
            return stuck(run, "BUDGET", "the scenario comes to no end in virtual time");
    }
    return 0;
}

static int start_scripts(struct run *run)
{
    const struct scenario *scenario = run->scenario;

    for (unsigned i = 0; i < scenario->script_count; i++) {
        run->actors[i].script = &scenario->scripts[i];
        if (!actor_start(&run->actors[i], scenario->scripts[i].name, actor_script))
            return -ENOMEM;
    }
    return 0;
}

static void prepare(struct run *run)
{
    for (unsigned i = 0; i <= MOST_THREADS; i++)
        run->actors[i].run = run;
    KeInitializeMutex(&run->pnp, 0);
    at_begin(run);
    judge_begin(run);
}

static int perform(struct run *run)
{
    struct actor *last = &run->actors[MOST_THREADS];
    int result = start_scripts(run);

    if (!result)
        result = drive(run, (uint64_t)run->scenario->limit);
    at_end(run);
    if (!result && !actor_start(last, "end", finish))
        result = -ENOMEM;
    if (!result)
        result = drive(run, END_LIMIT);
    judge_end(run);
    return result;
}

int scenario_run(const struct scenario *scenario, uint64_t variant,
                 const struct scenario_conditions *conditions, struct ps_driver *driver,
                 struct scenario_outcome *outcome)
{
    struct ps_system *system = driver->system, *current = system_current;
    uint64_t began = system->sched->now;
    int result = host_enter(system);
    struct run *run;

    *outcome = (struct scenario_outcome){0};
    if (result)
        return result;
    run = arena_alloc(system->arena, sizeof(*run));
    if (!run)
        return host_error(-ENOMEM, "no memory for a run of '%s'", scenario->name);
    run->scenario = scenario;
    run->variant = variant;
    run->driver = driver;
    run->system = system;
    if (conditions)
        run->conditions = *conditions;
    system_current = system;
    prepare(run);
    result = perform(run);
    system_current = current;
    *outcome = run->outcome;
    outcome->virtual_ns = system->sched->now - began;
    if (result != -EFAULT)
        arena_free(system->arena, run, sizeof(*run));
    return result;
}
