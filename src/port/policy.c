// SPDX-License-Identifier: MIT
//
// Policies by name; see docs/deviations.md.
#include "port/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define NS_PER_MS ((uint64_t)1000000)

enum { DEFAULT_CAP = 16, MOST_CAP = 2048, SET_STATE_LIMIT = 500, MOST_MS = 3600000 };

struct port_class *port_class_of(struct ps_system *system)
{
    struct port_class *class = system->port_class;

    if (class)
        return class;
    class = arena_alloc(system->arena, sizeof(*class));
    if (!class)
        return NULL;
    class->cap_pages = DEFAULT_CAP;
    class->set_state_limit = SET_STATE_LIMIT * NS_PER_MS;
    list_init(&class->stream_resources);
    system->port_class = class;
    return class;
}

static int set_split(struct port_class *class, const char *value)
{
    static const char *const names[] = {[SPLIT_NATURAL] = "merge-natural",
                                        [SPLIT_EVERY_PAGE] = "split-every-page",
                                        [SPLIT_MAX] = "merge-max"};

    for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (!strcmp(value, names[i])) {
            class->split = (enum mapping_split)i;
            return 0;
        }
    return -EINVAL;
}

static int set_cap(struct port_class *class, const char *value)
{
    char *end;
    unsigned long pages = strtoul(value, &end, 10);

    if (!*value || *end || pages < 1 || pages > MOST_CAP)
        return -EINVAL;
    class->cap_pages = (unsigned)pages;
    return 0;
}

static int set_states(struct port_class *class, const char *value)
{
    if (strcmp(value, "run") && strcmp(value, "any"))
        return -EINVAL;
    class->service_in_any_state = !strcmp(value, "any");
    return 0;
}

static int set_events(struct port_class *class, const char *value)
{
    if (strcmp(value, "dispatch") && strcmp(value, "passive"))
        return -EINVAL;
    class->passive_events = !strcmp(value, "passive");
    return 0;
}

static int set_limit(struct port_class *class, const char *value)
{
    char *end;
    unsigned long ms = strtoul(value, &end, 10);

    if (!*value || *end || ms < 1 || ms > MOST_MS)
        return -EINVAL;
    class->set_state_limit = ms * NS_PER_MS;
    return 0;
}

static int set_position_lock(struct port_class *class, const char *value)
{
    if (strcmp(value, "on") && strcmp(value, "off"))
        return -EINVAL;
    class->position_lock = !strcmp(value, "on");
    return 0;
}

static int set_checks(struct port_class *class, const char *value)
{
    if (strcmp(value, "on") && strcmp(value, "off"))
        return -EINVAL;
    class->unchecked = !strcmp(value, "off");
    return 0;
}

static int set_idle_power(struct port_class *class, const char *value)
{
    if (strcmp(value, "on") && strcmp(value, "off"))
        return -EINVAL;
    class->idle_power = !strcmp(value, "on");
    return 0;
}

static const struct policy {
    const char *name;
    int (*set)(struct port_class *class, const char *value);
} policies[] = {
    {"mapping-split", set_split},
    {"mapping-cap", set_cap},
    {"service-states", set_states},
    {"position-events", set_events},
    {"stream-checks", set_checks},
    {"setstate-limit", set_limit},
    {"position-lock", set_position_lock},
    {"idle-power", set_idle_power},
};

int policy_set(struct ps_system *system, const char *name, const char *value)
{
    struct port_class *class = port_class_of(system);

    if (!class)
        return -ENOMEM;
    for (unsigned i = 0; i < sizeof(policies) / sizeof(*policies); i++)
        if (!strcmp(policies[i].name, name))
            return policies[i].set(class, value);
    return -ENOENT;
}
