/* SPDX-License-Identifier: MIT */
/*
 * The mapping queue's four functions for measuring (MAPPING_QUEUE_PLATFORM): one atomic spin lock, and the
 * rig's memory, which keeps blocks for the next time as a kernel's look-aside lists do.
 */
#ifndef PORTSIDE_BENCH_MAPPING_QUEUE_SPIN_H
#define PORTSIDE_BENCH_MAPPING_QUEUE_SPIN_H

#include <stddef.h>

/* mapping_queue_rig.c */
__attribute__((ms_abi)) void *rig_allocate(size_t bytes);
__attribute__((ms_abi)) void rig_free(void *memory);

static inline void mq_lock(void *context)
{
    int *lock = (int *)context;

    while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE))
        __builtin_ia32_pause();
}

static inline void mq_unlock(void *context)
{
    __atomic_store_n((int *)context, 0, __ATOMIC_RELEASE);
}

static inline void *mq_allocate(void *context, size_t bytes)
{
    (void)context;
    return rig_allocate(bytes);
}

static inline void mq_free(void *context, void *memory)
{
    (void)context;
    rig_free(memory);
}

#endif
