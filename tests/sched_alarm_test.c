// SPDX-License-Identifier: MIT
//
// An alarm fires at exactly the scheduling point that it names, and whom it wakes runs before the code that came there
// goes on.
#include "tests/ps_test.h"
#include "tests/sched_fixture.h"

static struct rig rig;
static struct sched_thread *sleeper;
static uint64_t fired_at, woken_after;
static unsigned done;

static void fire(struct sched_alarm *alarm)
{
    fired_at = rig.sched->points;
    sched_ready(rig.sched, sleeper);
}

static void sleep_until_woken(void *argument)
{
    (void)argument;
    sched_block(rig.sched, "an alarm", 0);
    woken_after = done;
}

static void pass_points(void *argument)
{
    struct sched_alarm *alarm = argument;

    alarm->point += rig.sched->points;
    sched_alarm_set(rig.sched, alarm);
    for (done = 0; done < 100; done++)
        sched_point(rig.sched, COST_SERVICE);
}

static void run(uint64_t point, struct chooser *chooser)
{
    struct sched_alarm alarm = {.point = point, .fire = fire};

    fired_at = woken_after = UINT32_MAX;
    rig = rig_new(2, chooser);
    sleeper = rig_thread(&rig, "sleeper", sleep_until_woken, NULL);
    rig_thread(&rig, "counter", pass_points, &alarm);
    sched_run(rig.sched, SCHED_NEVER);
}

PS_TEST(whom_an_alarm_wakes_runs_at_that_very_point)
{
    for (unsigned point = 2; point < 100; point++) {
        run(point, chooser_round_robin());
        assert_int_equal(woken_after, point - 1);
        rig_end(&rig);
    }
}

PS_TEST(an_alarm_fires_once_under_any_chooser)
{
    run(50, chooser_seeded(5));
    assert_true(fired_at != UINT32_MAX);
    rig_end(&rig);
}

PS_TEST(an_alarm_beyond_the_run_never_fires)
{
    run(1000000, chooser_round_robin());
    assert_int_equal(fired_at, UINT32_MAX);
    rig_end(&rig);
}
