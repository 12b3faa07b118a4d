// SPDX-License-Identifier: MIT
//
// Executive resources: owned by one thread exclusively, or shared by many (SV-122 to SV-124). Who owns one and who waits
// stands in its record (watch.c), never in the driver's ERESOURCE. Who releases gives the resource to those who wait, in
// the order in which they came, so nobody can take it in between. A waiter brings the owner's record that it will need:
// giving never fails.
#include "kernel/private.h"

#define CODE_RESOURCE_NOT_OWNED 0xE3u
#define CODE_INVALID_RELEASE 0x16Eu

struct owner {
    struct list link; // resource_record.owners
    ERESOURCE_THREAD thread;
    ULONG count;
};

struct waiter {
    struct list link; // resource_record.waiters
    struct kernel_thread *thread;
    struct owner *owner;
    bool exclusive, granted;
};

enum access { EXCLUSIVE, SHARED, SHARED_STARVE_EXCLUSIVE, SHARED_WAIT_FOR_EXCLUSIVE };

static ERESOURCE_THREAD me(struct ps_system *system)
{
    return (ERESOURCE_THREAD)(uintptr_t)thread_current(system);
}

static struct owner *owner_of(const struct resource_record *record, ERESOURCE_THREAD thread)
{
    LIST_EACH(link, &record->owners)
    {
        struct owner *owner = LIST_OBJECT(link, struct owner, link);

        if (owner->thread == thread)
            return owner;
    }
    return NULL;
}

static ULONG waiting(const struct resource_record *record, bool exclusive)
{
    ULONG count = 0;

    LIST_EACH(link, &record->waiters)
    count += LIST_OBJECT(link, struct waiter, link)->exclusive == exclusive;
    return count;
}

// NULL after a finding.
static struct resource_record *known(struct ps_system *system, PERESOURCE resource, const char *service,
                                     const void *caller)
{
    struct resource_record *record = watched_resource(system, resource);

    if (record)
        return record;
    if ((uintptr_t)resource & 7)
        kernel_misuse(system, "VF-33", caller, CODE_VERIFIER, 0x3D, 0, 0, (uintptr_t)resource,
                      "%s of a resource at an address that is no multiple of 8", service);
    else
        kernel_misuse(system, "VF-33", caller, CODE_VERIFIER, 0x1002, (uintptr_t)resource, 0, 0,
                      "%s of a resource that was never initialised, or was deleted", service);
    return NULL;
}

// A thread that is suspended while it owns a resource keeps all others waiting.
static void check_apcs(struct ps_system *system, PERESOURCE resource, uint32_t p1, const char *service,
                       const void *caller)
{
    if (!apcs_disabled(system))
        kernel_misuse(system, "VF-46", caller, CODE_VERIFIER, p1, sched_irql(system->sched), 0,
                      (uintptr_t)resource, "%s with APCs enabled; KeEnterCriticalRegion disables them", service);
}

// ---- owners -------------------------------------------------------------------------------------

static void own(struct resource_record *record, struct owner *owner, bool exclusive)
{
    list_push_back(&record->owners, &owner->link);
    owner->count = 1;
    record->exclusive = exclusive;
}

static void grant(struct ps_system *system, struct resource_record *record, struct waiter *waiter)
{
    struct owner *already = owner_of(record, waiter->owner->thread);

    list_remove(&waiter->link);
    waiter->granted = true;
    if (already) {
        already->count++;
        arena_free(system->arena, waiter->owner, sizeof(*waiter->owner));
    } else {
        own(record, waiter->owner, waiter->exclusive);
    }
    sched_ready(system->sched, waiter->thread->sched);
}

// What the state of the resource allows, in order of arrival. True if anybody got it.
static bool grant_next(struct ps_system *system, struct resource_record *record)
{
    bool any = false;

    while (!list_empty(&record->waiters)) {
        struct waiter *waiter = LIST_OBJECT(record->waiters.next, struct waiter, link);

        if (waiter->exclusive ? !list_empty(&record->owners) : record->exclusive)
            break;
        grant(system, record, waiter);
        any = true;
    }
    return any;
}

static bool grant_shared(struct ps_system *system, struct resource_record *record)
{
    bool any = false;

    LIST_EACH_SAFE(link, &record->waiters)
    {
        struct waiter *waiter = LIST_OBJECT(link, struct waiter, link);

        if (waiter->exclusive)
            continue;
        grant(system, record, waiter);
        any = true;
    }
    return any;
}

// All that `owner` has. True if anybody got the resource.
static bool disown(struct ps_system *system, struct resource_record *record, struct owner *owner)
{
    list_remove(&owner->link);
    arena_free(system->arena, owner, sizeof(*owner));
    if (list_empty(&record->owners))
        record->exclusive = false;
    return grant_next(system, record);
}

void resource_dropped(struct ps_system *system, struct resource_record *record)
{
    while (!list_empty(&record->owners)) {
        struct owner *owner = LIST_OBJECT(list_pop_front(&record->owners), struct owner, link);

        arena_free(system->arena, owner, sizeof(*owner));
    }
    while (!list_empty(&record->waiters)) // for ever: the deadlock names them
        list_pop_front(&record->waiters);
}

void resources_abandon(struct ps_system *system, struct kernel_thread *thread)
{
    LIST_EACH(link, &system->kernel->watched)
    {
        struct watched *watched = LIST_OBJECT(link, struct watched, link);
        struct resource_record *record = (struct resource_record *)watched;
        struct owner *owner = NULL;

        if (watched->kind == WATCHED_RESOURCE)
            owner = owner_of(record, (ERESOURCE_THREAD)(uintptr_t)thread);
        if (!owner)
            continue;
        kernel_misuse(system, "VF-39", (const void *)(uintptr_t)thread->routine, CODE_VERIFIER, 0x100A,
                      (uintptr_t)watched->object, (uintptr_t)thread, 0, "thread %u ends owning resource %u",
                      thread->number, watched->number);
        disown(system, record, owner);
    }
}

// ---- life ---------------------------------------------------------------------------------------

NTSTATUS NTAPI ExInitializeResourceLite(PERESOURCE Resource)
{
    NT_SERVICE(COST_SERVICE);
    struct resource_record *record = watched_resource(system, Resource);

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    if (record)
        kernel_misuse(system, "VF-36", CALLER, CODE_VERIFIER, 0xD0, (uintptr_t)Resource, 0, 0,
                      "resource %u is initialised again; it was not deleted", record->watched.number);
    check_resident(system, Resource, __func__, CALLER);
    memset(Resource, 0, sizeof(*Resource));
    record = watched_init(system, WATCHED_RESOURCE, Resource, CALLER);
    list_init(&record->owners);
    list_init(&record->waiters);
    return STATUS_SUCCESS;
}

static void check_free(struct ps_system *system, const struct resource_record *record, const char *service,
                       const void *caller)
{
    const struct owner *owner = LIST_OBJECT(record->owners.next, struct owner, link);

    if (!list_empty(&record->owners))
        kernel_misuse(system, "VF-39", caller, CODE_VERIFIER, 0x100B, (uintptr_t)record->watched.object,
                      owner->thread, 0, "%s of resource %u, which a thread owns", service,
                      record->watched.number);
}

NTSTATUS NTAPI ExDeleteResourceLite(PERESOURCE Resource)
{
    NT_SERVICE(COST_SERVICE);
    struct resource_record *record = watched_resource(system, Resource);

    irql_at_most(system, IRQL_APC, "VF-100", 0x20007, __func__, CALLER);
    if (!record) {
        kernel_misuse(system, "VF-33", CALLER, CODE_VERIFIER, 0xD1, (uintptr_t)Resource, 0, 0,
                      "%s of a resource that was never initialised, or was deleted", __func__);
        return STATUS_INVALID_PARAMETER;
    }
    check_free(system, record, __func__, CALLER);
    watched_forget(system, &record->watched);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ExReinitializeResourceLite(PERESOURCE Resource)
{
    NT_SERVICE(COST_SERVICE);
    struct resource_record *record = known(system, Resource, __func__, CALLER);

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    if (!record)
        return STATUS_INVALID_PARAMETER;
    check_free(system, record, __func__, CALLER);
    resource_dropped(system, record);
    record->exclusive = false;
    return STATUS_SUCCESS;
}

// ---- acquiring ----------------------------------------------------------------------------------

// Whether `owner`, who is the caller or NULL, may have it at once.
static bool available(const struct resource_record *record, const struct owner *owner, enum access access)
{
    if (list_empty(&record->owners) || (record->exclusive && owner))
        return true;
    if (record->exclusive || access == EXCLUSIVE)
        return false;
    if (access == SHARED_STARVE_EXCLUSIVE || (access == SHARED && owner))
        return true;
    return !waiting(record, true);
}

static struct owner *owner_new(struct ps_system *system, const void *caller)
{
    struct owner *owner = arena_alloc(system->arena, sizeof(*owner));

    if (!owner)
        finding_stop(system, "ARENA", SIDE_PORT, caller, 0, (const uint64_t[4]){0},
                     "the system's arena is full");
    owner->thread = me(system);
    return owner;
}

// The resource may be freed meanwhile.
static bool wait_for(struct ps_system *system, struct resource_record *record, bool exclusive,
                     const void *caller)
{
    struct waiter waiter = {.thread = thread_current(system), .exclusive = exclusive};
    uint32_t number = record->watched.number;

    if (!wait_can_block(system, waiter.thread))
        return false;
    waiter.owner = owner_new(system, caller);
    list_push_back(&record->waiters, &waiter.link);
    while (!waiter.granted)
        sched_block(system->sched, "resource", number);
    return true;
}

static bool acquire(struct ps_system *system, PERESOURCE resource, bool wait, enum access access,
                    const char *service, const void *caller)
{
    struct resource_record *record = known(system, resource, service, caller);
    struct owner *owner;
    bool now;

    if (!record || !irql_at_most(system, IRQL_APC, "VF-100", 0x20007, service, caller))
        return false;
    check_apcs(system, resource, 0x37, service, caller);
    owner = owner_of(record, me(system));
    now = available(record, owner, access);
    if (!now && wait && owner && access == EXCLUSIVE)
        finding_stop(system, "VF-30", SIDE_DRIVER, caller, CODE_VERIFIER,
                     (const uint64_t[4]){0x1000, (uintptr_t)resource},
                     "thread %u acquires resource %u exclusively, which it owns shared: it waits for itself",
                     thread_current(system)->number, record->watched.number);
    if (!now)
        return wait && wait_for(system, record, access == EXCLUSIVE, caller);
    if (owner)
        owner->count++;
    else
        own(record, owner_new(system, caller), access == EXCLUSIVE);
    return true;
}

BOOLEAN NTAPI ExAcquireResourceExclusiveLite(PERESOURCE Resource, BOOLEAN Wait)
{
    NT_SERVICE(COST_LOCK);
    return acquire(system, Resource, Wait, EXCLUSIVE, __func__, CALLER);
}

BOOLEAN NTAPI ExAcquireResourceSharedLite(PERESOURCE Resource, BOOLEAN Wait)
{
    NT_SERVICE(COST_LOCK);
    return acquire(system, Resource, Wait, SHARED, __func__, CALLER);
}

BOOLEAN NTAPI ExAcquireSharedStarveExclusive(PERESOURCE Resource, BOOLEAN Wait)
{
    NT_SERVICE(COST_LOCK);
    return acquire(system, Resource, Wait, SHARED_STARVE_EXCLUSIVE, __func__, CALLER);
}

BOOLEAN NTAPI ExAcquireSharedWaitForExclusive(PERESOURCE Resource, BOOLEAN Wait)
{
    NT_SERVICE(COST_LOCK);
    return acquire(system, Resource, Wait, SHARED_WAIT_FOR_EXCLUSIVE, __func__, CALLER);
}

// ---- releasing ----------------------------------------------------------------------------------

static void not_owned(struct ps_system *system, const struct resource_record *record, const void *caller)
{
    uint64_t resource = (uintptr_t)record->watched.object;

    if (list_empty(&record->owners))
        kernel_misuse(system, "VF-37", caller, CODE_RESOURCE_NOT_OWNED, resource, me(system), 0, 0,
                      "resource %u is released but nobody owns it", record->watched.number);
    else
        kernel_misuse(system, "VF-35", caller, CODE_RESOURCE_NOT_OWNED, resource, me(system), 0, 0,
                      "thread %u releases resource %u, which others own", thread_current(system)->number,
                      record->watched.number);
}

static void release(struct ps_system *system, struct resource_record *record, struct owner *owner)
{
    if (--owner->count == 0 && disown(system, record, owner))
        kernel_begun(system);
}

VOID NTAPI ExReleaseResourceLite(PERESOURCE Resource)
{
    NT_SERVICE(COST_LOCK);
    struct resource_record *record = known(system, Resource, __func__, CALLER);
    struct owner *owner = record ? owner_of(record, me(system)) : NULL;

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    if (!record)
        return;
    check_apcs(system, Resource, 0x38, __func__, CALLER);
    if (owner)
        release(system, record, owner);
    else
        not_owned(system, record, CALLER);
}

// Another thread's, if ExSetResourceOwnerPointer has made it a pointer's: such values have two low bits set.
VOID NTAPI ExReleaseResourceForThreadLite(PERESOURCE Resource, ERESOURCE_THREAD ResourceThreadId)
{
    NT_SERVICE(COST_LOCK);
    struct resource_record *record = known(system, Resource, __func__, CALLER);
    struct owner *owner = record ? owner_of(record, ResourceThreadId) : NULL;

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    if (!record)
        return;
    if (!owner || (ResourceThreadId != me(system) && (ResourceThreadId & 3) != 3))
        kernel_misuse(system, "VF-35", CALLER, CODE_INVALID_RELEASE, (uintptr_t)Resource, me(system),
                      ResourceThreadId, 0, "resource %u is released for %s", record->watched.number,
                      owner ? "another thread, which did not set an owner pointer" : "who does not own it");
    if (owner)
        release(system, record, owner);
}

VOID NTAPI ExSetResourceOwnerPointer(PERESOURCE Resource, PVOID OwnerPointer)
{
    NT_SERVICE(COST_SERVICE);
    struct resource_record *record = known(system, Resource, __func__, CALLER);
    struct owner *owner = record ? owner_of(record, me(system)) : NULL;

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    if (!record)
        return;
    if (owner)
        owner->thread = (ERESOURCE_THREAD)OwnerPointer;
    else
        not_owned(system, record, CALLER);
}

VOID NTAPI ExConvertExclusiveToSharedLite(PERESOURCE Resource)
{
    NT_SERVICE(COST_LOCK);
    struct resource_record *record = known(system, Resource, __func__, CALLER);

    irql_at_most(system, IRQL_APC, "VF-100", 0x20007, __func__, CALLER);
    if (!record)
        return;
    if (!record->exclusive || !owner_of(record, me(system))) {
        kernel_misuse(system, "VF-35", CALLER, CODE_RESOURCE_NOT_OWNED, (uintptr_t)Resource, me(system), 0, 0,
                      "%s of resource %u, which the thread does not own exclusively", __func__,
                      record->watched.number);
        return;
    }
    record->exclusive = false;
    if (grant_shared(system, record))
        kernel_begun(system);
}

// ---- looking ------------------------------------------------------------------------------------

BOOLEAN NTAPI ExIsResourceAcquiredExclusiveLite(PERESOURCE Resource)
{
    NT_SERVICE(COST_SERVICE);
    const struct resource_record *record = known(system, Resource, __func__, CALLER);

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    return record && record->exclusive && owner_of(record, me(system));
}

ULONG NTAPI ExIsResourceAcquiredSharedLite(PERESOURCE Resource)
{
    NT_SERVICE(COST_SERVICE);
    const struct resource_record *record = known(system, Resource, __func__, CALLER);
    const struct owner *owner = record ? owner_of(record, me(system)) : NULL;

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    return owner ? owner->count : 0;
}

ULONG NTAPI ExGetExclusiveWaiterCount(PERESOURCE Resource)
{
    NT_SERVICE(COST_SERVICE);
    const struct resource_record *record = known(system, Resource, __func__, CALLER);

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    return record ? waiting(record, true) : 0;
}

ULONG NTAPI ExGetSharedWaiterCount(PERESOURCE Resource)
{
    NT_SERVICE(COST_SERVICE);
    const struct resource_record *record = known(system, Resource, __func__, CALLER);

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    return record ? waiting(record, false) : 0;
}
