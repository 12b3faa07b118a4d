// SPDX-License-Identifier: MIT
//
// Bug checks and debug output (SV-115). A bug check halts the system, never the process. Any IRQL.
#include "kernel/private.h"
#include "sched/handler.h"

_Noreturn static void bug_check(ULONG code, const uint64_t parameters[4], const void *caller)
{
    struct ps_system *system = system_here("KeBugCheckEx");
    const struct processor *processor = system->sched->current;
    char held[128] = "";
    size_t used = 0;

    for (unsigned i = 0; i < processor->held_count && used < sizeof(held); i++)
        used += (size_t)snprintf(held + used, sizeof(held) - used, "%s%u",
                                 i ? ", " : "; owned spin locks: ",
                                 sched_lock_number(system->sched, processor->held[i].lock));
    finding_stop(system, "BUGCHECK", SIDE_DRIVER, caller, code, parameters,
                 "bug check 0x%X (0x%llx, 0x%llx, 0x%llx, 0x%llx)%s", (unsigned)code,
                 (unsigned long long)parameters[0], (unsigned long long)parameters[1],
                 (unsigned long long)parameters[2], (unsigned long long)parameters[3], held);
}

VOID NTAPI KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR P1, ULONG_PTR P2, ULONG_PTR P3, ULONG_PTR P4)
{
    bug_check(BugCheckCode, (const uint64_t[4]){P1, P2, P3, P4}, CALLER);
}

VOID NTAPI KeBugCheck(ULONG BugCheckCode)
{
    bug_check(BugCheckCode, (const uint64_t[4]){0}, CALLER);
}

// To the innermost __try of the running context; without one, KMODE_EXCEPTION_NOT_HANDLED.
void kernel_raise(struct ps_system *system, NTSTATUS status, const void *caller)
{
    struct sched_handler *handler = sched_handler_take(system->sched);

    if (handler)
        sched_handler_jump(handler, status);
    bug_check(0x1E, (const uint64_t[4]){(uint32_t)status, (uintptr_t)caller}, caller);
}
