// SPDX-License-Identifier: MIT
//
// System threads. A PKTHREAD is our record, which begins with the dispatcher header that others
// wait for. It lives until the thread has ended and nobody refers to it.
#include <ntifs.h>

#include "kernel/private.h"

static void destroy(struct ps_system *system, struct object *object)
{
    struct kernel_thread *thread = LIST_OBJECT(object, struct kernel_thread, object);

    list_remove(&thread->link);
    sched_thread_free(system->sched, thread->sched);
    arena_free(system->arena, thread, sizeof(*thread));
}

static struct kernel_thread *record_new(struct ps_system *system)
{
    struct kernel_thread *thread = arena_alloc(system->arena, sizeof(*thread));

    if (!thread)
        return NULL;
    dispatcher_init(&thread->header, DISPATCHER_THREAD, sizeof(KEVENT), 0);
    InitializeListHead(&thread->mutexes);
    thread->system = system;
    thread->priority = 8;
    list_init(&thread->link);
    wait_thread_init(thread);
    return thread;
}

struct kernel_thread *thread_current(struct ps_system *system)
{
    struct sched_thread *current = sched_thread_current(system->sched);

    return current && current->kernel ? current->kernel : kernel_here(system)->idle;
}

bool threads_create_idle(struct ps_system *system)
{
    for (unsigned i = 0; i < system->sched->processor_count; i++) {
        struct kernel_thread *idle = record_new(system);

        if (!idle)
            return false;
        system->kernel->processors[i].idle = idle;
    }
    return true;
}

// VF-39: locks that end with their owner.
static void check_end(struct ps_system *system, struct kernel_thread *thread)
{
    const void *start = (const void *)(uintptr_t)thread->routine;

    while (!IsListEmpty(&thread->mutexes)) {
        PRKMUTEX mutex = CONTAINING_RECORD(thread->mutexes.Flink, KMUTEX, MutantListEntry);

        kernel_misuse(system, "VF-39", start, CODE_VERIFIER, 0x100A, (uintptr_t)mutex,
                      (uintptr_t)thread, 0, "thread %u ends owning a mutex", thread->number);
        mutex_abandon(system, mutex);
    }
    if (thread->fast_mutexes)
        kernel_misuse(system, "VF-39", start, CODE_VERIFIER, 0x100A, 0, (uintptr_t)thread, 0,
                      "thread %u ends owning %u fast mutexes", thread->number,
                      thread->fast_mutexes);
    resources_abandon(system, thread);
}

// What was initialised on the stack ends with it.
static void forget_stack(struct ps_system *system, struct kernel_thread *thread)
{
    void *stack;
    size_t bytes;

    if (arena_stack_find(system->arena, __builtin_frame_address(0), &stack, &bytes, NULL))
        watched_freed(system, stack, bytes, (const void *)(uintptr_t)thread->routine);
}

static _Noreturn void thread_end(struct ps_system *system, struct kernel_thread *thread,
                                 NTSTATUS status)
{
    const struct kernel_call clean = {0};

    kernel_call_leave(system, &clean, "VF-56", "a thread",
                      (const void *)(uintptr_t)thread->routine);
    check_end(system, thread);
    forget_stack(system, thread);
    thread->status = status;
    thread->header.SignalState = 1;
    dispatcher_signalled(system, &thread->header);
    system->kernel->thread_count--;
    object_release(system, &thread->object);
    sched_thread_exit(system->sched);
}

static void run(void *argument)
{
    struct kernel_thread *thread = argument;

    if (thread->routine)
        thread->routine(thread->argument);
    else
        thread->entry(thread->argument);
    thread_end(thread->system, thread, STATUS_SUCCESS);
}

struct kernel_thread *thread_create(struct ps_system *system, const char *name,
                                    void (*entry)(void *argument), PKSTART_ROUTINE routine,
                                    void *argument)
{
    struct kernel_thread *thread;

    if (fault_here(system))
        return NULL;
    thread = record_new(system);
    if (!thread)
        return NULL;
    thread->entry = entry;
    thread->routine = routine;
    thread->argument = argument;
    if (!object_add(system, &thread->object, OBJECT_TYPE_THREAD, thread, destroy)) {
        arena_free(system->arena, thread, sizeof(*thread));
        return NULL;
    }
    thread->sched = sched_thread_create(system->sched, name, run, thread, 0);
    if (!thread->sched) {
        table_remove(&system->kernel->objects, thread);
        arena_free(system->arena, thread, sizeof(*thread));
        return NULL;
    }
    thread->sched->kernel = thread;
    thread->number = thread->sched->number;
    list_push_back(&system->kernel->threads, &thread->link);
    system->kernel->thread_count++;
    return thread;
}

struct sched_thread *kernel_thread(struct ps_system *system, const char *name,
                                   void (*entry)(void *argument), void *argument)
{
    struct kernel_thread *thread = thread_create(system, name, entry, NULL, argument);

    return thread ? thread->sched : NULL;
}

// ---- services -----------------------------------------------------------------------------------

NTSTATUS NTAPI PsCreateSystemThread(PHANDLE ThreadHandle, ULONG DesiredAccess,
                                    POBJECT_ATTRIBUTES ObjectAttributes, HANDLE ProcessHandle,
                                    PCLIENT_ID ClientId, PKSTART_ROUTINE StartRoutine,
                                    PVOID StartContext)
{
    NT_SERVICE(COST_SERVICE);
    struct kernel_thread *thread;

    *ThreadHandle = NULL;
    if (!irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001C, __func__, CALLER))
        return NT_TELL(STATUS_UNSUCCESSFUL);
    thread = thread_create(system, "driver", NULL, StartRoutine, StartContext);
    if (!thread)
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    thread->caller = CALLER;
    *ThreadHandle = handle_create(system, &thread->object);
    if (ClientId) {
        ClientId->UniqueProcess = (HANDLE)4;
        ClientId->UniqueThread = (HANDLE)(ULONG_PTR)(4 * (thread->number + 1));
    }
    return NT_TELL(*ThreadHandle ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES);
}

NTSTATUS NTAPI PsTerminateSystemThread(NTSTATUS ExitStatus)
{
    NT_SERVICE(COST_SERVICE);
    struct kernel_thread *thread = thread_current(system);

    if (!irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001C, __func__, CALLER) ||
        !thread->routine)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    thread_end(system, thread, ExitStatus);
}

PKTHREAD NTAPI KeGetCurrentThread(VOID)
{
    return (PKTHREAD)thread_current(system_here(__func__));
}

KPRIORITY NTAPI KeSetPriorityThread(PKTHREAD Thread, KPRIORITY Priority)
{
    NT_SERVICE(COST_SERVICE);
    struct kernel_thread *thread = (struct kernel_thread *)Thread;
    KPRIORITY before = thread->priority;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001C, __func__, CALLER);
    thread->priority = Priority;
    return before;
}

// The base is 8; returns the previous increment.
LONG NTAPI KeSetBasePriorityThread(PKTHREAD Thread, LONG Increment)
{
    NT_SERVICE(COST_SERVICE);
    struct kernel_thread *thread = (struct kernel_thread *)Thread;
    LONG before = thread->priority - 8;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001C, __func__, CALLER);
    thread->priority = 8 + Increment;
    return before;
}

KPRIORITY NTAPI KeQueryPriorityThread(PKTHREAD Thread)
{
    NT_SERVICE(COST_SERVICE);
    return ((struct kernel_thread *)Thread)->priority;
}

// Where a driver notes, for the thread, whose medium wants a look. No file system asks.
PDEVICE_OBJECT NTAPI IoGetDeviceToVerify(PETHREAD Thread)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_DISPATCH, "VF-111", 0x20022, __func__, CALLER);
    return ((struct kernel_thread *)Thread)->to_verify;
}

VOID NTAPI IoSetDeviceToVerify(PETHREAD Thread, PDEVICE_OBJECT DeviceObject)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_DISPATCH, "VF-111", 0x20022, __func__, CALLER);
    ((struct kernel_thread *)Thread)->to_verify = DeviceObject;
}

HANDLE NTAPI PsGetCurrentThreadId(VOID)
{
    return (HANDLE)(ULONG_PTR)(4 * (thread_current(system_here(__func__))->number + 1));
}

HANDLE NTAPI PsGetCurrentProcessId(VOID)
{
    return (HANDLE)4;
}
