// SPDX-License-Identifier: MIT
//
// The script's threads: one step after the other, waiting for each other, ending.
#include <string.h>

#include "base/status.h"
#include "scenario/run.h"

enum { MOST_DONE = 200000 }; // steps of one run

// ---- waiting and ending ------------------------------------------------------------------------------

static void release(struct actor *actor)
{
    actor->released = true;
    sched_ready(actor->run->system->sched, actor->thread);
}

// Nobody runs who could bring the others on: those who wait for more than the end are let go.
static void let_go(struct run *run)
{
    bool only_joins = true;

    for (unsigned i = 0; i < MOST_THREADS; i++) {
        const struct actor *actor = &run->actors[i];

        if (!actor->thread || actor->ended)
            continue;
        if (actor->waits == ACTOR_RUNS || actor->released)
            return;
        only_joins &= actor->waits == ACTOR_JOINS;
    }
    for (unsigned i = 0; i < MOST_THREADS; i++) {
        struct actor *actor = &run->actors[i];

        if (actor->thread && !actor->ended && (only_joins || actor->waits != ACTOR_JOINS))
            release(actor);
    }
}

bool actor_wait(struct actor *actor, int waits)
{
    bool reached;

    actor->waits = waits;
    actor->released = false;
    let_go(actor->run);
    while (!actor->released)
        sched_block(actor->run->system->sched, "another thread of the scenario", 0);
    actor->waits = ACTOR_RUNS;
    reached = waits == ACTOR_AT ? actor->run->outcome.reached
                                : waits == ACTOR_JOINS || actor->run->signals[actor->signal];
    return reached;
}

void actor_end(struct actor *actor)
{
    struct run *run = actor->run;

    actor->ended = true;
    if (--run->live)
        let_go(run);
    else
        sched_stop(run->system->sched);
}

static void raise_signal(struct run *run, unsigned signal)
{
    run->signals[signal] = true;
    for (unsigned i = 0; i < MOST_THREADS; i++)
        if (run->actors[i].waits == ACTOR_AWAITS && run->actors[i].signal == signal &&
            !run->actors[i].released)
            release(&run->actors[i]);
}

static bool await(struct actor *actor, unsigned signal)
{
    actor->signal = signal;
    return actor->run->signals[signal] || actor_wait(actor, ACTOR_AWAITS);
}

bool actor_start(struct actor *actor, const char *name, void (*entry)(void *actor))
{
    struct ps_system *system = actor->run->system;
    struct fault_plan *plan = system->fault;

    system->fault = NULL; // the thread is ours: failing it would test nothing of the driver's
    actor->thread = kernel_thread(system, name, entry, actor);
    system->fault = plan;
    if (actor->thread)
        actor->run->live++;
    return actor->thread != NULL;
}

// ---- steps -------------------------------------------------------------------------------------------

// Arguments were checked when the scenario was parsed.
static int64_t value_of(struct actor *actor, const struct value_rule *rule,
                        const struct argument *argument)
{
    const struct run *run = actor->run;
    char number[24];
    const char *text = argument->text;
    int64_t value = 0;

    if (argument->variable == VARIABLE_SWEEP)
        text = variant_value(run->scenario, run->variant, argument->index);
    if (argument->variable == VARIABLE_LOOP || argument->variable == VARIABLE_STREAMS) {
        int64_t count = argument->variable == VARIABLE_LOOP ? actor->loops[argument->index]
                                                            : traits_streams(run->driver, PS_PLAY);

        snprintf(number, sizeof(number), "%lld", (long long)(count ? count : 1));
        text = number;
    }
    value_convert(rule, text, &value);
    return value;
}

static bool may_fail(const struct step *step)
{
    return step->expectation == EXPECT_ANYTHING || step->expectation == EXPECT_OR_END;
}

static void judge_status(struct run *run, const struct step *step, NTSTATUS status)
{
    bool failed = !NT_SUCCESS(status), wanted = step->expectation != EXPECT_SUCCESS;

    // A step that may fail counts, too: what made it fail may have been the fault.
    run->broken |= failed && (!wanted || may_fail(step));
    if (may_fail(step))
        return;
    if (step->expectation == EXPECT_STATUS ? status == step->status : failed == wanted)
        return;
    if (run->conditions.faulted && (failed || run->broken))
        return;
    run->outcome.unexpected++;
    run_finding(run, step->word->opens ? "SCENARIO" : run->scenario->rule, "line %u of the scenario: '%s' ended with %s, not %s",
                step->line, step->word->name, status_name(status),
                step->expectation == EXPECT_STATUS ? status_name(step->status)
                : wanted                           ? "an error"
                                                   : "success");
}

// False: the thread ends here.
static bool run_word(struct actor *actor, const struct step *step)
{
    int64_t values[MOST_ARGUMENTS] = {0};
    unsigned *users = &slot_of(actor)->users;
    NTSTATUS status;

    for (unsigned i = 0; i < step->count; i++)
        values[i] = value_of(actor, &step->word->rules[i], &step->arguments[i]);
    *users += step->word->packets;
    status = step->word->run(actor, values, step->count);
    judge_status(actor->run, step, status);
    *users -= step->word->packets;
    return NT_SUCCESS(status) || step->expectation != EXPECT_OR_END;
}

// The first round, or past the block if there is none.
static void enter_loop(struct actor *actor, const struct step *step)
{
    static const struct value_rule any = {VALUE_NUMBER, 0, INT64_MAX, NULL};
    int64_t from = value_of(actor, &any, &step->arguments[0]);

    actor->loops[step->index] = from;
    actor->pc = from > value_of(actor, &any, &step->arguments[1]) ? step->jump : actor->pc + 1;
}

static void end_loop(struct actor *actor, const struct step *step)
{
    static const struct value_rule any = {VALUE_NUMBER, 0, INT64_MAX, NULL};
    const struct step *begin = &actor->run->scenario->steps[step->jump];

    actor->pc = ++actor->loops[step->index] <= value_of(actor, &any, &begin->arguments[1])
                    ? step->jump + 1
                    : begin->jump;
}

// False: the thread ends here.
static bool do_step(struct actor *actor, const struct step *step)
{
    switch (step->kind) {
    case STEP_FOR:
        enter_loop(actor, step);
        return true;
    case STEP_END:
        end_loop(actor, step);
        return true;
    case STEP_WORD:
        if (!run_word(actor, step))
            return false;
        break;
    case STEP_SIGNAL:
        raise_signal(actor->run, step->index);
        break;
    case STEP_AWAIT:
        if (!await(actor, step->index))
            return false;
        break;
    case STEP_MARK:
        at_mark(actor->run);
        break;
    case STEP_AT:
        if (!at_wait(actor))
            return false;
        break;
    case STEP_JOIN:
        actor_wait(actor, ACTOR_JOINS);
        break;
    }
    actor->pc++;
    return true;
}

void actor_script(void *argument)
{
    struct actor *actor = argument;
    struct run *run = actor->run;

    actor->pc = actor->script->first;
    while (actor->pc < actor->script->end && do_step(actor, &run->scenario->steps[actor->pc]) &&
           ++run->outcome.steps < MOST_DONE)
        sched_point(run->system->sched, COST_SERVICE);
    if (run->outcome.steps == MOST_DONE)
        finding_raise(run->system, "SCENARIO", SIDE_CLIENT, NULL,
                      "the scenario has more than %d steps and is ended", MOST_DONE);
    actor_end(actor);
}
