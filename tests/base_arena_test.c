// SPDX-License-Identifier: MIT
//
// Arenas: objects, stacks, slots.
#include "tests/ps_test.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"

static struct arena *new_arena(void)
{
    struct arena *arena = NULL;

    assert_int_equal(arena_create(&arena), 0);
    arena_set_fill(arena, 0x1122334455667788u);
    return arena;
}

static bool readable(const void *address)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    uintptr_t start, end;
    bool found = false;
    char access;

    while (!found && fscanf(maps, "%" SCNxPTR "-%" SCNxPTR " %c%*[^\n]\n", &start, &end, &access) == 3)
        found = (uintptr_t)address >= start && (uintptr_t)address < end;
    fclose(maps);
    return found && access == 'r';
}

PS_TEST(arena_objects_are_zeroed_and_aligned)
{
    struct arena *arena = new_arena();

    for (size_t bytes = 0; bytes < 5000; bytes += 37) {
        uint8_t *object = arena_alloc(arena, bytes);

        assert_non_null(object);
        assert_int_equal((uintptr_t)object % 16, 0);
        for (size_t i = 0; i < bytes; i++)
            assert_int_equal(object[i], 0);
        memset(object, 0xee, bytes);
        if (bytes % 2)
            arena_free(arena, object, bytes);
    }
    arena_destroy(arena);
}

PS_TEST(arena_addresses_depend_only_on_the_order_of_calls)
{
    struct arena *a = new_arena(), *b = new_arena();
    uint8_t *base_a = arena_object_window(a).base, *base_b = arena_object_window(b).base;
    static const size_t sizes[] = {1, 16, 17, 1024, 1025, 4096, 5000, 100000, 3};

    for (unsigned round = 0; round < 3; round++) {
        for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
            uint8_t *in_a = arena_alloc(a, sizes[i]), *in_b = arena_alloc(b, sizes[i]);

            assert_int_equal(in_a - base_a, in_b - base_b);
            if ((i + round) % 2) {
                arena_free(a, in_a, sizes[i]);
                arena_free(b, in_b, sizes[i]);
            }
        }
    }
    arena_destroy(a);
    arena_destroy(b);
}

PS_TEST(arena_freed_objects_are_used_again)
{
    struct arena *arena = new_arena();
    size_t before = arena_live_bytes(arena);
    void *first = arena_alloc(arena, 3000);

    assert_int_equal(arena_live_bytes(arena), before + 3000);
    arena_free(arena, first, 3000);
    assert_int_equal(arena_live_bytes(arena), before);
    assert_ptr_equal(arena_alloc(arena, 3001), first); // the same size class
    arena_destroy(arena);
}

PS_TEST(arena_objects_do_not_overlap)
{
    enum { COUNT = 400 };
    static uint8_t *objects[COUNT];
    static size_t sizes[COUNT];
    struct arena *arena = new_arena();

    for (unsigned i = 0; i < COUNT; i++) {
        sizes[i] = (i * 7919u) % 9000;
        objects[i] = arena_alloc(arena, sizes[i]);
        memset(objects[i], (int)i, sizes[i]);
    }
    for (unsigned i = 0; i < COUNT; i++)
        for (size_t j = 0; j < sizes[i]; j++)
            assert_int_equal(objects[i][j], (uint8_t)i);
    arena_destroy(arena);
}

PS_TEST(arena_refuses_what_it_cannot_hold)
{
    struct arena *arena = new_arena();

    assert_null(arena_alloc(arena, SIZE_MAX));
    assert_null(arena_alloc(arena, ARENA_OBJECT_BYTES));
    assert_null(arena_stack_alloc(arena, SIZE_MAX));
    assert_null(arena_stack_alloc(arena, ARENA_OBJECT_BYTES));
    assert_null(arena_stack_alloc(arena, 0));
    for (unsigned i = 0; i < 4; i++)
        arena_alloc(arena, ARENA_OBJECT_BYTES / 8);
    assert_null(arena_alloc(arena, ARENA_OBJECT_BYTES / 8)); // used up
    assert_non_null(arena_alloc(arena, 16));
    arena_destroy(arena);
}

PS_TEST(arena_slots_end_and_come_back)
{
    struct arena *arenas[ARENA_SLOTS], *more;
    const uint8_t *base;

    for (unsigned i = 0; i < ARENA_SLOTS; i++)
        arenas[i] = new_arena();
    assert_int_equal(arena_create(&more), -EAGAIN);
    base = arena_object_window(arenas[5]).base;
    arena_destroy(arenas[5]);
    arenas[5] = new_arena();
    assert_ptr_equal(arena_object_window(arenas[5]).base, base);
    for (unsigned i = 0; i < ARENA_SLOTS; i++)
        arena_destroy(arenas[i]);
}

PS_TEST(arena_windows_lie_side_by_side)
{
    struct arena *arena = new_arena();
    struct arena_window objects = arena_object_window(arena), ram = arena_ram_window(arena);
    struct arena_window views = arena_view_window(arena);

    assert_ptr_equal(objects.base + objects.size, ram.base);
    assert_ptr_equal(ram.base + ram.size, views.base);
    assert_false(readable(ram.base)); // the machine maps it
    assert_false(readable(views.base));
    arena_destroy(arena);
}

PS_TEST(arena_stacks_have_a_guard_page_below)
{
    struct arena *arena = new_arena();
    uint8_t *stack = arena_stack_alloc(arena, 10000);
    size_t bytes;
    void *found;
    bool guard;

    assert_int_equal((uintptr_t)stack % 4096, 0);
    assert_true(readable(stack) && readable(stack + 9999));
    assert_false(readable(stack - 1));
    assert_true(arena_stack_find(arena, stack + 5, &found, &bytes, &guard));
    assert_ptr_equal(found, stack);
    assert_true(bytes >= 10000 && !guard);
    assert_true(arena_stack_find(arena, stack - 1, NULL, NULL, &guard));
    assert_true(guard);
    assert_false(arena_stack_find(arena, arena, NULL, NULL, NULL));
    arena_destroy(arena);
}

PS_TEST(arena_stacks_start_with_the_fill_word_also_when_used_before)
{
    struct arena *arena = new_arena();
    uint64_t *stack = arena_stack_alloc(arena, 65536);

    for (unsigned i = 0; i < 65536 / 8; i++)
        assert_int_equal(stack[i], 0x1122334455667788u);
    memset(stack + 3000, 0, 65536 - 24000);
    arena_stack_free(arena, stack, 65536);
    assert_ptr_equal(arena_stack_alloc(arena, 65536), stack);
    for (unsigned i = 0; i < 65536 / 8; i++)
        assert_int_equal(stack[i], 0x1122334455667788u);
    arena_destroy(arena);
}
