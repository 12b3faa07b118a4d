// SPDX-License-Identifier: MIT
//
// Snapshots: one block of memory with the used prefix of the heap, the part in use of each stack, then what
// the sources saved. A restore puts the heap back first; it tells which stacks there were and how
// much of each was in use.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena_parts.h"
#include "base/sanitize.h"

struct arena_snapshot {
    uint64_t name;
    size_t heap_bytes;
    size_t source_count;
    size_t *source_bytes;
    uint8_t *data;
};

static size_t round16(size_t bytes)
{
    return (bytes + 15) & ~(size_t)15;
}

int arena_add_source(struct arena *arena, const struct arena_source *source)
{
    size_t bytes = (arena->source_count + 1) * sizeof(*source);
    struct arena_source *more = realloc(arena->sources, bytes);

    if (!more)
        return -ENOMEM;
    arena->sources = more;
    more[arena->source_count++] = *source;
    return 0;
}

void arena_remove_source(struct arena *arena, const void *context)
{
    for (size_t i = 0; i < arena->source_count; i++) {
        if (arena->sources[i].context != context)
            continue;
        arena->source_count--;
        memmove(&arena->sources[i], &arena->sources[i + 1],
                (arena->source_count - i) * sizeof(*arena->sources));
        return;
    }
}

static size_t stack_live_bytes(const struct stack *stack)
{
    return stack->in_use ? (size_t)(stack->base + stack->bytes - stack_live_from(stack)) : 0;
}

static size_t stacks_measure(const struct arena *arena)
{
    size_t bytes = 0;

    LIST_EACH(link, &arena->heap->stacks)
        bytes += stack_live_bytes(LIST_OBJECT(link, struct stack, link));
    return bytes;
}

// Each stack's part in use, in list order. Unpoisoned: the frames there have their own poison.
static uint8_t *stacks_save(const struct arena *arena, uint8_t *to)
{
    LIST_EACH(link, &arena->heap->stacks) {
        struct stack *stack = LIST_OBJECT(link, struct stack, link);
        size_t bytes = stack_live_bytes(stack);

        if (!bytes)
            continue;
        sanitize_unpoison(stack_live_from(stack), bytes);
        memcpy(to, stack_live_from(stack), bytes);
        to += bytes;
    }
    return to;
}

static void stack_restore(struct arena *arena, const struct stack *stack, size_t bytes,
                          const uint8_t *from)
{
    if (!stack_open(arena, stack)) {
        fprintf(stderr, "portside: no mappings left to restore a stack\n");
        abort();
    }
    note_renew_tsan(note_find(arena, stack->base));
    stack_refill(arena, stack->base, stack->bytes - bytes);
    sanitize_unpoison(stack->base, stack->bytes);
    sanitize_valgrind(REQUEST_MAKE_DEFINED, (uint64_t)(uintptr_t)stack->base, stack->bytes);
    memcpy(stack_live_from(stack), from, bytes);
}

// Skips stacks that are as the last restore of the same snapshot left them.
static const uint8_t *stacks_restore(struct arena *arena, const uint8_t *from, bool same)
{
    LIST_EACH(link, &arena->heap->stacks) {
        struct stack *stack = LIST_OBJECT(link, struct stack, link);
        struct stack_note *note = note_find(arena, stack->base);
        size_t bytes = stack_live_bytes(stack);

        if (!stack->in_use)
            continue;
        if (!stack->pointer || !same || note->clean_runs != note->runs)
            stack_restore(arena, stack, bytes, from);
        note->clean_runs = note->runs;
        from += bytes;
    }
    return from;
}

static size_t sources_measure(const struct arena *arena, size_t *sizes)
{
    size_t bytes = 0;

    for (size_t i = 0; i < arena->source_count; i++) {
        const struct arena_source *source = &arena->sources[i];

        sizes[i] = source->measure ? source->measure(source->context) : 0;
        bytes += round16(sizes[i]);
    }
    return bytes;
}

static void sources_save(const struct arena *arena, const size_t *sizes, uint8_t *to)
{
    for (size_t i = 0; i < arena->source_count; i++) {
        const struct arena_source *source = &arena->sources[i];

        if (source->save)
            source->save(source->context, to);
        to += round16(sizes[i]);
    }
}

int arena_snapshot_take(struct arena *arena, struct arena_snapshot **out)
{
    struct arena_snapshot *snapshot = calloc(1, sizeof(*snapshot));
    size_t heap_bytes = arena->heap->used, stack_bytes = round16(stacks_measure(arena));

    if (!snapshot)
        return -ENOMEM;
    snapshot->name = ++arena->snapshots;
    snapshot->heap_bytes = heap_bytes;
    snapshot->source_count = arena->source_count;
    snapshot->source_bytes = calloc(arena->source_count + 1, sizeof(size_t));
    if (snapshot->source_bytes)
        snapshot->data = malloc(round16(heap_bytes) + stack_bytes +
                                sources_measure(arena, snapshot->source_bytes));
    if (!snapshot->data) {
        arena_snapshot_free(snapshot);
        return -ENOMEM;
    }
    sanitize_unpoison(arena->base, heap_bytes);
    memcpy(snapshot->data, arena->base, heap_bytes);
    stacks_save(arena, snapshot->data + round16(heap_bytes));
    sources_save(arena, snapshot->source_bytes,
                 snapshot->data + round16(heap_bytes) + stack_bytes);
    *out = snapshot;
    return 0;
}

static void sources_before(const struct arena *arena)
{
    for (size_t i = 0; i < arena->source_count; i++)
        if (arena->sources[i].before_restore)
            arena->sources[i].before_restore(arena->sources[i].context);
}

static void sources_restore(const struct arena *arena, const size_t *sizes, const uint8_t *from)
{
    for (size_t i = 0; i < arena->source_count; i++) {
        if (arena->sources[i].restore)
            arena->sources[i].restore(arena->sources[i].context, from);
        from += round16(sizes[i]);
    }
}

void arena_snapshot_restore(struct arena *arena, const struct arena_snapshot *snapshot)
{
    const uint8_t *from = snapshot->data + round16(snapshot->heap_bytes);

    sources_before(arena);
    if (arena->source_count > snapshot->source_count)
        arena->source_count = snapshot->source_count;
    sanitize_unpoison(arena->base, arena->heap_open);
    memcpy(arena->base, snapshot->data, snapshot->heap_bytes);
    from = stacks_restore(arena, from, arena->restored == snapshot->name);
    arena->restored = snapshot->name;
    from = snapshot->data + round16((size_t)(from - snapshot->data));
    sources_restore(arena, snapshot->source_bytes, from);
}

void arena_snapshot_free(struct arena_snapshot *snapshot)
{
    if (!snapshot)
        return;
    free(snapshot->data);
    free(snapshot->source_bytes);
    free(snapshot);
}
