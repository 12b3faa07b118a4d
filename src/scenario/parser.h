// SPDX-License-Identifier: MIT
//
// The parser of scenario files, between its three files. Every function that returns bool has left a
// message when it returns false.
#ifndef PORTSIDE_SCENARIO_PARSER_H
#define PORTSIDE_SCENARIO_PARSER_H

#include "scenario/private.h"

enum { MOST_TOKENS = MOST_VALUES + 2 };

struct open_loop {
    const char *name; // NULL: a repeat
    unsigned step;
    int64_t low, high; // what its variable can be
};

struct parser {
    struct scenario *scenario;
    struct scenario_error *error;
    const char *path;
    unsigned line;
    char *tokens[MOST_TOKENS];
    unsigned count;
    bool in_thread;
    struct open_loop loops[MOST_LOOPS];
    unsigned loop_count;
    unsigned marks, ats; // how many of these steps there are
};

__attribute__((format(printf, 2, 3))) bool parser_complain(struct parser *parser,
                                                           const char *format, ...);
// A name of a sweep, loop, thread or signal: a-z, 0-9 and '-', at most 23 characters, a letter first.
bool parser_name(struct parser *parser, const char *text);

// parse_header.c: what stands before the first thread.
bool parse_header(struct parser *parser);
// parse_step.c: a line inside a thread.
bool parse_step(struct parser *parser);

#endif
