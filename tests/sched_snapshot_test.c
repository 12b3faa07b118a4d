// SPDX-License-Identifier: MIT
//
// A system with threads blocked in the middle is put back a thousand times and goes on the same way.
#include "tests/ps_test.h"
#include "tests/sched_fixture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/sanitize.h"

static struct rig rig;
static struct sched_thread *blocked;
static char order[300];

static void note(const char *what)
{
    strcat(order, what);
}

static unsigned __attribute__((noinline)) deep(unsigned level)
{
    volatile char local[200];
    unsigned sum = level;

    for (unsigned i = 0; i < sizeof(local); i++)
        local[i] = (char)(level + i);
    if (level)
        sum += deep(level - 1);
    else
        sched_block(rig.sched, "event", 1);
    for (unsigned i = 0; i < sizeof(local); i++)
        sum += local[i] == (char)(level + i);
    return sum;
}

static void sleeper(void *argument)
{
    note(deep(20) == 210 + 21 * 200 ? "deep " : "broken ");
    sched_point(rig.sched, COST_SERVICE);
    note("done ");
}

static void waker(void *argument)
{
    note("wake ");
    sched_ready(rig.sched, blocked);
}

static void start(struct chooser *chooser)
{
    rig = rig_new(2, chooser);
    blocked = rig_thread(&rig, "sleeper", sleeper, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
}

static void go_on(void)
{
    order[0] = 0;
    rig_thread(&rig, "waker", waker, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_string_equal(order, "wake deep done ");
    assert_true(blocked->finished);
}

PS_TEST(a_thread_blocked_in_the_middle_comes_back_a_thousand_times)
{
    struct arena_snapshot *snapshot;
    uint64_t now, end = 0;
    size_t live;

    start(chooser_round_robin());
    assert_int_equal(arena_snapshot_take(rig.system->arena, &snapshot), 0);
    now = rig.sched->now;
    live = arena_live_bytes(rig.system->arena);
    for (unsigned i = 0; i < 1000; i++) {
        assert_true(blocked->blocked && rig.sched->now == now);
        assert_int_equal(arena_live_bytes(rig.system->arena), live);
        go_on();
        assert_true(!i || rig.sched->now == end);
        end = rig.sched->now;
        arena_snapshot_restore(rig.system->arena, snapshot);
    }
    arena_snapshot_free(snapshot);
    rig_end(&rig);
}

static void fault(void *argument)
{
    sched_raise(rig.sched, IRQL_DISPATCH);
    finding_stop(rig.system, "TEST", SIDE_DRIVER, argument, 0, NULL, "stopped");
}

PS_TEST(a_halted_system_lives_again_after_a_restore)
{
    struct arena_snapshot *snapshot;

    start(chooser_round_robin());
    assert_int_equal(arena_snapshot_take(rig.system->arena, &snapshot), 0);
    for (unsigned i = 0; i < 50; i++) {
        rig_thread(&rig, "bad", fault, NULL);
        assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_HALTED);
        arena_snapshot_restore(rig.system->arena, snapshot);
        assert_false(rig.system->halted);
        go_on();
        arena_snapshot_restore(rig.system->arena, snapshot);
    }
    assert_int_equal(journal_count(rig.system->journal), 1); // findings survive
    assert_int_equal(journal_get(rig.system->journal, 0)->repeats, 49);
    arena_snapshot_free(snapshot);
    rig_end(&rig);
}

static void interrupted(void *argument)
{
    uint8_t before = sched_raise(rig.sched, IRQL_DISPATCH);

    sched_stop(rig.sched);
    sched_point(rig.sched, COST_SERVICE);
    note("on ");
    sched_lower(rig.sched, before);
}

PS_TEST(a_run_stopped_between_two_points_is_put_back_there)
{
    struct arena_snapshot *snapshot;

    rig = rig_new(2, chooser_round_robin());
    rig_thread(&rig, "t", interrupted, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_STOPPED);
    assert_int_equal(arena_snapshot_take(rig.system->arena, &snapshot), 0);
    for (unsigned i = 0; i < 10; i++) {
        order[0] = 0;
        assert_int_equal(rig.sched->current->irql, IRQL_DISPATCH);
        assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
        assert_string_equal(order, "on ");
        arena_snapshot_restore(rig.system->arena, snapshot);
    }
    arena_snapshot_free(snapshot);
    rig_end(&rig);
}

PS_TEST(a_restore_keeps_the_chooser_that_was_set_since)
{
    struct chooser *other = chooser_recording(chooser_seeded(1));
    struct arena_snapshot *snapshot;
    size_t count;

    start(chooser_round_robin());
    assert_int_equal(arena_snapshot_take(rig.system->arena, &snapshot), 0);
    sched_set_chooser(rig.sched, other);
    arena_snapshot_restore(rig.system->arena, snapshot);
    for (unsigned i = 0; i < 10; i++) {
        go_on();
        arena_snapshot_restore(rig.system->arena, snapshot);
    }
    chooser_recording_get(other, &count);
    assert_true(count > 0);
    arena_snapshot_free(snapshot);
    rig_end(&rig);
    chooser_destroy(other);
}

// Code that reads what it never wrote must read the same after each restore.
static uint64_t garbage_sum;

static void __attribute__((noinline, no_sanitize("address", "undefined")))
read_garbage(void *argument)
{
    volatile uint64_t local[400];
    uint64_t sum = 0;

    __asm__ volatile("" : : "r"(local) : "memory"); // as if written
    sanitize_valgrind(REQUEST_MAKE_DEFINED, (uint64_t)(uintptr_t)local, sizeof(local));
    for (unsigned i = 0; i < 400; i++)
        sum += local[i] * (i + 1);
    garbage_sum = sum;
}

static void dirty_then_read(void *argument)
{
    if (argument)
        deep(30);
    read_garbage(argument);
}

PS_TEST(unused_stack_reads_the_same_after_what_ran_before)
{
    struct arena_snapshot *snapshot;
    uint64_t first;

    rig = rig_new(1, chooser_round_robin());
    assert_int_equal(arena_snapshot_take(rig.system->arena, &snapshot), 0);
    rig_thread(&rig, "t", dirty_then_read, NULL);
    sched_run(rig.sched, SCHED_NEVER);
    first = garbage_sum;
    for (unsigned i = 0; i < 5; i++) {
        arena_snapshot_restore(rig.system->arena, snapshot);
        blocked = rig_thread(&rig, "d", dirty_then_read, "dirty");
        sched_run(rig.sched, SCHED_NEVER);
        arena_snapshot_restore(rig.system->arena, snapshot);
        rig_thread(&rig, "t", dirty_then_read, NULL);
        sched_run(rig.sched, SCHED_NEVER);
        assert_int_equal(garbage_sum, first);
    }
    arena_snapshot_free(snapshot);
    rig_end(&rig);
}
