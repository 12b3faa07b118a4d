// SPDX-License-Identifier: MIT
//
// Exception handlers of driver code (include/wdk/detail/seh.h): for each stack a chain of __try's, innermost first. What
// a DPC or ISR raises is not for the thread whose stack it has borrowed.
#ifndef PORTSIDE_SCHED_HANDLER_H
#define PORTSIDE_SCHED_HANDLER_H

#include <stdbool.h>
#include <stdint.h>

struct sched;

// A __try that is running, on the driver's stack; as include/wdk/detail/seh.h has it.
struct sched_handler {
    struct sched_handler *outer;
    uint64_t depth;         // of contexts, when it began
    uint64_t registers[30]; // handler_x86_64.S
};

// Of the running context. Any IRQL.
void sched_handler_push(struct sched *sched, struct sched_handler *handler);
void sched_handler_pop(struct sched *sched, struct sched_handler *handler);
// The innermost handler of the running context, taken off the chain, or NULL.
struct sched_handler *sched_handler_take(struct sched *sched);
// Goes on where the handler began, with `code`, which is not 0.
_Noreturn void sched_handler_jump(struct sched_handler *handler, int32_t code);

#endif
