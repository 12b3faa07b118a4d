// SPDX-License-Identifier: MIT
#include "campaign/report.h"

#include <stdlib.h>
#include <string.h>

static struct found *found_for(struct report *report, const struct seen *seen)
{
    for (unsigned i = 0; i < report->count; i++)
        if (seen_same(&report->found[i].seen, seen))
            return &report->found[i];
    if (report->count == report->capacity) {
        unsigned capacity = report->capacity ? 2 * report->capacity : 16;
        struct found *more = realloc(report->found, capacity * sizeof(*more));

        if (!more)
            return NULL;
        report->found = more;
        report->capacity = capacity;
    }
    report->found[report->count] = (struct found){.seen = *seen};
    return &report->found[report->count++];
}

static bool add_place(struct found *found, const struct outcome *outcome)
{
    if (found->count == found->capacity) {
        size_t capacity = found->capacity ? 2 * found->capacity : 16;
        struct place *more = realloc(found->places, capacity * sizeof(*more));

        if (!more)
            return false;
        found->places = more;
        found->capacity = capacity;
    }
    found->places[found->count++] =
        (struct place){outcome->script, (enum series)outcome->series, outcome->index};
    return true;
}

bool report_note(struct report *report, const struct outcome *outcome)
{
    for (uint32_t i = 0; i < outcome->count; i++) {
        struct found *found = found_for(report, &outcome->seen[i]);

        if (!found || !add_place(found, outcome))
            return false;
    }
    return true;
}

static int compare_places(const struct place *a, const struct place *b)
{
    if (a->script != b->script)
        return a->script < b->script ? -1 : 1;
    if (a->series != b->series)
        return a->series < b->series ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static int compare_found(const void *a, const void *b)
{
    const struct found *left = a, *right = b;
    int places = compare_places(&left->first, &right->first);

    if (places)
        return places;
    places = strcmp(left->seen.rule, right->seen.rule);
    return places ? places : strcmp(left->seen.where, right->seen.where);
}

static void settle(struct found *found, const struct plan *plan)
{
    size_t kept = 0;

    for (size_t i = 0; i < found->count; i++) {
        const struct place *place = &found->places[i];

        if (!plan_counts(plan, place->script, place->series, place->index))
            continue;
        if (!kept || compare_places(place, &found->first) < 0)
            found->first = *place;
        kept++;
    }
    found->count = kept;
    if (kept)
        found->number =
            plan_number(plan, found->first.script, found->first.series, found->first.index);
}

void report_settle(struct report *report, const struct plan *plan)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < report->count; i++) {
        struct found *found = &report->found[i];

        settle(found, plan);
        if (found->count)
            report->found[kept++] = *found;
        else
            free(found->places);
    }
    report->count = kept;
    if (kept)
        qsort(report->found, kept, sizeof(*report->found), compare_found);
}

unsigned report_failures(const struct report *report)
{
    unsigned failures = 0;

    for (unsigned i = 0; i < report->count; i++)
        failures += !report->found[i].seen.remark;
    return failures;
}

unsigned report_rules(const struct report *report)
{
    unsigned rules = 0;

    for (unsigned i = 0; i < report->count; i++) {
        const struct seen *seen = &report->found[i].seen;
        unsigned j = 0;

        while (j < i && (report->found[j].seen.remark || strcmp(report->found[j].seen.rule, seen->rule)))
            j++;
        rules += j == i && !seen->remark;
    }
    return rules;
}

void report_clear(struct report *report)
{
    for (unsigned i = 0; i < report->count; i++) {
        free(report->found[i].places);
        free(report->found[i].token);
    }
    free(report->found);
    memset(report, 0, sizeof(*report));
}
