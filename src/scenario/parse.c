// SPDX-License-Identifier: MIT
//
// A scenario's file: lines into tokens, tokens to parse_header.c and parse_step.c.
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/parser.h"

bool parser_complain(struct parser *parser, const char *format, ...)
{
    char *text = parser->error->text;
    size_t size = sizeof(parser->error->text);
    int length = snprintf(text, size, "%.120s:%u: ", parser->path, parser->line);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text + length, size - (size_t)length, format, arguments);
    va_end(arguments);
    return false;
}

bool parser_name(struct parser *parser, const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

    if (text[length] || length > 23 || *text < 'a' || *text > 'z')
        return parser_complain(parser, "'%.40s' is no name: a-z, 0-9, '-', a letter first", text);
    return true;
}

// ---- lines -------------------------------------------------------------------------------------------

static bool clean(struct parser *parser, const char *line, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((line[i] < ' ' && line[i] != '\t') || line[i] == 0x7f)
            return parser_complain(parser, "a control character");
    return true;
}

// Cuts the line into tokens, up to a '#' that begins one. A title is one token, to the line's end.
static bool cut(struct parser *parser, char *line)
{
    char *rest = NULL;

    parser->count = 0;
    for (char *token = strtok_r(line, " \t", &rest); token && *token != '#';
         token = strtok_r(NULL, " \t", &rest)) {
        if (parser->count == MOST_TOKENS)
            return parser_complain(parser, "too many words");
        parser->tokens[parser->count++] = token;
        if (parser->count == 1 && !strcmp(token, "title") && rest && *rest) {
            parser->tokens[parser->count++] = rest + strspn(rest, " \t");
            break;
        }
    }
    return true;
}

static bool parse_line(struct parser *parser, char *line, size_t length)
{
    if (length && line[length - 1] == '\r')
        line[--length] = 0;
    if (!clean(parser, line, length) || !cut(parser, line))
        return false;
    if (!parser->count)
        return true;
    return parser->in_thread ? parse_step(parser) : parse_header(parser);
}

static bool whole(struct parser *parser)
{
    const struct scenario *scenario = parser->scenario;

    if (parser->in_thread)
        return parser_complain(parser, "the thread has no 'end'");
    if (!scenario->title)
        return parser_complain(parser, "there is no 'title'");
    if (!scenario->script_count)
        return parser_complain(parser, "there is no 'thread'");
    if (scenario->at != AT_NONE && !(parser->marks && parser->ats))
        return parser_complain(parser, "a sweep over places needs the steps 'mark' and 'at'");
    if (scenario->at == AT_NONE && (parser->marks || parser->ats))
        return parser_complain(parser, "'mark' and 'at' need a line 'sweep-at points' or 'sweep-at calls'");
    return true;
}

static bool parse_all(struct parser *parser, size_t bytes)
{
    char *at = parser->scenario->text, *end = at + bytes;

    if (memchr(at, 0, bytes))
        return parser_complain(parser, "a NUL character");
    while (at < end) {
        char *next = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((next ? next : end) - at);

        parser->line++;
        at[length] = 0;
        if (!parse_line(parser, at, length))
            return false;
        at += length + 1;
    }
    return whole(parser);
}

// ---- the file ----------------------------------------------------------------------------------------

static bool set_name(struct parser *parser)
{
    const char *slash = strrchr(parser->path, '/'), *name = slash ? slash + 1 : parser->path;
    size_t length = strcspn(name, ".");

    if (!length || length >= sizeof(parser->scenario->name) ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") < length)
        return parser_complain(parser, "a scenario's file is called by a-z, 0-9 and '-', at most %zu",
                               sizeof(parser->scenario->name) - 1);
    memcpy(parser->scenario->name, name, length);
    return true;
}

static struct scenario *scenario_new(const char *text, size_t bytes)
{
    struct scenario *scenario = calloc(1, sizeof(*scenario));

    if (!scenario)
        return NULL;
    scenario->text = malloc(bytes + 1);
    scenario->steps = calloc(MOST_STEPS, sizeof(*scenario->steps));
    if (!scenario->text || !scenario->steps) {
        scenario_free(scenario);
        return NULL;
    }
    memcpy(scenario->text, text, bytes);
    scenario->text[bytes] = 0;
    scenario->rule = "SCENARIO";
    scenario->start = SCENARIO_STARTED;
    scenario->limit = 60000000000;
    return scenario;
}

int scenario_parse(const char *path, const char *text, size_t bytes, struct scenario **out,
                   struct scenario_error *error)
{
    struct parser parser = {.error = error, .path = path};

    *out = NULL;
    error->text[0] = 0;
    if (bytes > MOST_TEXT) {
        parser_complain(&parser, "a scenario has at most %d bytes", MOST_TEXT);
        return -EINVAL;
    }
    parser.scenario = scenario_new(text, bytes);
    if (!parser.scenario)
        return -ENOMEM;
    if (!set_name(&parser) || !parse_all(&parser, bytes)) {
        scenario_free(parser.scenario);
        return -EINVAL;
    }
    *out = parser.scenario;
    return 0;
}

static int read_file(const char *path, char *text, size_t size, size_t *bytes)
{
    FILE *file = fopen(path, "re");
    int result = 0;

    if (!file)
        return -errno;
    errno = 0;
    *bytes = fread(text, 1, size, file);
    if (ferror(file))
        result = errno ? -errno : -EIO;
    fclose(file);
    return result;
}

int scenario_load(const char *path, struct scenario **out, struct scenario_error *error)
{
    char *text = malloc(MOST_TEXT + 1);
    size_t bytes = 0;
    int result = text ? read_file(path, text, MOST_TEXT + 1, &bytes) : -ENOMEM;

    *out = NULL;
    if (result)
        snprintf(error->text, sizeof(error->text), "%.200s: %s", path, strerror(-result));
    else
        result = scenario_parse(path, text, bytes, out, error);
    free(text);
    return result;
}

void scenario_free(struct scenario *scenario)
{
    if (!scenario)
        return;
    for (unsigned i = 0; i < scenario->sweep_count; i++)
        free(scenario->sweeps[i].numbers);
    free(scenario->steps);
    free(scenario->text);
    free(scenario);
}

const char *scenario_name(const struct scenario *scenario)
{
    return scenario->name;
}

const char *scenario_title(const struct scenario *scenario)
{
    return scenario->title;
}

enum scenario_start scenario_start(const struct scenario *scenario)
{
    return scenario->start;
}
