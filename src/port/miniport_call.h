// SPDX-License-Identifier: MIT
//
// The frame around every call that a port makes into a miniport's stream: a scheduling point, the hooks, and a finding
// when it comes back with another IRQL or with locks that it did not hold before.
#ifndef PORTSIDE_PORT_MINIPORT_CALL_H
#define PORTSIDE_PORT_MINIPORT_CALL_H

#include "port/port.h"

struct miniport_call {
    struct kernel_call kernel;
    struct ps_system *system;
    const void *stream;           // the port's
    const char *method;
    const void *routine;
};

static inline void miniport_call_enter(struct miniport_call *call, struct ps_system *system,
                                       const void *stream, const char *method, const void *routine)
{
    call->system = system;
    call->stream = stream;
    call->method = method;
    call->routine = routine;
    sched_point(system->sched, COST_CALL);
    HOOK(system, HOOK_MINIPORT_ENTER, stream, (uintptr_t)method, 0);
    call->kernel.irql = system->sched->current->irql; // kernel_call_enter without the call
    call->kernel.held = system->sched->current->held_count;
}

// `rule`: of that finding.
static inline void miniport_call_leave(const struct miniport_call *call, const char *rule,
                                       NTSTATUS status)
{
    const struct processor *processor = call->system->sched->current;

    if (__builtin_expect(processor->irql != call->kernel.irql ||
                             processor->held_count != call->kernel.held, 0))
        kernel_call_leave(call->system, &call->kernel, rule, call->method, call->routine);
    HOOK(call->system, HOOK_MINIPORT_LEAVE, call->stream, (uintptr_t)call->method,
         (uint32_t)status);
}

// Calls `object`'s method with the given arguments: one with a status, one with another result, one without any. `stream`
// has a `system`.
#define MINIPORT_FRAME(stream, rule, object, method_, result, statement)                               \
    do {                                                                                               \
        struct miniport_call call_;                                                                    \
        miniport_call_enter(&call_, (stream)->system, (stream), #method_,                              \
                            (const void *)(uintptr_t)(object)->lpVtbl->method_);                       \
        statement;                                                                                     \
        miniport_call_leave(&call_, (rule), (result));                                                 \
    } while (0)
#define MINIPORT_CALL(stream, rule, status, object, method, ...)                                       \
    MINIPORT_FRAME(stream, rule, object, method, status,                                               \
                   (status) = (object)->lpVtbl->method((object), ##__VA_ARGS__))
#define MINIPORT_ASK(stream, rule, result, object, method, ...)                                        \
    MINIPORT_FRAME(stream, rule, object, method, STATUS_SUCCESS,                                       \
                   (result) = (object)->lpVtbl->method((object), ##__VA_ARGS__))
#define MINIPORT_TELL(stream, rule, object, method, ...)                                               \
    MINIPORT_FRAME(stream, rule, object, method, STATUS_SUCCESS,                                       \
                   (object)->lpVtbl->method((object), ##__VA_ARGS__))

#endif
