// SPDX-License-Identifier: MIT
//
// Interrupts (SV-50 to SV-54): KINTERRUPTs chained on a device's line. The scheduler delivers a
// line at its DIRQL; each service routine runs with its interrupt spin lock held until one says
// that it was its device. Connect and disconnect: PASSIVE_LEVEL.
#include "kernel/private.h"

enum { ISR_LIMIT_NS = 25000 };

#define SPURIOUS_LIMIT 1000 // deliveries in a row that nobody claims before the line is masked

// Deliveries in a row, each claimed and the line high again at its end, within so much time: a storm (VF-58b).
enum { STORM_DELIVERIES = 1000, STORM_NS = 100000000 };

struct line;

struct _KINTERRUPT {
    struct list link; // line->chain
    struct line *line;
    PKSERVICE_ROUTINE routine;
    PVOID context;
    PKSPIN_LOCK lock;
    KSPIN_LOCK own_lock;
    KIRQL synchronize_irql;
    bool removed;
    const void *caller;
    const void *claimer; // what claimed it last behind `routine`, or NULL
};

// What hangs on one sched_interrupt.
struct line {
    struct list link; // kernel.lines
    struct ps_system *system;
    struct sched_interrupt *interrupt;
    struct list chain, removed;
    struct list leavers; // threads that wait until no delivery is under way
    unsigned delivering;
    unsigned unclaimed; // in a row
    unsigned relentless; // claimed and high again, in a row
    uint64_t relentless_since;
};

// ---- delivery -----------------------------------------------------------------------------------

// SV-54, off unless asked for; counted as SV-13 is.
static void check_time(struct ps_system *system, PKINTERRUPT interrupt, uint64_t ns)
{
    if (ns > ISR_LIMIT_NS && finding_asked_for(system, "SV-54"))
        kernel_misuse(system, "SV-54", (const void *)(uintptr_t)interrupt->routine, 0x133, 0, ns / 1000,
                      ISR_LIMIT_NS / 1000, 0, "an ISR took %llu us; 25 us are the guideline",
                      (unsigned long long)(ns / 1000));
}

static bool serve(struct ps_system *system, PKINTERRUPT interrupt)
{
    uint64_t busy = kernel_here(system)->busy_ns;
    struct kernel_call call;
    KIRQL before;
    bool claimed = false;

    before = lock_interrupt(system, interrupt->lock, interrupt->synchronize_irql,
                            (const void *)(uintptr_t)interrupt->routine);
    if (!interrupt->removed) {
        kernel_call_enter(system, &call);
        claimed = interrupt->routine(interrupt, interrupt->context) != FALSE;
        check_time(system, interrupt, kernel_here(system)->busy_ns - busy);
        if (sched_irql(system->sched) != call.irql) {
            kernel_misuse(system, "VF-50", (const void *)(uintptr_t)interrupt->routine,
                          CODE_VERIFIER, 0x111, (uintptr_t)interrupt->routine, call.irql,
                          sched_irql(system->sched),
                          "an ISR returned at IRQL %u; it was called at %u",
                          sched_irql(system->sched), call.irql);
            kernel_call_repair(system, &call);
        }
        kernel_call_leave(system, &call, "VF-56", "an ISR",
                          (const void *)(uintptr_t)interrupt->routine);
    }
    unlock_interrupt(system, interrupt->lock, before, NULL);
    return claimed;
}

static void free_removed(struct line *line)
{
    struct list *link;

    while (!line->delivering && (link = list_pop_front(&line->removed)))
        arena_free(line->system->arena, LIST_OBJECT(link, struct _KINTERRUPT, link),
                   sizeof(struct _KINTERRUPT));
}

struct leaver {
    struct list link; // line->leavers
    struct kernel_thread *thread;
};

static void wake_leavers(struct line *line)
{
    struct list *link;

    while (!line->delivering && (link = list_pop_front(&line->leavers)))
        sched_ready(line->system->sched, LIST_OBJECT(link, struct leaver, link)->thread->sched);
}

// Another processor may have begun to deliver and not yet have the lock, which may be gone once we return.
static void wait_for_deliveries(struct line *line)
{
    struct ps_system *system = line->system;
    struct leaver leaver = {.thread = thread_current(system)};

    if (!line->delivering || !leaver.thread->sched || sched_irql(system->sched) > IRQL_PASSIVE)
        return;
    list_push_back(&line->leavers, &leaver.link);
    sched_block(system->sched, "an interrupt that is being delivered", 0);
}

// SV-53: a level that nobody claims would be delivered for ever.
static void count_unclaimed(struct line *line, bool claimed)
{
    if (claimed || !line->interrupt->asserted) {
        line->unclaimed = 0;
        return;
    }
    line->system->kernel->unclaimed_interrupts++;
    if (++line->unclaimed < SPURIOUS_LIMIT)
        return;
    line->interrupt->masked = true;
    finding_raise(line->system, "SV-53", SIDE_DRIVER, NULL,
                  "interrupt %u was not claimed %u times in a row and is masked",
                  line->interrupt->number, line->unclaimed);
}

void kernel_interrupt_claimed(PKINTERRUPT interrupt, const void *routine)
{
    interrupt->claimer = routine;
}

static void report_storm(struct line *line, const struct _KINTERRUPT *claimed)
{
    uint64_t ns = line->system->sched->now - line->relentless_since;

    line->interrupt->masked = true;
    kernel_misuse(line->system, "VF-58b",
                  claimed->claimer ? claimed->claimer : (const void *)(uintptr_t)claimed->routine,
                  0x133, 1, line->relentless, 0, 0,
                  "interrupt %u was served %u times in a row and each time was high again at once, for %llu us: "
                  "its processor comes to nothing else any more",
                  line->interrupt->number, line->relentless, (unsigned long long)ns / 1000);
}

static void count_relentless(struct line *line, const struct _KINTERRUPT *claimed)
{
    uint64_t now = line->system->sched->now;
    bool again = claimed && line->interrupt->asserted;

    if (!again || now - line->relentless_since > STORM_NS)
        line->relentless = 0;
    if (!line->relentless)
        line->relentless_since = now;
    if (again && ++line->relentless == STORM_DELIVERIES)
        report_storm(line, claimed);
}

static void deliver(struct sched_interrupt *interrupt)
{
    struct line *line = interrupt->context;
    PKINTERRUPT entry = NULL;
    bool claimed = false;

    line->delivering++;
    LIST_EACH(link, &line->chain)
    {
        entry = LIST_OBJECT(link, struct _KINTERRUPT, link);
        claimed = serve(line->system, entry);
        if (claimed || entry->removed)
            break;
    }
    line->delivering--;
    count_unclaimed(line, claimed);
    count_relentless(line, claimed ? entry : NULL);
    free_removed(line);
    wake_leavers(line);
}

// ---- connecting ---------------------------------------------------------------------------------

static struct sched_interrupt *line_of_vector(struct ps_system *system, ULONG vector)
{
    for (unsigned i = 0; i < machine_device_count(system->machine); i++) {
        struct ps_device *device = machine_device(system->machine, i);
        struct device_resource resources[DEVICE_RESOURCES];
        unsigned count = device_resources(device, resources, DEVICE_RESOURCES);

        for (unsigned k = 0; k < count; k++)
            if (resources[k].kind == RESOURCE_INTERRUPT && resources[k].start == vector)
                return device_interrupt_line(device);
    }
    return NULL;
}

static struct line *line_get(struct ps_system *system, struct sched_interrupt *interrupt)
{
    struct line *line;

    LIST_EACH(link, &system->kernel->lines)
    if (LIST_OBJECT(link, struct line, link)->interrupt == interrupt)
        return LIST_OBJECT(link, struct line, link);
    line = arena_alloc(system->arena, sizeof(*line));
    if (!line)
        return NULL;
    line->system = system;
    line->interrupt = interrupt;
    list_init(&line->chain);
    list_init(&line->removed);
    list_init(&line->leavers);
    list_push_back(&system->kernel->lines, &line->link);
    return line;
}

NTSTATUS kernel_interrupt_connect(struct ps_system *system, struct sched_interrupt *interrupt,
                           const struct interrupt_connection *wanted, PKINTERRUPT *out)
{
    struct line *line;
    PKINTERRUPT entry;

    if (!interrupt || !wanted->routine || wanted->irql < interrupt->irql ||
        wanted->irql > IRQL_HIGH)
        return STATUS_INVALID_PARAMETER;
    if (fault_here(system))
        return STATUS_INSUFFICIENT_RESOURCES;
    line = line_get(system, interrupt);
    entry = line ? arena_alloc(system->arena, sizeof(*entry)) : NULL;
    if (!entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    entry->line = line;
    entry->routine = wanted->routine;
    entry->context = wanted->context;
    entry->lock = wanted->lock ? wanted->lock : &entry->own_lock;
    entry->synchronize_irql = wanted->irql;
    entry->caller = wanted->caller;
    list_push_back(&line->chain, &entry->link);
    line->unclaimed = line->relentless = 0;
    interrupt->context = line;
    interrupt->deliver = deliver;
    interrupt->masked = false;
    if (interrupt->asserted)
        system->sched->attention_at = 0;
    *out = entry;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI IoConnectInterrupt(PKINTERRUPT *InterruptObject, PKSERVICE_ROUTINE ServiceRoutine,
                                  PVOID ServiceContext, PKSPIN_LOCK SpinLock, ULONG Vector,
                                  KIRQL Irql, KIRQL SynchronizeIrql, KINTERRUPT_MODE InterruptMode,
                                  BOOLEAN ShareVector, KAFFINITY ProcessorEnableMask,
                                  BOOLEAN FloatingSave)
{
    NT_SERVICE(COST_SERVICE);
    const struct interrupt_connection wanted = {ServiceRoutine, ServiceContext, SpinLock, SynchronizeIrql,
                                      CALLER};

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    *InterruptObject = NULL;
    if (SynchronizeIrql < Irql || !ProcessorEnableMask)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    return NT_TELL(kernel_interrupt_connect(system, line_of_vector(system, Vector), &wanted, InterruptObject));
}

// Waits for a service routine that runs, and for one that is about to.
void kernel_interrupt_disconnect(struct ps_system *system, PKINTERRUPT interrupt, const void *caller)
{
    struct line *line = interrupt->line;
    KIRQL before;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, "IoDisconnectInterrupt", caller);
    before = lock_interrupt(system, interrupt->lock, interrupt->synchronize_irql, caller);
    interrupt->removed = true;
    unlock_interrupt(system, interrupt->lock, before, caller);
    list_remove(&interrupt->link);
    list_push_back(&line->removed, &interrupt->link);
    if (list_empty(&line->chain))
        line->interrupt->masked = true;
    free_removed(line);
    wait_for_deliveries(line);
}

VOID NTAPI IoDisconnectInterrupt(PKINTERRUPT InterruptObject)
{
    NT_SERVICE(COST_SERVICE);
    kernel_interrupt_disconnect(system, InterruptObject, CALLER);
}

// An image goes: what it connected is told and disconnected, for its ISR is gone.
void interrupts_leaks(struct ps_system *system, bool (*owned)(void *context, const void *caller),
                      void *context)
{
    LIST_EACH(line_link, &system->kernel->lines)
    {
        struct line *line = LIST_OBJECT(line_link, struct line, link);

        LIST_EACH_SAFE(link, &line->chain)
        {
            PKINTERRUPT interrupt = LIST_OBJECT(link, struct _KINTERRUPT, link);

            if (!owned(context, interrupt->caller))
                continue;
            kernel_misuse(system, "VF-67", interrupt->caller, 0xCE, (uintptr_t)interrupt->routine,
                          0, 0, 0, "the driver is unloaded with interrupt %u connected",
                          line->interrupt->number);
            kernel_interrupt_disconnect(system, interrupt, interrupt->caller);
        }
    }
}

// ---- synchronising with an ISR ------------------------------------------------------------------

static KIRQL acquire(struct ps_system *system, PKINTERRUPT interrupt, const char *service,
                     const void *caller)
{
    KIRQL irql = interrupt->synchronize_irql;

    if (!irql_at_most(system, irql, "VF-101", 0x20003, service, caller))
        irql = sched_irql(system->sched);
    return lock_interrupt(system, interrupt->lock, irql, caller);
}

BOOLEAN NTAPI KeSynchronizeExecution(PKINTERRUPT Interrupt,
                                     PKSYNCHRONIZE_ROUTINE SynchronizeRoutine,
                                     PVOID SynchronizeContext)
{
    NT_SERVICE(COST_SERVICE);
    KIRQL before = acquire(system, Interrupt, __func__, CALLER);
    struct kernel_call call;
    BOOLEAN result;

    kernel_call_enter(system, &call);
    result = SynchronizeRoutine(SynchronizeContext);
    kernel_call_leave(system, &call, "VF-56", "a routine of KeSynchronizeExecution",
                      (const void *)(uintptr_t)SynchronizeRoutine);
    unlock_interrupt(system, Interrupt->lock, before, CALLER);
    return result;
}

KIRQL NTAPI KeAcquireInterruptSpinLock(PKINTERRUPT Interrupt)
{
    NT_SERVICE(COST_SERVICE);
    return acquire(system, Interrupt, __func__, CALLER);
}

VOID NTAPI KeReleaseInterruptSpinLock(PKINTERRUPT Interrupt, KIRQL OldIrql)
{
    NT_SERVICE(COST_SERVICE);
    unlock_interrupt(system, Interrupt->lock, OldIrql, CALLER);
}
