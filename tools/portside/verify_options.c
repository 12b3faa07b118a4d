/* SPDX-License-Identifier: MIT */
/* The options of verify alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static int add(const char *name, const char **list, unsigned *count, unsigned most,
               const char *text)
{
    if (*count == most)
        return fail(EXIT_USAGE, "at most %u of --%s", most, name);
    list[(*count)++] = text;
    return 0;
}

static int shard(struct verify_options *verify, const char *text)
{
    char rest;

    if (sscanf(text, "%5u/%5u%c", &verify->shard, &verify->shards, &rest) != 2 || !verify->shard ||
        verify->shard > verify->shards || strchr(text, '-') || strchr(text, '+'))
        return fail(EXIT_USAGE, "--shard takes K/N, from 1/N to N/N, not '%s'", text);
    return 0;
}

static int seconds(struct verify_options *verify, const char *text)
{
    char *end;

    verify->seconds = strtod(text, &end);
    if (!*text || *end || !(verify->seconds > 0) || verify->seconds > 1e7)
        return fail(EXIT_USAGE, "--time takes seconds, a number above 0, not '%s'", text);
    return 0;
}

static int take_number(struct verify_options *verify, enum verify_option option, const char *text)
{
    uint64_t value;
    int status;

    if (option == VERIFY_SCHEDULES)
        return option_number("schedules", text, 1, 1000000000000u, &verify->schedules);
    status = option_number("jobs", text, 1, 64, &value);
    verify->jobs = (unsigned)value;
    return status;
}

int verify_take(struct verify_options *verify, enum verify_option option, const char *text)
{
    switch (option) {
    case VERIFY_SCENARIO:
        return add("scenario", verify->scenarios, &verify->scenario_count, MOST_SCENARIOS, text);
    case VERIFY_RULE:
        return add("rule", verify->rules, &verify->rule_count, MOST_RULES, text);
    case VERIFY_TIME:
        return seconds(verify, text);
    case VERIFY_SHARD:
        return shard(verify, text);
    case VERIFY_REPLAY:
        verify->replay = text;
        return 0;
    case VERIFY_BASELINE:
        verify->baseline = text;
        return 0;
    case VERIFY_WRITE_BASELINE:
        verify->write_baseline = text;
        return 0;
    case VERIFY_JUNIT:
        verify->junit = text;
        return 0;
    case VERIFY_LIST:
        verify->list = true;
        return 0;
    case VERIFY_GDB:
        verify->gdb = true;
        return 0;
    case VERIFY_GUARD:
        verify->guard = true;
        return 0;
    default:
        return take_number(verify, option, text);
    }
}
