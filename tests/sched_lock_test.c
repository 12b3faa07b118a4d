// SPDX-License-Identifier: MIT
//
// Spin locks: exclusion in every schedule, waiting without spinning, and deadlocks told by name.
#include "tests/ps_test.h"
#include "tests/sched_fixture.h"

#include <string.h>

static struct rig rig;
static uintptr_t locks[SCHED_MAX_HELD + 1];

static void reset(struct chooser *chooser)
{
    memset(locks, 0, sizeof(locks));
    rig = rig_new(2, chooser);
}

static void acquire(unsigned lock)
{
    sched_lock_acquire(rig.sched, &locks[lock], __builtin_return_address(0));
}

static void release(unsigned lock)
{
    assert_true(sched_lock_release(rig.sched, &locks[lock]));
}

// ---- exclusion ---------------------------------------------------------------------------------------

static unsigned inside, passes, contended;

static void critical(void *argument)
{
    for (unsigned i = 0; i < 20; i++) {
        uint8_t before = sched_raise(rig.sched, IRQL_DISPATCH);

        contended += locks[0] != 0;
        acquire(0);
        assert_int_equal(locks[0], 1 + rig.sched->current->number);
        assert_int_equal(++inside, 1);
        sched_point(rig.sched, COST_SERVICE);
        sched_point(rig.sched, COST_SERVICE);
        inside--;
        passes++;
        release(0);
        sched_lower(rig.sched, before);
    }
}

PS_TEST(one_owner_at_a_time_in_every_schedule, "SV-17")
{
    contended = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        passes = 0;
        reset(seed ? chooser_seeded(seed) : chooser_round_robin());
        for (unsigned i = 0; i < 3; i++)
            rig_thread(&rig, "t", critical, NULL);
        assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
        assert_int_equal(passes, 60);
        rig_end(&rig);
    }
    assert_true(contended > 100); // or the test shows nothing
}

static void hold_long(void *argument)
{
    sched_raise(rig.sched, IRQL_DISPATCH);
    acquire(0);
    sched_stall(rig.sched, 10000000);
    release(0);
    sched_lower(rig.sched, IRQL_PASSIVE);
}

static void want_it(void *argument)
{
    sched_raise(rig.sched, IRQL_DISPATCH);
    sched_stall(rig.sched, 1000);
    acquire(0);
    release(0);
    sched_lower(rig.sched, IRQL_PASSIVE);
}

PS_TEST(a_waiting_processor_does_not_spin, "SV-17")
{
    reset(chooser_round_robin());
    rig_thread(&rig, "a", hold_long, NULL);
    rig_thread(&rig, "b", want_it, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_true(rig.sched->points < 40);
    rig_end(&rig);
}

// ---- try, held, release ------------------------------------------------------------------------------

static void use_the_rest(void *argument)
{
    sched_raise(rig.sched, IRQL_DISPATCH);
    assert_true(sched_lock_try(rig.sched, &locks[0], "here"));
    assert_false(sched_lock_try(rig.sched, &locks[0], "here"));
    assert_true(sched_lock_try(rig.sched, &locks[1], "there"));
    assert_ptr_equal(sched_lock_held(rig.sched, &locks[1])->lock, &locks[1]);
    assert_string_equal(sched_lock_held(rig.sched, &locks[0])->caller, "here");
    assert_null(sched_lock_held(rig.sched, &locks[2]));
    assert_false(sched_lock_release(rig.sched, &locks[2]));
    release(0); // out of order
    assert_int_equal(locks[0], 0);
    assert_null(sched_lock_held(rig.sched, &locks[0]));
    assert_non_null(sched_lock_held(rig.sched, &locks[1]));
    release(1);
    assert_false(sched_lock_release(rig.sched, &locks[1]));
    assert_int_equal(rig.sched->current->held_count, 0);
    assert_int_equal(sched_lock_number(rig.sched, &locks[7]), 1);
    assert_int_equal(sched_lock_number(rig.sched, &locks[3]), 2);
    assert_int_equal(sched_lock_number(rig.sched, &locks[7]), 1);
    sched_lower(rig.sched, IRQL_PASSIVE);
    passes = 1000;
}

PS_TEST(locks_can_be_tried_looked_up_and_released_in_any_order)
{
    reset(chooser_round_robin());
    rig_thread(&rig, "t", use_the_rest, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_int_equal(passes, 1000);
    rig_end(&rig);
}

// ---- what cannot go on -------------------------------------------------------------------------------

static void take_both(void *first)
{
    unsigned a = (unsigned)(uintptr_t)first;

    sched_raise(rig.sched, IRQL_DISPATCH);
    acquire(a);
    for (unsigned i = 0; i < 20; i++)
        sched_point(rig.sched, COST_PORT_IO);
    sched_stall(rig.sched, 200000);
    acquire(1 - a);
    release(1 - a);
    release(a);
    sched_lower(rig.sched, IRQL_PASSIVE);
}

static void assert_names_both(const char *text)
{
    assert_non_null(strstr(text, "processor 0 waits in "));
    assert_non_null(strstr(text, "processor 1 waits in "));
    assert_non_null(strstr(text, "taken by processor 0 in "));
    assert_non_null(strstr(text, "taken by processor 1 in "));
    assert_non_null(strstr(text, "for lock 1,"));
    assert_non_null(strstr(text, "for lock 2,"));
}

static void never(struct sched_deadline *deadline)
{
}

PS_TEST(a_deadlock_of_two_locks_names_both_waiters_and_holders, "VF-32", "SV-17")
{
    struct sched_deadline far = {.fire = never}; // a deadline to come does not hide it
    const struct finding *finding;

    reset(chooser_round_robin());
    sched_deadline_set(rig.sched, &far, 1000000000);
    rig_thread(&rig, "a", take_both, (void *)0);
    rig_thread(&rig, "b", take_both, (void *)1);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_HALTED);
    finding = rig_finding(&rig);
    assert_string_equal(finding->rule, "VF-32");
    assert_int_equal(finding->code, 0xc4);
    assert_int_equal(finding->parameters[0], 0x1001);
    assert_int_equal(finding->irql, IRQL_DISPATCH);
    assert_names_both(finding->text);
    assert_true(rig.sched->now < 1000000000);
    rig_end(&rig);
}

static void recurse(void *argument)
{
    sched_raise(rig.sched, IRQL_DISPATCH);
    acquire(0);
    acquire(0);
}

PS_TEST(acquiring_an_own_lock_is_reported_and_stops, "SV-11", "VF-31")
{
    reset(chooser_round_robin());
    rig_thread(&rig, "t", recurse, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_HALTED);
    assert_string_equal(rig_finding(&rig)->rule, "VF-31");
    assert_int_equal(rig_finding(&rig)->parameters[0], 0x1000);
    assert_int_equal(rig_finding(&rig)->parameters[1], (uintptr_t)&locks[0]);
    rig_end(&rig);
}

static void isr_takes_it(struct sched_interrupt *interrupt)
{
    sched_interrupt_assert(rig.sched, interrupt, false);
    acquire(0);
}

static void interrupted_owner(void *interrupt)
{
    sched_raise(rig.sched, IRQL_DISPATCH);
    acquire(0);
    rig.sched->processors[1].irql = IRQL_HIGH; // only this processor can take it
    sched_interrupt_assert(rig.sched, interrupt, true);
    sched_point(rig.sched, COST_SERVICE);
}

PS_TEST(an_isr_that_takes_the_lock_it_interrupted_is_recursion_too, "VF-31")
{
    struct sched_interrupt line = {.irql = 5, .deliver = isr_takes_it};

    reset(chooser_round_robin());
    sched_interrupt_add(rig.sched, &line);
    rig_thread(&rig, "t", interrupted_owner, &line);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_HALTED);
    assert_string_equal(rig_finding(&rig)->rule, "VF-31");
    assert_int_equal(rig_finding(&rig)->irql, 5);
    rig_end(&rig);
}

static void use_garbage(void *argument)
{
    sched_raise(rig.sched, IRQL_DISPATCH);
    locks[0] = 0xdeadbeef;
    acquire(0);
}

PS_TEST(a_lock_word_that_was_never_initialised_is_told, "VF-33")
{
    reset(chooser_round_robin());
    rig_thread(&rig, "t", use_garbage, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_HALTED);
    assert_string_equal(rig_finding(&rig)->rule, "VF-33");
    rig_end(&rig);
}

static void take_many(void *argument)
{
    sched_raise(rig.sched, IRQL_DISPATCH);
    for (unsigned i = 0; i <= SCHED_MAX_HELD; i++)
        acquire(i);
}

PS_TEST(more_locks_than_can_be_noted_stop_the_system)
{
    reset(chooser_round_robin());
    rig_thread(&rig, "t", take_many, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_HALTED);
    assert_non_null(strstr(rig_finding(&rig)->text, "owns 32 spin locks"));
    rig_end(&rig);
}

static void occupy(void *argument)
{
    sched_stall(rig.sched, 1000000);
}

static void keep_it(void *argument)
{
    sched_raise(rig.sched, IRQL_DISPATCH);
    acquire(0);
    assert_int_equal(rig.sched->current->number, 1);
    sched_lower(rig.sched, IRQL_PASSIVE);
}

PS_TEST(a_lock_whose_owner_is_gone_is_a_finding_when_nothing_else_runs, "SV-17")
{
    reset(chooser_round_robin());
    rig_thread(&rig, "a", occupy, NULL); // has processor 0
    rig_thread(&rig, "b", keep_it, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    rig_thread(&rig, "c", want_it, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_HALTED);
    assert_string_equal(rig_finding(&rig)->rule, "VF-32");
    assert_non_null(strstr(rig_finding(&rig)->text, "processor 0 waits in "));
    assert_non_null(strstr(rig_finding(&rig)->text, "taken by processor 1 in "));
    rig_end(&rig);
}

// ---- interrupts on a waiting processor -------------------------------------------------------------------

static bool isr_done, got_it;
static struct sched_interrupt line;

static void serve(struct sched_interrupt *interrupt)
{
    assert_int_equal(rig.sched->current->number, 1);
    sched_interrupt_assert(rig.sched, interrupt, false);
    sched_stall(rig.sched, 100000);
    isr_done = true;
}

static void hold_and_interrupt(void *cross)
{
    sched_raise(rig.sched, IRQL_HIGH); // the other processor must take the interrupt
    acquire(0);
    sched_stall(rig.sched, 300000);
    assert_ptr_equal(rig.sched->processors[1].waiting_lock, &locks[0]);
    sched_interrupt_assert(rig.sched, &line, true);
    if (cross) {
        sched_stall(rig.sched, 10000); // the ISR has begun
        acquire(1);
    }
    while (!isr_done)
        sched_point(rig.sched, COST_PORT_IO);
    sched_stall(rig.sched, 300000);
    assert_false(got_it); // it waits again
    release(0);
    sched_lower(rig.sched, IRQL_PASSIVE);
}

static void wait_with_a_lock(void *argument)
{
    sched_raise(rig.sched, IRQL_DISPATCH);
    sched_stall(rig.sched, 1000);
    acquire(1);
    acquire(0);
    got_it = true;
    release(0);
    release(1);
    sched_lower(rig.sched, IRQL_PASSIVE);
}

static void interrupt_a_waiter(bool cross)
{
    reset(chooser_round_robin());
    isr_done = got_it = false;
    line = (struct sched_interrupt){.irql = 5, .deliver = serve};
    sched_interrupt_add(rig.sched, &line);
    rig_thread(&rig, "a", hold_and_interrupt, cross ? "cross" : NULL);
    rig_thread(&rig, "b", wait_with_a_lock, NULL);
}

PS_TEST(an_interrupt_reaches_a_processor_that_waits_for_a_lock)
{
    interrupt_a_waiter(false);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_true(isr_done && got_it);
    rig_end(&rig);
}

PS_TEST(a_deadlock_that_an_isr_hides_is_found_when_the_isr_ends, "VF-32")
{
    struct sched_deadline far = {.fire = never};

    interrupt_a_waiter(true);
    sched_deadline_set(rig.sched, &far, 1000000000);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_HALTED);
    assert_true(isr_done);
    assert_names_both(rig_finding(&rig)->text);
    assert_true(rig.sched->now < 1000000000);
    rig_end(&rig);
}
