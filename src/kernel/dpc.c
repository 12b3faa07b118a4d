// SPDX-License-Identifier: MIT
//
// Deferred procedure calls: one queue per processor, run by the scheduler at DISPATCH_LEVEL on top
// of whatever the processor does (SV-20 to SV-25). The KDPC is the driver's; queue links and state
// are in its record (watch.c).
#include "kernel/private.h"

enum { STALL_LIMIT_US = 10000 };

enum {
    DPC_LOW,
    DPC_MEDIUM,
    DPC_HIGH,
    DPC_TARGETED = 32
}; // KDPC.Number: 32 + processor, 0: current

static void initialise(struct ps_system *system, PRKDPC dpc, PKDEFERRED_ROUTINE routine,
                       PVOID context, const void *caller)
{
    watched_init(system, WATCHED_DPC, dpc, caller);
    dpc->Type = DISPATCHER_DPC;
    dpc->Importance = DPC_MEDIUM;
    dpc->Number = 0;
    dpc->DeferredRoutine = routine;
    dpc->DeferredContext = context;
    dpc->SystemArgument1 = dpc->SystemArgument2 = NULL;
    dpc->DpcData = NULL;
}

VOID NTAPI KeInitializeDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext)
{
    initialise(system_here(__func__), Dpc, DeferredRoutine, DeferredContext, CALLER);
}

// Threaded DPCs may run as ordinary ones (Windows does so when they are disabled).
VOID NTAPI KeInitializeThreadedDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine,
                                   PVOID DeferredContext)
{
    initialise(system_here(__func__), Dpc, DeferredRoutine, DeferredContext, CALLER);
}

static struct dpc_record *known(struct ps_system *system, PKDPC dpc, const char *service,
                                const void *caller)
{
    struct dpc_record *record = watched_dpc(system, dpc);

    if (!record)
        kernel_misuse(system, "SV-20", caller, 0xC7, 1, (uintptr_t)dpc, 0, 0,
                      "%s of a DPC that was never initialised, or whose memory was freed", service);
    return record;
}

bool dpc_queue(struct ps_system *system, PKDPC dpc, struct dpc_record *record, uint8_t processor,
               void *argument1, void *argument2)
{
    struct kernel *kernel = system->kernel;
    struct processor *target = &system->sched->processors[processor];

    if (record->watched.busy)
        return false;
    dpc->SystemArgument1 = argument1;
    dpc->SystemArgument2 = argument2;
    dpc->DpcData = target;
    record->watched.busy = true;
    record->processor = processor;
    record->sequence = ++kernel->dpc_sequence;
    if (dpc->Importance == DPC_HIGH)
        list_push_front(&kernel->processors[processor].dpcs, &record->link);
    else
        list_push_back(&kernel->processors[processor].dpcs, &record->link);
    kernel->dpcs_queued++;
    target->deferred++;
    sched_deferred_changed(system->sched, target);
    return true;
}

// Takes the record off its queue; the memory of the KDPC may be gone already.
bool dpc_remove(struct ps_system *system, struct dpc_record *record)
{
    struct processor *processor = &system->sched->processors[record->processor];

    if (!record->watched.busy)
        return false;
    list_remove(&record->link);
    record->watched.busy = false;
    system->kernel->dpcs_queued--;
    processor->deferred--;
    sched_deferred_changed(system->sched, processor);
    return true;
}

static uint8_t target_of(struct ps_system *system, const KDPC *dpc)
{
    unsigned number = dpc->Number;

    if (number >= DPC_TARGETED && number - DPC_TARGETED < system->sched->processor_count)
        return (uint8_t)(number - DPC_TARGETED);
    return system->sched->current->number;
}

BOOLEAN NTAPI KeInsertQueueDpc(PRKDPC Dpc, PVOID SystemArgument1, PVOID SystemArgument2)
{
    NT_SERVICE(COST_SERVICE);
    struct dpc_record *record = known(system, Dpc, __func__, CALLER);
    bool queued;

    if (!record)
        return FALSE;
    if (record->timer)
        kernel_misuse(system, "SV-30", CALLER, 0xC7, 1, (uintptr_t)Dpc, (uintptr_t)record->timer, 0,
                      "DPC %u is queued by KeInsertQueueDpc while a timer uses it",
                      record->watched.number);
    queued = dpc_queue(system, Dpc, record, target_of(system, Dpc), SystemArgument1, SystemArgument2);
    kernel_begun(system);
    return queued;
}

BOOLEAN NTAPI KeRemoveQueueDpc(PRKDPC Dpc)
{
    NT_SERVICE(COST_SERVICE);
    struct dpc_record *record = known(system, Dpc, __func__, CALLER);

    if (!record || !dpc_remove(system, record))
        return FALSE;
    Dpc->DpcData = NULL;
    return TRUE;
}

VOID NTAPI KeSetImportanceDpc(PRKDPC Dpc, KDPC_IMPORTANCE Importance)
{
    NT_SERVICE(COST_SERVICE);

    if (known(system, Dpc, __func__, CALLER))
        Dpc->Importance = (UCHAR)Importance;
}

VOID NTAPI KeSetTargetProcessorDpc(PRKDPC Dpc, CCHAR Number)
{
    NT_SERVICE(COST_SERVICE);

    if (known(system, Dpc, __func__, CALLER))
        Dpc->Number = (USHORT)(DPC_TARGETED + (UCHAR)Number);
}

// ---- running ------------------------------------------------------------------------------------

static void flush_advance(struct ps_system *system);

// VF-58: advice only. Virtual time passes at services, so what counts is what the routine asked to wait for.
static void check_stalled(struct ps_system *system, const struct kernel_processor *here,
                          const void *routine)
{
    if (here->stalled_us >= STALL_LIMIT_US)
        kernel_misuse(system, "VF-58", routine, 0x133, 0, here->stalled_us, STALL_LIMIT_US, 0,
                      "a DPC stalled for %llu us; 100 us are the guideline",
                      (unsigned long long)here->stalled_us);
}

static void run_one(struct ps_system *system, struct kernel_processor *here,
                    struct dpc_record *record)
{
    PKDPC dpc = (PKDPC)record->watched.object;
    PKDEFERRED_ROUTINE routine = dpc->DeferredRoutine;
    PVOID context = dpc->DeferredContext, one = dpc->SystemArgument1, two = dpc->SystemArgument2;
    struct kernel_call call;

    here->running = record->sequence;
    here->running_number = record->watched.number;
    dpc_remove(system, record);
    dpc->DpcData = NULL;
    TRACE(system, 'B', "routine", {"dpc", here->running_number});
    here->stalled_us = 0;
    kernel_call_enter(system, &call);
    sched_point(system->sched, COST_CALL); // it is off its queue, and has not begun: nobody can take it back
    routine(dpc, context, one, two);
    kernel_call_leave(system, &call, "VF-56", "a DPC", (const void *)(uintptr_t)routine);
    check_stalled(system, here, (const void *)(uintptr_t)routine);
    TRACE(system, 'E', "routine");
    here->running = 0;
    flush_advance(system);
}

bool dpc_runs(struct ps_system *system, PKDPC dpc)
{
    const struct dpc_record *record = watched_dpc(system, dpc);

    for (unsigned i = 0; record && i < system->sched->processor_count; i++) {
        const struct kernel_processor *processor = &system->kernel->processors[i];

        if (processor->running && processor->running_number == record->watched.number)
            return true;
    }
    return false;
}

void dpc_run(struct ps_system *system, struct processor *processor)
{
    struct kernel_processor *here = &system->kernel->processors[processor->number];

    while (!list_empty(&here->dpcs)) {
        struct dpc_record *record = LIST_OBJECT(here->dpcs.next, struct dpc_record, link);

        processor->contexts[processor->context_count - 1].object = record->watched.number;
        run_one(system, here, record);
    }
}

// ---- KeFlushQueuedDpcs --------------------------------------------------------------------------

struct flush {
    struct list link; // kernel.flushes
    uint64_t until;   // DPCs queued up to here must have completed
    struct kernel_thread *thread;
};

static bool flushed(const struct kernel *kernel, uint64_t until)
{
    for (unsigned i = 0; i < kernel->system->sched->processor_count; i++) {
        const struct kernel_processor *processor = &kernel->processors[i];

        if (processor->running && processor->running <= until)
            return false;
        LIST_EACH(link, &processor->dpcs)
        if (LIST_OBJECT(link, struct dpc_record, link)->sequence <= until)
            return false;
    }
    return true;
}

static void flush_advance(struct ps_system *system)
{
    LIST_EACH_SAFE(link, &system->kernel->flushes)
    {
        struct flush *flush = LIST_OBJECT(link, struct flush, link);

        if (flushed(system->kernel, flush->until)) {
            list_remove(&flush->link);
            sched_ready(system->sched, flush->thread->sched);
        }
    }
}

void dpcs_flush(struct ps_system *system)
{
    struct flush flush = {.until = system->kernel->dpc_sequence};

    flush.thread = thread_current(system);
    if (flushed(system->kernel, flush.until) || !flush.thread->sched)
        return;
    list_push_back(&system->kernel->flushes, &flush.link);
    sched_block(system->sched, "its DPCs", 0);
}

VOID NTAPI KeFlushQueuedDpcs(VOID)
{
    NT_SERVICE(COST_SERVICE);

    if (irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001C, __func__, CALLER))
        dpcs_flush(system);
}
