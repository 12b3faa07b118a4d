// SPDX-License-Identifier: MIT
//
// Misuse of services becomes findings here: against the driver, with Windows' bug-check code and
// four parameters. Any IRQL.
#include <stdarg.h>
#include <stdio.h>

#include "kernel/private.h"

void kernel_misuse(struct ps_system *system, const char *rule, const void *caller, uint32_t code,
                   uint64_t p1, uint64_t p2, uint64_t p3, uint64_t p4, const char *format, ...)
{
    const uint64_t parameters[4] = {p1, p2, p3, p4};
    char text[320];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    finding_raise_code(system, rule, SIDE_DRIVER, caller, code, parameters, "%s", text);
}

HOOK_ABI void kernel_irql_misuse(struct ps_system *system, const char *rule, uint32_t p1,
                                 const char *service, uint8_t max, const void *caller)
{
    static const char *const limits[] = {"at PASSIVE_LEVEL", "at IRQL <= APC_LEVEL",
                                         "at IRQL <= DISPATCH_LEVEL"};
    uint8_t irql = sched_irql(system->sched);

    kernel_misuse(system, rule, caller, CODE_VERIFIER, p1, irql, (uintptr_t)service, 0,
                  "%s at IRQL %u; it may be called only %s", service, irql,
                  max <= IRQL_DISPATCH ? limits[max] : "at a lower device IRQL");
}

void kernel_call_enter(struct ps_system *system, struct kernel_call *call)
{
    const struct processor *processor = system->sched->current;

    call->irql = processor->irql;
    call->held = processor->held_count;
}

void kernel_call_leave(struct ps_system *system, const struct kernel_call *call, const char *rule,
                       const char *what, const void *routine)
{
    uint8_t irql = sched_irql(system->sched), held = system->sched->current->held_count;

    if (__builtin_expect(irql == call->irql && held == call->held, 1))
        return;
    if (held != call->held)
        kernel_misuse(system, rule, routine, 0, 0, 0, 0, 0,
                      "%s returned owning %u spin locks; it was called with %u", what, held,
                      call->held);
    else
        kernel_misuse(system, rule, routine, 0xC8, (uint64_t)irql << 16 | (uint64_t)call->irql << 8,
                      (uintptr_t)routine, 0, 0, "%s returned at IRQL %u; it was called at %u", what,
                      irql, call->irql);
    kernel_call_repair(system, call);
}

void kernel_call_repair(struct ps_system *system, const struct kernel_call *call)
{
    uint8_t irql = sched_irql(system->sched);

    locks_drop(system, call->held);
    if (irql > call->irql)
        sched_lower(system->sched, call->irql);
    else if (irql < call->irql)
        sched_raise(system->sched, call->irql);
}
