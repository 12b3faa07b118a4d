// SPDX-License-Identifier: MIT
//
// Policies by name; see docs/deviations.md.
#include "port/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define NS_PER_MS ((uint64_t)1000000)

enum { DEFAULT_CAP = 16, MOST_CAP = 2048, SET_STATE_LIMIT = 500, MOST_MS = 3600000, MOST_GUARD = 4096 };

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
    class->common_limit = UINT32_MAX;
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

// A number from `least` to `most`.
static int read_number(const char *value, unsigned long least, unsigned long most,
                       unsigned long *number)
{
    char *end;

    *number = strtoul(value, &end, 10);
    return !*value || *end || *number < least || *number > most ? -EINVAL : 0;
}

static int set_cap(struct port_class *class, const char *value)
{
    unsigned long pages;
    int result = read_number(value, 1, MOST_CAP, &pages);

    if (!result)
        class->cap_pages = (unsigned)pages;
    return result;
}

static int set_guard(struct port_class *class, const char *value)
{
    unsigned long frames;
    int result = read_number(value, 0, MOST_GUARD, &frames);

    if (!result)
        class->capture_guard = (unsigned)frames;
    return result;
}

static int set_common_limit(struct port_class *class, const char *value)
{
    unsigned long bytes;
    int result = read_number(value, 0, UINT32_MAX, &bytes);

    if (!result)
        class->common_limit = (uint32_t)bytes;
    return result;
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
    unsigned long ms;
    int result = read_number(value, 1, MOST_MS, &ms);

    if (!result)
        class->set_state_limit = ms * NS_PER_MS;
    return result;
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
    {"capture-guard", set_guard},
    {"common-buffer-limit", set_common_limit},
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
