// SPDX-License-Identifier: MIT
//
// What __try of driver source becomes (include/wdk/detail/seh.h), and raising. Any IRQL.
#include <detail/seh.h>

#include "kernel/private.h"
#include "sched/handler.h"

_Static_assert(offsetof(struct wdk_try, registers) == offsetof(struct sched_handler, registers),
               "one layout on both sides");
_Static_assert(sizeof(struct sched_handler) <= offsetof(struct wdk_try, code), "one layout on both sides");

VOID NTAPI nt_seh_push(struct wdk_try *Try)
{
    NT_SERVICE(COST_SERVICE);

    sched_handler_push(system->sched, (struct sched_handler *)Try);
}

VOID NTAPI nt_seh_pop(struct wdk_try *Try)
{
    sched_handler_pop(system_here(__func__)->sched, (struct sched_handler *)Try);
}

VOID NTAPI nt_seh_leave(struct wdk_try *Try)
{
    nt_seh_pop(Try);
    sched_handler_jump((struct sched_handler *)Try, WDK_TRY_LEAVE);
}

VOID NTAPI nt_seh_raise(NTSTATUS Code)
{
    kernel_raise(system_here(__func__), Code, CALLER);
}

VOID NTAPI ExRaiseStatus(NTSTATUS Status)
{
    kernel_raise(system_here(__func__), Status, CALLER);
}
