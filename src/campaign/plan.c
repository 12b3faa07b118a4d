// SPDX-License-Identifier: MIT
#include "campaign/line.h"
#include "campaign/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"

enum {
    TICK_VARIANTS = 16,
    INTERRUPT_FAULTS = FAULT_LOST - FAULT_SPURIOUS + 1,
};

static const uint64_t ticks[] = {2000000, 5000000, 10000000, 15625000};
enum { TICKS = sizeof(ticks) / sizeof(*ticks) };

struct course {
    bool active;
    struct line lines[SERIES_COUNT];
    uint32_t *points;       // of each variant's run
    size_t point_capacity;
    uint32_t most_points;
    uint64_t sites;
    bool passed; // a schedule without a fault had no finding
};

struct plan {
    const struct scripts *scripts;
    struct plan_options options;
    unsigned cursor;
    bool exploring;
    struct course courses[];
};

// ---- making and ending -------------------------------------------------------------------------------

// One schedule is each script once, as it is: no further point of its sweeps, and nothing goes wrong.
static bool is_plain(const struct plan *plan)
{
    return plan->options.once || plan->options.schedules == 1;
}

static bool begin_course(struct plan *plan, struct course *course, const struct script *script)
{
    unsigned variants = script->variants;

    course->active = script->run && !script->unfit[0];
    if (!course->active)
        return true;
    course->lines[SERIES_SWEEP].end = is_plain(plan) ? 1 : variants;
    if (is_plain(plan))
        return true;
    course->lines[SERIES_TICK].end =
        (uint64_t)TICKS * (variants < TICK_VARIANTS ? variants : TICK_VARIANTS);
    return (!script->open || line_make_open(&course->lines[SERIES_SWEEP], variants)) &&
           line_make_open(&course->lines[SERIES_FAIL_ONCE], 1) &&
           line_make_open(&course->lines[SERIES_FAIL_ALL], 1) &&
           line_make_open(&course->lines[SERIES_INTERRUPT], INTERRUPT_FAULTS) &&
           line_make_open(&course->lines[SERIES_GONE], 1);
}

struct plan *plan_create(const struct scripts *scripts, const struct plan_options *options)
{
    struct plan *plan = calloc(1, sizeof(*plan) + scripts->count * sizeof(plan->courses[0]));

    if (!plan)
        return NULL;
    plan->scripts = scripts;
    plan->options = *options;
    plan->options.shard.count += !options->shard.count;
    for (unsigned i = 0; i < scripts->count; i++) {
        if (begin_course(plan, &plan->courses[i], &scripts->items[i]))
            continue;
        plan_destroy(plan);
        return NULL;
    }
    return plan;
}

void plan_destroy(struct plan *plan)
{
    for (unsigned i = 0; plan && i < plan->scripts->count; i++) {
        for (unsigned s = 0; s < SERIES_COUNT; s++) {
            free(plan->courses[i].lines[s].ends);
            free(plan->courses[i].lines[s].done);
        }
        free(plan->courses[i].points);
    }
    free(plan);
}

// ---- exploration -------------------------------------------------------------------------------------

static bool sweeps_are_over(struct plan *plan)
{
    for (unsigned i = 0; i < plan->scripts->count; i++)
        for (unsigned s = 0; plan->courses[i].active && s < SERIES_EXPLORE; s++)
            if (!line_is_over(&plan->options.shard, &plan->courses[i].lines[s]))
                return false;
    return true;
}

static uint64_t swept(const struct plan *plan)
{
    uint64_t count = 0;

    for (unsigned i = 0; i < plan->scripts->count; i++)
        for (unsigned s = 0; plan->courses[i].active && s < SERIES_EXPLORE; s++)
            count += line_counted(&plan->courses[i].lines[s]);
    return count;
}

// What this shard may run altogether.
static uint64_t allowance(const struct plan *plan)
{
    return plan->options.schedules / plan->options.shard.count +
           (plan->options.shard.number < plan->options.schedules % plan->options.shard.count);
}

// Other orders of what fails in every order so far would tell nothing new.
static bool explores(const struct plan *plan, unsigned script)
{
    return !plan->options.once && plan->courses[script].active && plan->courses[script].passed;
}

// What the sweeps left of the allowance is shared out among the scripts.
static void begin_exploring(struct plan *plan)
{
    uint64_t done = swept(plan), all = allowance(plan), left = all > done ? all - done : 0;
    unsigned rank = 0, explorers = 0;

    plan->exploring = true;
    for (unsigned i = 0; i < plan->scripts->count; i++)
        explorers += explores(plan, i);
    for (unsigned i = 0; i < plan->scripts->count; i++) {
        uint64_t share = explorers ? left / explorers : 0;

        if (!explores(plan, i))
            continue;
        share += rank++ < left % explorers;
        plan->courses[i].lines[SERIES_EXPLORE].end =
            plan->options.schedules ? share * plan->options.shard.count : UINT64_MAX;
    }
}

// ---- schedules ---------------------------------------------------------------------------------------

static uint64_t seed_of(const struct plan *plan, uint32_t script, uint64_t index)
{
    const char *name = plan->scripts->items[script].name;
    uint64_t state = plan->options.seed ^ (uint64_t)hash_bytes(HASH_START, name, strlen(name)) << 32;

    state = random_next(&state) + index;
    return random_next(&state);
}

// Any point of the sweeps, as likely as any other value of the same sweep.
static uint64_t draw_variant(const struct plan *plan, uint32_t script, uint64_t *state)
{
    const struct line *line = &plan->courses[script].lines[SERIES_SWEEP];
    unsigned residue = random_below(state, plan->scripts->items[script].variants);

    if (!line->open || line->ends[residue] == LINE_UNKNOWN)
        return residue;
    return residue +
           (uint64_t)line->period * random_below(state, (uint32_t)line->ends[residue] + 1);
}

static void explore(const struct plan *plan, struct schedule *out)
{
    static const struct {
        enum strategy strategy;
        unsigned depth;
    } turns[] = {{STRATEGY_DELAY, 1}, {STRATEGY_PCT, 2},    {STRATEGY_STALL, 1}, {STRATEGY_DELAY, 2},
                 {STRATEGY_PCT, 3},   {STRATEGY_HOLD, 0},   {STRATEGY_DELAY, 3}, {STRATEGY_SEEDED, 0},
                 {STRATEGY_STALL, 2}, {STRATEGY_DELAY, 1},  {STRATEGY_PCT, 4},   {STRATEGY_FROST, 0}};
    enum { TURNS = sizeof(turns) / sizeof(*turns) };
    const struct course *course = &plan->courses[out->script];
    uint64_t state = seed_of(plan, out->script, out->index);

    out->variant = draw_variant(plan, out->script, &state);
    out->strategy = turns[out->index % TURNS].strategy;
    out->depth = turns[out->index % TURNS].depth;
    out->seed = random_next(&state);
    out->points = out->variant < course->point_capacity ? course->points[out->variant] : 0;
    if (!out->points)
        out->points = course->most_points;
}

void plan_schedule(const struct plan *plan, uint32_t script, enum series series, uint64_t index,
                   struct schedule *out)
{
    memset(out, 0, sizeof(*out)); // goes through a socket
    out->script = script;
    out->series = series;
    out->index = index;
    switch (series) {
    case SERIES_SWEEP:
        out->variant = index;
        break;
    case SERIES_FAIL_ONCE:
        out->fault = (struct fault){FAULT_ALLOCATION, index + 1};
        break;
    case SERIES_FAIL_ALL:
        out->fault = (struct fault){FAULT_ALLOCATION_FOR_GOOD, index + 1};
        break;
    case SERIES_TICK:
        out->variant = index / TICKS;
        out->fault = (struct fault){FAULT_TICK, ticks[index % TICKS]};
        break;
    case SERIES_INTERRUPT:
        out->fault = (struct fault){(enum fault_kind)(FAULT_SPURIOUS + index % INTERRUPT_FAULTS),
                                    index / INTERRUPT_FAULTS + 1};
        break;
    case SERIES_GONE: // 1, 2, 4, 7, 11 ...: the first ones matter most
        out->fault = (struct fault){FAULT_GONE, 1 + index * (index + 1) / 2};
        break;
    default:
        explore(plan, out);
    }
}

// ---- giving out and taking back ----------------------------------------------------------------------

static unsigned give(struct plan *plan, uint32_t script, enum series series, struct schedule *out,
                     unsigned most)
{
    struct line *line = &plan->courses[script].lines[series];
    unsigned count = 0;

    while (count < most && line_advance(&plan->options.shard, line)) {
        plan_schedule(plan, script, series, line->next++, &out[count++]);
        line->out++;
    }
    return count;
}

unsigned plan_next(struct plan *plan, struct schedule *out, unsigned most)
{
    unsigned scripts = plan->scripts->count;

    if (!plan->exploring && sweeps_are_over(plan))
        begin_exploring(plan);
    for (unsigned s = 0; s < SERIES_COUNT; s++) {
        for (unsigned i = 0; i < scripts; i++) {
            unsigned script = (plan->cursor + i) % scripts, count = 0;

            if (plan->courses[script].active && (s != SERIES_EXPLORE || plan->exploring))
                count = give(plan, script, (enum series)s, out, most);
            if (count) {
                plan->cursor = script + 1;
                return count;
            }
        }
    }
    return 0;
}

bool plan_waits(const struct plan *plan)
{
    for (unsigned i = 0; i < plan->scripts->count; i++)
        for (unsigned s = 0; s < SERIES_COUNT; s++)
            if (plan->courses[i].lines[s].out)
                return true;
    return false;
}

static void note_sweep(struct course *course, const struct outcome *outcome)
{
    uint32_t points = outcome->points < UINT32_MAX ? (uint32_t)outcome->points : UINT32_MAX;

    if (!outcome->index)
        course->sites = outcome->allocations;
    if (points > course->most_points)
        course->most_points = points;
    if (line_reach((void **)&course->points, &course->point_capacity, outcome->index,
              sizeof(*course->points)))
        course->points[outcome->index] = points;
}

void plan_done(struct plan *plan, const struct outcome *outcome)
{
    struct course *course = &plan->courses[outcome->script];
    struct line *line = &course->lines[outcome->series];

    line->out--;
    line->back++;
    course->passed |= !outcome_failures(outcome) && outcome->series == SERIES_SWEEP;
    if (line->open)
        line_note(line, outcome);
    if (outcome->series == SERIES_SWEEP)
        note_sweep(course, outcome);
}

// ---- what it comes to --------------------------------------------------------------------------------

bool plan_counts(const struct plan *plan, uint32_t script, enum series series, uint64_t index)
{
    const struct course *course = &plan->courses[script];

    return !course->active || !line_is_beyond(&course->lines[series], index);
}

uint64_t plan_number(const struct plan *plan, uint32_t script, enum series series, uint64_t index)
{
    uint64_t number = index + 1;

    for (unsigned s = 0; s < series; s++)
        number += line_length(&plan->courses[script].lines[s]);
    return number;
}

uint64_t plan_total(const struct plan *plan)
{
    uint64_t done;

    if (!plan->options.schedules)
        return 0;
    done = swept(plan);
    return done > allowance(plan) ? done : allowance(plan);
}

void plan_report(struct plan *plan, uint32_t script, struct plan_report *out)
{
    struct course *course = &plan->courses[script];

    memset(out, 0, sizeof(*out));
    if (!course->active)
        return;
    out->swept = !is_plain(plan);
    for (unsigned s = 0; s < SERIES_COUNT; s++) {
        out->schedules += line_counted(&course->lines[s]);
        if (s < SERIES_EXPLORE)
            out->swept &= line_is_over(&plan->options.shard, &course->lines[s]);
    }
    out->sites_failed = course->lines[SERIES_FAIL_ONCE].failed;
    // The first run may have ended early, and who was refused may ask again elsewhere.
    out->sites = course->sites > out->sites_failed ? course->sites : out->sites_failed;
}
