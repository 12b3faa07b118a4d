// SPDX-License-Identifier: MIT
//
// IInterruptSync (WP-96..99): a list of service routines behind one interrupt, and routines run
// exclusive of them. The object's own spin lock is the interrupt's spin lock, so it excludes ISRs before
// Connect as well as after.
#include "port/port.h"

#define TAG_SYNC 0x53497350u // "PsIS"

enum { REPEAT_LIMIT = 1000 }; // passes of Repeat mode before it is reported (WP-99)

struct service_routine {
    struct list link;
    PINTERRUPTSYNCROUTINE routine;
    PVOID context;
};

struct interrupt_sync {
    IInterruptSync iface;
    struct unknown unknown;
    struct ps_system *system;
    INTERRUPTSYNCMODE mode;
    CM_PARTIAL_RESOURCE_DESCRIPTOR resource; // translated
    KSPIN_LOCK lock;         // at the interrupt's IRQL; guards `routines`
    PKINTERRUPT interrupt;   // NULL while not connected
    struct list routines;
};

static struct interrupt_sync *sync_from(IInterruptSync *iface)
{
    return CONTAINING_RECORD(iface, struct interrupt_sync, iface);
}

UNKNOWN_METHODS(sync, struct interrupt_sync, iface, IInterruptSync)

static KIRQL sync_irql(const struct interrupt_sync *sync)
{
    return (KIRQL)sync->resource.u.Interrupt.Level;
}

// One pass over the list; `first`: stop at the first success. Counts successes.
static unsigned service_pass(struct interrupt_sync *sync, PKINTERRUPT interrupt, bool first)
{
    unsigned handled = 0;

    LIST_EACH_SAFE(link, &sync->routines) {
        struct service_routine *entry = LIST_OBJECT(link, struct service_routine, link);

        if (entry->routine(&sync->iface, entry->context) == STATUS_SUCCESS) {
            handled++;
            kernel_interrupt_claimed(interrupt, (const void *)(uintptr_t)entry->routine);
            if (first)
                break;
        }
    }
    return handled;
}

static bool service_repeat(struct interrupt_sync *sync, PKINTERRUPT interrupt)
{
    unsigned passes = 0;

    while (service_pass(sync, interrupt, false)) {
        if (++passes == REPEAT_LIMIT) {
            finding_raise(sync->system, "WP-99", SIDE_DRIVER, NULL,
                          "interrupt service routines claimed the interrupt in %u passes in a row",
                          passes);
            break;
        }
    }
    return passes != 0;
}

static BOOLEAN NTAPI sync_isr(PKINTERRUPT interrupt, PVOID context)
{
    struct interrupt_sync *sync = context;

    if (sync->mode == InterruptSyncModeRepeat)
        return service_repeat(sync, interrupt);
    return service_pass(sync, interrupt, sync->mode == InterruptSyncModeNormal) != 0;
}

struct synchronized_call {
    struct interrupt_sync *sync;
    PINTERRUPTSYNCROUTINE routine;
    PVOID context;
    NTSTATUS status;
};

static BOOLEAN NTAPI run_call(PVOID context)
{
    struct synchronized_call *call = context;

    call->status = call->routine(&call->sync->iface, call->context);
    return TRUE;
}

static void run_unconnected(struct interrupt_sync *sync, struct synchronized_call *call)
{
    KIRQL old;

    KeRaiseIrql(sync_irql(sync), &old);
    KeAcquireSpinLockAtDpcLevel(&sync->lock);
    run_call(call);
    KeReleaseSpinLockFromDpcLevel(&sync->lock);
    KeLowerIrql(old);
}

static NTSTATUS NTAPI sync_call(IInterruptSync *This, PINTERRUPTSYNCROUTINE routine, PVOID context)
{
    struct interrupt_sync *sync = sync_from(This);
    struct synchronized_call call = {sync, routine, context, STATUS_UNSUCCESSFUL};

    if (!routine)
        return STATUS_INVALID_PARAMETER;
    if (KeGetCurrentIrql() > sync_irql(sync)) {
        finding_raise(sync->system, "WP-98", SIDE_DRIVER, __builtin_return_address(0),
                      "CallSynchronizedRoutine above the interrupt's IRQL %u", sync_irql(sync));
        return STATUS_UNSUCCESSFUL;
    }
    if (sync->interrupt)
        KeSynchronizeExecution(sync->interrupt, run_call, &call);
    else
        run_unconnected(sync, &call);
    return call.status;
}

static PKINTERRUPT NTAPI sync_interrupt(IInterruptSync *This)
{
    return sync_from(This)->interrupt;
}

static NTSTATUS NTAPI sync_connect(IInterruptSync *This)
{
    struct interrupt_sync *sync = sync_from(This);
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *resource = &sync->resource;
    bool latched = resource->Flags & CM_RESOURCE_INTERRUPT_LATCHED;

    if (sync->interrupt)
        return NT_TELL_AS("IInterruptSync::Connect", STATUS_UNSUCCESSFUL);
    return NT_TELL_AS("IInterruptSync::Connect", IoConnectInterrupt(&sync->interrupt, sync_isr, sync, &sync->lock,
                              resource->u.Interrupt.Vector, sync_irql(sync), sync_irql(sync),
                              latched ? Latched : LevelSensitive,
                              resource->ShareDisposition != CmResourceShareDeviceExclusive,
                              resource->u.Interrupt.Affinity, FALSE));
}

static VOID NTAPI sync_disconnect(IInterruptSync *This)
{
    struct interrupt_sync *sync = sync_from(This);
    PKINTERRUPT interrupt = sync->interrupt;

    sync->interrupt = NULL;
    if (interrupt)
        IoDisconnectInterrupt(interrupt);
}

struct registration {
    struct service_routine *entry;
    bool first;
};

static NTSTATUS NTAPI insert_routine(IInterruptSync *This, PVOID context)
{
    struct interrupt_sync *sync = sync_from(This);
    struct registration *registration = context;

    if (registration->first)
        list_push_front(&sync->routines, &registration->entry->link);
    else
        list_push_back(&sync->routines, &registration->entry->link);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI sync_register(IInterruptSync *This, PINTERRUPTSYNCROUTINE routine,
                                    PVOID context, BOOLEAN first)
{
    struct registration registration = {.first = first};

    if (!routine)
        return NT_TELL_AS("IInterruptSync::RegisterServiceRoutine", STATUS_INVALID_PARAMETER);
    registration.entry = port_allocate(sizeof(*registration.entry), TAG_SYNC);
    if (!registration.entry)
        return NT_TELL_AS("IInterruptSync::RegisterServiceRoutine", STATUS_INSUFFICIENT_RESOURCES);
    registration.entry->routine = routine;
    registration.entry->context = context;
    return NT_TELL_AS("IInterruptSync::RegisterServiceRoutine", sync_call(This, insert_routine, &registration));
}

static const IInterruptSyncVtbl sync_vtbl = {
    .QueryInterface = sync_query,
    .AddRef = sync_addref,
    .Release = sync_release,
    .CallSynchronizedRoutine = sync_call,
    .GetKInterrupt = sync_interrupt,
    .Connect = sync_connect,
    .Disconnect = sync_disconnect,
    .RegisterServiceRoutine = sync_register,
};

static void *sync_find(struct unknown *unknown, REFIID iid)
{
    struct interrupt_sync *sync = CONTAINING_RECORD(unknown, struct interrupt_sync, unknown);

    if (guid_equal(iid, &IID_IInterruptSync) || (guid_equal(iid, &IID_IUnknown) && !unknown->outer))
        return &sync->iface;
    return NULL;
}

static void sync_destroy(struct unknown *unknown)
{
    struct interrupt_sync *sync = CONTAINING_RECORD(unknown, struct interrupt_sync, unknown);
    struct list *link;

    sync_disconnect(&sync->iface);
    while ((link = list_pop_front(&sync->routines)))
        port_free(LIST_OBJECT(link, struct service_routine, link));
    port_free(sync);
}

static const struct unknown_class sync_class = {sync_find, sync_destroy, "IInterruptSync"};

NTSTATUS NTAPI PcNewInterruptSync(PINTERRUPTSYNC *out, PUNKNOWN outer, PRESOURCELIST resources,
                                  ULONG index, INTERRUPTSYNCMODE mode)
{
    struct ps_system *system = system_here(__func__);
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *resource;
    struct interrupt_sync *sync;

    port_check_irql(system, PASSIVE_LEVEL, "PcNewInterruptSync", __builtin_return_address(0));
    if (!out)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    *out = NULL;
    if (!resources || mode < InterruptSyncModeNormal || mode > InterruptSyncModeRepeat)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    resource = resources->lpVtbl->FindTranslatedEntry(resources, CmResourceTypeInterrupt, index);
    if (!resource)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    sync = port_allocate(sizeof(*sync), TAG_SYNC);
    if (!sync)
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    sync->iface.lpVtbl = &sync_vtbl;
    sync->system = system;
    sync->mode = mode;
    sync->resource = *resource;
    KeInitializeSpinLock(&sync->lock);
    list_init(&sync->routines);
    unknown_init(system, &sync->unknown, outer, &sync_class,
                 __builtin_return_address(0));
    *out = unknown_result(&sync->unknown, &sync->iface);
    return STATUS_SUCCESS;
}
