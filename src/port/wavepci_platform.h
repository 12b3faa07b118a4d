// SPDX-License-Identifier: MIT
//
// The mapping queue's four functions inside a system (MAPPING_QUEUE_PLATFORM). One OS thread runs a system and
// switches between processors at scheduling points only. The queue has none but in its allocations, which
// it makes without the lock: so its lock is the scheduler's own, and costs nothing.
#ifndef PORTSIDE_PORT_WAVEPCI_PLATFORM_H
#define PORTSIDE_PORT_WAVEPCI_PLATFORM_H

#include <stddef.h>

#include "base/hooks.h"

// Nonpaged pool (wavepci_queue.c).
HOOK_ABI void *wavepci_pool_allocate(size_t bytes);
HOOK_ABI void wavepci_pool_free(void *memory);

static inline void mq_lock(void *context)
{
    (void)context;
    __asm__ volatile("" ::: "memory");
}

static inline void mq_unlock(void *context)
{
    (void)context;
    __asm__ volatile("" ::: "memory");
}

static inline void *mq_allocate(void *context, size_t bytes)
{
    (void)context;
    return wavepci_pool_allocate(bytes);
}

static inline void mq_free(void *context, void *memory)
{
    (void)context;
    wavepci_pool_free(memory);
}

#endif
