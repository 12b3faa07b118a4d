// SPDX-License-Identifier: MIT
//
// The heap of an arena: a bump pointer and one free list for each size class. A freed block starts with
// the link to the next; under ASan the rest of it is poisoned, as is what lies beyond the bytes asked for.
#include "base/arena_parts.h"

#include <string.h>
#include <sys/mman.h>

#include "base/sanitize.h"

enum { HEAP_STEP = 256 << 10 }; // the heap becomes accessible in steps of this

bool heap_reach(struct arena *arena, size_t bytes)
{
    size_t open = (bytes + HEAP_STEP - 1) & ~((size_t)HEAP_STEP - 1);

    if (bytes <= arena->heap_open)
        return true;
    if (bytes > ARENA_HEAP_BYTES ||
        mprotect(arena->base + arena->heap_open, open - arena->heap_open, PROT_READ | PROT_WRITE))
        return false;
    arena->heap_open = open;
    return true;
}

bool heap_create(struct arena *arena)
{
    if (!heap_reach(arena, sizeof(struct heap)))
        return false;
    arena->heap = (struct heap *)arena->base;
    arena->heap->used = (sizeof(struct heap) + 15) & ~(size_t)15;
    list_init(&arena->heap->stacks);
    return true;
}

// The class that holds `bytes` and the size of its blocks.
static unsigned size_class(size_t bytes, size_t *size)
{
    unsigned doubling;
    size_t quarter;

    if (bytes <= 16 * HEAP_SMALL_CLASSES) {
        *size = bytes ? (bytes + 15) & ~(size_t)15 : 16;
        return (unsigned)(*size / 16 - 1);
    }
    doubling = 63 - (unsigned)__builtin_clzll(bytes - 1); // bytes in (2^doubling, 2^(doubling+1)]
    quarter = (size_t)1 << (doubling - 2);
    *size = (bytes + quarter - 1) & ~(quarter - 1);
    return HEAP_SMALL_CLASSES + 4 * (doubling - 10) + (unsigned)((*size >> (doubling - 2)) - 5);
}

static void *bump(struct arena *arena, size_t size)
{
    struct heap *heap = arena->heap;
    uint8_t *object = arena->base + heap->used;

    if (!heap_reach(arena, heap->used + size)) // no overflow: arena_alloc has looked at the size
        return NULL;
    heap->used += size;
    return object;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    struct heap *heap = arena->heap;
    struct heap_free *block;
    unsigned class;
    size_t size;

    if (bytes > ARENA_HEAP_BYTES / 2)
        return NULL;
    class = size_class(bytes, &size);
    block = heap->free[class];
    if (block)
        heap->free[class] = block->next;
    else
        block = bump(arena, size);
    if (!block)
        return NULL;
    heap->live += bytes;
    sanitize_unpoison(block, bytes);
    memset(block, 0, bytes);
    sanitize_poison((uint8_t *)block + bytes, size - bytes);
    return block;
}

void arena_free(struct arena *arena, void *object, size_t bytes)
{
    struct heap_free *block = object;
    unsigned class;
    size_t size;

    if (!object)
        return;
    class = size_class(bytes, &size);
    sanitize_unpoison(block, sizeof(*block));
    block->next = arena->heap->free[class];
    arena->heap->free[class] = block;
    arena->heap->live -= bytes;
    sanitize_poison(block + 1, size - sizeof(*block));
}

size_t arena_live_bytes(const struct arena *arena)
{
    return arena->heap->live;
}
