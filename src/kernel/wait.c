// SPDX-License-Identifier: MIT
//
// Dispatcher objects and waits (SV-40 to SV-42). Waiters hang in the object's WaitListHead (opaque
// to drivers) with blocks on their own stacks. Signalling consumes the object for as many waiters
// as its state allows, in order of arrival, without a scheduling point.
#include "kernel/private.h"

#define MAX_WAIT_OBJECTS 64
#define THREAD_BLOCKS 3 // more need the caller's WaitBlockArray

struct wait_block {
    LIST_ENTRY link; // object->WaitListHead
    DISPATCHER_HEADER *object;
    struct wait *wait;
    uint32_t number; // by which findings name the object
};

struct wait {
    struct kernel_thread *thread;
    struct wait_block *blocks;
    ULONG count;
    bool all, done;
    NTSTATUS status;
};

void dispatcher_init(DISPATCHER_HEADER *header, enum dispatcher_type type, size_t bytes, LONG state)
{
    header->Type = (UCHAR)type;
    header->Signalling = 0;
    header->Size = (UCHAR)(bytes / sizeof(LONG));
    header->Inserted = 0;
    header->SignalState = state;
    InitializeListHead(&header->WaitListHead);
}

bool dispatcher_valid(struct ps_system *system, const DISPATCHER_HEADER *header,
                      const char *service, const void *caller)
{
    const uint32_t known =
        1u << DISPATCHER_NOTIFICATION_EVENT | 1u << DISPATCHER_SYNCHRONIZATION_EVENT |
        1u << DISPATCHER_MUTANT | 1u << DISPATCHER_SEMAPHORE | 1u << DISPATCHER_THREAD |
        1u << DISPATCHER_NOTIFICATION_TIMER | 1u << DISPATCHER_SYNCHRONIZATION_TIMER;

    if (__builtin_expect(header->Type < 32 && (known >> header->Type & 1) &&
                             header->WaitListHead.Flink && header->WaitListHead.Blink,
                         1))
        return true;
    kernel_misuse(system, "VF-33", caller, CODE_VERIFIER, 0x1002, (uintptr_t)header, 0, 0,
                  "%s of an object that was never initialised", service);
    return false;
}

// ---- the state of objects -----------------------------------------------------------------------

static bool signalled_for(const DISPATCHER_HEADER *header, const struct kernel_thread *thread)
{
    if (header->SignalState > 0)
        return true;
    return header->Type == DISPATCHER_MUTANT &&
           ((const KMUTANT *)header)->OwnerThread == (PKTHREAD)thread;
}

// STATUS_WAIT_0, or STATUS_ABANDONED for a mutex whose owner ended.
static NTSTATUS consume(DISPATCHER_HEADER *header, struct kernel_thread *thread)
{
    KMUTANT *mutant = (KMUTANT *)header;

    switch (header->Type) {
    case DISPATCHER_SYNCHRONIZATION_EVENT:
    case DISPATCHER_SYNCHRONIZATION_TIMER:
        header->SignalState = 0;
        break;
    case DISPATCHER_SEMAPHORE:
        header->SignalState--;
        break;
    case DISPATCHER_MUTANT:
        if (header->SignalState-- == 1) {
            mutant->OwnerThread = (PKTHREAD)thread;
            InsertTailList(&thread->mutexes, &mutant->MutantListEntry);
            HOOK(thread->system, HOOK_MUTEX_ACQUIRED, mutant, 0, thread->number);
        }
        if (mutant->Abandoned) {
            mutant->Abandoned = FALSE;
            return STATUS_ABANDONED;
        }
        break;
    }
    return STATUS_SUCCESS;
}

// ---- satisfying waits ---------------------------------------------------------------------------

static bool satisfied(const struct wait *wait)
{
    for (ULONG i = 0; i < wait->count; i++) {
        bool signalled = signalled_for(wait->blocks[i].object, wait->thread);

        if (signalled != wait->all)
            return !wait->all;
    }
    return wait->all;
}

static NTSTATUS take(struct wait *wait)
{
    NTSTATUS status, result = STATUS_SUCCESS;

    for (ULONG i = 0; i < wait->count; i++) {
        if (!wait->all && !signalled_for(wait->blocks[i].object, wait->thread))
            continue;
        status = consume(wait->blocks[i].object, wait->thread);
        if (!wait->all)
            return status + (NTSTATUS)i;
        if (status != STATUS_SUCCESS)
            result = status;
    }
    return result;
}

static void finish(struct ps_system *system, struct wait *wait, NTSTATUS status)
{
    for (ULONG i = 0; i < wait->count; i++)
        RemoveEntryList(&wait->blocks[i].link);
    sched_deadline_cancel(system->sched, &wait->thread->timeout);
    wait->status = status;
    wait->done = true;
    wait->thread->wait = NULL;
    sched_ready(system->sched, wait->thread->sched);
}

void dispatcher_signalled(struct ps_system *system, DISPATCHER_HEADER *header)
{
    LIST_ENTRY *entry = header->WaitListHead.Flink;

    while (header->SignalState > 0 && entry != &header->WaitListHead) {
        struct wait *wait = CONTAINING_RECORD(entry, struct wait_block, link)->wait;

        entry = entry->Flink;
        if (satisfied(wait)) {
            finish(system, wait, take(wait));
            entry = header->WaitListHead.Flink;
        }
    }
}

static void timed_out(struct sched_deadline *deadline)
{
    struct kernel_thread *thread = deadline->context;

    if (thread->wait)
        finish(thread->system, thread->wait, STATUS_TIMEOUT);
}

void wait_thread_init(struct kernel_thread *thread)
{
    thread->timeout.fire = timed_out;
    thread->timeout.context = thread;
}

// ---- blocking -----------------------------------------------------------------------------------

static const char *object_noun(const DISPATCHER_HEADER *header)
{
    switch (header->Type) {
    case DISPATCHER_MUTANT:
        return "mutex";
    case DISPATCHER_SEMAPHORE:
        return "semaphore";
    case DISPATCHER_THREAD:
        return "thread";
    case DISPATCHER_NOTIFICATION_TIMER:
    case DISPATCHER_SYNCHRONIZATION_TIMER:
        return "timer";
    default:
        return "event";
    }
}

// Threads and timers have a number of their own; others get one from their first waiter.
static uint32_t object_number(struct ps_system *system, const DISPATCHER_HEADER *header)
{
    const struct timer_record *timer = watched_timer(system, header);

    if (timer)
        return timer->watched.number;
    if (header->Type == DISPATCHER_THREAD)
        return ((const struct kernel_thread *)header)->number;
    if (header->WaitListHead.Flink != &header->WaitListHead)
        return CONTAINING_RECORD(header->WaitListHead.Flink, struct wait_block, link)->number;
    return system_number(system, OBJECT_EVENT);
}

static void block(struct ps_system *system, struct wait *wait, const LARGE_INTEGER *timeout)
{
    struct kernel_thread *thread = wait->thread;
    const char *what = "a delay";
    uint32_t number = 0;

    for (ULONG i = 0; i < wait->count; i++) {
        struct wait_block *entry = &wait->blocks[i];

        entry->wait = wait;
        entry->number = object_number(system, entry->object);
        InsertTailList(&entry->object->WaitListHead, &entry->link);
    }
    if (wait->count) {
        what = object_noun(wait->blocks[0].object);
        number = wait->blocks[0].number;
    }
    thread->wait = wait;
    if (timeout) {
        uint64_t due = time_tick_up(system, time_due(system, timeout->QuadPart));

        if (sched_deadline_set(system->sched, &thread->timeout, due))
            finish(system, wait, STATUS_INSUFFICIENT_RESOURCES);
    }
    while (!wait->done)
        sched_block(system->sched, what, number);
}

// The IRQL rules of a wait; `p1` of Driver Verifier's table.
static bool may_block(struct ps_system *system, const LARGE_INTEGER *timeout, const void *object,
                      const char *service, const void *caller)
{
    uint8_t irql = sched_irql(system->sched);
    bool poll = timeout && timeout->QuadPart == 0;
    uint32_t p1 = irql > IRQL_DISPATCH ? 0x120 : !timeout ? 0x121 : 0x122;

    if (irql <= IRQL_APC || (irql == IRQL_DISPATCH && poll))
        return true;
    kernel_misuse(system, "VF-47", caller, CODE_VERIFIER, p1, (uintptr_t)object, irql,
                  (uintptr_t)timeout, "%s at IRQL %u %s", service, irql,
                  !timeout ? "without a timeout"
                  : poll   ? "although with a zero timeout"
                           : "with a timeout that is not zero");
    return false;
}

bool wait_can_block(struct ps_system *system, const struct kernel_thread *thread)
{
    if (thread->sched && sched_on_fiber(system->sched))
        return true;
    finding_raise(system, "WAIT", SIDE_CLIENT, NULL,
                  "a wait that would block outside any thread of the system");
    return false;
}

static NTSTATUS wait_for(struct ps_system *system, struct wait *wait, const LARGE_INTEGER *timeout,
                         bool blocks)
{
    wait->thread = thread_current(system);
    if (wait->count && satisfied(wait))
        return take(wait);
    if (timeout && timeout->QuadPart == 0)
        return STATUS_TIMEOUT;
    if (!blocks)
        return STATUS_TIMEOUT;
    if (!wait_can_block(system, wait->thread))
        return STATUS_UNSUCCESSFUL;
    block(system, wait, timeout);
    return wait->status;
}

NTSTATUS NTAPI KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason,
                                     KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                     PLARGE_INTEGER Timeout)
{
    NT_SERVICE(COST_SERVICE);
    struct wait_block one = {.object = Object};
    struct wait wait = {.blocks = &one, .count = 1};
    bool blocks = may_block(system, Timeout, Object, __func__, CALLER);

    if (!dispatcher_valid(system, Object, __func__, CALLER))
        return STATUS_INVALID_PARAMETER_1;
    return wait_for(system, &wait, Timeout, blocks);
}

NTSTATUS NTAPI KeWaitForMultipleObjects(ULONG Count, PVOID Object[], WAIT_TYPE WaitType,
                                        KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
                                        BOOLEAN Alertable, PLARGE_INTEGER Timeout,
                                        PKWAIT_BLOCK WaitBlockArray)
{
    NT_SERVICE(COST_SERVICE);
    struct wait_block blocks[MAX_WAIT_OBJECTS];
    struct wait wait = {.blocks = blocks, .count = Count, .all = WaitType == WaitAll};
    bool may = may_block(system, Timeout, Object, __func__, CALLER);

    if (Count == 0)
        return STATUS_INVALID_PARAMETER_1;
    if (Count > MAX_WAIT_OBJECTS || (Count > THREAD_BLOCKS && !WaitBlockArray))
        finding_stop(system, "BUGCHECK", SIDE_DRIVER, CALLER, 0x0C, (const uint64_t[4]){Count},
                     "KeWaitForMultipleObjects for %u objects%s", (unsigned)Count,
                     WaitBlockArray ? "" : " without a WaitBlockArray");
    for (ULONG i = 0; i < Count; i++) {
        if (!dispatcher_valid(system, Object[i], __func__, CALLER))
            return STATUS_INVALID_PARAMETER_2;
        blocks[i].object = Object[i];
    }
    return wait_for(system, &wait, Timeout, may);
}

NTSTATUS NTAPI KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                      PLARGE_INTEGER Interval)
{
    NT_SERVICE(COST_SERVICE);
    struct wait wait = {0};
    NTSTATUS status;

    if (!irql_at_most(system, IRQL_APC, "VF-104", 0x2000F, __func__, CALLER))
        return STATUS_SUCCESS;
    status = wait_for(system, &wait, Interval, true);
    return status == STATUS_TIMEOUT ? STATUS_SUCCESS : status;
}
