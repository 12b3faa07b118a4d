// SPDX-License-Identifier: MIT
//
// Threads on virtual processors, virtual time, and how a run ends.
#include "tests/ps_test.h"
#include "tests/sched_fixture.h"

#include <string.h>

static struct rig rig;
static char order[200];

static void note(const char *what)
{
    strcat(order, what);
}

static void reset(unsigned processors)
{
    order[0] = 0;
    rig = rig_new(processors, chooser_round_robin());
}

// ---- ends --------------------------------------------------------------------------------------------

PS_TEST(an_empty_system_is_quiet)
{
    reset(2);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_int_equal(rig.sched->now, 0);
    rig_end(&rig);
}

static void say(void *name)
{
    note(name);
    sched_point(rig.sched, COST_SERVICE);
}

PS_TEST(threads_run_and_end)
{
    struct sched_thread *a, *b;

    reset(1);
    a = rig_thread(&rig, "a", say, "a");
    b = rig_thread(&rig, "b", say, "b");
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_string_equal(order, "ab");
    assert_true(a->finished && b->finished);
    assert_true(rig.sched->now > 0);
    rig_end(&rig);
}

static void stop_me(void *argument)
{
    note("1");
    sched_stop(rig.sched);
    sched_point(rig.sched, COST_SERVICE);
    note("2");
}

PS_TEST(a_stopped_run_can_go_on)
{
    reset(1);
    rig_thread(&rig, "a", stop_me, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_STOPPED);
    assert_string_equal(order, "1");
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_string_equal(order, "12");
    rig_end(&rig);
}

static void halt_me(void *argument)
{
    sched_halt(rig.sched);
    note("never");
}

PS_TEST(a_halted_system_never_runs_again)
{
    reset(2);
    rig_thread(&rig, "a", halt_me, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_HALTED);
    assert_true(rig.system->halted);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_HALTED);
    assert_string_equal(order, "");
    rig_end(&rig);
}

static void poll_clock(void *argument)
{
    while (rig.sched->now < 50000000)
        sched_point(rig.sched, COST_SERVICE);
    note("done");
}

PS_TEST(a_loop_that_polls_the_clock_ends)
{
    reset(2);
    rig_thread(&rig, "poll", poll_clock, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_string_equal(order, "done");
    assert_in_range(rig.sched->now, 50000000, 50001000);
    rig_end(&rig);
}

static void for_ever(void *argument)
{
    for (;;)
        sched_point(rig.sched, COST_MMIO);
}

PS_TEST(a_budget_of_virtual_time_ends_the_run)
{
    reset(2);
    rig_thread(&rig, "loop", for_ever, NULL);
    assert_int_equal(sched_run(rig.sched, 3000000), SCHED_BUDGET);
    assert_in_range(rig.sched->now, 3000000, 3000200);
    assert_int_equal(sched_run(rig.sched, 4000000), SCHED_BUDGET);
    assert_in_range(rig.sched->now, 4000000, 4000200);
    rig_end(&rig);
}

// ---- blocking ----------------------------------------------------------------------------------------

static void wait_twice(void *argument)
{
    sched_block(rig.sched, "event", 4);
    note("w1 ");
    sched_block(rig.sched, "event", 4);
    note("w2 ");
}

static void wake(void *thread)
{
    note("s1 ");
    sched_ready(rig.sched, thread);
    sched_stall(rig.sched, 1000000);
    note("s2 ");
    sched_ready(rig.sched, thread);
}

PS_TEST(a_blocked_thread_runs_when_made_ready)
{
    struct sched_thread *waiter;

    reset(1);
    waiter = rig_thread(&rig, "waiter", wait_twice, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_true(waiter->blocked);
    rig_thread(&rig, "waker", wake, waiter);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_string_equal(order, "s1 s2 w1 w2 "); // the second wake-up came before the second wait
    assert_true(waiter->finished);
    rig_end(&rig);
}

static void wake_itself(void *argument)
{
    sched_ready(rig.sched, sched_thread_current(rig.sched));
    sched_block(rig.sched, "event", 1);
    note("never");
}

PS_TEST(a_thread_cannot_wake_itself_in_advance)
{
    struct sched_thread *thread;

    reset(1);
    thread = rig_thread(&rig, "self", wake_itself, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_true(thread->blocked);
    assert_string_equal(order, "");
    rig_end(&rig);
}

PS_TEST(waits_are_described)
{
    char text[200];

    reset(1);
    rig_thread(&rig, "client", wait_twice, NULL);
    sched_run(rig.sched, SCHED_NEVER);
    assert_int_equal(sched_describe_waits(rig.sched, text, sizeof(text)), 35);
    assert_string_equal(text, "thread 1 \"client\" waits for event 4");
    assert_int_equal(sched_describe_waits(rig.sched, text, 9), 35);
    assert_string_equal(text, "thread 1");
    rig_end(&rig);
}

static void block_at_dispatch(void *argument)
{
    sched_raise(rig.sched, IRQL_DISPATCH);
    sched_block(rig.sched, "event", 1);
}

PS_TEST(a_wait_at_dispatch_level_stops_the_system)
{
    reset(1);
    rig_thread(&rig, "bad", block_at_dispatch, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_HALTED);
    assert_string_equal(rig_finding(&rig)->rule, "VF-47");
    rig_end(&rig);
}

// ---- sharing processors ------------------------------------------------------------------------------

static unsigned seen_on[2], seen_at_first_end, last_seen, changes;

static void count_processors(void *argument)
{
    for (unsigned i = 0; i < 1000; i++) {
        seen_on[rig.sched->current->number]++;
        changes += last_seen != rig.sched->current->number;
        last_seen = rig.sched->current->number;
        sched_point(rig.sched, COST_PORT_IO);
    }
    if (!seen_at_first_end)
        seen_at_first_end = seen_on[0] + seen_on[1];
}

PS_TEST(two_processors_share_the_time)
{
    reset(2);
    memset(seen_on, 0, sizeof(seen_on));
    seen_at_first_end = changes = 0;
    rig_thread(&rig, "a", count_processors, NULL);
    rig_thread(&rig, "b", count_processors, NULL);
    sched_run(rig.sched, SCHED_NEVER);
    assert_int_equal(seen_on[0], 1000);
    assert_int_equal(seen_on[1], 1000);
    assert_in_range(seen_at_first_end, 1850, 2000); // by slices, not one after the other
    assert_in_range(changes, 15, 25);
    rig_end(&rig);
}

static unsigned counters[2];

static void count(void *counter)
{
    while (rig.sched->now < 200000000) {
        ++*(unsigned *)counter;
        sched_point(rig.sched, COST_PORT_IO);
    }
}

PS_TEST(threads_of_one_processor_rotate)
{
    reset(1);
    memset(counters, 0, sizeof(counters));
    rig_thread(&rig, "a", count, &counters[0]);
    rig_thread(&rig, "b", count, &counters[1]);
    sched_run(rig.sched, SCHED_NEVER);
    assert_in_range(counters[0], 95000, 105000);
    assert_in_range(counters[1], 95000, 105000);
    rig_end(&rig);
}

static void stay(void *argument)
{
    uint8_t before = sched_raise(rig.sched, (uint8_t)(uintptr_t)argument);
    struct processor *here = rig.sched->current;

    for (unsigned i = 0; i < 300; i++) {
        sched_point(rig.sched, COST_PORT_IO);
        assert_ptr_equal(rig.sched->current, here);
    }
    sched_lower(rig.sched, before);
}

PS_TEST(no_thread_changes_its_processor_at_dispatch_level, "SV-1")
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        rig = rig_new(2, chooser_seeded(seed));
        for (unsigned i = 0; i < 4; i++)
            rig_thread(&rig, "t", stay, (void *)(uintptr_t)IRQL_DISPATCH);
        assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
        rig_end(&rig);
    }
}

static void stay_at_apc(void *argument)
{
    assert_int_equal(sched_raise(rig.sched, IRQL_APC), IRQL_PASSIVE);
    for (unsigned i = 0; i < 20; i++) {
        sched_point(rig.sched, COST_PORT_IO);
        assert_int_equal(sched_irql(rig.sched), IRQL_APC);
    }
    sched_lower(rig.sched, IRQL_PASSIVE);
}

PS_TEST(a_thread_keeps_its_irql_while_others_have_its_processor, "SV-1")
{
    for (uint64_t seed = 0; seed < 10; seed++) {
        rig = rig_new(2, chooser_seeded(seed));
        for (unsigned i = 0; i < 4; i++)
            rig_thread(&rig, "t", i % 2 ? stay_at_apc : say, "");
        assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
        rig_end(&rig);
    }
}

static void look_where_we_are(void *argument)
{
    assert_ptr_equal(system_current, rig.system);
    note("here");
}

PS_TEST(the_current_system_is_set_while_it_runs)
{
    struct ps_system *other = system_create(1);

    reset(1);
    system_current = other;
    rig_thread(&rig, "t", look_where_we_are, NULL);
    sched_run(rig.sched, SCHED_NEVER);
    assert_string_equal(order, "here");
    assert_ptr_equal(system_current, other);
    system_destroy(other);
    assert_null(system_current);
    rig_end(&rig);
}

// ---- memory ------------------------------------------------------------------------------------------

PS_TEST(threads_and_schedulers_leave_nothing_behind)
{
    size_t before;

    reset(2);
    sched_thread_free(rig.sched, rig_thread(&rig, "a", say, "a"));
    before = arena_live_bytes(rig.system->arena); // with a note of one stack more
    for (unsigned i = 0; i < 100; i++) {
        struct sched_thread *thread = rig_thread(&rig, "b", say, "");

        if (i % 2)
            sched_run(rig.sched, SCHED_NEVER);
        sched_thread_free(rig.sched, thread); // finished, or never run
    }
    assert_int_equal(arena_live_bytes(rig.system->arena), before);
    sched_destroy(rig.system);
    // What is left: the system itself and the arena's notes of three stacks.
    assert_true(arena_live_bytes(rig.system->arena) < 1024);
    system_destroy(rig.system);
    chooser_destroy(rig.chooser);
}

static struct sched_thread *dying;

// Runs on the stack of the thread that ended last: nobody else came since.
static void free_and_replace(struct sched_deadline *deadline)
{
    assert_true(dying->finished);
    sched_thread_free(rig.sched, dying);
    rig_thread(&rig, "next", say, "next"); // must not get the stack we run on
    note("freed ");
}

PS_TEST(a_thread_is_freed_on_its_own_last_stack)
{
    struct sched_deadline later = {.fire = free_and_replace};
    size_t live;

    reset(1);
    dying = rig_thread(&rig, "dying", say, "");
    live = arena_live_bytes(rig.system->arena);
    sched_deadline_set(rig.sched, &later, 1000000);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_string_equal(order, "freed next");
    assert_in_range(arena_live_bytes(rig.system->arena), live, live + 400);
    rig_end(&rig);
}

// ---- visits ------------------------------------------------------------------------------------------

static void wait_for_ever(void *argument)
{
    sched_block(rig.sched, "nobody", 0);
    note("woken");
}

static void raise_here(void *text)
{
    note("visited ");
    finding_raise(rig.system, "VISIT", SIDE_DRIVER, NULL, "%s", (const char *)text);
}

PS_TEST(a_thread_that_waits_can_be_visited_for_its_stack)
{
    struct sched_thread *thread, *fresh;

    reset(1);
    thread = rig_thread(&rig, "waiter", wait_for_ever, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_true(sched_visit(rig.sched, thread, raise_here, "here"));
    assert_string_equal(rig_finding(&rig)->thread, "1 waiter");
    assert_true(rig_finding(&rig)->depth > 1);
    assert_true(sched_visit(rig.sched, thread, raise_here, "again"));
    fresh = rig_thread(&rig, "fresh", say, "fresh ");
    assert_false(sched_visit(rig.sched, fresh, raise_here, "no stack yet"));
    assert_ptr_equal(sched_next_thread(rig.sched, thread), fresh);
    sched_ready(rig.sched, thread); // nobody was there
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_string_equal(order, "visited visited fresh woken");
    assert_false(sched_visit(rig.sched, thread, raise_here, "ended"));
    rig_end(&rig);
}

static void halt_here(void *argument)
{
    sched_halt(rig.sched);
}

PS_TEST(a_visit_may_halt_the_system)
{
    struct sched_thread *thread;

    reset(1);
    thread = rig_thread(&rig, "waiter", wait_for_ever, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_true(sched_visit(rig.sched, thread, halt_here, NULL));
    assert_true(rig.system->halted);
    assert_false(sched_on_fiber(rig.sched));
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_HALTED);
    rig_end(&rig);
}

PS_TEST(a_scheduler_refuses_nonsense)
{
    struct ps_system *system = system_create(1);
    struct chooser *chooser = chooser_round_robin();
    struct sched_options none = {.processors = 0, .chooser = chooser};
    struct sched_options many = {.processors = SCHED_MAX_PROCESSORS + 1, .chooser = chooser};
    struct sched_options nobody = {.processors = 1};

    assert_true(sched_create(system, &none) < 0);
    assert_true(sched_create(system, &many) < 0);
    assert_true(sched_create(system, &nobody) < 0);
    assert_null(system->sched);
    chooser_destroy(chooser);
    system_destroy(system);
}
