// SPDX-License-Identifier: MIT
//
// Fibers: stacks that code runs on, one at a time, on one OS thread. The scheduler owns them; nothing here
// knows processors. A fiber that is left for good (abandoned, ended) costs nothing but its stack.
#ifndef PORTSIDE_SCHED_FIBER_H
#define PORTSIDE_SCHED_FIBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct sched_fiber {
    void *pointer;    // saved stack pointer, while nobody runs on it
    void *stack;      // lowest byte; the host's: as ASan told
    size_t bytes;
    void *fake_stack; // ASan's
    void **tsan;      // where TSan's handle is; not in the arena, or the host's own
    void *host_tsan;
    uint64_t *runs;   // counts switches to it; what it points to is not in the arena
    uint64_t host_runs;
    bool host;        // the OS thread's own stack
    bool ended;       // never returned to
    struct sched_handler *handlers; // __try's of the code that runs here, innermost first (handler.h)
    void (*entry)(void *argument);
    void *argument;
};

// Runs `entry(argument)` when first switched to; entry never returns. The record should live in the
// arena, so a snapshot knows how much of the stack is in use. False: no memory.
bool fiber_create(struct arena *arena, struct sched_fiber *fiber, size_t stack_bytes,
                  void (*entry)(void *argument), void *argument);
// Not while it runs. Its stack may be used again.
void fiber_destroy(struct arena *arena, struct sched_fiber *fiber);

// A record for the stack that the caller runs on.
void fiber_adopt_host(struct sched_fiber *fiber);

// Leaves `from`, on which the caller runs, for `to`. Returns when somebody switches back.
void fiber_switch(struct sched_fiber *from, struct sched_fiber *to);

#endif
