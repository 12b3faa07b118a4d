// SPDX-License-Identifier: MIT
//
// The real clock: the same order as in virtual time, and waits that end when a descriptor has something. Nothing is
// said of how long anything takes.
#include "tests/ps_test.h"
#include "tests/sched_fixture.h"

#include <fcntl.h>
#include <unistd.h>

static unsigned order[8], count;

struct timer {
    struct sched_deadline deadline;
    struct rig *rig;
    unsigned id;
};

static void fire(struct sched_deadline *deadline)
{
    struct timer *timer = deadline->context;

    assert_true(timer->rig->sched->now >= deadline->due);
    order[count++] = timer->id;
}

static struct rig real_rig(void)
{
    struct rig rig = rig_new(2, chooser_round_robin());

    assert_int_equal(sched_use_real_clock(rig.sched), 0);
    count = 0;
    return rig;
}

static void set(struct rig *rig, struct timer *timer, unsigned id, uint64_t due)
{
    *timer = (struct timer){.deadline = {.fire = fire, .context = timer}, .rig = rig, .id = id};
    assert_int_equal(sched_deadline_set(rig->sched, &timer->deadline, due), 0);
}

PS_TEST(deadlines_fire_in_order_and_are_counted)
{
    struct rig rig = real_rig();
    struct real_clock_service service;
    struct timer a, b, c;

    assert_true(sched_is_real(rig.sched));
    set(&rig, &a, 1, 3000000);
    set(&rig, &b, 2, 1000000);
    set(&rig, &c, 3, 2000000);
    assert_int_equal(sched_run(rig.sched, 5000000), SCHED_BUDGET);
    while (count < 3) // it came back too late for some of them
        assert_int_equal(sched_run(rig.sched, rig.sched->now + 1000000), SCHED_BUDGET);
    assert_int_equal(order[0], 2);
    assert_int_equal(order[1], 3);
    assert_int_equal(order[2], 1);
    assert_true(rig.sched->now >= 5000000);
    assert_true(sched_service(rig.sched, &service));
    assert_int_equal(service.wakes, 3);
    assert_true(service.p50 <= service.p99 && service.p99 <= service.p999 && service.p999 <= service.worst);
    rig_end(&rig);
}

PS_TEST(how_late_it_was_is_asked_anew_for_each_run)
{
    struct rig rig = real_rig();
    struct real_clock_stall late;
    struct timer a, b;

    set(&rig, &a, 1, 1000000);
    assert_int_equal(sched_run(rig.sched, 5000000), SCHED_BUDGET);
    while (count < 1)
        sched_run(rig.sched, rig.sched->now + 1000000);
    late = sched_lateness(rig.sched);
    assert_true(late.ns > 0);
    sched_lateness_begin(rig.sched);
    assert_int_equal(sched_lateness(rig.sched).ns, 0);
    set(&rig, &b, 2, rig.sched->now + 1000000);
    while (count < 2)
        sched_run(rig.sched, rig.sched->now + 2000000);
    assert_true(sched_lateness(rig.sched).ns > 0 && sched_lateness(rig.sched).at >= late.at);
    rig_end(&rig);
}

PS_TEST(virtual_time_has_no_service_latency)
{
    struct rig rig = rig_new(1, chooser_round_robin());
    struct real_clock_service service;

    assert_int_equal(sched_lateness(rig.sched).ns, 0);
    assert_false(sched_is_real(rig.sched));
    assert_false(sched_service(rig.sched, &service));
    rig_end(&rig);
}

static void stall(void *argument)
{
    struct rig *rig = argument;
    uint64_t before = rig->sched->now;

    sched_stall(rig->sched, 2000000);
    assert_true(rig->sched->now >= before + 2000000);
    sched_stop(rig->sched);
}

PS_TEST(a_stall_is_waited_for)
{
    struct rig rig = real_rig();

    rig_thread(&rig, "staller", stall, &rig);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_STOPPED);
    rig_end(&rig);
}

struct pipe {
    struct sched_source source;
    struct rig *rig;
    unsigned got;
};

static void look(struct sched_source *source)
{
    struct pipe *pipe = source->context;
    char byte;

    if (read(source->fd, &byte, 1) == 1) {
        pipe->got++;
        sched_stop(pipe->rig->sched);
    }
}

PS_TEST(a_descriptor_ends_a_wait_without_a_deadline)
{
    struct rig rig = real_rig();
    struct pipe reader = {.rig = &rig};
    int ends[2];

    assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    reader.source = (struct sched_source){.fd = ends[0], .context = &reader, .look = look};
    assert_int_equal(sched_source_add(rig.sched, &reader.source), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_STOPPED);
    assert_int_equal(reader.got, 1);
    sched_source_remove(rig.sched, &reader.source);
    close(ends[0]);
    close(ends[1]);
    rig_end(&rig);
}

PS_TEST(nothing_to_wait_for_is_quiet)
{
    struct rig rig = real_rig();

    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    rig_end(&rig);
}
