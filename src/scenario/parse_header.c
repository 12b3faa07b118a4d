// SPDX-License-Identifier: MIT
//
// What stands before the first thread: title, rule, needs, start, limit, sweeps.
#include <stdlib.h>
#include <string.h>

#include "scenario/parser.h"

static bool takes(struct parser *parser, unsigned least, unsigned most)
{
    unsigned count = parser->count - 1;

    if (count >= least && count <= most)
        return true;
    return parser_complain(parser, "'%s' takes %s%u word%s", parser->tokens[0],
                           count < least ? "at least " : "at most ", count < least ? least : most,
                           (count < least ? least : most) == 1 ? "" : "s");
}

static bool title(struct parser *parser)
{
    if (!takes(parser, 1, 1))
        return false;
    if (parser->scenario->title)
        return parser_complain(parser, "a second 'title'");
    parser->scenario->title = parser->tokens[1];
    return true;
}

// A rule of docs/spec, such as WP-63.
static bool rule(struct parser *parser)
{
    const char *id = parser->count > 1 ? parser->tokens[1] : "";
    size_t letters = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), length = strlen(id);

    if (!takes(parser, 1, 1))
        return false;
    if (letters != 2 || id[2] != '-' || length > 8 ||
        strspn(id + 3, "0123456789abcdefghijklmnopqrstuvwxyz") != length - 3 || length == 3)
        return parser_complain(parser, "'%.40s' is no rule such as WP-63", id);
    parser->scenario->rule = id;
    return true;
}

static bool needs(struct parser *parser)
{
    static const struct value_rule words = {
        .kind = VALUE_CHOICE,
        .words = "wavepci wavert render capture loop notification packets volume wavecyclic queued"};

    if (!takes(parser, 1, 12))
        return false;
    for (unsigned i = 1; i < parser->count; i++) {
        int64_t bit, count;

        if (value_convert(&words, parser->tokens[i], &bit)) {
            parser->scenario->needs |= 1u << bit;
        } else if (!strcmp(parser->tokens[i], "streams") && i + 1 < parser->count &&
                   value_number(parser->tokens[i + 1], &count) && count >= 1 &&
                   count <= MOST_STREAMS) {
            parser->scenario->needs_streams = (unsigned)count;
            i++;
        } else {
            return parser_complain(parser, "a driver can have %s or 'streams N', not '%.40s'",
                                   words.words, parser->tokens[i]);
        }
    }
    return true;
}

static bool start(struct parser *parser)
{
    static const struct value_rule words = {.kind = VALUE_CHOICE, .words = "loaded started"};
    int64_t which;

    if (!takes(parser, 1, 1))
        return false;
    if (!value_convert(&words, parser->tokens[1], &which))
        return parser_complain(parser, "a start is 'loaded' or 'started'");
    parser->scenario->start = which ? SCENARIO_STARTED : SCENARIO_LOADED;
    return true;
}

static bool limit(struct parser *parser)
{
    static const struct value_rule range = {VALUE_TIME, 1000000, 3600000000000, NULL};

    if (!takes(parser, 1, 1))
        return false;
    if (!value_convert(&range, parser->tokens[1], &parser->scenario->limit))
        return parser_complain(parser, "a limit is a time from 1ms to 3600s");
    return true;
}

// ---- sweeps ------------------------------------------------------------------------------------------

// "1..3"
static bool range_of(const char *text, int64_t *from, int64_t *to)
{
    char low[24];
    const char *dots = strstr(text, "..");

    if (!dots || (size_t)(dots - text) >= sizeof(low))
        return false;
    memcpy(low, text, (size_t)(dots - text));
    low[dots - text] = 0;
    return value_number(low, from) && value_number(dots + 2, to) && *from <= *to;
}

static bool number_sweep(struct parser *parser, struct sweep *sweep, int64_t from, int64_t to)
{
    if (to - from >= MOST_VARIANTS)
        return parser_complain(parser, "a sweep has at most %d values", MOST_VARIANTS);
    sweep->range = true;
    sweep->from = from;
    sweep->count = (unsigned)(to - from + 1);
    sweep->numbers = calloc(sweep->count, sizeof(*sweep->numbers));
    if (!sweep->numbers)
        return parser_complain(parser, "out of memory");
    for (unsigned i = 0; i < sweep->count; i++)
        snprintf(sweep->numbers[i], sizeof(sweep->numbers[i]), "%lld", (long long)(from + i));
    return true;
}

static bool word_sweep(struct parser *parser, struct sweep *sweep)
{
    for (unsigned i = 2; i < parser->count; i++) {
        if (strchr(parser->tokens[i], '$') || strlen(parser->tokens[i]) > 31)
            return parser_complain(parser, "'%.40s' is no value", parser->tokens[i]);
        sweep->values[sweep->count++] = parser->tokens[i];
    }
    return true;
}

static bool sweep(struct parser *parser)
{
    struct scenario *scenario = parser->scenario;
    struct sweep *new = &scenario->sweeps[scenario->sweep_count];
    int64_t from, to;

    if (!takes(parser, 2, MOST_VALUES + 1) || !parser_name(parser, parser->tokens[1]))
        return false;
    if (scenario->sweep_count == MOST_SWEEPS)
        return parser_complain(parser, "at most %d sweeps", MOST_SWEEPS);
    for (unsigned i = 0; i < scenario->sweep_count; i++)
        if (!strcmp(scenario->sweeps[i].name, parser->tokens[1]))
            return parser_complain(parser, "a second sweep '%s'", parser->tokens[1]);
    scenario->sweep_count++; // scenario_free gives back its numbers from here on
    new->name = parser->tokens[1];
    if (parser->count == 3 && range_of(parser->tokens[2], &from, &to)) {
        if (!number_sweep(parser, new, from, to))
            return false;
    } else if (!word_sweep(parser, new)) {
        return false;
    }
    if (scenario_variants(scenario) > MOST_VARIANTS)
        return parser_complain(parser, "the sweeps have more than %d variants", MOST_VARIANTS);
    return true;
}

static bool sweep_at(struct parser *parser)
{
    static const struct value_rule words = {.kind = VALUE_CHOICE, .words = "points calls"};
    int64_t which;

    if (!takes(parser, 1, 1))
        return false;
    if (!value_convert(&words, parser->tokens[1], &which))
        return parser_complain(parser, "places are 'points' or 'calls'");
    parser->scenario->at = which ? AT_CALLS : AT_POINTS;
    return true;
}

// ---- threads -----------------------------------------------------------------------------------------

static bool thread(struct parser *parser)
{
    struct scenario *scenario = parser->scenario;

    if (!takes(parser, 1, 1) || !parser_name(parser, parser->tokens[1]))
        return false;
    if (scenario->script_count == MOST_THREADS)
        return parser_complain(parser, "at most %d threads", MOST_THREADS);
    for (unsigned i = 0; i < scenario->script_count; i++)
        if (!strcmp(scenario->scripts[i].name, parser->tokens[1]))
            return parser_complain(parser, "a second thread '%s'", parser->tokens[1]);
    scenario->scripts[scenario->script_count++] =
        (struct script){parser->tokens[1], scenario->step_count, 0};
    parser->in_thread = true;
    return true;
}

bool parse_header(struct parser *parser)
{
    static const struct {
        const char *name;
        bool (*parse)(struct parser *parser);
    } lines[] = {{"title", title}, {"rule", rule},   {"needs", needs},
                 {"start", start}, {"limit", limit}, {"sweep", sweep},
                 {"sweep-at", sweep_at}, {"thread", thread}};

    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        if (strcmp(parser->tokens[0], lines[i].name))
            continue;
        if (parser->scenario->script_count && lines[i].parse != thread)
            return parser_complain(parser, "'%s' stands before the first thread", lines[i].name);
        return lines[i].parse(parser);
    }
    return parser_complain(parser, "'%.40s' is no line of a scenario outside a thread",
                           parser->tokens[0]);
}
