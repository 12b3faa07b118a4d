// SPDX-License-Identifier: MIT
//
// What sanitizers and valgrind must hear about stacks and memory. The sanitizers' functions are weak:
// present when the program is built with one, so nothing here depends on how this file was compiled.
// Valgrind is told by its client request: four rotations of rdi that cancel out and an exchange of rbx with
// itself, with the address of the request in rax. On a processor it does nothing.
#ifndef PORTSIDE_BASE_SANITIZE_H
#define PORTSIDE_BASE_SANITIZE_H

#include <stddef.h>
#include <stdint.h>

#define SANITIZE_WEAK __attribute__((weak, visibility("default")))

SANITIZE_WEAK void __asan_poison_memory_region(void const volatile *start, size_t bytes);
SANITIZE_WEAK void __asan_unpoison_memory_region(void const volatile *start, size_t bytes);
SANITIZE_WEAK void __sanitizer_start_switch_fiber(void **fake_stack, const void *bottom,
                                                  size_t bytes);
SANITIZE_WEAK void __sanitizer_finish_switch_fiber(void *fake_stack, const void **bottom,
                                                   size_t *bytes);
SANITIZE_WEAK void *__tsan_get_current_fiber(void);
SANITIZE_WEAK void *__tsan_create_fiber(unsigned flags);
SANITIZE_WEAK void __tsan_destroy_fiber(void *fiber);
SANITIZE_WEAK void __tsan_switch_to_fiber(void *fiber, unsigned flags);
SANITIZE_WEAK void __tsan_func_entry(void *caller);

// Touching [start, start + bytes) is reported until it is given out again.
static inline void sanitize_poison(const void *start, size_t bytes)
{
    if (__asan_poison_memory_region)
        __asan_poison_memory_region(start, bytes);
}

static inline void sanitize_unpoison(const void *start, size_t bytes)
{
    if (__asan_unpoison_memory_region)
        __asan_unpoison_memory_region(start, bytes);
}

enum sanitize_request {
    REQUEST_STACK_REGISTER = 0x1501,   // lowest byte, highest byte; returns an id
    REQUEST_STACK_DEREGISTER = 0x1502, // id
    REQUEST_ERRORS_HIDDEN = 0x1801,    // 1 or -1: one more or less wishes so; for faults on purpose
    REQUEST_MAKE_DEFINED = 0x4d430002, // memcheck: start, bytes
};

static inline uint64_t sanitize_valgrind(enum sanitize_request request, uint64_t a, uint64_t b)
{
#ifdef __x86_64__
    volatile uint64_t block[6] = {request, a, b, 0, 0, 0};
    uint64_t result = 0;

    __asm__ volatile("rolq $3, %%rdi\n\trolq $13, %%rdi\n\t"
                     "rolq $61, %%rdi\n\trolq $51, %%rdi\n\t"
                     "xchgq %%rbx, %%rbx"
                     : "+d"(result)
                     : "a"(&block[0])
                     : "cc", "memory");
    return result;
#else
    return 0;
#endif
}

#endif
