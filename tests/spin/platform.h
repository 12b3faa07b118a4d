// SPDX-License-Identifier: MIT
//
// The mapping queue's four functions inside a model checker: an operation is one step of the model, so its lock is
// always free, and memory is part of the state.
#ifndef PORTSIDE_TESTS_SPIN_PLATFORM_H
#define PORTSIDE_TESTS_SPIN_PLATFORM_H

#include <stddef.h>

static inline void mq_lock(void *context)
{
    (void)context;
}

static inline void mq_unlock(void *context)
{
    (void)context;
}

void *world_allocate(size_t bytes);
void world_free(void *memory);

static inline void *mq_allocate(void *context, size_t bytes)
{
    (void)context;
    return world_allocate(bytes);
}

static inline void mq_free(void *context, void *memory)
{
    (void)context;
    world_free(memory);
}

#endif
