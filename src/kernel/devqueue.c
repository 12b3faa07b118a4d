// SPDX-License-Identifier: MIT
//
// Device queues (SV-118) and the StartIo routine that stands behind the one of a device object (SV-119). A queue's
// lock is taken and dropped inside; no IRP is looked at here but by its queue entry. IRQL <= DISPATCH.
#include "kernel/private.h"

enum { OBJECT_DEVICE_QUEUE = 20 }; // KDEVICE_QUEUE.Type

// True at DISPATCH_LEVEL; else a finding.
static bool at_dispatch(struct ps_system *system, const char *service, const void *caller)
{
    uint8_t irql = sched_irql(system->sched);

    if (irql == IRQL_DISPATCH)
        return true;
    kernel_misuse(system, "VF-101", caller, CODE_VERIFIER, 0x20003, irql, (uintptr_t)service, 0,
                  "%s at IRQL %u; it may be called only at DISPATCH_LEVEL", service, irql);
    return false;
}

// ---- the queue ----------------------------------------------------------------------------------

// In front of the first entry whose key is greater.
static void insert_by_key(PKDEVICE_QUEUE queue, PKDEVICE_QUEUE_ENTRY entry)
{
    PLIST_ENTRY at = queue->DeviceListHead.Flink;

    while (at != &queue->DeviceListHead &&
           CONTAINING_RECORD(at, KDEVICE_QUEUE_ENTRY, DeviceListEntry)->SortKey <= entry->SortKey)
        at = at->Flink;
    InsertTailList(at, &entry->DeviceListEntry);
}

// False, and the queue busy from now on, if it was not: then the entry's request is to be begun.
static bool insert(struct ps_system *system, PKDEVICE_QUEUE queue, PKDEVICE_QUEUE_ENTRY entry,
                   const ULONG *key, const void *caller)
{
    KIRQL before = lock_ordinary(system, &queue->Lock, caller);
    bool busy = queue->Busy;

    queue->Busy = TRUE;
    entry->Inserted = busy;
    entry->SortKey = key ? *key : 0;
    if (busy && key)
        insert_by_key(queue, entry);
    else if (busy)
        InsertTailList(&queue->DeviceListHead, &entry->DeviceListEntry);
    unlock_ordinary(system, &queue->Lock, before, caller);
    return busy;
}

// The first entry with at least this key, or the first of all.
static PLIST_ENTRY choose(const KDEVICE_QUEUE *queue, const ULONG *key)
{
    PLIST_ENTRY at = queue->DeviceListHead.Flink;

    while (key && at != &queue->DeviceListHead &&
           CONTAINING_RECORD(at, KDEVICE_QUEUE_ENTRY, DeviceListEntry)->SortKey < *key)
        at = at->Flink;
    return at == &queue->DeviceListHead ? at->Flink : at;
}

// NULL, and the queue no longer busy, if it is empty.
static PKDEVICE_QUEUE_ENTRY take(struct ps_system *system, PKDEVICE_QUEUE queue, const ULONG *key,
                                 const char *service, const void *caller)
{
    KIRQL before = lock_ordinary(system, &queue->Lock, caller);
    PKDEVICE_QUEUE_ENTRY entry = NULL;
    bool busy = queue->Busy;

    if (!IsListEmpty(&queue->DeviceListHead)) {
        entry = CONTAINING_RECORD(choose(queue, key), KDEVICE_QUEUE_ENTRY, DeviceListEntry);
        RemoveEntryList(&entry->DeviceListEntry);
        entry->Inserted = FALSE;
    }
    queue->Busy = entry != NULL;
    unlock_ordinary(system, &queue->Lock, before, caller);
    if (!busy)
        kernel_misuse(system, "SV-118", caller, CODE_VERIFIER, 0, (uintptr_t)queue, 0, 0,
                      "%s of a device queue that is not busy", service);
    return entry;
}

void device_queue_init(PKDEVICE_QUEUE queue)
{
    queue->Type = OBJECT_DEVICE_QUEUE;
    queue->Size = sizeof(*queue);
    InitializeListHead(&queue->DeviceListHead);
    queue->Lock = 0;
    queue->Reserved = queue->Hint = 0;
    queue->Busy = FALSE;
}

VOID NTAPI KeInitializeDeviceQueue(PKDEVICE_QUEUE DeviceQueue)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    device_queue_init(DeviceQueue);
}

BOOLEAN NTAPI KeInsertDeviceQueue(PKDEVICE_QUEUE DeviceQueue, PKDEVICE_QUEUE_ENTRY DeviceQueueEntry)
{
    NT_SERVICE(COST_SERVICE);

    at_dispatch(system, __func__, CALLER);
    return insert(system, DeviceQueue, DeviceQueueEntry, NULL, CALLER);
}

BOOLEAN NTAPI KeInsertByKeyDeviceQueue(PKDEVICE_QUEUE DeviceQueue,
                                       PKDEVICE_QUEUE_ENTRY DeviceQueueEntry, ULONG SortKey)
{
    NT_SERVICE(COST_SERVICE);

    at_dispatch(system, __func__, CALLER);
    return insert(system, DeviceQueue, DeviceQueueEntry, &SortKey, CALLER);
}

PKDEVICE_QUEUE_ENTRY NTAPI KeRemoveDeviceQueue(PKDEVICE_QUEUE DeviceQueue)
{
    NT_SERVICE(COST_SERVICE);

    at_dispatch(system, __func__, CALLER);
    return take(system, DeviceQueue, NULL, __func__, CALLER);
}

PKDEVICE_QUEUE_ENTRY NTAPI KeRemoveByKeyDeviceQueue(PKDEVICE_QUEUE DeviceQueue, ULONG SortKey)
{
    NT_SERVICE(COST_SERVICE);

    at_dispatch(system, __func__, CALLER);
    return take(system, DeviceQueue, &SortKey, __func__, CALLER);
}

BOOLEAN NTAPI KeRemoveEntryDeviceQueue(PKDEVICE_QUEUE DeviceQueue,
                                       PKDEVICE_QUEUE_ENTRY DeviceQueueEntry)
{
    NT_SERVICE(COST_SERVICE);
    KIRQL before;
    BOOLEAN inserted;

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    before = lock_ordinary(system, &DeviceQueue->Lock, CALLER);
    inserted = DeviceQueueEntry->Inserted;
    if (inserted)
        RemoveEntryList(&DeviceQueueEntry->DeviceListEntry);
    DeviceQueueEntry->Inserted = FALSE;
    unlock_ordinary(system, &DeviceQueue->Lock, before, CALLER);
    return inserted;
}

// ---- StartIo ------------------------------------------------------------------------------------

static struct device_record *with_start_io(struct ps_system *system, PDEVICE_OBJECT device,
                                           const char *service, const void *caller)
{
    struct device_record *record = device_find(system, device);

    if (record && device->DriverObject->DriverStartIo)
        return record;
    finding_stop(system, "SV-119", SIDE_DRIVER, caller, 0xD1,
                 (const uint64_t[4]){0, IRQL_DISPATCH, 8, 0},
                 record ? "%s for a driver that has no StartIo routine"
                        : "%s for something that is no device object", service);
}

// At DISPATCH_LEVEL.
static void start(struct ps_system *system, PDEVICE_OBJECT device, PIRP irp)
{
    PDRIVER_STARTIO routine = device->DriverObject->DriverStartIo;
    struct kernel_call call;

    kernel_call_enter(system, &call);
    routine(device, irp);
    kernel_call_leave(system, &call, "VF-56", "StartIo", (const void *)(uintptr_t)routine);
}

// With `DeferredStartIo` a next request waits until the routine that asked for it has returned.
static void start_in_turn(struct ps_system *system, PDEVICE_OBJECT device, PIRP irp)
{
    struct device_record *record = device_find(system, device);

    if (record->start_deferred && record->starting) {
        record->start_next = irp;
        return;
    }
    record->starting = true;
    for (; irp; irp = record->start_next) {
        record->start_next = NULL;
        start(system, device, irp);
        if (!device_known(system, device))
            return;
    }
    record->starting = false;
}

static void cancel_at_once(struct ps_system *system, PDEVICE_OBJECT device, PIRP irp, KIRQL irql)
{
    PDRIVER_CANCEL routine = IoSetCancelRoutine(irp, NULL);

    if (!routine) {
        unlock_ordinary(system, &system->kernel->cancel_lock, irql, CALLER);
        return;
    }
    irp->CancelIrql = irql;
    routine(device, irp); // drops the cancel lock
}

VOID NTAPI IoStartPacket(PDEVICE_OBJECT DeviceObject, PIRP Irp, PULONG Key,
                         PDRIVER_CANCEL CancelFunction)
{
    NT_SERVICE(COST_SERVICE);
    volatile uintptr_t *lock = &system->kernel->cancel_lock;
    struct device_record *record = with_start_io(system, DeviceObject, __func__, CALLER);
    KIRQL before = sched_irql(system->sched), cancel = IRQL_DISPATCH;
    bool queued;

    if (!irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER))
        return;
    sched_raise(system->sched, IRQL_DISPATCH);
    if (CancelFunction) {
        cancel = lock_ordinary(system, lock, CALLER);
        IoSetCancelRoutine(Irp, CancelFunction);
    }
    queued = insert(system, &DeviceObject->DeviceQueue, &Irp->Tail.Overlay.DeviceQueueEntry, Key, CALLER);
    if (!queued)
        DeviceObject->CurrentIrp = Irp;
    if (CancelFunction && !queued && record->start_uncancelable)
        IoSetCancelRoutine(Irp, NULL);
    if (CancelFunction && queued && Irp->Cancel)
        cancel_at_once(system, DeviceObject, Irp, cancel);
    else if (CancelFunction)
        unlock_ordinary(system, lock, cancel, CALLER);
    if (!queued)
        start_in_turn(system, DeviceObject, Irp);
    sched_lower(system->sched, before);
}

static void start_next(struct ps_system *system, PDEVICE_OBJECT device, bool cancelable,
                       const ULONG *key, const char *service, const void *caller)
{
    volatile uintptr_t *lock = &system->kernel->cancel_lock;
    struct device_record *record = with_start_io(system, device, service, caller);
    PKDEVICE_QUEUE_ENTRY entry;
    KIRQL cancel = IRQL_DISPATCH;
    PIRP irp = NULL;

    if (!at_dispatch(system, service, caller) && sched_irql(system->sched) > IRQL_DISPATCH)
        return;
    if (cancelable)
        cancel = lock_ordinary(system, lock, caller);
    device->CurrentIrp = NULL;
    entry = take(system, &device->DeviceQueue, key, service, caller);
    if (entry)
        irp = CONTAINING_RECORD(entry, IRP, Tail.Overlay.DeviceQueueEntry);
    device->CurrentIrp = irp;
    if (irp && cancelable && record->start_uncancelable)
        IoSetCancelRoutine(irp, NULL);
    if (cancelable)
        unlock_ordinary(system, lock, cancel, caller);
    if (irp)
        start_in_turn(system, device, irp);
}

// VF-117: the routine that it calls completes requests and takes locks of its own.
static void check_locks(struct ps_system *system, const char *service, const void *caller)
{
    const struct processor *processor = system->sched->current;

    if (processor->held_count)
        kernel_misuse(system, "VF-117", caller, CODE_VERIFIER, 0x40009, 0,
                      (uintptr_t)processor->held[processor->held_count - 1].lock, 0,
                      "%s while owning spin lock %u", service,
                      sched_lock_number(system->sched, processor->held[processor->held_count - 1].lock));
}

VOID NTAPI IoStartNextPacket(PDEVICE_OBJECT DeviceObject, BOOLEAN Cancelable)
{
    NT_SERVICE(COST_SERVICE);

    check_locks(system, __func__, CALLER);
    start_next(system, DeviceObject, Cancelable, NULL, __func__, CALLER);
}

VOID NTAPI IoStartNextPacketByKey(PDEVICE_OBJECT DeviceObject, BOOLEAN Cancelable, ULONG Key)
{
    NT_SERVICE(COST_SERVICE);

    check_locks(system, __func__, CALLER);
    start_next(system, DeviceObject, Cancelable, &Key, __func__, CALLER);
}

VOID NTAPI IoSetStartIoAttributes(PDEVICE_OBJECT DeviceObject, BOOLEAN DeferredStartIo,
                                  BOOLEAN NonCancelable)
{
    NT_SERVICE(COST_SERVICE);
    struct device_record *record = device_find(system, DeviceObject);

    if (!record)
        return;
    record->start_deferred = DeferredStartIo;
    record->start_uncancelable = NonCancelable;
}
