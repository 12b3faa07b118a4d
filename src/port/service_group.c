// SPDX-License-Identifier: MIT
//
// Service groups (WP-70..84): RequestService from any IRQL queues one DPC, which calls every member sink at
// DISPATCH_LEVEL. A group is itself a sink, so groups nest.
//
// `lock` guards the member list; it is never held while a sink runs, so sinks may add and remove
// members. A member that is being called stays linked until its call returns. Members hold a reference
// on their sink. A request holds the group until its pass has ended. A delayed one does not: it goes with the
// group, whose destruction takes it back. A DPC that has left its queue already asks first whether the group still lives;
// the group's memory waits for it.
#include "port/port.h"

#define TAG_GROUP 0x47537350u // "PsSG"

struct member {
    struct list link;
    PSERVICESINK sink;
    ULONG processors;    // bit set of those inside the sink now
    bool removed;
    bool orphan;         // removed from inside its own call: the call's end frees it
    KEVENT idle;         // set when `removed` and nobody is inside
};

struct service_group {
    IServiceGroup iface;
    struct unknown unknown;
    KSPIN_LOCK lock;
    struct list members;
    KDPC dpc;
    KDPC timer_dpc;
    KTIMER timer;
    bool delayed_supported;
};

static struct service_group *group_from(IServiceGroup *iface)
{
    return CONTAINING_RECORD(iface, struct service_group, iface);
}

UNKNOWN_METHODS(group, struct service_group, iface, IServiceGroup)

static void member_free(struct member *member)
{
    member->sink->lpVtbl->Release(member->sink);
    port_free(member);
}

// The current processor, of which a DPC does not leave; no two DPCs run on one at a time.
static ULONG here(void)
{
    return 1u << KeGetCurrentProcessorNumber();
}

// The member at or after `link`, entered for a call; NULL at the end. The group's lock is held.
static struct member *member_enter(struct service_group *group, struct list *link)
{
    while (link != &group->members) {
        struct member *member = LIST_OBJECT(link, struct member, link);

        if (!member->removed) {
            member->processors |= here();
            return member;
        }
        link = link->next;
    }
    return NULL;
}

// Ends a call; the lock is held. True if the caller must free the member, now unlinked.
static bool member_leave(struct member *member)
{
    member->processors &= ~here();
    if (member->processors || !member->removed)
        return false;
    if (!member->orphan) {
        KeSetEvent(&member->idle, 0, FALSE); // RemoveMember waits and frees it
        return false;
    }
    list_remove(&member->link);
    return true;
}

// The group is held.
static void group_service(struct service_group *group)
{
    struct member *member;

    KeAcquireSpinLockAtDpcLevel(&group->lock);
    member = member_enter(group, group->members.next);
    while (member) {
        struct member *done = member;

        KeReleaseSpinLockFromDpcLevel(&group->lock);
        done->sink->lpVtbl->RequestService(done->sink);
        KeAcquireSpinLockAtDpcLevel(&group->lock);
        member = member_enter(group, done->link.next);
        if (member_leave(done)) {
            KeReleaseSpinLockFromDpcLevel(&group->lock);
            member_free(done);
            KeAcquireSpinLockAtDpcLevel(&group->lock);
        }
    }
    KeReleaseSpinLockFromDpcLevel(&group->lock);
}

// The timer may expire while group_destroy is about to cancel it.
static VOID NTAPI timer_dpc(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct service_group *group = context;

    (void)dpc, (void)argument1, (void)argument2;
    if (!unknown_hold(&group->unknown))
        return;
    group_service(group);
    unknown_drop(&group->unknown);
}

// What the request holds ends with its pass.
static VOID NTAPI group_dpc(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct service_group *group = context;

    (void)dpc, (void)argument1, (void)argument2;
    group_service(group);
    unknown_drop(&group->unknown);
}

static VOID NTAPI group_request(IServiceGroup *This)
{
    struct service_group *group = group_from(This);

    if (unknown_hold(&group->unknown) && !KeInsertQueueDpc(&group->dpc, NULL, NULL))
        unknown_drop(&group->unknown);
}

static NTSTATUS NTAPI group_add(IServiceGroup *This, PSERVICESINK sink)
{
    struct service_group *group = group_from(This);
    struct member *member;
    KIRQL irql;

    if (!sink)
        return STATUS_INVALID_PARAMETER;
    member = port_allocate(sizeof(*member), TAG_GROUP);
    if (!member)
        return STATUS_INSUFFICIENT_RESOURCES;
    member->sink = sink;
    sink->lpVtbl->AddRef(sink);
    KeInitializeEvent(&member->idle, NotificationEvent, FALSE);
    KeAcquireSpinLock(&group->lock, &irql);
    list_push_back(&group->members, &member->link);
    KeReleaseSpinLock(&group->lock, irql);
    return STATUS_SUCCESS;
}

// The lock is held.
static struct member *member_find(struct service_group *group, PSERVICESINK sink)
{
    LIST_EACH(link, &group->members) {
        struct member *member = LIST_OBJECT(link, struct member, link);

        if (member->sink == sink && !member->removed)
            return member;
    }
    return NULL;
}

static VOID member_reap(struct service_group *group, struct member *member)
{
    KIRQL irql;

    KeAcquireSpinLock(&group->lock, &irql);
    list_remove(&member->link);
    KeReleaseSpinLock(&group->lock, irql);
    member_free(member);
}

static VOID NTAPI group_remove(IServiceGroup *This, PSERVICESINK sink)
{
    struct service_group *group = group_from(This);
    struct member *member;
    bool busy = false, own = false;
    KIRQL irql;

    KeAcquireSpinLock(&group->lock, &irql);
    member = member_find(group, sink);
    if (member) {
        member->removed = true;
        busy = member->processors != 0;
        // From inside the sink's own call: it must not wait for itself (WP-83).
        own = member->orphan = member->processors & here();
    }
    KeReleaseSpinLock(&group->lock, irql);
    if (!member || own)
        return;
    if (busy)
        KeWaitForSingleObject(&member->idle, Executive, KernelMode, FALSE, NULL);
    member_reap(group, member);
}

static VOID NTAPI group_support_delayed(IServiceGroup *This)
{
    group_from(This)->delayed_supported = true;
}

static VOID NTAPI group_request_delayed(IServiceGroup *This, ULONGLONG due)
{
    struct service_group *group = group_from(This);
    LARGE_INTEGER when;

    if (!group->delayed_supported) {
        finding_raise(system_here(__func__), "WP-84", SIDE_DRIVER, __builtin_return_address(0),
                      "IServiceGroup::RequestDelayedService without SupportDelayedService");
        return;
    }
    when.QuadPart = (LONGLONG)due;
    KeSetTimer(&group->timer, when, &group->timer_dpc);
}

static VOID NTAPI group_cancel_delayed(IServiceGroup *This)
{
    struct service_group *group = group_from(This);

    KeCancelTimer(&group->timer);
    KeRemoveQueueDpc(&group->timer_dpc);
}

static const IServiceGroupVtbl group_vtbl = {
    .QueryInterface = group_query,
    .AddRef = group_addref,
    .Release = group_release,
    .RequestService = group_request,
    .AddMember = group_add,
    .RemoveMember = group_remove,
    .SupportDelayedService = group_support_delayed,
    .RequestDelayedService = group_request_delayed,
    .CancelDelayedService = group_cancel_delayed,
};

static void *group_find(struct unknown *unknown, REFIID iid)
{
    struct service_group *group = CONTAINING_RECORD(unknown, struct service_group, unknown);

    if (guid_equal(iid, &IID_IServiceGroup) || guid_equal(iid, &IID_IServiceSink) ||
        (guid_equal(iid, &IID_IUnknown) && !unknown->outer))
        return &group->iface;
    return NULL;
}

// On each processor in turn, behind what DPC runs there.
static VOID NTAPI free_dpc(PKDPC dpc, PVOID context, PVOID next, PVOID argument2)
{
    struct service_group *group = context;
    ULONG processor = (ULONG)(ULONG_PTR)next;

    (void)argument2;
    if (processor == KeQueryActiveProcessorCount(NULL)) {
        port_free(group);
        return;
    }
    KeSetTargetProcessorDpc(dpc, (CCHAR)processor);
    KeInsertQueueDpc(dpc, (PVOID)(ULONG_PTR)(processor + 1), NULL);
}

// The delayed request's DPC may have left its queue and not begun.
static void free_behind_dpcs(struct service_group *group)
{
    if (KeGetCurrentIrql() == PASSIVE_LEVEL) {
        KeFlushQueuedDpcs();
        port_free(group);
        return;
    }
    KeInitializeDpc(&group->dpc, free_dpc, group);
    KeInsertQueueDpc(&group->dpc, NULL, NULL);
}

static void group_destroy(struct unknown *unknown)
{
    struct service_group *group = CONTAINING_RECORD(unknown, struct service_group, unknown);
    struct list *link;

    KeCancelTimer(&group->timer);
    KeRemoveQueueDpc(&group->timer_dpc);
    KeRemoveQueueDpc(&group->dpc);
    while ((link = list_pop_front(&group->members)))
        member_free(LIST_OBJECT(link, struct member, link));
    if (group->delayed_supported)
        free_behind_dpcs(group);
    else
        port_free(group);
}

static const struct unknown_class group_class = {group_find, group_destroy, "IServiceGroup"};

NTSTATUS NTAPI PcNewServiceGroup(PSERVICEGROUP *out, PUNKNOWN outer)
{
    struct ps_system *system = system_here(__func__);
    struct service_group *group;

    port_check_irql(system, PASSIVE_LEVEL, "PcNewServiceGroup", __builtin_return_address(0));
    if (!out)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    *out = NULL;
    group = port_allocate(sizeof(*group), TAG_GROUP);
    if (!group)
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    group->iface.lpVtbl = &group_vtbl;
    unknown_init(system, &group->unknown, outer, &group_class,
                 __builtin_return_address(0));
    KeInitializeSpinLock(&group->lock);
    list_init(&group->members);
    KeInitializeDpc(&group->dpc, group_dpc, group);
    KeInitializeDpc(&group->timer_dpc, timer_dpc, group);
    KeInitializeTimer(&group->timer);
    *out = unknown_result(&group->unknown, &group->iface);
    return STATUS_SUCCESS;
}
