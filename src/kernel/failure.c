// SPDX-License-Identifier: MIT
//
// Which calls have failed lately: a driver that gives up returns a status, and what it had from is seldom seen there.
#include "kernel/private.h"

HOOK_ABI NTSTATUS kernel_tell_failure(NTSTATUS status, const char *call, const void *caller)
{
    struct kernel *kernel = system_current ? system_current->kernel : NULL;
    struct kernel_failure *failure;

    if (!kernel)
        return status;
    failure = &kernel->failures[kernel->failure_count++ % KERNEL_FAILURES];
    *failure = (struct kernel_failure){.call = call, .caller = caller, .status = status};
    if (sched_on_fiber(system_current->sched))
        failure->depth = (unsigned)sched_stack(system_current->sched, failure->stack, KERNEL_FAILURE_STACK);
    return status;
}

void kernel_forget_failures(struct ps_system *system)
{
    system->kernel->failure_count = 0;
}

const struct kernel_failure *kernel_get_failure(const struct ps_system *system, unsigned back)
{
    const struct kernel *kernel = system->kernel;

    if (back >= KERNEL_FAILURES || back >= kernel->failure_count)
        return NULL;
    return &kernel->failures[(kernel->failure_count - 1 - back) % KERNEL_FAILURES];
}
