// SPDX-License-Identifier: MIT
//
// Whose a standstill is: who waits for what, and the thread that stands inside a driver.
#include <string.h>

#include "host/host.h"

void host_describe_waits(const struct ps_system *system, char *text, size_t size)
{
    char waits[1024], *rest = waits, *line;
    size_t used = 0;

    sched_describe_waits(system->sched, waits, sizeof(waits));
    *text = 0;
    while ((line = strsep(&rest, "\n")))
        if (*line && !strstr(line, "waits for work 0") && used < size)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? "; " : "", line);
}

bool host_is_driver(const struct ps_system *system, const void *address)
{
    char text[8];

    for (const struct ps_driver *driver = system->host->drivers; driver; driver = driver->next)
        if (driver->image && image_describe(driver->image, address, text, sizeof(text)))
            return true;
    return false;
}

struct look {
    struct ps_system *system;
    bool inside;
};

static void look(void *context)
{
    struct look *look = context;
    const void *frames[FINDING_STACK];
    size_t count = sched_stack(look->system->sched, frames, FINDING_STACK);

    for (size_t i = 0; i < count && !look->inside; i++)
        look->inside = host_is_driver(look->system, frames[i]);
}

static bool stands_inside(struct ps_system *system, struct sched_thread *thread)
{
    struct look context = {system, false};

    sched_visit(system->sched, thread, look, &context);
    return context.inside;
}

static struct sched_thread *find(struct ps_system *system, struct sched_thread *first)
{
    struct sched_thread *thread = NULL;

    if (first && stands_inside(system, first))
        return first;
    while ((thread = sched_next_thread(system->sched, thread)))
        if (stands_inside(system, thread))
            return thread;
    return NULL;
}

void host_blame(struct ps_system *system, struct sched_thread *first, void (*raise)(void *context), void *context)
{
    struct sched_thread *thread = find(system, first);

    if (!thread || !sched_visit(system->sched, thread, raise, context))
        raise(context);
}
