// SPDX-License-Identifier: MIT
#include "host/waits.h"

static void look(struct sched_source *source)
{
    struct waits *waits = source->context;

    if (source->ready)
        sched_stop(waits->system->sched);
}

void waits_begin(struct waits *waits, struct ps_system *system, const struct ps_waits *asked)
{
    *waits = (struct waits){.system = system};
    if (sched_is_real(system->sched))
        waits->asked = *asked;
}

// A descriptor that cannot be watched is always ready, so whoever has it waits for nothing.
static void watch(struct waits *waits, unsigned index)
{
    struct sched_source *source = &waits->sources[index];

    *source = (struct sched_source){
        .fd = waits->fds[index].fd,
        .events = (uint32_t)(unsigned short)waits->fds[index].events,
        .context = waits,
        .look = look,
    };
    if (sched_source_add(waits->system->sched, source))
        source->context = NULL;
}

static void unwatch(struct waits *waits)
{
    for (unsigned i = 0; i < waits->count; i++)
        if (waits->sources[i].context)
            sched_source_remove(waits->system->sched, &waits->sources[i]);
    waits->count = 0;
}

int waits_tell(struct waits *waits)
{
    bool any = false;

    for (unsigned i = 0; i < waits->count; i++) {
        waits->fds[i].revents = (short)waits->sources[i].ready;
        any |= waits->sources[i].ready != 0;
        waits->sources[i].ready = 0;
    }
    return any ? waits->asked.ready(waits->asked.context, waits->fds, waits->count) : 0;
}

static bool same(const struct waits *waits, const struct pollfd *fds, unsigned count)
{
    if (count != waits->count)
        return false;
    for (unsigned i = 0; i < count; i++)
        if (fds[i].fd != waits->fds[i].fd || fds[i].events != waits->fds[i].events)
            return false;
    return true;
}

void waits_renew(struct waits *waits)
{
    struct pollfd fds[MOST_WAITS];
    unsigned count;

    if (!waits->asked.list)
        return;
    count = waits->asked.list(waits->asked.context, fds, MOST_WAITS);
    if (same(waits, fds, count))
        return;
    unwatch(waits);
    waits->count = count < MOST_WAITS ? count : MOST_WAITS;
    memcpy(waits->fds, fds, waits->count * sizeof(*fds));
    for (unsigned i = 0; i < waits->count; i++)
        watch(waits, i);
}

void waits_end(struct waits *waits)
{
    unwatch(waits);
    waits->asked = (struct ps_waits){0};
}
