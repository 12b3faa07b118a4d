// SPDX-License-Identifier: MIT
//
// Systems come and go here. The record is the first object of its own arena.
#include "base/system.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/finding.h"
#include "base/random.h"

_Thread_local struct ps_system *system_current;

struct ps_system *system_create(uint64_t seed)
{
    struct ps_system *system = NULL;
    struct arena *arena;
    uint64_t state = seed;
    int error = arena_create(&arena);

    if (error) {
        errno = -error;
        return NULL;
    }
    arena_set_fill(arena, random_next(&state));
    system = arena_alloc(arena, sizeof(*system));
    if (system)
        system->journal = journal_create();
    if (!system || !system->journal) {
        arena_destroy(arena);
        errno = ENOMEM;
        return NULL;
    }
    system->arena = arena;
    system->seed = seed;
    system->owner_thread = gettid();
    return system;
}

void system_destroy(struct ps_system *system)
{
    struct journal *journal;

    if (!system)
        return;
    if (system_current == system)
        system_current = NULL;
    journal = system->journal;
    arena_destroy(system->arena);
    journal_destroy(journal);
}

int system_check(const struct ps_system *system)
{
    if (system->owner_thread != gettid())
        return -EPERM;
    return system->halted ? -EFAULT : 0;
}

HOOK_ABI void system_missing(const char *function)
{
    fprintf(stderr, "portside: %s was called outside of any system\n", function);
    abort();
}
