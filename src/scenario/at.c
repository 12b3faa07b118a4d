// SPDX-License-Identifier: MIT
//
// The swept place: the n-th scheduling point, or the n-th call between port and miniport, after the mark. The thread
// that waits for it becomes ready right there, while the processor that came there has not gone on.
#include "scenario/run.h"

static void release(struct run *run)
{
    for (unsigned i = 0; i < MOST_THREADS; i++) {
        struct actor *actor = &run->actors[i];

        if (actor->waits != ACTOR_AT || actor->released)
            continue;
        actor->released = true;
        run->outcome.reached = true;
        sched_ready(run->system->sched, actor->thread);
    }
}

static void fire(struct sched_alarm *alarm)
{
    release(alarm->context);
}

static HOOK_ABI void event(const struct hooks *hooks, struct ps_system *system,
                           enum hook_event what, const void *object, uint64_t a, uint64_t b)
{
    struct run *run = hooks->context;

    if (run->inner)
        run->inner->event(run->inner, system, what, object, a, b);
    if (!run->marked || (what != HOOK_PORT_ENTER && what != HOOK_MINIPORT_ENTER &&
                         what != HOOK_MINIPORT_LEAVE))
        return;
    if (++run->calls == variant_at(run->scenario, run->variant))
        release(run);
}

void at_begin(struct run *run)
{
    run->outcome.reached = run->scenario->at == AT_NONE;
    if (run->scenario->at != AT_CALLS)
        return;
    run->hooks = (struct hooks){run, event};
    run->inner = run->system->hooks;
    run->system->hooks = &run->hooks;
}

void at_end(struct run *run)
{
    if (run->scenario->at == AT_CALLS)
        run->system->hooks = run->inner;
    sched_alarm_set(run->system->sched, NULL);
}

// Counting begins, and a thread waits.
static void arm(struct run *run)
{
    run->alarm = (struct sched_alarm){run->mark + variant_at(run->scenario, run->variant), run, fire};
    sched_alarm_set(run->system->sched, &run->alarm);
}

static bool anybody_waits(const struct run *run)
{
    for (unsigned i = 0; i < MOST_THREADS; i++)
        if (run->actors[i].waits == ACTOR_AT)
            return true;
    return false;
}

void at_mark(struct run *run)
{
    run->marked = true;
    run->mark = run->system->sched->points;
    run->calls = 0;
    if (run->scenario->at == AT_POINTS && anybody_waits(run))
        arm(run);
}

bool at_wait(struct actor *actor)
{
    struct run *run = actor->run;

    if (run->scenario->at == AT_CALLS && run->marked &&
        run->calls >= variant_at(run->scenario, run->variant)) {
        run->outcome.reached = true;
        return true;
    }
    if (run->scenario->at == AT_POINTS && run->marked)
        arm(run);
    return actor_wait(actor, ACTOR_AT);
}
