// SPDX-License-Identifier: MIT
//
// What a campaign runs, without running it: the outcomes are made up.
#include "tests/ps_test.h"

#include "campaign/plan.h"

// A scenario that makes so many allocations, interrupts and register accesses, with two sweeps' values of which each
// has so many places.
enum { SITES = 5, EDGES = 3, ACCESSES = 8, PLACES = 4, SCRIPTS = 3 };

static bool always_fails;

static int never_run(void *context, uint64_t variant, bool faulted, struct ps_driver *driver,
                     struct script_outcome *outcome)
{
    return 0;
}

static struct scripts three(void)
{
    struct script open = {.name = "open", .title = "", .variants = 2, .open = true, .run = never_run};
    struct script closed = {.name = "closed", .title = "", .variants = 3, .run = never_run};
    struct scripts scripts;

    assert_int_equal(scripts_create(&scripts), 0);
    assert_int_equal(scripts_add(&scripts, &open), 0);
    assert_int_equal(scripts_add(&scripts, &closed), 0);
    return scripts;
}

static bool is_reached(const struct schedule *schedule)
{
    if (schedule->series == SERIES_SWEEP)
        return schedule->script != 1 || schedule->variant / 2 < PLACES;
    if (schedule->series == SERIES_FAIL_ONCE || schedule->series == SERIES_FAIL_ALL)
        return schedule->fault.at <= SITES;
    if (schedule->series == SERIES_INTERRUPT)
        return schedule->fault.at <= EDGES;
    return schedule->series != SERIES_GONE || schedule->fault.at <= ACCESSES;
}

static struct outcome outcome_of(const struct schedule *schedule)
{
    struct outcome outcome = {.reached = is_reached(schedule), .script = schedule->script,
                              .series = schedule->series, .index = schedule->index,
                              .points = 100 + schedule->variant, .allocations = SITES};

    if (schedule->series == SERIES_SWEEP && schedule->script == 1) // ended early: fewer than those that fail
        outcome.allocations--;
    outcome.count = always_fails && schedule->script == 2;
    return outcome;
}

// How often each place was run and counts.
enum { MOST = 600 };
struct run {
    unsigned times[SCRIPTS][SERIES_COUNT][MOST];
    struct schedule schedules[SCRIPTS][SERIES_COUNT][MOST];
    uint64_t counted;
    struct plan_report reports[SCRIPTS];
};

static void note_run(struct run *run, const struct plan *plan)
{
    for (unsigned s = 0; s < SCRIPTS; s++)
        for (unsigned k = 0; k < SERIES_COUNT; k++)
            for (unsigned i = 0; i < MOST; i++) {
                if (run->times[s][k][i] && !plan_counts(plan, s, (enum series)k, i))
                    run->times[s][k][i] = 0;
                run->counted += run->times[s][k][i];
            }
}

// `batch` at a time; of an even one the youngest comes back first, of an odd one the oldest.
static struct run *run_plan(struct plan_options options, unsigned batch)
{
    struct run *run = calloc(1, sizeof(*run));
    struct scripts scripts = three();
    struct plan *plan = plan_create(&scripts, &options);
    struct schedule given[64];
    unsigned count;

    assert_non_null(plan);
    while ((count = plan_next(plan, given, batch)) != 0) {
        for (unsigned more; count + batch <= 64 && (more = plan_next(plan, given + count, batch)) != 0;)
            count += more;
        assert_true(plan_waits(plan));
        for (unsigned i = 0; i < count; i++) {
            const struct schedule *schedule = &given[batch % 2 ? i : count - 1 - i];
            struct outcome outcome = outcome_of(schedule);

            assert_true(schedule->index < MOST);
            run->times[schedule->script][schedule->series][schedule->index]++;
            run->schedules[schedule->script][schedule->series][schedule->index] = *schedule;
            plan_done(plan, &outcome);
        }
    }
    assert_false(plan_waits(plan));
    note_run(run, plan);
    for (unsigned i = 0; i < SCRIPTS; i++)
        plan_report(plan, i, &run->reports[i]);
    assert_true(plan_total(plan) == 0 || plan_total(plan) >= run->counted);
    plan_destroy(plan);
    scripts_destroy(&scripts);
    return run;
}

static unsigned length(const struct run *run, unsigned script, enum series series)
{
    unsigned count = 0;

    for (unsigned i = 0; i < MOST; i++)
        count += run->times[script][series][i];
    return count;
}

PS_TEST(each_sweep_goes_to_its_end)
{
    struct run *run = run_plan((struct plan_options){.schedules = 2}, 16);

    assert_int_equal(length(run, 1, SERIES_SWEEP), 2 * (PLACES + 1)); // the last says that there is no more
    assert_int_equal(length(run, 2, SERIES_SWEEP), 3);
    for (unsigned i = 1; i < SCRIPTS; i++) {
        assert_int_equal(length(run, i, SERIES_FAIL_ONCE), SITES + 1);
        assert_int_equal(length(run, i, SERIES_FAIL_ALL), SITES + 1);
        assert_int_equal(length(run, i, SERIES_TICK), 4 * (i == 1 ? 2 : 3));
        assert_int_equal(length(run, i, SERIES_INTERRUPT), 4 * (EDGES + 1));
        assert_int_equal(length(run, i, SERIES_GONE), 5); // 1, 2, 4, 7 and 11, which is beyond
        assert_int_equal(length(run, i, SERIES_EXPLORE), 0);
        assert_int_equal(run->reports[i].sites, SITES);
        assert_int_equal(run->reports[i].sites_failed, SITES);
        assert_true(run->reports[i].swept);
    }
    assert_int_equal(run->reports[1].schedules + run->reports[2].schedules, run->counted);
    free(run);
}

PS_TEST(each_place_has_its_fault)
{
    struct run *run = run_plan((struct plan_options){.schedules = 2}, 16);
    const struct schedule(*s)[MOST] = run->schedules[1];

    assert_int_equal(s[SERIES_SWEEP][3].variant, 3);
    assert_int_equal(s[SERIES_SWEEP][3].fault.kind, FAULT_NONE);
    assert_int_equal(s[SERIES_FAIL_ONCE][2].fault.kind, FAULT_ALLOCATION);
    assert_int_equal(s[SERIES_FAIL_ONCE][2].fault.at, 3);
    assert_int_equal(s[SERIES_FAIL_ALL][2].fault.kind, FAULT_ALLOCATION_FOR_GOOD);
    assert_int_equal(s[SERIES_FAIL_ALL][2].fault.at, 3);
    assert_int_equal(s[SERIES_TICK][7].fault.at, 15625000);
    assert_int_equal(s[SERIES_TICK][7].variant, 1);
    assert_int_equal(s[SERIES_INTERRUPT][0].fault.kind, FAULT_SPURIOUS);
    assert_int_equal(s[SERIES_INTERRUPT][7].fault.kind, FAULT_LOST);
    assert_int_equal(s[SERIES_INTERRUPT][7].fault.at, 2);
    assert_int_equal(s[SERIES_GONE][3].fault.kind, FAULT_GONE);
    assert_int_equal(s[SERIES_GONE][3].fault.at, 7);
    free(run);
}

PS_TEST(what_the_sweeps_leave_is_explored_to_the_last_schedule)
{
    struct run *run = run_plan((struct plan_options){.schedules = 401, .seed = 3}, 16);
    unsigned one = length(run, 1, SERIES_EXPLORE), other = length(run, 2, SERIES_EXPLORE);
    unsigned strategies[STRATEGY_FROST + 1] = {0};

    assert_int_equal(run->counted, 401);
    assert_true(one == other || one == other + 1);
    for (unsigned i = 0; i < one; i++) {
        const struct schedule *schedule = &run->schedules[1][SERIES_EXPLORE][i];

        assert_in_range(schedule->variant, 0, 2 * PLACES + 1);
        assert_int_equal(schedule->points, 100 + schedule->variant);
        assert_in_range(schedule->strategy, 0, STRATEGY_FROST);
        strategies[schedule->strategy]++;
    }
    assert_int_equal(strategies[STRATEGY_ROUND_ROBIN], 0);
    assert_true(strategies[STRATEGY_DELAY] > strategies[STRATEGY_PCT]);
    assert_true(strategies[STRATEGY_PCT] > strategies[STRATEGY_SEEDED] && strategies[STRATEGY_SEEDED]);
    assert_true(strategies[STRATEGY_STALL] && strategies[STRATEGY_HOLD] && strategies[STRATEGY_FROST]);
    free(run);
}

PS_TEST(what_fails_in_every_variant_is_not_explored)
{
    struct run *run;

    always_fails = true;
    run = run_plan((struct plan_options){.schedules = 300}, 16);
    always_fails = false;
    assert_int_equal(length(run, 2, SERIES_EXPLORE), 0);
    assert_int_equal(run->counted, 300);
    free(run);
}

static void assert_same_run(const struct run *a, const struct run *b)
{
    assert_memory_equal(a->times, b->times, sizeof(a->times));
    for (unsigned s = 0; s < SCRIPTS; s++)
        for (unsigned k = 0; k < SERIES_COUNT; k++)
            for (unsigned i = 0; i < MOST; i++)
                if (a->times[s][k][i])
                    assert_memory_equal(&a->schedules[s][k][i], &b->schedules[s][k][i], sizeof(struct schedule));
}

PS_TEST(the_order_of_answers_changes_nothing)
{
    struct run *one = run_plan((struct plan_options){.schedules = 400, .seed = 5}, 1);
    struct run *many = run_plan((struct plan_options){.schedules = 400, .seed = 5}, 7);
    struct run *youngest_first = run_plan((struct plan_options){.schedules = 400, .seed = 5}, 8);

    assert_same_run(one, many);
    assert_same_run(one, youngest_first);
    free(one);
    free(many);
    free(youngest_first);
}

PS_TEST(seeds_draw_other_orders)
{
    struct run *one = run_plan((struct plan_options){.schedules = 400, .seed = 5}, 16);
    struct run *other = run_plan((struct plan_options){.schedules = 400, .seed = 6}, 16);

    assert_memory_equal(one->schedules[1][SERIES_SWEEP], other->schedules[1][SERIES_SWEEP],
                        sizeof(one->schedules[1][SERIES_SWEEP]));
    assert_memory_not_equal(one->schedules[1][SERIES_EXPLORE], other->schedules[1][SERIES_EXPLORE],
                            sizeof(one->schedules[1][SERIES_EXPLORE]));
    assert_int_not_equal(one->schedules[1][SERIES_EXPLORE][0].seed, one->schedules[1][SERIES_EXPLORE][8].seed);
    free(one);
    free(other);
}

// Every place of the whole is in one shard, and in one only; together they run as many as were asked for.
static void check_shards(unsigned count, uint64_t schedules)
{
    struct run *whole = run_plan((struct plan_options){.schedules = schedules}, 16), *parts[5];
    uint64_t counted = 0;

    for (unsigned i = 0; i < count; i++) {
        parts[i] = run_plan((struct plan_options){.schedules = schedules, .shard = {i, count}}, 3 + i);
        counted += parts[i]->counted;
    }
    for (unsigned s = 0; s < SCRIPTS; s++)
        for (unsigned k = 0; k < SERIES_COUNT; k++)
            for (unsigned i = 0; i < MOST; i++) {
                unsigned times = 0;

                for (unsigned p = 0; p < count; p++)
                    times += parts[p]->times[s][k][i];
                assert_true(times <= 1);
                if (k < SERIES_EXPLORE && whole->times[s][k][i])
                    assert_int_equal(times, 1);
            }
    assert_true(counted >= whole->counted);
    if (schedules > 2)
        assert_int_equal(counted, schedules);
    for (unsigned i = 0; i < count; i++)
        free(parts[i]);
    free(whole);
}

PS_TEST(shards_are_disjoint_and_together_the_whole)
{
    for (unsigned count = 1; count <= 5; count++) {
        check_shards(count, 2);
        check_shards(count, 577);
    }
}

PS_TEST(one_schedule_is_plain)
{
    struct run *run = run_plan((struct plan_options){.schedules = 1}, 16);

    assert_int_equal(run->counted, 2);
    for (unsigned i = 1; i < SCRIPTS; i++) {
        assert_int_equal(run->times[i][SERIES_SWEEP][0], 1);
        assert_false(run->reports[i].swept);
        assert_int_equal(run->reports[i].schedules, 1);
    }
    free(run);
}

PS_TEST(a_schedule_has_its_number_in_its_scenario)
{
    struct plan_options options = {.schedules = 2};
    struct scripts scripts = three();
    struct plan *plan = plan_create(&scripts, &options);
    struct schedule given[16];
    unsigned count;

    while ((count = plan_next(plan, given, 16)) != 0)
        while (count--) {
            struct outcome outcome = outcome_of(&given[count]);

            plan_done(plan, &outcome);
        }
    assert_int_equal(plan_number(plan, 1, SERIES_SWEEP, 0), 1);
    assert_int_equal(plan_number(plan, 1, SERIES_FAIL_ONCE, 0), 2 * (PLACES + 1) + 1);
    assert_int_equal(plan_number(plan, 2, SERIES_FAIL_ALL, 1), 3 + SITES + 1 + 2);
    assert_true(plan_counts(plan, 1, SERIES_SWEEP, 2 * PLACES + 1));
    assert_false(plan_counts(plan, 1, SERIES_SWEEP, 2 * PLACES + 2));
    plan_destroy(plan);
    scripts_destroy(&scripts);
}
