// SPDX-License-Identifier: MIT
//
// Timers, DPCs, resources and lookaside lists that drivers initialise in memory of their own. Each has a record here,
// found by its address, because the KTIMER or KDPC is the driver's to free, copy and overwrite. Any IRQL.
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

struct resource_record *watched_resource(struct ps_system *system, const void *object)
{
    return (struct resource_record *)lookup(system, WATCHED_RESOURCE, object);
}

static const struct {
    size_t bytes;
    enum object_kind counted; // system_number
} kinds[] = {
    [WATCHED_TIMER] = {sizeof(struct timer_record), OBJECT_TIMER},
    [WATCHED_DPC] = {sizeof(struct dpc_record), OBJECT_DPC},
    [WATCHED_RESOURCE] = {sizeof(struct resource_record), OBJECT_RESOURCE},
    [WATCHED_LOOKASIDE] = {sizeof(struct watched), OBJECT_LOOKASIDE},
};

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
    if (watched->kind == WATCHED_TIMER) {
        unname_timer(system, watched->object);
        timer_cancel(system, (struct timer_record *)watched);
    } else if (watched->kind == WATCHED_DPC) {
        dpc_remove(system, (struct dpc_record *)watched);
    } else if (watched->kind == WATCHED_RESOURCE) {
        resource_dropped(system, (struct resource_record *)watched);
    }
    table_remove(&system->kernel->watched_table, watched->object);
    list_remove(&watched->link);
    arena_free(system->arena, watched, kinds[watched->kind].bytes);
}

void watched_deleted(struct ps_system *system, const void *object)
{
    struct watched *watched = lookup(system, WATCHED_LOOKASIDE, object);

    if (watched)
        watched_forget(system, watched);
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
    watched = arena_alloc(system->arena, kinds[kind].bytes);
    if (!watched || !table_put(system, &kernel->watched_table, object, watched))
        finding_stop(system, "ARENA", SIDE_PORT, caller, 0, (const uint64_t[4]){0},
                     "the system's arena is full");
    watched->object = object;
    watched->kind = (uint8_t)kind;
    watched->caller = caller;
    watched->number = system_number(system, kinds[kind].counted);
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

static void report_freed(struct ps_system *system, const struct watched *watched, const void *base, size_t bytes,
                         const void *caller)
{
    uint64_t object = (uintptr_t)watched->object, start = (uintptr_t)base;

    if (watched->kind == WATCHED_RESOURCE)
        kernel_misuse(system, "VF-65", caller, CODE_VERIFIER, 0xD2, object, start, bytes,
                      "memory is freed that holds resource %u, which was not deleted", watched->number);
    else if (watched->kind == WATCHED_LOOKASIDE)
        kernel_misuse(system, "VF-65", caller, CODE_VERIFIER, 0xCC, object, start, bytes,
                      "memory is freed that holds lookaside list %u, which was not deleted", watched->number);
    else if (watched->busy && watched->kind == WATCHED_TIMER)
        kernel_misuse(system, "VF-65", caller, CODE_VERIFIER, 0x15, object, 0, start,
                      "memory is freed that holds active timer %u", watched->number);
    else if (watched->busy)
        kernel_misuse(system, "VF-55", caller, 0xC7, 1, object, start, start + bytes,
                      "memory is freed that holds queued DPC %u", watched->number);
}

void watched_freed(struct ps_system *system, const void *base, size_t bytes, const void *caller)
{
    locks_freed(system, base, bytes, caller);
    LIST_EACH_SAFE(link, &system->kernel->watched)
    {
        struct watched *watched = LIST_OBJECT(link, struct watched, link);

        if (!inside(watched->object, base, bytes))
            continue;
        report_freed(system, watched, base, bytes, caller);
        watched_forget(system, watched);
    }
}
