// SPDX-License-Identifier: MIT
//
// Choosers: what exhaustive search visits, and that records replay.
#include "tests/ps_test.h"
#include "tests/sched_fixture.h"

#include <string.h>

// ---- exhaustive search of artificial trees -------------------------------------------------------------

static unsigned ask(struct chooser *chooser, unsigned count, unsigned fallback)
{
    struct choice choices[8] = {{0}};

    return chooser->ops->choose(chooser, choices, count, fallback);
}

static unsigned long long binomial(unsigned n, unsigned k)
{
    unsigned long long result = 1;

    for (unsigned i = 0; i < k; i++)
        result = result * (n - i) / (i + 1);
    return result;
}

// Runs of `length` points with `branches` each, of which at most `deviations` leave the fallback.
static unsigned long long formula(unsigned length, unsigned branches, unsigned deviations)
{
    unsigned long long sum = 0, power = 1;

    for (unsigned k = 0; k <= deviations && k <= length; k++) {
        sum += binomial(length, k) * power;
        power *= branches - 1;
    }
    return sum;
}

static unsigned long long visit_even_tree(unsigned length, unsigned branches, unsigned depth,
                                          unsigned deviations)
{
    struct chooser *chooser = chooser_exhaustive(depth, deviations);
    unsigned long long runs = 0;

    do {
        for (unsigned i = 0; i < length; i++)
            assert_true(ask(chooser, branches, i % branches) < branches);
        runs++;
    } while (chooser_exhaustive_next(chooser));
    chooser_destroy(chooser);
    return runs;
}

PS_TEST(exhaustive_search_visits_as_many_runs_as_the_formula_says)
{
    assert_int_equal(visit_even_tree(5, 3, 100, 100), 243);
    assert_int_equal(visit_even_tree(10, 2, 100, 100), 1024);
    for (unsigned deviations = 0; deviations < 5; deviations++)
        assert_int_equal(visit_even_tree(7, 4, 100, deviations), formula(7, 4, deviations));
    assert_int_equal(visit_even_tree(9, 3, 4, 100), 81); // nothing is explored beyond the depth
    assert_int_equal(visit_even_tree(9, 3, 4, 2), formula(4, 3, 2));
    assert_int_equal(visit_even_tree(6, 2, 0, 9), 1);
}

// A tree whose shape depends on what was taken: runs differ in length and width.
static unsigned width_after(uint32_t path)
{
    return 2 + path * 2654435761u % 3;
}

static bool ends_after(uint32_t path, unsigned length)
{
    return length >= 7 || (length >= 3 && path * 40503u % 5 == 0);
}

static unsigned long long count_leaves(uint32_t path, unsigned length)
{
    unsigned long long leaves = 0;

    if (ends_after(path, length))
        return 1;
    for (unsigned i = 0; i < width_after(path); i++)
        leaves += count_leaves(path * 7 + i + 1, length + 1);
    return leaves;
}

PS_TEST(exhaustive_search_visits_every_leaf_of_an_uneven_tree_once)
{
    enum { MOST = 20000 };
    static uint32_t seen[MOST];
    struct chooser *chooser = chooser_exhaustive(50, 50);
    unsigned long long runs = 0;

    do {
        uint32_t path = 0;

        for (unsigned length = 0; !ends_after(path, length); length++)
            path = path * 7 + ask(chooser, width_after(path), path % 2) + 1;
        for (unsigned long long i = runs > 50 ? runs - 50 : 0; i < runs; i++)
            assert_int_not_equal(seen[i], path); // base 7 digits: a path is a number of its own
        assert_true(runs < MOST);
        seen[runs++] = path;
    } while (chooser_exhaustive_next(chooser));
    assert_int_equal(runs, count_leaves(0, 0));
    assert_true(runs > 500);
    chooser_destroy(chooser);
}

PS_TEST(the_first_exhaustive_run_is_round_robins)
{
    struct chooser *chooser = chooser_exhaustive(10, 10);

    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(ask(chooser, 4, i % 4), i % 4);
    chooser_destroy(chooser);
}

// ---- records -----------------------------------------------------------------------------------------

PS_TEST(a_record_keeps_deviations_only_and_replays)
{
    struct chooser *recording = chooser_recording(chooser_seeded(3)), *replay;
    const struct chooser_deviation *script;
    unsigned taken[50];
    size_t count, deviating = 0;

    for (unsigned i = 0; i < 50; i++) {
        taken[i] = ask(recording, 3, 1);
        deviating += taken[i] != 1;
    }
    script = chooser_recording_get(recording, &count);
    assert_int_equal(count, deviating);
    assert_int_equal(chooser_recording_points(recording), 50);
    replay = chooser_recorded(script, count);
    for (unsigned i = 0; i < 50; i++)
        assert_int_equal(ask(replay, 3, 1), taken[i]);
    assert_false(chooser_diverged(replay));
    chooser_destroy(replay);
    chooser_destroy(recording);
}

PS_TEST(a_record_that_does_not_fit_is_noticed)
{
    struct chooser_deviation script[] = {{0, 1}, {2, 5}};
    struct chooser *replay = chooser_recorded(script, 2);

    assert_int_equal(ask(replay, 2, 0), 1);
    assert_int_equal(ask(replay, 2, 0), 0);
    assert_false(chooser_diverged(replay));
    assert_int_equal(ask(replay, 2, 0), 0); // there is no choice 5
    assert_true(chooser_diverged(replay));
    chooser_destroy(replay);
}

PS_TEST(seeded_choosers_differ_by_seed_only)
{
    struct chooser *a = chooser_seeded(1), *b = chooser_seeded(1), *c = chooser_seeded(2);
    unsigned same = 0;

    for (unsigned i = 0; i < 100; i++) {
        unsigned index = ask(a, 5, 0);

        assert_true(index < 5);
        assert_int_equal(ask(b, 5, 0), index);
        same += ask(c, 5, 0) == index;
    }
    assert_in_range(same, 5, 50);
    chooser_destroy(a);
    chooser_destroy(b);
    chooser_destroy(c);
}

// ---- few changes of mind -------------------------------------------------------------------------------

// What a chooser takes at `length` points of `count` choices each where round-robin takes 1.
static unsigned deviations_of(struct chooser *chooser, unsigned length, unsigned count)
{
    unsigned deviating = 0;

    for (unsigned i = 0; i < length; i++) {
        unsigned index = ask(chooser, count, 1);

        assert_true(index < count);
        deviating += index != 1;
    }
    chooser_destroy(chooser);
    return deviating;
}

PS_TEST(delay_bounded_runs_leave_round_robin_so_often_and_no_more)
{
    unsigned three = 0;

    assert_int_equal(deviations_of(chooser_delay(9, 100, 0), 200, 4), 0);
    for (uint64_t seed = 0; seed < 50; seed++) {
        unsigned deviating = deviations_of(chooser_delay(seed, 100, 3), 200, 4);

        assert_in_range(deviating, 1, 3); // two may have been drawn at one point
        three += deviating == 3;
        assert_int_equal(deviations_of(chooser_delay(seed, 100, 1), 100, 2), 1);
    }
    assert_in_range(three, 40, 50);
}

PS_TEST(delay_bounded_runs_deviate_at_every_point_and_to_every_choice, "VF-162")
{
    bool seen[10][4] = {{0}};

    for (uint64_t seed = 0; seed < 500; seed++) {
        struct chooser *chooser = chooser_delay(seed, 10, 1);

        for (unsigned i = 0; i < 10; i++)
            seen[i][ask(chooser, 4, 2)] = true;
        chooser_destroy(chooser);
    }
    for (unsigned i = 0; i < 10; i++)
        assert_true(seen[i][0] && seen[i][1] && seen[i][2] && seen[i][3]);
}

// Threads 1 to `count` are ready on processor 0, which is idle.
static unsigned ask_threads(struct chooser *chooser, unsigned count)
{
    struct choice choices[8];

    for (unsigned i = 0; i < count; i++)
        choices[i] = (struct choice){.kind = CHOICE_DISPATCH, .object = i + 1};
    return chooser->ops->choose(chooser, choices, count, 0);
}

PS_TEST(pct_of_depth_one_keeps_its_priorities)
{
    unsigned first[4] = {0};

    for (uint64_t seed = 0; seed < 400; seed++) {
        struct chooser *chooser = chooser_pct(seed, 100, 1);
        unsigned best = ask_threads(chooser, 4);

        for (unsigned i = 0; i < 100; i++)
            assert_int_equal(ask_threads(chooser, 4), best);
        first[best]++;
        chooser_destroy(chooser);
    }
    for (unsigned i = 0; i < 4; i++)
        assert_in_range(first[i], 60, 140);
}

PS_TEST(pct_changes_its_mind_depth_minus_one_times)
{
    unsigned points[100] = {0}, places = 0;

    for (uint64_t seed = 0; seed < 300; seed++) {
        struct chooser *chooser = chooser_pct(seed, 100, 3);
        unsigned last = ask_threads(chooser, 4), changes = 0;

        for (unsigned i = 1; i < 100; i++) {
            unsigned index = ask_threads(chooser, 4);

            changes += index != last;
            points[i] += index != last;
            last = index;
        }
        assert_true(changes <= 2);
        chooser_destroy(chooser);
    }
    for (unsigned i = 1; i < 100; i++)
        places += points[i] > 0;
    assert_in_range(places, 90, 99); // 600 points drawn from 100
}

PS_TEST(pct_counts_a_processor_as_the_thread_that_it_runs)
{
    struct choice start[2] = {{.kind = CHOICE_DISPATCH, .object = 1},
                              {.kind = CHOICE_DISPATCH, .object = 2}};

    for (uint64_t seed = 0; seed < 50; seed++) {
        struct chooser *chooser = chooser_pct(seed, 1000, 1);
        unsigned taken = chooser->ops->choose(chooser, start, 2, 0);
        struct choice later[2] = {{.kind = CHOICE_STEP}, start[1 - taken]};

        for (unsigned i = 0; i < 10; i++) // the other has the lower priority for good
            assert_int_equal(chooser->ops->choose(chooser, later, 2, 1), 0);
        chooser_destroy(chooser);
    }
}

PS_TEST(pct_starts_a_thread_where_nothing_runs)
{
    struct choice choices[3] = {{.kind = CHOICE_STEP},
                                {.kind = CHOICE_DISPATCH, .object = 1},
                                {.kind = CHOICE_DISPATCH, .processor = 1, .object = 1}};

    for (uint64_t seed = 0; seed < 20; seed++) {
        struct chooser *chooser = chooser_pct(seed, 10, 1);

        assert_int_not_equal(chooser->ops->choose(chooser, choices, 3, 0), 1);
        chooser_destroy(chooser);
    }
}

PS_TEST(pct_keeps_neither_hardware_nor_the_lowest_waiting_for_ever)
{
    struct choice choices[3] = {{.kind = CHOICE_STEP},
                                {.kind = CHOICE_STEP, .processor = 1},
                                {.kind = CHOICE_DEADLINE, .object = 1}};

    for (uint64_t seed = 0; seed < 20; seed++) {
        struct chooser *chooser = chooser_pct(seed, 10, 1);
        unsigned seen[3] = {0};

        for (unsigned i = 0; i < 3000; i++)
            seen[chooser->ops->choose(chooser, choices, 3, 2)]++;
        assert_true(seen[0] && seen[1] && seen[2]);
        chooser_destroy(chooser);
    }
}

// ---- processors that stand still -----------------------------------------------------------------------

// Two processors may go on; round-robin takes the first, whose level is given. How often in a row the other one goes on
// instead, at the most.
static unsigned longest_stand(struct chooser *chooser, uint8_t level, unsigned points)
{
    struct choice choices[2] = {{.kind = CHOICE_STEP, .level = level},
                                {.kind = CHOICE_STEP, .processor = 1}};
    unsigned longest = 0, row = 0;

    for (unsigned i = 0; i < points; i++) {
        row = chooser->ops->choose(chooser, choices, 2, 0) ? row + 1 : 0;
        longest = row > longest ? row : longest;
    }
    chooser_destroy(chooser);
    return longest;
}

PS_TEST(a_stall_keeps_a_processor_from_going_on_for_a_moment_or_for_long, "VF-162")
{
    unsigned brief = 0, lasting = 0, uneven = 0;

    assert_int_equal(longest_stand(chooser_stall(5, 100, 0), LEVEL_THREAD, 1000), 0);
    for (uint64_t seed = 0; seed < 200; seed++) {
        unsigned stand = longest_stand(chooser_stall(seed, 100, 1), LEVEL_THREAD, 40000);

        assert_in_range(stand, 4, 40000 - 1); // it ends
        brief += stand < 32;
        uneven += (stand & (stand - 1)) != 0;
        lasting += stand > 2000;
    }
    assert_in_range(brief, 20, 120);
    assert_in_range(lasting, 20, 120);
    assert_true(uneven > 100); // any length, not powers of two alone
}

PS_TEST(a_hold_is_for_dpcs_and_isrs, "VF-162")
{
    unsigned held = 0, lasting = 0;

    for (uint64_t seed = 0; seed < 400; seed++) {
        unsigned stand = longest_stand(chooser_hold(seed), LEVEL_DPC, 2000);

        held += stand > 0;
        lasting += stand > 1000;
        assert_int_equal(longest_stand(chooser_hold(seed), LEVEL_THREAD, 2000), 0);
    }
    assert_in_range(held, 60, 240); // of the first DPC one in 1, 2, 4 ... 64
    assert_in_range(lasting, 10, 200);
    assert_true(longest_stand(chooser_hold(3), LEVEL_ISR, 2000) || longest_stand(chooser_hold(4), LEVEL_ISR, 2000) ||
                longest_stand(chooser_hold(6), LEVEL_ISR, 2000));
}

// How often an index is taken of 500 points in a run in which processor 0 stands still, of those that have it so.
static unsigned taken_while_it_stands(const struct choice *choices, unsigned count, unsigned index)
{
    unsigned taken = 0;

    for (uint64_t seed = 0; seed < 20; seed++) {
        struct chooser *chooser = chooser_stall(seed, 1, 1);

        for (unsigned i = 0; i < 4; i++) // as long as the shortest
            taken += chooser->ops->choose(chooser, choices, count, 0) == index;
        chooser_destroy(chooser);
    }
    return taken;
}

PS_TEST(while_one_stands_still_the_rest_goes_on_as_in_round_robin)
{
    const struct choice stands = {.kind = CHOICE_STEP};
    const struct choice step = {.kind = CHOICE_STEP, .processor = 1};
    const struct choice start = {.kind = CHOICE_DISPATCH, .processor = 1, .object = 1};
    const struct choice interrupt = {.kind = CHOICE_INTERRUPT, .processor = 1, .object = 1};
    const struct choice third = {.kind = CHOICE_STEP, .processor = 2};
    const struct choice own = {.kind = CHOICE_INTERRUPT, .object = 1};
    const struct choice deadline = {.kind = CHOICE_DEADLINE, .object = 1};

    assert_int_equal(taken_while_it_stands((struct choice[]){stands, step}, 2, 1), 80);
    assert_int_equal(taken_while_it_stands((struct choice[]){stands, start}, 2, 1), 80);
    assert_int_equal(taken_while_it_stands((struct choice[]){stands, step, interrupt}, 3, 2), 80);
    assert_int_equal(taken_while_it_stands((struct choice[]){stands, interrupt, deadline}, 3, 2), 80);
    assert_int_equal(taken_while_it_stands((struct choice[]){stands, step, interrupt, third}, 4, 2), 80);
    // No thread is taken off another processor for it, and what alone can go on does.
    assert_int_equal(taken_while_it_stands((struct choice[]){stands, start, step}, 3, 2), 80);
    assert_int_equal(taken_while_it_stands((struct choice[]){stands, own}, 2, 0), 80);
}

// ---- exhaustive search of real schedules ---------------------------------------------------------------

static struct rig rig;
static char order[16];

// A race: each thread reads, passes a point, then writes what it read plus one.
static unsigned shared;

static void lose_update(void *name)
{
    unsigned seen = shared;

    sched_point(rig.sched, COST_SERVICE);
    shared = seen + 1;
    strcat(order, name);
}

static void two_racing_threads(void)
{
    shared = 0;
    order[0] = 0;
    rig_thread(&rig, "a", lose_update, "a");
    rig_thread(&rig, "b", lose_update, "b");
}

PS_TEST(exhaustive_search_finds_every_outcome_of_a_race)
{
    struct arena_snapshot *snapshot;
    unsigned lost = 0, kept = 0, ab = 0, ba = 0;

    rig = rig_new(2, chooser_exhaustive(40, 40));
    two_racing_threads();
    assert_int_equal(arena_snapshot_take(rig.system->arena, &snapshot), 0);
    do {
        arena_snapshot_restore(rig.system->arena, snapshot);
        shared = 0;
        order[0] = 0;
        assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
        lost += shared == 1;
        kept += shared == 2;
        ab += !strcmp(order, "ab");
        ba += !strcmp(order, "ba");
    } while (chooser_exhaustive_next(rig.chooser));
    assert_true(lost && kept && ab && ba);
    assert_int_equal(lost + kept, ab + ba);
    arena_snapshot_free(snapshot);
    rig_end(&rig);
}

// Of a run that differs from round-robin in one place.
static bool loses_update(struct chooser *chooser, const struct arena_snapshot *snapshot)
{
    bool lost;

    arena_snapshot_restore(rig.system->arena, snapshot);
    sched_set_chooser(rig.sched, chooser);
    shared = 0;
    order[0] = 0;
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    lost = shared == 1;
    sched_set_chooser(rig.sched, rig.chooser);
    chooser_destroy(chooser);
    return lost;
}

PS_TEST(delays_and_priorities_find_a_lost_update_and_miss_it)
{
    struct arena_snapshot *snapshot;
    unsigned delayed = 0, prioritised = 0;

    rig = rig_new(1, chooser_round_robin());
    two_racing_threads();
    assert_int_equal(arena_snapshot_take(rig.system->arena, &snapshot), 0);
    assert_false(loses_update(chooser_round_robin(), snapshot));
    for (uint64_t seed = 0; seed < 100; seed++) {
        delayed += loses_update(chooser_delay(seed, 4, 1), snapshot);
        prioritised += loses_update(chooser_pct(seed, 4, 2), snapshot);
    }
    assert_in_range(delayed, 5, 95);
    assert_in_range(prioritised, 5, 95);
    arena_snapshot_free(snapshot);
    rig_end(&rig);
}

// One processor, no preemption possible (DISPATCH_LEVEL at once): n threads end in n! orders.
static void say_raised(void *name)
{
    strcat(order, name);
}

PS_TEST(threads_without_points_are_searched_in_every_order_once)
{
    struct arena_snapshot *snapshot;
    unsigned runs = 0;

    rig = rig_new(1, chooser_exhaustive(40, 40));
    rig_thread(&rig, "a", say_raised, "a");
    rig_thread(&rig, "b", say_raised, "b");
    rig_thread(&rig, "c", say_raised, "c");
    rig_thread(&rig, "d", say_raised, "d");
    assert_int_equal(arena_snapshot_take(rig.system->arena, &snapshot), 0);
    do {
        arena_snapshot_restore(rig.system->arena, snapshot);
        order[0] = 0;
        assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
        runs++;
    } while (chooser_exhaustive_next(rig.chooser));
    assert_int_equal(runs, 24);
    arena_snapshot_free(snapshot);
    rig_end(&rig);
}
