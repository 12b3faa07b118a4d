// SPDX-License-Identifier: MIT
//
// Timers and DPCs that drivers initialise in memory of their own. Each has a record here, found by
// its address, because the KTIMER and KDPC are the driver's to free, copy and overwrite. Any IRQL.
#include "kernel/private.h"

static struct watched *lookup(struct ps_system *system, enum watched_kind kind, const void *object)
{
    struct watched *watched = table_get(&system->kernel->watched_table, object);

    return watched && watched->kind == kind ? watched : NULL;
}

struct dpc_record *watched_dpc(struct ps_system *system, const void *object)
{
    return (struct dpc_record *)lookup(system, WATCHED_DPC, object);
}

struct timer_record *watched_timer(struct ps_system *system, const void *object)
{
    return (struct timer_record *)lookup(system, WATCHED_TIMER, object);
}

static size_t record_bytes(enum watched_kind kind)
{
    return kind == WATCHED_TIMER ? sizeof(struct timer_record) : sizeof(struct dpc_record);
}

// No DPC may go on naming a timer that is gone (SV-30).
static void unname_timer(struct ps_system *system, const void *timer)
{
    LIST_EACH(link, &system->kernel->watched)
    {
        struct watched *watched = LIST_OBJECT(link, struct watched, link);

        if (watched->kind == WATCHED_DPC && ((struct dpc_record *)watched)->timer == timer)
            ((struct dpc_record *)watched)->timer = NULL;
    }
}

void watched_forget(struct ps_system *system, struct watched *watched)
{
    if (watched->kind == WATCHED_TIMER)
        unname_timer(system, watched->object);
    if (watched->kind == WATCHED_TIMER)
        timer_cancel(system, (struct timer_record *)watched);
    else
        dpc_remove(system, (struct dpc_record *)watched);
    table_remove(&system->kernel->watched_table, watched->object);
    list_remove(&watched->link);
    arena_free(system->arena, watched, record_bytes(watched->kind));
}

// Initialised again where another object was: the old one is gone; if it was busy, wrongly so.
static void replace(struct ps_system *system, struct watched *old, const void *caller)
{
    if (old->busy)
        kernel_misuse(system, old->kind == WATCHED_TIMER ? "VF-126" : "SV-20", caller,
                      old->kind == WATCHED_TIMER ? CODE_IO_VERIFIER : CODE_VERIFIER, 0x0A,
                      (uintptr_t)old->object, 0, 0, "%s %u is initialised while it is %s",
                      old->kind == WATCHED_TIMER ? "timer" : "DPC", old->number,
                      old->kind == WATCHED_TIMER ? "set" : "queued");
    watched_forget(system, old);
}

void *watched_init(struct ps_system *system, enum watched_kind kind, const void *object,
                   const void *caller)
{
    struct kernel *kernel = system->kernel;
    struct watched *watched = table_get(&kernel->watched_table, object);

    if (watched)
        replace(system, watched, caller);
    watched = arena_alloc(system->arena, record_bytes(kind));
    if (!watched || !table_put(system, &kernel->watched_table, object, watched))
        finding_stop(system, "ARENA", SIDE_PORT, caller, 0, (const uint64_t[4]){0},
                     "the system's arena is full");
    watched->object = object;
    watched->kind = (uint8_t)kind;
    watched->caller = caller;
    watched->number = system_number(system, kind == WATCHED_TIMER ? OBJECT_TIMER : OBJECT_DPC);
    list_push_back(&kernel->watched, &watched->link);
    return watched;
}

static bool inside(const volatile void *object, const void *base, size_t bytes)
{
    return (uintptr_t)object - (uintptr_t)base < bytes;
}

static void locks_freed(struct ps_system *system, const void *base, size_t bytes,
                        const void *caller)
{
    for (unsigned i = 0; i < system->sched->processor_count; i++) {
        const struct processor *processor = &system->sched->processors[i];

        for (unsigned k = 0; k < processor->held_count; k++) {
            volatile uintptr_t *lock = processor->held[k].lock;

            if (inside(lock, base, bytes))
                kernel_misuse(system, "VF-39", caller, CODE_VERIFIER, 0x100B, (uintptr_t)lock, i, 0,
                              "memory is freed that holds spin lock %u, owned by processor %u",
                              sched_lock_number(system->sched, lock), i);
        }
    }
}

void watched_freed(struct ps_system *system, const void *base, size_t bytes, const void *caller)
{
    locks_freed(system, base, bytes, caller);
    LIST_EACH_SAFE(link, &system->kernel->watched)
    {
        struct watched *watched = LIST_OBJECT(link, struct watched, link);

        if (!inside(watched->object, base, bytes))
            continue;
        if (watched->busy && watched->kind == WATCHED_TIMER)
            kernel_misuse(system, "VF-65", caller, CODE_VERIFIER, 0x15, (uintptr_t)watched->object,
                          0, (uintptr_t)base, "memory is freed that holds active timer %u",
                          watched->number);
        else if (watched->busy)
            kernel_misuse(system, "VF-55", caller, 0xC7, 1, (uintptr_t)watched->object,
                          (uintptr_t)base, (uintptr_t)base + bytes,
                          "memory is freed that holds queued DPC %u", watched->number);
        watched_forget(system, watched);
    }
}
