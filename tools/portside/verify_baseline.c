/* SPDX-License-Identifier: MIT */
/*
 * Baselines: findings that are known, one a line: rule, side and call site with tabs between. Empty lines and
 * those that begin with # count for nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify.h"

struct baseline {
    char **lines;
    bool *used;
    unsigned count;
};

enum { LONGEST_LINE = 1024, MOST_LINES = 100000 };

static int bad(const char *path, unsigned number, const char *what)
{
    return fail(EXIT_INPUT, "%s:%u: %s", path, number, what);
}

static int add(struct baseline *baseline, const char *line)
{
    char **lines = realloc(baseline->lines, (baseline->count + 1) * sizeof(*lines));
    bool *used;

    if (!lines)
        return -ENOMEM;
    baseline->lines = lines;
    used = realloc(baseline->used, (baseline->count + 1) * sizeof(*used));
    if (!used)
        return -ENOMEM;
    baseline->used = used;
    used[baseline->count] = false;
    lines[baseline->count] = strdup(line);
    return lines[baseline->count++] ? 0 : -ENOMEM;
}

static int take(struct baseline *baseline, const char *path, unsigned number, char *line,
                size_t length)
{
    char *tab = strchr(line, '\t');

    if (strlen(line) != length || length >= LONGEST_LINE)
        return bad(path, number, "not a line of a baseline");
    line[strcspn(line, "\r\n")] = 0;
    if (!*line || *line == '#')
        return 0;
    if (!tab || !strchr(tab + 1, '\t') || number > MOST_LINES)
        return bad(path, number, "a known finding is RULE, SIDE and PLACE with tabs between");
    return add(baseline, line) ? fail(EXIT_INTERNAL, "out of memory") : 0;
}

int baseline_read(const char *path, struct baseline **out)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    unsigned number = 0;
    int status = 0;

    *out = NULL;
    if (!file)
        return fail(EXIT_INPUT, "%s: %s; --write-baseline %s makes one", path, strerror(errno), path);
    *out = calloc(1, sizeof(**out));
    while (*out && !status && (length = getline(&line, &size, file)) > 0)
        status = take(*out, path, ++number, line, (size_t)length);
    if (!status && (!*out || ferror(file)))
        status = fail(EXIT_INPUT, "%s: cannot be read", path);
    free(line);
    fclose(file);
    if (status) {
        baseline_free(*out);
        *out = NULL;
    }
    return status;
}

void baseline_free(struct baseline *baseline)
{
    if (!baseline)
        return;
    for (unsigned i = 0; i < baseline->count; i++)
        free(baseline->lines[i]);
    free(baseline->lines);
    free(baseline->used);
    free(baseline);
}

bool baseline_knows(struct baseline *baseline, const struct ps_verify_finding *finding)
{
    char key[LONGEST_LINE];
    bool known = false;

    verify_key(finding, key, sizeof(key));
    for (unsigned i = 0; baseline && i < baseline->count; i++) {
        bool same = !strcmp(baseline->lines[i], key);

        baseline->used[i] |= same;
        known |= same;
    }
    return known;
}

unsigned baseline_unused(const struct baseline *baseline)
{
    unsigned unused = 0;

    for (unsigned i = 0; i < baseline->count; i++)
        unused += !baseline->used[i];
    return unused;
}

int baseline_write(const char *path, const struct ps_verify *verify)
{
    struct ps_verify_finding finding;
    FILE *file = fopen(path, "w");
    bool bad_write;

    if (!file)
        return fail(EXIT_OUTPUT, "%s: cannot be written: %s", path, strerror(errno));
    fprintf(file, "# Known findings for portside verify --baseline: rule, side, call site.\n");
    for (unsigned i = 0; !ps_verify_finding(verify, i, &finding); i++) {
        char key[LONGEST_LINE];

        verify_key(&finding, key, sizeof(key));
        fprintf(file, "%s\n", key);
    }
    bad_write = ferror(file);
    if (fclose(file) || bad_write)
        return fail(EXIT_OUTPUT, "%s: cannot be written", path);
    return 0;
}
