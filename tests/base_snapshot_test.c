// SPDX-License-Identifier: MIT
//
// Snapshots: what was there is there again, in place, a thousand times.
#include "tests/ps_test.h"

#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/random.h"
#include "base/system.h"

static struct arena *new_arena(void)
{
    struct arena *arena = NULL;

    assert_int_equal(arena_create(&arena), 0);
    return arena;
}

static struct arena_snapshot *snapshot_of(struct arena *arena)
{
    struct arena_snapshot *snapshot = NULL;

    assert_int_equal(arena_snapshot_take(arena, &snapshot), 0);
    return snapshot;
}

// The kernel says whether memory is accessible, without a fault.
static bool readable(void *address)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {address, 1};

    return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == 1;
}

static unsigned mappings(void)
{
    FILE *file = fopen("/proc/self/maps", "r");
    unsigned lines = 0;

    for (int c; (c = fgetc(file)) != EOF;)
        lines += c == '\n';
    fclose(file);
    return lines;
}

PS_TEST(snapshot_brings_objects_back_in_place)
{
    struct arena *arena = new_arena();
    char *kept = arena_alloc(arena, 100), *freed = arena_alloc(arena, 100);
    struct arena_snapshot *snapshot;

    strcpy(kept, "before");
    strcpy(freed, "alive");
    snapshot = snapshot_of(arena);
    strcpy(kept, "after");
    arena_free(arena, freed, 100);
    memset(arena_alloc(arena, 100000), 1, 100000);
    arena_snapshot_restore(arena, snapshot);
    assert_string_equal(kept, "before");
    assert_string_equal(freed, "alive");
    assert_int_equal(arena_live_bytes(arena), 200);
    arena_snapshot_free(snapshot);
    arena_destroy(arena);
}

// Random work from a restored arena always takes the same course.
static uint64_t work(struct arena *arena, uint64_t *seed)
{
    uint8_t *objects[16] = {0}, *base = arena_object_window(arena).base;
    size_t sizes[16] = {0};
    uint64_t sum = 0;

    for (unsigned i = 0; i < 60; i++) {
        unsigned at = random_below(seed, 16);

        arena_free(arena, objects[at], sizes[at]);
        sizes[at] = random_below(seed, 3000);
        objects[at] = arena_alloc(arena, sizes[at]);
        memset(objects[at], 0xa5, sizes[at]);
        sum = sum * 31 + (uint64_t)(objects[at] - base);
    }
    return sum;
}

PS_TEST(snapshot_restores_a_thousand_times)
{
    struct arena *arena = new_arena();
    uint64_t seed = 1, first;
    struct arena_snapshot *snapshot;
    unsigned maps;

    work(arena, &seed);
    arena_stack_alloc(arena, 16384);
    snapshot = snapshot_of(arena);
    seed = 2;
    first = work(arena, &seed);
    maps = mappings();
    for (unsigned i = 0; i < 1000; i++) {
        arena_snapshot_restore(arena, snapshot);
        arena_stack_alloc(arena, i % 2 ? 16384 : 8192); // guard pages move
        arena_snapshot_restore(arena, snapshot);
        seed = 2;
        assert_int_equal(work(arena, &seed), first);
    }
    assert_in_range(mappings(), maps - 8, maps + 8);
    arena_snapshot_free(snapshot);
    arena_destroy(arena);
}

PS_TEST(snapshot_saves_the_part_of_a_stack_that_is_in_use)
{
    struct arena *arena = new_arena();
    void **pointer = arena_alloc(arena, sizeof(*pointer));
    uint8_t *stack = arena_stack_alloc(arena, 16384);
    struct arena_snapshot *snapshot;

    arena_set_fill(arena, 0);
    memset(stack, 1, 16384);
    *pointer = stack + 16000;
    arena_stack_track(arena, stack, pointer);
    snapshot = snapshot_of(arena);
    memset(stack, 2, 16384);
    *pointer = stack + 10;
    arena_snapshot_restore(arena, snapshot);
    assert_ptr_equal(*pointer, stack + 16000);
    assert_int_equal(stack[16000], 1);
    assert_int_equal(stack[16383], 1);
    for (unsigned i = 0; i < 16000; i++)
        assert_int_equal(stack[i], 0); // the fill word, not what ran meanwhile
    arena_snapshot_free(snapshot);
    arena_destroy(arena);
}

PS_TEST(snapshots_with_different_stacks_can_take_turns)
{
    struct arena *arena = new_arena();
    void **pointers = arena_alloc(arena, 2 * sizeof(*pointers));
    struct arena_snapshot *none = snapshot_of(arena), *small, *big;
    uint8_t *first, *second, *third, *last;

    first = arena_stack_alloc(arena, 8192);
    second = arena_stack_alloc(arena, 65536);
    arena_stack_track(arena, first, &pointers[0]);
    arena_stack_track(arena, second, &pointers[1]);
    pointers[0] = first;
    pointers[1] = second;
    memset(first, 1, 8192);
    memset(second, 2, 65536);
    small = snapshot_of(arena);
    arena_snapshot_restore(arena, none);
    third = arena_stack_alloc(arena, 32768); // lies over the first and a part of the second
    memset(third, 3, 32768);
    last = arena_stack_alloc(arena, 4096); // its guard page too
    assert_false(readable(last - 1));
    big = snapshot_of(arena);
    for (unsigned i = 0; i < 3; i++) {
        arena_snapshot_restore(arena, small);
        assert_int_equal(first[0] + first[8191], 2);
        assert_int_equal(second[0] + second[65535], 4);
        arena_snapshot_restore(arena, big);
        assert_int_equal(third[0] + third[32767], 6);
    }
    arena_snapshot_free(none);
    arena_snapshot_free(small);
    arena_snapshot_free(big);
    arena_destroy(arena);
}

PS_TEST(a_stack_that_nobody_ran_on_is_left_alone)
{
    struct arena *arena = new_arena();
    void **pointer = arena_alloc(arena, sizeof(*pointer));
    uint8_t *stack = arena_stack_alloc(arena, 8192);
    uint64_t *runs = arena_stack_track(arena, stack, pointer);
    struct arena_snapshot *snapshot;

    *pointer = stack + 8000;
    stack[8000] = 1;
    snapshot = snapshot_of(arena);
    arena_snapshot_restore(arena, snapshot);
    stack[8000] = 2; // nobody said so
    arena_snapshot_restore(arena, snapshot);
    assert_int_equal(stack[8000], 2);
    ++*runs;
    arena_snapshot_restore(arena, snapshot);
    assert_int_equal(stack[8000], 1);
    arena_stack_free(arena, stack, 8192);
    assert_ptr_equal(arena_stack_alloc(arena, 8192), stack); // filled anew
    arena_snapshot_restore(arena, snapshot);
    assert_int_equal(stack[8000], 1);
    arena_snapshot_free(snapshot);
    arena_destroy(arena);
}

PS_TEST(snapshot_carries_the_system_but_not_its_journal)
{
    struct ps_system *system = system_create(1);
    struct arena_snapshot *snapshot;

    assert_int_equal(system_number(system, OBJECT_EVENT), 1);
    snapshot = snapshot_of(system->arena);
    assert_int_equal(system_number(system, OBJECT_EVENT), 2);
    system->halted = true;
    arena_snapshot_restore(system->arena, snapshot);
    assert_false(system->halted);
    assert_int_equal(system_number(system, OBJECT_EVENT), 2);
    arena_snapshot_free(snapshot);
    system_destroy(system);
}

// ---- sources -----------------------------------------------------------------------------------------

static char calls[100];

struct outside {
    char name;
    int value;
};

static size_t measure(void *context)
{
    return sizeof(int);
}

static void save(void *context, void *to)
{
    memcpy(to, &((struct outside *)context)->value, sizeof(int));
}

static void note(char what, const struct outside *outside)
{
    sprintf(calls + strlen(calls), "%c%c ", what, outside->name);
}

static void before_restore(void *context)
{
    note('b', context);
}

static void restore(void *context, const void *from)
{
    memcpy(&((struct outside *)context)->value, from, sizeof(int));
    note('r', context);
}

static void add_source(struct arena *arena, struct outside *outside)
{
    struct arena_source source = {outside, measure, save, before_restore, restore};

    assert_int_equal(arena_add_source(arena, &source), 0);
}

PS_TEST(snapshot_asks_each_source_in_order)
{
    struct arena *arena = new_arena();
    struct outside a = {'a', 1}, b = {'b', 2}, late = {'l', 3};
    struct arena_snapshot *snapshot;

    calls[0] = 0;
    add_source(arena, &a);
    add_source(arena, &b);
    snapshot = snapshot_of(arena);
    add_source(arena, &late);
    a.value = b.value = late.value = 9;
    arena_snapshot_restore(arena, snapshot);
    assert_string_equal(calls, "ba bb bl ra rb ");
    assert_int_equal(a.value, 1);
    assert_int_equal(b.value, 2);
    assert_int_equal(late.value, 9);
    arena_snapshot_restore(arena, snapshot);
    assert_string_equal(calls, "ba bb bl ra rb ba bb ra rb "); // the late one is forgotten
    arena_snapshot_free(snapshot);
    arena_destroy(arena);
}

PS_TEST(snapshot_forgets_a_removed_source)
{
    struct arena *arena = new_arena();
    struct outside a = {'a', 1}, b = {'b', 2};
    struct arena_snapshot *snapshot;

    calls[0] = 0;
    add_source(arena, &a);
    add_source(arena, &b);
    arena_remove_source(arena, &a);
    snapshot = snapshot_of(arena);
    arena_snapshot_restore(arena, snapshot);
    assert_string_equal(calls, "bb rb ");
    arena_snapshot_free(snapshot);
    arena_destroy(arena);
}
