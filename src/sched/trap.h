// SPDX-License-Identifier: MIT
//
// Traps: a fault (SIGSEGV, SIGBUS, SIGFPE, SIGILL) in code that runs on a fiber becomes a finding and halts
// its system; the process and its other systems go on. A fault anywhere else goes to whatever handled
// such signals before. The handlers are the process's: installed while any system runs.
#ifndef PORTSIDE_SCHED_TRAP_H
#define PORTSIDE_SCHED_TRAP_H

#include <signal.h>
#include <stddef.h>

// The stack that handlers run on (a fiber that overran its own has none left). One for each system.
struct trap_stack {
    void *memory;
    size_t bytes;
    stack_t before; // the thread's, while ours is in force
};

// 0 or -ENOMEM.
int trap_stack_create(struct trap_stack *stack);
void trap_stack_destroy(struct trap_stack *stack);

// Around each run, on the system's OS thread. 0 or negative errno.
int trap_enter(struct trap_stack *stack);
void trap_leave(struct trap_stack *stack);

#endif
