// SPDX-License-Identifier: MIT
//
// IRQL: interrupts, DPCs and what they may preempt; stalls.
#include "tests/ps_test.h"
#include "tests/sched_fixture.h"

#include <stdio.h>
#include <string.h>

static struct rig rig;
static char order[300];
static struct sched_interrupt line;
static unsigned served;

static void note(const char *what)
{
    strncat(order, what, sizeof(order) - 1 - strlen(order));
}

static void serve(struct sched_interrupt *interrupt)
{
    assert_int_equal(sched_irql(rig.sched), interrupt->irql);
    sched_interrupt_assert(rig.sched, interrupt, false);
    sched_point(rig.sched, COST_PORT_IO);
    note("isr ");
    served++;
}

static void run_deferred(struct ps_system *system, struct processor *processor)
{
    assert_int_equal(processor->irql, IRQL_DISPATCH);
    while (processor->deferred) {
        processor->deferred--;
        note("dpc ");
        sched_point(rig.sched, COST_SERVICE);
    }
}

static void queue_dpc(struct processor *processor)
{
    processor->deferred++;
    sched_deferred_changed(rig.sched, processor);
}

static void reset(unsigned processors, struct chooser *chooser)
{
    static const struct sched_kernel_ops ops = {.run_deferred = run_deferred};

    order[0] = 0;
    served = 0;
    rig = rig_new(processors, chooser);
    sched_set_kernel(rig.sched, &ops);
    line = (struct sched_interrupt){.irql = 5, .deliver = serve};
    sched_interrupt_add(rig.sched, &line);
}

static void raise_line(struct sched_deadline *deadline)
{
    sched_interrupt_assert(rig.sched, &line, true);
}

// ---- interrupts --------------------------------------------------------------------------------------

static void work(void *argument)
{
    for (unsigned i = 0; i < 4; i++) {
        note(i == 2 ? "work " : "");
        sched_point(rig.sched, COST_PORT_IO);
    }
    note("end ");
}

PS_TEST(an_interrupt_preempts_a_thread_between_two_points, "SV-2")
{
    struct sched_deadline tick = {.fire = raise_line};

    reset(1, chooser_round_robin());
    rig_thread(&rig, "t", work, NULL);
    sched_deadline_set(rig.sched, &tick, 2500);
    sched_run(rig.sched, SCHED_NEVER);
    assert_string_equal(order, "work isr end ");
    rig_end(&rig);
}

static void masked_work(void *argument)
{
    uint8_t before = sched_raise(rig.sched, 5);

    sched_interrupt_assert(rig.sched, &line, true);
    for (unsigned i = 0; i < 100; i++)
        sched_point(rig.sched, COST_PORT_IO);
    note("masked ");
    sched_lower(rig.sched, before);
    note("end ");
}

PS_TEST(an_interrupt_waits_while_irql_is_not_below_its_own, "SV-2")
{
    reset(1, chooser_round_robin());
    rig_thread(&rig, "t", masked_work, NULL);
    sched_run(rig.sched, SCHED_NEVER);
    assert_string_equal(order, "masked isr end ");
    rig_end(&rig);
}

PS_TEST(another_processor_takes_an_interrupt_that_one_masks)
{
    reset(2, chooser_round_robin());
    rig_thread(&rig, "t", masked_work, NULL);
    sched_run(rig.sched, SCHED_NEVER);
    assert_string_equal(order, "isr masked end ");
    rig_end(&rig);
}

static void check_level(struct sched_interrupt *interrupt)
{
    struct processor *here = rig.sched->current;

    assert_true(here->contexts[here->context_count - 1].irql_before < interrupt->irql);
    serve(interrupt);
}

static void random_levels(void *argument)
{
    for (unsigned i = 0; i < 200; i++) {
        uint8_t before = sched_raise(rig.sched, (uint8_t)(i % 9));

        sched_interrupt_assert(rig.sched, &line, true);
        sched_point(rig.sched, COST_SERVICE);
        sched_lower(rig.sched, before);
        order[0] = 0;
    }
}

PS_TEST(no_schedule_delivers_at_or_above_the_interrupts_irql, "SV-2")
{
    for (uint64_t seed = 0; seed < 30; seed++) {
        reset(2, chooser_seeded(seed));
        line.deliver = check_level;
        rig_thread(&rig, "a", random_levels, NULL);
        rig_thread(&rig, "b", random_levels, NULL);
        assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
        assert_true(served > 20);
        rig_end(&rig);
    }
}

static void serve_late(struct sched_interrupt *interrupt)
{
    note("isr ");
    if (++served == 3)
        sched_interrupt_assert(rig.sched, interrupt, false);
}

PS_TEST(a_line_that_stays_high_is_served_again)
{
    reset(1, chooser_round_robin());
    line.deliver = serve_late;
    sched_interrupt_assert(rig.sched, &line, true);
    sched_run(rig.sched, SCHED_NEVER);
    assert_string_equal(order, "isr isr isr ");
    rig_end(&rig);
}

static unsigned serving;

static void serve_alone(struct sched_interrupt *interrupt)
{
    assert_int_equal(++serving, 1);
    sched_interrupt_assert(rig.sched, interrupt, ++served < 5); // stays high meanwhile
    sched_point(rig.sched, COST_SERVICE);
    sched_point(rig.sched, COST_SERVICE);
    serving--;
}

PS_TEST(two_processors_never_serve_one_line_at_once)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        reset(2, chooser_seeded(seed));
        line.deliver = serve_alone;
        sched_interrupt_assert(rig.sched, &line, true);
        sched_run(rig.sched, SCHED_NEVER);
        assert_int_equal(served, 5);
        rig_end(&rig);
    }
}

PS_TEST(a_line_may_come_and_go_while_it_is_high)
{
    reset(1, chooser_round_robin());
    sched_interrupt_assert(rig.sched, &line, true);
    sched_interrupt_remove(rig.sched, &line);
    assert_int_equal(rig.sched->asserted, 0);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_int_equal(served, 0);
    line.asserted = true;
    sched_interrupt_add(rig.sched, &line);
    sched_run(rig.sched, SCHED_NEVER);
    assert_int_equal(served, 1);
    assert_int_equal(rig.sched->asserted, 0);
    rig_end(&rig);
}

PS_TEST(a_masked_line_is_not_delivered)
{
    reset(1, chooser_round_robin());
    line.masked = true;
    sched_interrupt_assert(rig.sched, &line, true);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_int_equal(served, 0);
    line.masked = false;
    sched_run(rig.sched, SCHED_NEVER);
    assert_int_equal(served, 1);
    sched_interrupt_remove(rig.sched, &line);
    assert_int_equal(rig.sched->asserted, 0);
    rig_end(&rig);
}

// ---- DPCs --------------------------------------------------------------------------------------------

static void queue_and_lower(void *argument)
{
    uint8_t before = sched_raise(rig.sched, IRQL_DISPATCH);

    queue_dpc(rig.sched->current);
    queue_dpc(rig.sched->current);
    sched_point(rig.sched, COST_SERVICE);
    note("raised ");
    sched_lower(rig.sched, before);
    note("lowered ");
}

PS_TEST(lowering_irql_drains_the_dpcs_first, "SV-4")
{
    for (uint64_t seed = 0; seed < 10; seed++) {
        reset(2, seed ? chooser_seeded(seed) : chooser_round_robin());
        rig_thread(&rig, "t", queue_and_lower, NULL);
        sched_run(rig.sched, SCHED_NEVER);
        assert_string_equal(order, "raised dpc dpc lowered ");
        rig_end(&rig);
    }
}

static void serve_and_queue(struct sched_interrupt *interrupt)
{
    serve(interrupt);
    queue_dpc(rig.sched->current);
}

PS_TEST(a_dpc_queued_by_an_isr_runs_before_the_thread_goes_on, "SV-2")
{
    struct sched_deadline tick = {.fire = raise_line};

    reset(1, chooser_round_robin());
    line.deliver = serve_and_queue;
    rig_thread(&rig, "t", work, NULL);
    sched_deadline_set(rig.sched, &tick, 2500);
    sched_run(rig.sched, SCHED_NEVER);
    assert_string_equal(order, "work isr dpc end ");
    rig_end(&rig);
}

static void dpc_to_the_other(void *argument)
{
    uint8_t before = sched_raise(rig.sched, IRQL_DISPATCH);

    queue_dpc(&rig.sched->processors[1 - rig.sched->current->number]);
    sched_stall(rig.sched, 1000000);
    note("raised ");
    sched_lower(rig.sched, before);
}

PS_TEST(an_idle_processor_runs_the_dpcs_queued_to_it)
{
    reset(2, chooser_round_robin());
    rig_thread(&rig, "t", dpc_to_the_other, NULL);
    sched_run(rig.sched, SCHED_NEVER);
    assert_string_equal(order, "dpc raised ");
    rig_end(&rig);
}

static unsigned running_dpcs[2];

static void one_at_a_time(struct ps_system *system, struct processor *processor)
{
    assert_int_equal(++running_dpcs[processor->number], 1);
    while (processor->deferred) {
        processor->deferred--;
        sched_interrupt_assert(rig.sched, &line, true); // an ISR in the middle of a DPC
        for (unsigned i = 0; i < 5; i++)
            sched_point(rig.sched, COST_SERVICE);
    }
    running_dpcs[processor->number]--;
}

PS_TEST(a_processor_runs_one_dpc_at_a_time, "SV-2")
{
    static const struct sched_kernel_ops ops = {.run_deferred = one_at_a_time};

    for (uint64_t seed = 0; seed < 20; seed++) {
        reset(2, chooser_seeded(seed));
        sched_set_kernel(rig.sched, &ops);
        line.deliver = serve_and_queue;
        for (unsigned i = 0; i < 3; i++)
            rig_thread(&rig, "t", queue_and_lower, NULL);
        sched_run(rig.sched, 10000000); // DPC and ISR feed each other, perhaps for ever
        assert_true(served > 10);
        order[0] = 0;
        memset(running_dpcs, 0, sizeof(running_dpcs));
        rig_end(&rig);
    }
}

static struct sched_thread *woken;

static void queue_and_wake(struct sched_deadline *deadline)
{
    queue_dpc(&rig.sched->processors[0]);
    queue_dpc(&rig.sched->processors[1]);
    sched_ready(rig.sched, woken);
}

static void look_for_dpcs(void *argument)
{
    sched_block(rig.sched, "event", 1);
    assert_int_equal(rig.sched->current->deferred, 0);
    note("woken ");
}

PS_TEST(no_thread_starts_on_a_processor_with_dpcs_to_run, "SV-2")
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct sched_deadline tick = {.fire = queue_and_wake};

        reset(2, chooser_seeded(seed));
        woken = rig_thread(&rig, "t", look_for_dpcs, NULL);
        sched_run(rig.sched, SCHED_NEVER);
        sched_deadline_set(rig.sched, &tick, 1000);
        sched_run(rig.sched, SCHED_NEVER);
        assert_non_null(strstr(order, "woken "));
        rig_end(&rig);
    }
}

// ---- stalls ------------------------------------------------------------------------------------------

static void stall_then_say(void *argument)
{
    uint8_t before = sched_raise(rig.sched, IRQL_DISPATCH);
    uint64_t start = rig.sched->now;

    sched_stall(rig.sched, 50000);
    assert_true(rig.sched->now >= start + 50000);
    note("stalled ");
    sched_lower(rig.sched, before);
}

PS_TEST(a_stall_keeps_its_processor_busy_while_others_run)
{
    struct sched_deadline tick = {.fire = raise_line};

    reset(2, chooser_round_robin());
    rig_thread(&rig, "a", stall_then_say, NULL);
    rig_thread(&rig, "b", work, NULL);
    sched_deadline_set(rig.sched, &tick, 20000);
    sched_run(rig.sched, SCHED_NEVER);
    assert_string_equal(order, "work end isr stalled ");
    rig_end(&rig);
}

PS_TEST(an_interrupt_preempts_a_stall)
{
    struct sched_deadline tick = {.fire = raise_line};

    reset(1, chooser_round_robin());
    rig_thread(&rig, "a", stall_then_say, NULL);
    sched_deadline_set(rig.sched, &tick, 20000);
    sched_run(rig.sched, SCHED_NEVER);
    assert_string_equal(order, "isr stalled ");
    rig_end(&rig);
}

PS_TEST(every_schedule_stalls_long_enough)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        reset(2, chooser_seeded(seed));
        for (unsigned i = 0; i < 4; i++)
            rig_thread(&rig, "t", stall_then_say, NULL);
        assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
        rig_end(&rig);
    }
}
