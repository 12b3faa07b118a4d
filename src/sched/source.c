// SPDX-License-Identifier: MIT
//
// What comes from outside the system: descriptors that end a wait, and the look at real time.
#include "sched/private.h"

#include <errno.h>
#include <poll.h>

int sched_use_real_clock(struct sched *sched)
{
    struct sched_outside *outside = sched->private->outside;

    outside->clock = real_clock_create();
    sched->attention_at = 0;
    return outside->clock ? 0 : -errno;
}

bool sched_is_real(const struct sched *sched)
{
    return sched->private->outside->clock;
}

bool sched_service(const struct sched *sched, struct real_clock_service *out)
{
    const struct real_clock *clock = sched->private->outside->clock;

    if (clock)
        real_clock_service(clock, out);
    return clock;
}

void sched_lateness_begin(struct sched *sched)
{
    struct real_clock *clock = sched->private->outside->clock;

    if (clock)
        real_clock_begin(clock);
}

struct real_clock_stall sched_lateness(const struct sched *sched)
{
    const struct real_clock *clock = sched->private->outside->clock;

    return clock ? real_clock_stall(clock) : (struct real_clock_stall){0, 0};
}

int sched_source_add(struct sched *sched, struct sched_source *source)
{
    struct sched_outside *outside = sched->private->outside;
    int error = 0;

    source->ready = 0;
    if (outside->clock && source->fd >= 0)
        error = real_clock_watch(outside->clock, source->fd, source->events ? source->events : POLLIN,
                                 &source->ready);
    if (error)
        return error;
    source->next = outside->sources;
    outside->sources = source;
    sched->attention_at = 0;
    return 0;
}

void sched_source_remove(struct sched *sched, struct sched_source *source)
{
    struct sched_outside *outside = sched->private->outside;
    struct sched_source **at = &outside->sources;

    while (*at && *at != source)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = source->next;
    if (outside->clock && source->fd >= 0)
        real_clock_unwatch(outside->clock, source->fd);
}

void sources_look(struct sched *sched)
{
    struct sched_private *private = sched->private;
    struct sched_outside *outside = private->outside;
    uint64_t real;

    if (!outside->sources && !outside->clock)
        return;
    private->firing = true;
    for (struct sched_source *source = outside->sources; source; source = source->next)
        source->look(source);
    private->firing = false;
    real = outside->clock ? real_clock_now(outside->clock) : 0;
    if (real > sched->now)
        sched->now = real;
}
