// SPDX-License-Identifier: MIT
//
// An INF file as sections of logical lines, between inf_text.c (characters, comments, continuation, fields, %strings%)
// and inf.c (what the sections mean).
#ifndef PORTSIDE_LOADER_INF_TEXT_H
#define PORTSIDE_LOADER_INF_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/inf_index.h"

enum { INF_FIELDS = 512, INF_FIELD_BYTES = 8192 };

struct inf_line {
    char *text;      // without comment, trimmed, terminated
    unsigned number;  // in the file, from 1
    unsigned section; // the first of its name
    unsigned next;    // index of the next line of a section of that name; line_count or more: none
};

struct inf_text {
    char *buffer;
    char **sections; // names
    unsigned section_count;
    struct inf_line *lines;
    unsigned line_count;
    struct inf_index names;   // of sections; to the index of the first one
    struct inf_index strings; // left sides of [Strings]; to the index of their line
    unsigned *first;          // per section: index of its first line; line_count or more: none
    char *error;
    size_t error_size;
};

// 0, -EBADMSG with a text in `error`, -ENOMEM. Free it in any case.
int inf_text_read(struct inf_text *text, const char *bytes, size_t size);
void inf_text_free(struct inf_text *text);

__attribute__((format(printf, 3, 4))) int inf_refuse(const struct inf_text *text, unsigned line,
                                                     const char *format, ...);

bool inf_same(const char *a, const char *b); // without case
bool inf_has_section(const struct inf_text *text, const char *name);
// The next line of any section of that name from `*at` on, which moves behind it; NULL: no more.
const struct inf_line *inf_next(const struct inf_text *text, const char *section, unsigned *at);

// The fields of a line, unquoted, with %strings% replaced: those before an '=' are one, `key`; NULL if there is none.
struct inf_fields {
    char *key;
    char *fields[INF_FIELDS];
    unsigned count;
};
// Free them in any case.
int inf_split(const struct inf_text *text, const struct inf_line *line, struct inf_fields *out);
void inf_fields_free(struct inf_fields *fields);

#endif
