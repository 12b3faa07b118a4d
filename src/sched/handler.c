// SPDX-License-Identifier: MIT
//
// The chain of exception handlers of the running stack.
#include "sched/handler.h"

#include "sched/fiber.h"
#include "sched/sched.h"

// In handler_x86_64.S.
_Noreturn void handler_resume(uint64_t *registers, int32_t code);

extern __attribute__((weak)) void __asan_handle_no_return(void);

void sched_handler_push(struct sched *sched, struct sched_handler *handler)
{
    handler->outer = sched->current->fiber->handlers;
    handler->depth = sched->current->context_count;
    sched->current->fiber->handlers = handler;
}

void sched_handler_pop(struct sched *sched, struct sched_handler *handler)
{
    if (sched->current->fiber->handlers == handler)
        sched->current->fiber->handlers = handler->outer;
}

struct sched_handler *sched_handler_take(struct sched *sched)
{
    struct sched_handler *handler = sched->current->fiber->handlers;

    if (!handler || handler->depth != sched->current->context_count)
        return NULL;
    sched->current->fiber->handlers = handler->outer;
    return handler;
}

_Noreturn void sched_handler_jump(struct sched_handler *handler, int32_t code)
{
    if (__asan_handle_no_return)
        __asan_handle_no_return();
    handler_resume(handler->registers, code);
}
