// SPDX-License-Identifier: MIT
//
// Fibers over the switch of fiber_x86_64.S, and what sanitizers must hear of them.
#include "sched/fiber.h"

#include <string.h>

#include "base/arena.h"
#include "base/sanitize.h"

void fiber_swap(void **save, void *load);
void fiber_birth(void);

// Who switched here last.
static _Thread_local struct sched_fiber *previous;

// What fiber_swap finds on a stack, lowest address first.
struct saved_registers {
    uint32_t mxcsr;
    uint16_t x87_control, unused;
    uint64_t r15, r14, r13, r12, rbx, rbp;
    uint64_t return_address;
};

static void arrived(struct sched_fiber *here)
{
    const void *bottom;
    size_t bytes;

    if (!__sanitizer_finish_switch_fiber)
        return;
    __sanitizer_finish_switch_fiber(here->fake_stack, &bottom, &bytes);
    if (previous->host) {
        previous->stack = (void *)(uintptr_t)bottom;
        previous->bytes = bytes;
    }
}

static void fiber_main(struct sched_fiber *fiber)
{
    arrived(fiber);
    fiber->entry(fiber->argument);
}

static void current_control_words(struct saved_registers *registers)
{
    __asm__ volatile("stmxcsr %0" : "=m"(registers->mxcsr));
    __asm__ volatile("fnstcw %0" : "=m"(registers->x87_control));
}

bool fiber_create(struct arena *arena, struct sched_fiber *fiber, size_t stack_bytes,
                  void (*entry)(void *argument), void *argument)
{
    struct saved_registers *registers;
    uint8_t *stack;

    stack_bytes = (stack_bytes + 15) & ~(size_t)15;
    stack = arena_stack_alloc(arena, stack_bytes);
    if (!stack)
        return false;
    *fiber = (struct sched_fiber){
        .stack = stack, .bytes = stack_bytes, .entry = entry, .argument = argument};
    registers = (struct saved_registers *)(stack + stack_bytes - 16) - 1;
    memset(registers, 0, sizeof(*registers));
    current_control_words(registers);
    registers->r12 = (uintptr_t)fiber;
    registers->r13 = (uintptr_t)fiber_main;
    registers->return_address = (uintptr_t)fiber_birth;
    fiber->pointer = registers;
    fiber->tsan = arena_stack_tsan_fiber(arena, stack);
    fiber->runs = arena_stack_track(arena, stack, &fiber->pointer);
    return true;
}

void fiber_destroy(struct arena *arena, struct sched_fiber *fiber)
{
    arena_stack_free(arena, fiber->stack, fiber->bytes);
    fiber->stack = NULL;
}

void fiber_adopt_host(struct sched_fiber *fiber)
{
    *fiber = (struct sched_fiber){.host = true, .runs = &fiber->host_runs};
    fiber->tsan = &fiber->host_tsan;
    if (__tsan_get_current_fiber)
        fiber->host_tsan = __tsan_get_current_fiber();
}

void fiber_switch(struct sched_fiber *from, struct sched_fiber *to)
{
    previous = from;
    ++*to->runs;
    if (__sanitizer_start_switch_fiber)
        __sanitizer_start_switch_fiber(from->ended ? NULL : &from->fake_stack, to->stack,
                                       to->bytes);
    if (__tsan_switch_to_fiber)
        __tsan_switch_to_fiber(*to->tsan, 0);
    fiber_swap(&from->pointer, to->pointer);
    arrived(from);
}
