// SPDX-License-Identifier: MIT
//
// The trace: valid JSON, the same bytes for the same events, errors told at the end.
#include "tests/ps_test.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/finding.h"
#include "base/trace.h"

// ---- a checker of JSON: returns what follows a value, NULL if there is none ----------------------------

static const char *skip_space(const char *at)
{
    while (isspace((unsigned char)*at))
        at++;
    return at;
}

static const char *string(const char *at)
{
    if (*at++ != '"')
        return NULL;
    for (; *at != '"'; at++) {
        if ((unsigned char)*at < 0x20)
            return NULL;
        if (*at == '\\' && !*++at)
            return NULL;
    }
    return at + 1;
}

static const char *value(const char *at);

static const char *members(const char *at, char close, bool named)
{
    at = skip_space(at + 1);
    if (*at == close)
        return at + 1;
    for (;;) {
        at = skip_space(at);
        if (named && (!(at = string(at)) || *(at = skip_space(at)) != ':'))
            return NULL;
        if (!(at = value(skip_space(at + named))))
            return NULL;
        at = skip_space(at);
        if (*at == close)
            return at + 1;
        if (*at++ != ',')
            return NULL;
    }
}

static const char *value(const char *at)
{
    char *end;

    if (*at == '{')
        return members(at, '}', true);
    if (*at == '[')
        return members(at, ']', false);
    if (*at == '"')
        return string(at);
    strtod(at, &end);
    return end == at ? NULL : end;
}

static bool is_json(const char *text)
{
    const char *end = value(text);

    return end && !*skip_space(end);
}

// ---- tests -------------------------------------------------------------------------------------------

static char *trace_of(void (*events)(struct ps_system *system))
{
    struct ps_system *system = system_create(1);
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    assert_int_equal(trace_open(system, file), 0);
    assert_true(trace_enabled(system));
    events(system);
    assert_int_equal(trace_close(system), 0);
    assert_false(trace_enabled(system));
    fclose(file);
    system_destroy(system);
    return text;
}

static void no_events(struct ps_system *system)
{
}

static void some_events(struct ps_system *system)
{
    struct trace_row row = {1234567, "gr\"oup", "a\\b\n\xff", 3, 4};

    TRACE(system, 'i', "plain");
    TRACE(system, 'i', "with numbers", {"a", 1}, {"b", UINT64_MAX});
    trace_event_on(system, &row, 'B', "span \"x\"", 0, NULL);
    trace_event_on(system, &row, 'E', "", 0, NULL);
    finding_raise(system, "VF-4", SIDE_DRIVER, NULL, "text");
}

static void many_events(struct ps_system *system)
{
    for (unsigned i = 0; i < 5000; i++) {
        struct trace_row row = {i, "group", "row", 1, i % 300};

        trace_event_on(system, &row, 'i', "event", 0, NULL);
    }
}

PS_TEST(a_trace_is_json)
{
    void (*const all[])(struct ps_system *) = {no_events, some_events, many_events};

    for (unsigned i = 0; i < 3; i++) {
        char *text = trace_of(all[i]);

        assert_true(is_json(text));
        free(text);
    }
}

PS_TEST(a_trace_has_the_same_bytes_each_time)
{
    char *a = trace_of(many_events), *b = trace_of(many_events);

    assert_string_equal(a, b);
    free(a);
    free(b);
}

static unsigned occurrences(const char *text, const char *part)
{
    unsigned count = 0;

    for (; (text = strstr(text, part)); text++)
        count++;
    return count;
}

PS_TEST(rows_are_named_once)
{
    char *text = trace_of(many_events);

    assert_int_equal(occurrences(text, "\"process_name\""), 1);
    assert_int_equal(occurrences(text, "\"thread_name\""), 300);
    assert_int_equal(occurrences(text, "\"event\""), 5000);
    free(text);
}

PS_TEST(times_are_microseconds_with_three_decimals)
{
    char *text = trace_of(some_events);

    assert_int_equal(occurrences(text, "\"ts\":1234.567"), 2);
    assert_int_equal(occurrences(text, "\"b\":18446744073709551615"), 1);
    assert_int_equal(occurrences(text, "\"VF-4\""), 1);
    free(text);
}

PS_TEST(a_full_disk_is_told_at_the_end)
{
    struct ps_system *system = system_create(1);
    FILE *full = fopen("/dev/full", "w");

    assert_int_equal(trace_open(system, full), 0);
    assert_int_equal(trace_open(system, full), -EBUSY);
    many_events(system);
    assert_int_equal(trace_close(system), -ENOSPC);
    assert_int_equal(trace_close(system), 0); // nothing open
    fclose(full);
    system_destroy(system);
}
