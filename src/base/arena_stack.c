// SPDX-License-Identifier: MIT
//
// The stacks of an arena: pages from the upper half of the object window, each stack above a guard page.
// Unused stack space holds the fill word, whatever ran there before, so that code which reads what it
// never wrote reads the same in every process. Page protections are not part of a snapshot: they are
// noted outside and put right when a stack is given out.
#include "base/arena_parts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/sanitize.h"

static uint8_t *stack_window(const struct arena *arena)
{
    return arena->base + ARENA_HEAP_BYTES;
}

// ---- page protections ------------------------------------------------------------------------------

static bool page_is_open(const struct arena *arena, size_t page)
{
    return arena->stack_open[page / 64] >> (page % 64) & 1;
}

// Makes `count` pages accessible or not; asks the kernel only about a change.
static bool pages_set(struct arena *arena, size_t page, size_t count, bool open)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++)
        wrong += page_is_open(arena, page + i) != open;
    if (!wrong)
        return true;
    if (mprotect(stack_window(arena) + page * ARENA_PAGE, count * ARENA_PAGE,
                 open ? PROT_READ | PROT_WRITE : PROT_NONE))
        return false;
    for (size_t i = page; i < page + count; i++) {
        uint64_t bit = (uint64_t)1 << (i % 64);

        arena->stack_open[i / 64] = (arena->stack_open[i / 64] & ~bit) | (open ? bit : 0);
    }
    return true;
}

// ---- what tools were told --------------------------------------------------------------------------

static void note_forget(struct stack_note *note)
{
    sanitize_valgrind(REQUEST_STACK_DEREGISTER, note->valgrind_id, 0);
    if (note->tsan_fiber)
        __tsan_destroy_fiber(note->tsan_fiber);
}

struct stack_note *note_find(const struct arena *arena, const void *base)
{
    for (size_t i = 0; i < arena->note_count; i++)
        if (arena->notes[i]->base == base)
            return arena->notes[i];
    return NULL;
}

static struct stack_note *note_add(struct arena *arena)
{
    struct stack_note **more = realloc(arena->notes, (arena->note_count + 1) * sizeof(*more));
    struct stack_note *note;

    if (!more)
        return NULL;
    arena->notes = more;
    note = calloc(1, sizeof(*note));
    if (note)
        more[arena->note_count++] = note;
    return note;
}

static bool note_stack(struct arena *arena, const struct stack *stack)
{
    struct stack_note *note = note_find(arena, stack->base);

    if (note && note->bytes == stack->bytes)
        return true;
    if (note)
        sanitize_valgrind(REQUEST_STACK_DEREGISTER, note->valgrind_id, 0);
    else
        note = note_add(arena);
    if (!note)
        return false;
    note->base = stack->base;
    note->bytes = stack->bytes;
    note->valgrind_id = sanitize_valgrind(REQUEST_STACK_REGISTER, (uint64_t)(uintptr_t)stack->base,
                                          (uint64_t)(uintptr_t)stack->base + stack->bytes - 1);
    return true;
}

void stacks_forget(struct arena *arena)
{
    for (size_t i = 0; i < arena->note_count; i++) {
        note_forget(arena->notes[i]);
        sanitize_unpoison(arena->notes[i]->base, arena->notes[i]->bytes);
        free(arena->notes[i]);
    }
    arena->note_count = 0;
}

void **arena_stack_tsan_fiber(struct arena *arena, const void *stack)
{
    struct stack_note *note = note_find(arena, stack);

    if (!__tsan_create_fiber || !note)
        return NULL;
    if (!note->tsan_fiber)
        note->tsan_fiber = __tsan_create_fiber(0);
    return &note->tsan_fiber;
}

enum { TSAN_CALLS = 1024 };

// The code on a restored stack will return from calls that TSan did not see; a new fiber with calls to
// spare bears that.
void note_renew_tsan(struct stack_note *note)
{
    void *here;

    if (!note->tsan_fiber)
        return;
    here = __tsan_get_current_fiber();
    __tsan_destroy_fiber(note->tsan_fiber);
    note->tsan_fiber = __tsan_create_fiber(0);
    __tsan_switch_to_fiber(note->tsan_fiber, 0);
    for (unsigned i = 0; i < TSAN_CALLS; i++)
        __tsan_func_entry(note);
    __tsan_switch_to_fiber(here, 0);
}

// ---- filling ---------------------------------------------------------------------------------------

enum { FILL_BLOCK = 32 }; // words compared at a time, without a branch

static bool block_is_clean(const uint64_t *words, uint64_t fill)
{
    uint64_t different = 0;

    for (size_t i = 0; i < FILL_BLOCK; i++)
        different |= words[i] ^ fill;
    return !different;
}

void stack_refill(const struct arena *arena, uint8_t *base, size_t bytes)
{
    uint64_t *words = (uint64_t *)base;
    size_t count = bytes / sizeof(*words), i = 0;

    sanitize_unpoison(base, bytes);
    sanitize_valgrind(REQUEST_MAKE_DEFINED, (uint64_t)(uintptr_t)base, bytes);
    while (i + FILL_BLOCK <= count && block_is_clean(words + i, arena->fill))
        i += FILL_BLOCK;
    for (; i < count; i++)
        words[i] = arena->fill;
}

uint8_t *stack_live_from(const struct stack *stack)
{
    uint8_t *from = stack->pointer ? *stack->pointer : stack->base;

    return from < stack->base || from > stack->base + stack->bytes ? stack->base : from;
}

// ---- stacks ----------------------------------------------------------------------------------------

static struct stack *stack_reuse(struct arena *arena, size_t bytes)
{
    LIST_EACH(link, &arena->heap->stacks) {
        struct stack *stack = LIST_OBJECT(link, struct stack, link);

        if (!stack->in_use && stack->bytes == bytes)
            return stack;
    }
    return NULL;
}

static struct stack *stack_carve(struct arena *arena, size_t bytes)
{
    struct heap *heap = arena->heap;
    size_t pages = bytes / ARENA_PAGE;
    struct stack *stack;

    if (pages >= ARENA_STACK_PAGES - heap->stack_pages)
        return NULL;
    stack = arena_alloc(arena, sizeof(*stack));
    if (!stack)
        return NULL;
    stack->base = stack_window(arena) + (heap->stack_pages + 1) * ARENA_PAGE;
    stack->bytes = bytes;
    heap->stack_pages += pages + 1;
    list_push_back(&heap->stacks, &stack->link);
    return stack;
}

bool stack_open(struct arena *arena, const struct stack *stack)
{
    size_t first = (size_t)(stack->base - stack_window(arena)) / ARENA_PAGE;

    return pages_set(arena, first - 1, 1, false) &&
           pages_set(arena, first, stack->bytes / ARENA_PAGE, true) && note_stack(arena, stack);
}

void *arena_stack_alloc(struct arena *arena, size_t bytes)
{
    struct stack *stack;

    if (!bytes || bytes > ARENA_STACK_BYTES - ARENA_PAGE)
        return NULL;
    bytes = (bytes + ARENA_PAGE - 1) & ~(size_t)(ARENA_PAGE - 1);
    stack = stack_reuse(arena, bytes);
    if (!stack)
        stack = stack_carve(arena, bytes);
    if (!stack || !stack_open(arena, stack))
        return NULL;
    stack->in_use = true;
    stack->pointer = NULL;
    stack_refill(arena, stack->base, stack->bytes);
    note_find(arena, stack->base)->runs++;
    return stack->base;
}

static struct stack *stack_at(const struct arena *arena, const void *base)
{
    LIST_EACH(link, &arena->heap->stacks) {
        struct stack *stack = LIST_OBJECT(link, struct stack, link);

        if (stack->base == base)
            return stack;
    }
    return NULL;
}

void arena_stack_free(struct arena *arena, void *base, size_t bytes)
{
    struct stack *stack = base ? stack_at(arena, base) : NULL;

    if (stack)
        stack->in_use = false;
}

uint64_t *arena_stack_track(struct arena *arena, void *base, void *const *pointer)
{
    struct stack *stack = stack_at(arena, base);

    if (!stack)
        return NULL;
    stack->pointer = pointer;
    return &note_find(arena, base)->runs;
}

bool arena_stack_find(const struct arena *arena, const void *address, void **base, size_t *bytes,
                      bool *guard)
{
    const uint8_t *at = address;

    LIST_EACH(link, &arena->heap->stacks) {
        struct stack *stack = LIST_OBJECT(link, struct stack, link);

        if (!stack->in_use || at < stack->base - ARENA_PAGE || at >= stack->base + stack->bytes)
            continue;
        if (base)
            *base = stack->base;
        if (bytes)
            *bytes = stack->bytes;
        if (guard)
            *guard = at < stack->base;
        return true;
    }
    return false;
}
