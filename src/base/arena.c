// SPDX-License-Identifier: MIT
//
// Slots of the address space and their windows. A slot is one reserved mapping; parts of it become
// accessible as they are used. Slots are shared between OS threads, hence the atomic.
#include "base/arena_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/sanitize.h"

// Above every place the kernel loads programs to, below its mmap area, and inside what both ASan and TSan
// call application memory.
#define ARENA_REGION ((uintptr_t)0x566000000000)

static uint32_t slots_taken;

static bool slot_take(unsigned *slot)
{
    uint32_t taken = __atomic_load_n(&slots_taken, __ATOMIC_RELAXED);

    do {
        *slot = (unsigned)__builtin_ctz(~taken);
        if (*slot >= ARENA_SLOTS)
            return false;
    } while (!__atomic_compare_exchange_n(&slots_taken, &taken, taken | 1u << *slot, false,
                                          __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
    return true;
}

static void slot_drop(unsigned slot)
{
    __atomic_fetch_and(&slots_taken, ~(1u << slot), __ATOMIC_RELEASE);
}

static uint8_t *reserve(unsigned slot)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void *wanted = (void *)(ARENA_REGION + slot * ARENA_SLOT_BYTES);
    void *got = mmap(wanted, ARENA_SLOT_BYTES, PROT_NONE, flags | MAP_FIXED_NOREPLACE, -1, 0);

    if (got != MAP_FAILED && got != wanted) { // a kernel that takes the address as a hint
        munmap(got, ARENA_SLOT_BYTES);
        got = MAP_FAILED;
    }
    if (got == MAP_FAILED)
        got = mmap(NULL, ARENA_SLOT_BYTES, PROT_NONE, flags, -1, 0);
    return got == MAP_FAILED ? NULL : got;
}

int arena_create(struct arena **out)
{
    struct arena *arena = calloc(1, sizeof(*arena));

    if (!arena)
        return -ENOMEM;
    if (!slot_take(&arena->slot)) {
        free(arena);
        return -EAGAIN;
    }
    arena->base = reserve(arena->slot);
    if (!arena->base || !heap_create(arena)) {
        arena_destroy(arena);
        return -ENOMEM;
    }
    *out = arena;
    return 0;
}

void arena_destroy(struct arena *arena)
{
    if (!arena)
        return;
    if (arena->base) {
        sanitize_unpoison(arena->base, arena->heap_open);
        stacks_forget(arena);
        munmap(arena->base, ARENA_SLOT_BYTES);
    }
    slot_drop(arena->slot);
    free(arena->notes);
    free(arena->sources);
    free(arena);
}

void arena_set_fill(struct arena *arena, uint64_t word)
{
    arena->fill = word;
}

struct arena_window arena_object_window(const struct arena *arena)
{
    return (struct arena_window){arena->base, ARENA_OBJECT_BYTES};
}

struct arena_window arena_ram_window(const struct arena *arena)
{
    return (struct arena_window){arena->base + ARENA_OBJECT_BYTES, ARENA_RAM_BYTES};
}

struct arena_window arena_view_window(const struct arena *arena)
{
    return (struct arena_window){arena->base + ARENA_OBJECT_BYTES + ARENA_RAM_BYTES,
                                 ARENA_VIEW_BYTES};
}
