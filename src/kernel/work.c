// SPDX-License-Identifier: MIT
//
// Work items: routines run at PASSIVE_LEVEL by worker threads. One worker exists from the start, so
// that queueing cannot fail; more are made while all are busy, so that items may wait for each
// other. IRQL <= DISPATCH.
#include "kernel/private.h"

enum { MAX_WORKERS = 4 };

// What an IO_WORKITEM is to us; also used for WORK_QUEUE_ITEMs while they are queued.
struct work_item {
    struct list link; // kernel.work while queued
    struct list all;  // kernel.work_items
    PVOID object;     // device or driver
    PIO_WORKITEM_ROUTINE routine;
    PIO_WORKITEM_ROUTINE_EX routine_ex;
    PWORKER_THREAD_ROUTINE plain;
    void (*entry)(void *argument); // the kernel's own
    PVOID context;
    const void *caller;
    bool queued, once;
};

struct worker {
    struct list link; // kernel.workers_idle
    struct kernel_thread *thread;
};

static void item_free(struct ps_system *system, struct work_item *item)
{
    table_remove(&system->kernel->work_table, item);
    list_remove(&item->all);
    arena_free(system->arena, item, sizeof(*item));
}

// The item may be freed or queued again from within its routine (Windows allows both).
static void run_item(struct ps_system *system, struct work_item *queued)
{
    struct work_item item = *queued;
    struct kernel_call call;

    queued->queued = false;
    if (queued->once)
        item_free(system, queued);
    kernel_call_enter(system, &call);
    sched_point(system->sched, COST_CALL); // it is off its queue, and has not begun
    TRACE(system, 'B', "work item");
    if (item.entry)
        item.entry(item.context);
    else if (item.plain)
        item.plain(item.context);
    else if (item.routine_ex)
        item.routine_ex(item.object, item.context, (PIO_WORKITEM)queued);
    else
        item.routine(item.object, item.context);
    TRACE(system, 'E', "work item");
    kernel_call_leave(system, &call, "VF-56", "a work item", item.caller);
}

static void work(void *argument)
{
    struct ps_system *system = argument;
    struct kernel *kernel = system->kernel;
    struct worker self = {.thread = thread_current(system)};

    for (;;) {
        struct list *link = list_pop_front(&kernel->work);

        if (link) {
            run_item(system, LIST_OBJECT(link, struct work_item, link));
            continue;
        }
        list_push_back(&kernel->workers_idle, &self.link);
        sched_block(system->sched, "work", 0);
        list_remove(&self.link);
    }
}

bool workers_start(struct ps_system *system)
{
    struct kernel_thread *thread = thread_create(system, "worker", work, NULL, system);

    if (!thread)
        return false;
    system->kernel->workers++;
    return true;
}

static void wake_worker(struct ps_system *system)
{
    struct kernel *kernel = system->kernel;
    struct list *idle = list_pop_front(&kernel->workers_idle);

    if (idle)
        sched_ready(system->sched, LIST_OBJECT(idle, struct worker, link)->thread->sched);
    else if (kernel->workers < MAX_WORKERS)
        workers_start(system);
}

static struct work_item *item_new(struct ps_system *system, PVOID object)
{
    struct work_item *item = arena_alloc(system->arena, sizeof(*item));

    if (!item)
        return NULL;
    item->object = object;
    list_init(&item->link);
    if (!table_put(system, &system->kernel->work_table, item, item)) {
        arena_free(system->arena, item, sizeof(*item));
        return NULL;
    }
    list_push_back(&system->kernel->work_items, &item->all);
    return item;
}

PIO_WORKITEM NTAPI IoAllocateWorkItem(PDEVICE_OBJECT DeviceObject)
{
    NT_SERVICE(COST_SERVICE);
    struct work_item *item;

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    if (fault_here(system))
        return NULL;
    item = item_new(system, DeviceObject);
    if (item)
        item->caller = CALLER;
    return (PIO_WORKITEM)item;
}

static struct work_item *known(struct ps_system *system, PIO_WORKITEM item, const char *service,
                               const void *caller)
{
    struct work_item *found = table_get(&system->kernel->work_table, item);

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, service, caller);
    if (!found)
        kernel_misuse(system, "VF-63", caller, CODE_VERIFIER, 0x10, (uintptr_t)item, 0, 0,
                      "%s of something that is no work item", service);
    return found;
}

VOID NTAPI IoFreeWorkItem(PIO_WORKITEM IoWorkItem)
{
    NT_SERVICE(COST_SERVICE);
    struct work_item *item = known(system, IoWorkItem, __func__, CALLER);

    if (!item)
        return;
    if (item->queued) {
        kernel_misuse(system, "VF-63", CALLER, CODE_VERIFIER, 0x10, (uintptr_t)item, 0, 0,
                      "a work item is freed while it is queued");
        list_remove(&item->link);
    }
    item_free(system, item);
}

static void enqueue(struct ps_system *system, struct work_item *item, PVOID context,
                    const void *caller)
{
    if (item->queued) {
        kernel_misuse(system, "VF-63", caller, CODE_VERIFIER, 0x10, (uintptr_t)item, 0, 0,
                      "a work item is queued while it is queued");
        return;
    }
    item->context = context;
    item->caller = caller;
    item->queued = true;
    list_push_back(&system->kernel->work, &item->link);
    wake_worker(system);
}

VOID NTAPI IoQueueWorkItem(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE WorkerRoutine,
                           WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    NT_SERVICE(COST_SERVICE);
    struct work_item *item = known(system, IoWorkItem, __func__, CALLER);

    if (!item)
        return;
    item->routine = WorkerRoutine;
    item->routine_ex = NULL;
    enqueue(system, item, Context, CALLER);
    kernel_begun(system);
}

VOID NTAPI IoQueueWorkItemEx(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE_EX WorkerRoutine,
                             WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    NT_SERVICE(COST_SERVICE);
    struct work_item *item = known(system, IoWorkItem, __func__, CALLER);

    if (!item)
        return;
    item->routine = NULL;
    item->routine_ex = WorkerRoutine;
    enqueue(system, item, Context, CALLER);
    kernel_begun(system);
}

// A WORK_QUEUE_ITEM is the driver's and may be freed from within its routine: all of it is copied.
VOID NTAPI ExQueueWorkItem(PWORK_QUEUE_ITEM WorkItem, WORK_QUEUE_TYPE QueueType)
{
    NT_SERVICE(COST_SERVICE);
    struct work_item *item = item_new(system, NULL);

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    if (!item)
        finding_stop(system, "ARENA", SIDE_PORT, CALLER, 0, (const uint64_t[4]){0},
                     "the system's arena is full");
    item->plain = WorkItem->WorkerRoutine;
    item->once = true;
    enqueue(system, item, WorkItem->Parameter, CALLER);
    kernel_begun(system);
}

void work_queue(struct ps_system *system, void (*entry)(void *argument), void *argument)
{
    struct work_item *item = item_new(system, NULL);

    if (!item)
        finding_stop(system, "ARENA", SIDE_PORT, NULL, 0, (const uint64_t[4]){0},
                     "the system's arena is full");
    item->entry = entry;
    item->once = true;
    enqueue(system, item, argument, NULL);
}
