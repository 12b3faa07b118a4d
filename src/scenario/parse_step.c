// SPDX-License-Identifier: MIT
//
// A line inside a thread: a block, a step of ours, or a word of the table with its arguments.
#include <string.h>

#include "base/status.h"
#include "scenario/parser.h"

static struct step *add_step(struct parser *parser, enum step_kind kind)
{
    struct scenario *scenario = parser->scenario;
    struct step *step;

    if (scenario->step_count == MOST_STEPS) {
        parser_complain(parser, "at most %d steps", MOST_STEPS);
        return NULL;
    }
    step = &scenario->steps[scenario->step_count++];
    step->kind = kind;
    step->line = parser->line;
    return step;
}

// ---- arguments ---------------------------------------------------------------------------------------

static bool find_variable(struct parser *parser, const char *name, struct argument *out)
{
    const struct scenario *scenario = parser->scenario;

    if (!strcmp(name, "streams")) {
        *out = (struct argument){.variable = VARIABLE_STREAMS};
        return true;
    }
    for (unsigned i = 0; i < parser->loop_count; i++)
        if (parser->loops[i].name && !strcmp(parser->loops[i].name, name)) {
            *out = (struct argument){.variable = VARIABLE_LOOP, .index = i};
            return true;
        }
    for (unsigned i = 0; i < scenario->sweep_count; i++)
        if (!strcmp(scenario->sweeps[i].name, name)) {
            *out = (struct argument){.variable = VARIABLE_SWEEP, .index = i};
            return true;
        }
    return parser_complain(parser, "nothing is called '$%.40s'", name);
}

static bool fits_number(struct parser *parser, const struct value_rule *rule, int64_t low,
                        int64_t high, const char *text)
{
    int64_t value;
    char number[24];

    for (int i = 0; i < 2; i++) {
        snprintf(number, sizeof(number), "%lld", (long long)(i ? high : low));
        if (!value_convert(rule, number, &value))
            return parser_complain(parser, "'%.40s' can be %s, which cannot stand here", text,
                                   number);
    }
    return true;
}

static bool fits_sweep(struct parser *parser, const struct value_rule *rule,
                       const struct sweep *sweep)
{
    int64_t value;

    for (unsigned i = 0; i < sweep->count; i++) {
        const char *text = sweep->range ? sweep->numbers[i] : sweep->values[i];

        if (!value_convert(rule, text, &value))
            return parser_complain(parser, "'$%s' can be '%.40s', which cannot stand here",
                                   sweep->name, text);
    }
    return true;
}

// What it can become is checked here, so that a run never meets a value that it cannot convert.
static bool argument(struct parser *parser, const struct value_rule *rule, const char *text,
                     struct argument *out)
{
    int64_t value;

    *out = (struct argument){.text = text};
    if (*text != '$')
        return value_convert(rule, text, &value) ||
               parser_complain(parser, "'%.40s' cannot stand here", text);
    if (!find_variable(parser, text + 1, out))
        return false;
    if (out->variable == VARIABLE_STREAMS)
        return fits_number(parser, rule, 1, MOST_STREAMS, text);
    if (out->variable == VARIABLE_LOOP)
        return fits_number(parser, rule, parser->loops[out->index].low,
                           parser->loops[out->index].high, text);
    return fits_sweep(parser, rule, &parser->scenario->sweeps[out->index]);
}

// ---- blocks ------------------------------------------------------------------------------------------

static bool push_loop(struct parser *parser, const char *name, struct step *step)
{
    struct open_loop *loop = &parser->loops[parser->loop_count];

    loop->name = name;
    loop->step = (unsigned)(step - parser->scenario->steps);
    step->index = parser->loop_count++;
    return true;
}

// The least (`high` false) or greatest that an argument of a block can be.
static int64_t bound(const struct parser *parser, const struct argument *argument, bool high)
{
    const struct sweep *sweep = &parser->scenario->sweeps[argument->index];
    int64_t value = 0, most = high ? 0 : INT64_MAX;

    switch (argument->variable) {
    case VARIABLE_STREAMS:
        return high ? MOST_STREAMS : 1;
    case VARIABLE_LOOP:
        return high ? parser->loops[argument->index].high : parser->loops[argument->index].low;
    case VARIABLE_SWEEP:
        for (unsigned i = 0; i < sweep->count; i++) {
            value_number(sweep->range ? sweep->numbers[i] : sweep->values[i], &value);
            if (high ? value > most : value < most)
                most = value;
        }
        return most;
    default:
        value_number(argument->text, &value);
        return value;
    }
}

static const struct value_rule rounds = {VALUE_NUMBER, 0, 10000, NULL};

static bool for_block(struct parser *parser)
{
    struct step *step;
    char *dots;

    if (parser->count != 3 || !(dots = strstr(parser->tokens[2], "..")))
        return parser_complain(parser, "it is 'for NAME FROM..TO'");
    if (parser->loop_count == MOST_LOOPS)
        return parser_complain(parser, "at most %d blocks inside each other", MOST_LOOPS);
    if (!parser_name(parser, parser->tokens[1]) || !(step = add_step(parser, STEP_FOR)))
        return false;
    *dots = 0;
    if (!argument(parser, &rounds, parser->tokens[2], &step->arguments[0]) ||
        !argument(parser, &rounds, dots + 2, &step->arguments[1]))
        return false;
    parser->loops[parser->loop_count].low = bound(parser, &step->arguments[0], false);
    parser->loops[parser->loop_count].high = bound(parser, &step->arguments[1], true);
    return push_loop(parser, parser->tokens[1], step);
}

static bool repeat_block(struct parser *parser)
{
    struct step *step;

    if (parser->count != 2)
        return parser_complain(parser, "it is 'repeat N'");
    if (parser->loop_count == MOST_LOOPS)
        return parser_complain(parser, "at most %d blocks inside each other", MOST_LOOPS);
    if (!(step = add_step(parser, STEP_FOR)))
        return false;
    step->arguments[0] = (struct argument){.text = "1"};
    if (!argument(parser, &rounds, parser->tokens[1], &step->arguments[1]))
        return false;
    return push_loop(parser, NULL, step);
}

static bool end_block(struct parser *parser)
{
    struct scenario *scenario = parser->scenario;
    struct step *step;

    if (parser->count != 1)
        return parser_complain(parser, "'end' stands alone");
    if (!parser->loop_count) {
        scenario->scripts[scenario->script_count - 1].end = scenario->step_count;
        parser->in_thread = false;
        return true;
    }
    if (!(step = add_step(parser, STEP_END)))
        return false;
    step->jump = parser->loops[--parser->loop_count].step;
    step->index = parser->loop_count;
    scenario->steps[step->jump].jump = scenario->step_count;
    return true;
}

// ---- steps -------------------------------------------------------------------------------------------

static bool signal_step(struct parser *parser, enum step_kind kind)
{
    struct scenario *scenario = parser->scenario;
    struct step *step;
    unsigned i = 0;

    if (parser->count != 2)
        return parser_complain(parser, "it is '%s NAME'", parser->tokens[0]);
    if (!parser_name(parser, parser->tokens[1]) || !(step = add_step(parser, kind)))
        return false;
    while (i < scenario->signal_count && strcmp(scenario->signals[i], parser->tokens[1]))
        i++;
    if (i == MOST_SIGNALS)
        return parser_complain(parser, "at most %d signals", MOST_SIGNALS);
    if (i == scenario->signal_count)
        scenario->signals[scenario->signal_count++] = parser->tokens[1];
    step->index = i;
    return true;
}

static bool plain_step(struct parser *parser, enum step_kind kind)
{
    if (parser->count != 1)
        return parser_complain(parser, "'%s' stands alone", parser->tokens[0]);
    parser->marks += kind == STEP_MARK;
    parser->ats += kind == STEP_AT;
    return add_step(parser, kind) != NULL;
}

// 'try', 'or-end' and 'fail [STATUS]' before a word; how many tokens they are.
static unsigned prefix(struct parser *parser, enum expectation *expectation, NTSTATUS *status)
{
    *expectation = EXPECT_SUCCESS;
    if (!strcmp(parser->tokens[0], "try")) {
        *expectation = EXPECT_ANYTHING;
        return 1;
    }
    if (!strcmp(parser->tokens[0], "or-end")) {
        *expectation = EXPECT_OR_END;
        return 1;
    }
    if (strcmp(parser->tokens[0], "fail"))
        return 0;
    *expectation = EXPECT_ERROR;
    if (parser->count < 2 || strncmp(parser->tokens[1], "STATUS_", 7))
        return 1;
    *expectation = EXPECT_STATUS;
    return status_from_name(parser->tokens[1], status) && *status < 0 ? 2 : UINT32_MAX;
}

static bool word_step(struct parser *parser)
{
    enum expectation expectation;
    NTSTATUS status = 0;
    unsigned first = prefix(parser, &expectation, &status), count;
    const struct word *word;
    struct step *step;

    if (first == UINT32_MAX)
        return parser_complain(parser, "'%.60s' is no failure that is known here", parser->tokens[1]);
    word = first < parser->count ? word_find(parser->tokens[first]) : NULL;
    if (!word)
        return parser_complain(parser, "'%.40s' is no step",
                               parser->tokens[first < parser->count ? first : 0]);
    count = parser->count - first - 1;
    if (count < word->least || count > word->most)
        return parser_complain(parser, "'%s' takes %u to %u words, not %u", word->name, word->least,
                               word->most, count);
    if (!(step = add_step(parser, STEP_WORD)))
        return false;
    step->expectation = expectation;
    step->status = status;
    step->word = word;
    step->count = count;
    for (unsigned i = 0; i < count; i++)
        if (!argument(parser, &word->rules[i], parser->tokens[first + 1 + i], &step->arguments[i]))
            return false;
    return true;
}

bool parse_step(struct parser *parser)
{
    const char *first = parser->tokens[0];

    if (!strcmp(first, "end"))
        return end_block(parser);
    if (!strcmp(first, "for"))
        return for_block(parser);
    if (!strcmp(first, "repeat"))
        return repeat_block(parser);
    if (!strcmp(first, "signal"))
        return signal_step(parser, STEP_SIGNAL);
    if (!strcmp(first, "await"))
        return signal_step(parser, STEP_AWAIT);
    if (!strcmp(first, "mark"))
        return plain_step(parser, STEP_MARK);
    if (!strcmp(first, "at"))
        return plain_step(parser, STEP_AT);
    if (!strcmp(first, "join"))
        return plain_step(parser, STEP_JOIN);
    return word_step(parser);
}
