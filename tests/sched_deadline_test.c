// SPDX-License-Identifier: MIT
//
// Deadlines fire in order of time, then of creation; virtual time jumps to them.
#include "tests/ps_test.h"
#include "tests/sched_fixture.h"

#include "base/random.h"

static struct rig rig;
static uint32_t fired[2000];
static unsigned fired_count;

struct timer {
    struct sched_deadline deadline;
    uint32_t id;
};

static void fire(struct sched_deadline *deadline)
{
    assert_true(rig.sched->now >= deadline->due);
    assert_int_equal(deadline->slot, 0);
    fired[fired_count++] = ((struct timer *)deadline)->id;
}

static void reset(struct chooser *chooser)
{
    fired_count = 0;
    rig = rig_new(2, chooser);
}

static void set(struct timer *timer, uint32_t id, uint64_t due)
{
    timer->deadline.fire = fire;
    timer->id = id;
    assert_int_equal(sched_deadline_set(rig.sched, &timer->deadline, due), 0);
}

PS_TEST(time_jumps_from_deadline_to_deadline)
{
    struct timer a = {0}, b = {0};

    reset(chooser_round_robin());
    set(&a, 1, 5000000);
    set(&b, 2, 3000000);
    assert_int_equal(sched_run(rig.sched, 4000000), SCHED_BUDGET);
    assert_int_equal(rig.sched->now, 4000000);
    assert_int_equal(fired_count, 1);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_int_equal(rig.sched->now, 5000000);
    assert_int_equal(fired[0], 2);
    assert_int_equal(fired[1], 1);
    rig_end(&rig);
}

PS_TEST(deadlines_of_one_moment_fire_in_order_of_creation)
{
    struct timer timers[5] = {0};

    reset(chooser_round_robin());
    for (unsigned i = 0; i < 5; i++)
        set(&timers[i], i, 100 + i);
    for (unsigned i = 5; i-- > 0;)
        set(&timers[i], i, 7000); // re-armed in another order
    sched_run(rig.sched, SCHED_NEVER);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(fired[i], i);
    rig_end(&rig);
}

PS_TEST(a_cancelled_deadline_does_not_fire)
{
    struct timer timer = {0};

    reset(chooser_round_robin());
    assert_false(sched_deadline_cancel(rig.sched, &timer.deadline));
    set(&timer, 1, 100);
    assert_true(sched_deadline_cancel(rig.sched, &timer.deadline));
    assert_false(sched_deadline_cancel(rig.sched, &timer.deadline));
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_int_equal(fired_count, 0);
    rig_end(&rig);
}

static unsigned completed;

static void fire_again(struct sched_deadline *deadline)
{
    fired_count++;
    if (fired_count < 10)
        sched_deadline_set(rig.sched, deadline, deadline->due + 1000);
    sched_point(rig.sched, COST_SERVICE); // harmless inside a callback
    assert_int_equal(fired_count, ++completed);
}

PS_TEST(a_deadline_may_set_itself_again)
{
    struct sched_deadline deadline = {.fire = fire_again};

    reset(chooser_round_robin());
    completed = 0;
    sched_deadline_set(rig.sched, &deadline, 1000);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_int_equal(fired_count, 10);
    assert_int_equal(completed, 10);
    assert_in_range(rig.sched->now, 10000, 11000);
    rig_end(&rig);
}

static void set_and_poll(void *timer)
{
    unsigned polls = 0;

    for (unsigned i = 0; i < 50; i++) // well into a quiet stretch
        sched_point(rig.sched, COST_SERVICE);
    set(timer, 1, rig.sched->now + 500);
    while (!fired_count && polls < 100) {
        sched_point(rig.sched, COST_SERVICE);
        polls++;
    }
    assert_in_range(polls, 9, 11);
}

PS_TEST(a_running_thread_sees_its_deadline_in_time)
{
    struct timer timer = {0};

    reset(chooser_round_robin());
    rig_thread(&rig, "t", set_and_poll, &timer);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_int_equal(fired_count, 1);
    rig_end(&rig);
}

PS_TEST(a_past_deadline_fires_at_the_next_point)
{
    struct timer timer = {0};

    reset(chooser_round_robin());
    rig.sched->now = 5000;
    set(&timer, 1, 10);
    sched_run(rig.sched, SCHED_NEVER);
    assert_int_equal(fired_count, 1);
    assert_int_equal(rig.sched->now, 5000);
    rig_end(&rig);
}

static void set_lazily(struct timer *timer, uint32_t id, uint64_t due, uint64_t latest)
{
    timer->deadline.fire = fire;
    timer->id = id;
    assert_int_equal(sched_deadline_set_lazily(rig.sched, &timer->deadline, due, latest), 0);
}

PS_TEST(a_lazy_deadline_waits_while_nothing_runs)
{
    struct timer lazy = {0};

    reset(chooser_round_robin());
    set_lazily(&lazy, 1, 1000, 9000);
    assert_int_equal(sched_run(rig.sched, 5000), SCHED_BUDGET); // the host may look
    assert_int_equal(fired_count, 1);
    fired_count = 0;
    set_lazily(&lazy, 1, 6000, 9000);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_int_equal(rig.sched->now, 9000);
    assert_int_equal(fired_count, 1);
    rig_end(&rig);
}

PS_TEST(a_lazy_deadline_fires_before_what_comes_next)
{
    struct timer lazy = {0}, timer = {0}, later = {0};

    reset(chooser_seeded(3));
    set_lazily(&lazy, 1, 1000, 9000);
    set_lazily(&later, 2, 4000, 8000);
    set(&timer, 3, 3000);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_int_equal(fired_count, 3);
    assert_int_equal(fired[0], 1); // at 3000, and nobody asks the chooser
    assert_int_equal(fired[1], 3);
    assert_int_equal(fired[2], 2);
    assert_int_equal(rig.sched->now, 8000);
    rig_end(&rig);
}

static void poll_lazily(void *timer)
{
    unsigned polls = 0;

    set_lazily(timer, 1, rig.sched->now + 500, SCHED_NEVER);
    while (!fired_count && polls < 100) {
        sched_point(rig.sched, COST_SERVICE);
        polls++;
    }
    assert_in_range(polls, 9, 11);
}

PS_TEST(a_lazy_deadline_is_in_time_for_a_thread_that_runs)
{
    struct timer timer = {0};

    reset(chooser_round_robin());
    rig_thread(&rig, "t", poll_lazily, &timer);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_int_equal(fired_count, 1);
    rig_end(&rig);
}

static void fire_exactly(struct sched_deadline *deadline)
{
    assert_int_equal(rig.sched->now, deadline->due);
    fire(deadline);
}

// Random sets and cancels against a table that is searched.
PS_TEST(random_deadlines_fire_as_a_naive_table_says)
{
    enum { COUNT = 300 };
    static struct timer timers[COUNT];
    static uint64_t due[COUNT]; // 0: not armed
    uint64_t seed = 42;

    reset(chooser_round_robin());
    for (unsigned i = 0; i < COUNT; i++)
        timers[i] = (struct timer){0};
    for (unsigned i = 0; i < 3000; i++) {
        unsigned at = i < COUNT ? i : random_below(&seed, COUNT);

        if (i >= COUNT && random_below(&seed, 3) == 0) {
            assert_int_equal(sched_deadline_cancel(rig.sched, &timers[at].deadline), due[at] != 0);
            due[at] = 0;
        } else {
            due[at] = 1 + random_below(&seed, 500);
            set(&timers[at], at, due[at]);
            timers[at].deadline.fire = fire_exactly;
        }
    }
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    for (unsigned i = 0; i < fired_count; i++) {
        unsigned best = COUNT;

        for (unsigned j = 0; j < COUNT; j++)
            if (due[j] && (best == COUNT || due[j] < due[best]))
                best = j;
        assert_int_equal(fired[i], best);
        due[best] = 0;
    }
    for (unsigned i = 0; i < COUNT; i++)
        assert_int_equal(due[i], 0);
    rig_end(&rig);
}

PS_TEST(every_schedule_fires_every_deadline_once)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct timer timers[20] = {0};
        uint32_t seen = 0;

        reset(chooser_seeded(seed));
        for (unsigned i = 0; i < 20; i++)
            set(&timers[i], i, 1000 + i / 5);
        sched_run(rig.sched, SCHED_NEVER);
        for (unsigned i = 0; i < fired_count; i++)
            seen |= 1u << fired[i];
        assert_int_equal(fired_count, 20);
        assert_int_equal(seen, 0xfffff);
        rig_end(&rig);
    }
}
