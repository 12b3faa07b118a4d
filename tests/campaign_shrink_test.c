// SPDX-License-Identifier: MIT
//
// Shrinking, on a stage of this file's own: runs are lists of choices, and what fails is said by a test.
#include "tests/ps_test.h"

#include <stdio.h>
#include <string.h>

#include "campaign/campaign.h"

enum { POINTS = 300, BRANCHES = 3 };

static bool (*fails)(const unsigned *taken);
static unsigned stage_runs;

// In place of stage.c's.
bool seen_same(const struct seen *a, const struct seen *b)
{
    return !strcmp(a->rule, b->rule);
}

void stage_run(struct stage *stage, const struct script *script, const struct schedule *schedule,
               struct chooser *chooser, struct outcome *out)
{
    struct choice choices[BRANCHES] = {{0}};
    unsigned taken[POINTS];

    memset(out, 0, sizeof(*out));
    stage_runs++;
    for (unsigned i = 0; i < POINTS; i++)
        taken[i] = chooser->ops->choose(chooser, choices, BRANCHES, 0);
    snprintf(out->seen[out->count++].rule, sizeof(out->seen[0].rule), "BESIDE");
    if (fails(taken)) {
        snprintf(out->seen[out->count].rule, sizeof(out->seen[0].rule), "WANTED");
        out->seen[out->count++].repeats = stage_runs;
    }
}

static const struct schedule drawn = {.strategy = STRATEGY_SEEDED, .seed = 5};

static bool record_it(struct record *record)
{
    const struct seen wanted = {.rule = "WANTED"};

    stage_runs = 0;
    return record_schedule(NULL, NULL, &drawn, &wanted, record);
}

static unsigned taken_when_drawn[POINTS];

static bool keep_taken(const unsigned *taken)
{
    memcpy(taken_when_drawn, taken, sizeof(taken_when_drawn));
    return true;
}

// What the seed takes at each point.
static void draw(void)
{
    struct record record;

    fails = keep_taken;
    assert_true(record_it(&record));
    record_clear(&record);
}

// The n-th point, from 0, at which the seed leaves round-robin.
static unsigned deviation(unsigned n)
{
    unsigned i = 0;

    for (; !taken_when_drawn[i] || n; i++)
        n -= taken_when_drawn[i] != 0;
    return i;
}

// ---- recording -----------------------------------------------------------------------------------------

PS_TEST(a_record_is_what_the_schedule_chose)
{
    struct record record;
    size_t deviating = 0;

    draw();
    assert_true(record_it(&record));
    for (unsigned i = 0; i < POINTS; i++) {
        if (!taken_when_drawn[i])
            continue;
        assert_int_equal(record.choices[deviating].point, i);
        assert_int_equal(record.choices[deviating++].index, taken_when_drawn[i]);
    }
    assert_int_equal(record.count, deviating);
    assert_int_equal(record.runs, 1);
    assert_string_equal(record.seen.rule, "WANTED");
    record_clear(&record);
    assert_null(record.choices);
    assert_int_equal(record.count, 0);
}

static bool never(const unsigned *taken)
{
    return false;
}

PS_TEST(without_its_finding_there_is_no_record)
{
    struct record record;

    fails = never;
    assert_false(record_it(&record)); // another one came
    assert_null(record.choices);
    assert_int_equal(record.count, 0);
}

// ---- shrinking -----------------------------------------------------------------------------------------

static unsigned needed[4];
static unsigned needed_count;

static bool has_needed(const unsigned *taken)
{
    for (unsigned i = 0; i < needed_count; i++)
        if (taken[needed[i]] != taken_when_drawn[needed[i]])
            return false;
    return true;
}

static void shrink_to(unsigned count, const unsigned *points)
{
    struct record record;

    fails = has_needed;
    needed_count = count;
    memcpy(needed, points, count * sizeof(*points));
    assert_true(record_it(&record));
    assert_true(record.count > 150);
    record_shrink(NULL, NULL, &drawn, &record);
    assert_int_equal(record.count, count);
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(record.choices[i].point, points[i]);
        assert_int_equal(record.choices[i].index, taken_when_drawn[points[i]]);
    }
    assert_int_equal(record.runs, stage_runs);
    assert_in_range(record.seen.repeats, 2, stage_runs); // of the run that was kept
    assert_true(stage_runs <= 150);
    record_clear(&record);
}

PS_TEST(what_the_failure_does_not_need_is_taken_away)
{
    draw();
    shrink_to(1, (unsigned[]){deviation(0)});
    shrink_to(1, (unsigned[]){deviation(77)});
    shrink_to(2, (unsigned[]){deviation(3), deviation(120)});
    shrink_to(3, (unsigned[]){deviation(0), deviation(1), deviation(149)});
    shrink_to(4, (unsigned[]){deviation(10), deviation(50), deviation(51), deviation(140)});
}

PS_TEST(a_failure_that_needs_no_choice_is_round_robins)
{
    struct record record;

    draw();
    needed_count = 0;
    fails = has_needed;
    assert_true(record_it(&record));
    record_shrink(NULL, NULL, &drawn, &record);
    assert_int_equal(record.count, 0);
    assert_int_equal(record.runs, 2); // all of it at once
    record_clear(&record);
}

static bool depends(const unsigned *taken)
{
    bool one = taken[needed[2]], other = taken[needed[3]];

    return taken[needed[0]] && taken[needed[1]] && (!one || other);
}

PS_TEST(what_another_choice_needed_goes_after_it)
{
    struct record record;

    draw();
    needed[0] = deviation(9);
    needed[1] = deviation(11);
    needed[2] = deviation(10); // between two that are needed: it goes alone
    needed[3] = deviation(100);
    fails = depends;
    assert_true(record_it(&record));
    record_shrink(NULL, NULL, &drawn, &record);
    assert_int_equal(record.count, 2);
    assert_int_equal(record.choices[0].point, needed[0]);
    assert_int_equal(record.choices[1].point, needed[1]);
    record_clear(&record);
}

static bool has_all(const unsigned *taken)
{
    return !memcmp(taken, taken_when_drawn, sizeof(taken_when_drawn));
}

PS_TEST(shrinking_gives_up_after_400_runs)
{
    struct record record;
    size_t count;

    draw();
    fails = has_all;
    assert_true(record_it(&record));
    count = record.count;
    record_shrink(NULL, NULL, &drawn, &record);
    assert_int_equal(record.count, count);
    assert_int_equal(record.seen.repeats, 1);
    assert_int_equal(record.runs, 400);
    assert_int_equal(stage_runs, 400);
    record_clear(&record);
}
