/* SPDX-License-Identifier: MIT */
/*
 * portside.toml beside a driver: what verify is to do with it. A small strict part of TOML: keys with whole
 * numbers, "texts" and lists of texts, one table, comments. The command line goes before it.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify.h"

enum { MOST_BYTES = 64 << 10, LONGEST_KEY = 32, LONGEST_VALUE = 256, MOST_TEXTS = 128 };

struct config {
    char path[4096];
    char *content;
    const char *at;
    unsigned line;
    char *texts[MOST_TEXTS]; /* what options point to */
    unsigned text_count;
    struct options *options;
    bool command_line_has_scenarios, command_line_has_device;
};

/* One value as it is written. */
struct value {
    enum { VALUE_NUMBER, VALUE_TEXT, VALUE_LIST } kind;
    uint64_t number;
    char texts[MOST_SCENARIOS][LONGEST_VALUE];
    unsigned count;
};

__attribute__((format(printf, 2, 3))) static int bad(const struct config *config,
                                                     const char *format, ...)
{
    char what[400];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    return fail(EXIT_USAGE, "%s:%u: %s", config->path, config->line, what);
}

/* ---- reading ---- */

static void skip_blanks(struct config *config)
{
    while (*config->at == ' ' || *config->at == '\t')
        config->at++;
}

/* Blanks, comments and ends of lines. */
static void skip_lines(struct config *config)
{
    for (skip_blanks(config); *config->at && strchr("#\r\n", *config->at); skip_blanks(config)) {
        config->at += strcspn(config->at, "\n");
        if (*config->at == '\n') {
            config->at++;
            config->line++;
        }
    }
}

static int end_line(struct config *config)
{
    skip_blanks(config);
    if (*config->at && !strchr("#\r\n", *config->at))
        return bad(config, "'%.20s': too much on the line", config->at);
    skip_lines(config);
    return 0;
}

static int read_key(struct config *config, char key[LONGEST_KEY])
{
    size_t length = 0;

    while (isalnum((unsigned char)config->at[length]) || config->at[length] == '-' ||
           config->at[length] == '_')
        length++;
    if (!length || length >= LONGEST_KEY)
        return bad(config, "a line is KEY = VALUE or [rules]");
    memcpy(key, config->at, length);
    key[length] = 0;
    config->at += length;
    skip_blanks(config);
    if (*config->at++ != '=')
        return bad(config, "%s: '=' is missing", key);
    skip_blanks(config);
    return 0;
}

static int read_text(struct config *config, char out[LONGEST_VALUE])
{
    size_t length = 0;

    for (config->at++; *config->at != '"'; config->at++) {
        bool escaped = *config->at == '\\';

        config->at += escaped;
        if ((unsigned char)*config->at < ' ' || (escaped && !strchr("\"\\", *config->at)))
            return bad(config, "a text ends on its line with '\"'; of the escapes there are \\\" and \\\\");
        if (length == LONGEST_VALUE - 1)
            return bad(config, "a text of more than %d bytes", LONGEST_VALUE - 1);
        out[length++] = *config->at;
    }
    out[length] = 0;
    config->at++;
    return 0;
}

static int read_list(struct config *config, struct value *value)
{
    config->at++;
    for (skip_lines(config); *config->at != ']'; skip_lines(config)) {
        if (*config->at != '"' || value->count == MOST_SCENARIOS)
            return bad(config, "a list is [\"text\", \"text\"], at most %d of them", MOST_SCENARIOS);
        if (read_text(config, value->texts[value->count++]))
            return EXIT_USAGE;
        skip_lines(config);
        if (*config->at == ',')
            config->at++;
        else if (*config->at != ']')
            return bad(config, "',' or ']' is missing in a list");
    }
    config->at++;
    return 0;
}

static int read_number(struct config *config, uint64_t *out)
{
    char *end;

    errno = 0;
    *out = strtoull(config->at, &end, 10);
    if (errno || !isdigit((unsigned char)*config->at) || (*config->at == '0' && end - config->at > 1))
        return bad(config, "a value is a whole number, \"text\" or [\"text\", \"text\"]");
    config->at = end;
    return 0;
}

static int read_value(struct config *config, struct value *value)
{
    int status;

    value->count = 0;
    if (*config->at == '"') {
        value->kind = VALUE_TEXT;
        status = read_text(config, value->texts[value->count++]);
    } else if (*config->at == '[') {
        value->kind = VALUE_LIST;
        status = read_list(config, value);
    } else {
        value->kind = VALUE_NUMBER;
        status = read_number(config, &value->number);
    }
    return status ? status : end_line(config);
}

/* ---- what it means ---- */

/* A text that stays. NULL: no memory, or too many. */
__attribute__((format(printf, 2, 3))) static const char *keep(struct config *config,
                                                              const char *format, ...)
{
    va_list arguments;
    char *text = NULL;
    int length;

    if (config->text_count == MOST_TEXTS)
        return NULL;
    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return NULL;
    return config->texts[config->text_count++] = text;
}

/* Files of scenarios are beside this one. */
static int take_scenarios(struct config *config, const struct value *value)
{
    struct verify_options *verify = &config->options->verify;
    int folder = (int)(strrchr(config->path, '/') - config->path);

    for (unsigned i = 0; i < value->count && !config->command_line_has_scenarios; i++) {
        const char *name = value->texts[i];
        bool beside = strchr(name, '/') && *name != '/';
        const char *text = beside ? keep(config, "%.*s/%s", folder, config->path, name)
                                  : keep(config, "%s", name);

        if (!text || verify->scenario_count == MOST_SCENARIOS)
            return bad(config, "scenarios: too many");
        verify->scenarios[verify->scenario_count++] = text;
    }
    return 0;
}

static int take_text(struct config *config, const char *key, const struct value *value)
{
    struct options *options = config->options;

    if (!strcmp(key, "memory") && strcmp(value->texts[0], "scattered") &&
        strcmp(value->texts[0], "contiguous") && strcmp(value->texts[0], "fragmented"))
        return bad(config, "memory: it is \"scattered\", \"contiguous\" or \"fragmented\"");
    if (!strcmp(key, "memory"))
        return options->has_memory ? 0 : option_memory(options, value->texts[0]);
    if (!config->command_line_has_device)
        options->device = keep(config, "%s", value->texts[0]);
    return options->device ? 0 : fail(EXIT_INTERNAL, "out of memory");
}

static int take_number(struct config *config, const char *key, uint64_t number)
{
    struct options *options = config->options;

    if (!strcmp(key, "schedules")) {
        if (!number)
            return bad(config, "schedules: at least 1");
        if (!options->verify.schedules)
            options->verify.schedules = number;
    } else if (!strcmp(key, "seed")) {
        if (!options->has_seed)
            options->system.seed = number;
    } else if (number < 1 || number > 8) {
        return bad(config, "processors: from 1 to 8");
    } else if (!options->system.processors) {
        options->system.processors = (unsigned)number;
    }
    return 0;
}

/* Rules of the command line come last, so they count. */
static int take_rule(struct config *config, const char *key, const struct value *value)
{
    struct verify_options *verify = &config->options->verify;
    const char *mode = value->texts[0];
    const char *text;

    if (value->kind != VALUE_TEXT ||
        (strcmp(mode, "stop") && strcmp(mode, "report") && strcmp(mode, "remark") && strcmp(mode, "off")))
        return bad(config, "%s: a rule is \"stop\", \"report\", \"remark\" or \"off\"", key);
    text = keep(config, "%s=%s", key, mode);
    if (!text || verify->rule_count == MOST_RULES)
        return bad(config, "too many rules");
    memmove(verify->rules + 1, verify->rules, verify->rule_count * sizeof(verify->rules[0]));
    verify->rules[0] = text;
    verify->rule_count++;
    return 0;
}

static int take(struct config *config, bool rules, const char *key, const struct value *value)
{
    static const struct {
        const char *key;
        int kind;
    } keys[] = {{"schedules", VALUE_NUMBER}, {"seed", VALUE_NUMBER},   {"processors", VALUE_NUMBER},
                {"memory", VALUE_TEXT},      {"device", VALUE_TEXT},   {"scenarios", VALUE_LIST}};
    static const char *const kinds[] = {"whole number", "\"text\"", "list of texts"};
    size_t i = 0;

    if (rules)
        return take_rule(config, key, value);
    while (i < sizeof(keys) / sizeof(*keys) && strcmp(keys[i].key, key))
        i++;
    if (i == sizeof(keys) / sizeof(*keys))
        return bad(config, "%s: no such key; there are schedules, seed, processors, memory, device, "
                           "scenarios and the table [rules]", key);
    if ((int)value->kind != keys[i].kind)
        return bad(config, "%s: a %s is needed", key, kinds[keys[i].kind]);
    if (value->kind == VALUE_NUMBER)
        return take_number(config, key, value->number);
    return value->kind == VALUE_TEXT ? take_text(config, key, value) : take_scenarios(config, value);
}

static int parse(struct config *config)
{
    static const char table[] = "[rules]";
    struct value *value = malloc(sizeof(*value));
    char key[LONGEST_KEY];
    bool rules = false;
    int status = value ? 0 : fail(EXIT_INTERNAL, "out of memory");

    for (skip_lines(config); !status && *config->at;) {
        unsigned line = config->line;

        if (*config->at == '[') {
            if (rules || strncmp(config->at, table, sizeof(table) - 1))
                status = bad(config, "there is one table, [rules], and once");
            rules = true;
            config->at += status ? 0 : sizeof(table) - 1;
            status = status ? status : end_line(config);
            continue;
        }
        status = read_key(config, key);
        if (!status)
            status = read_value(config, value);
        if (!status) {
            unsigned next = config->line;

            config->line = line;
            status = take(config, rules, key, value);
            config->line = next;
        }
    }
    free(value);
    return status;
}

/* ---- the file ---- */

static int read_content(struct config *config, FILE *file)
{
    size_t length;

    config->content = calloc(1, MOST_BYTES + 1);
    if (!config->content)
        return fail(EXIT_INTERNAL, "out of memory");
    length = fread(config->content, 1, MOST_BYTES + 1, file);
    if (ferror(file))
        return fail(EXIT_INPUT, "%s: cannot be read", config->path);
    if (length > MOST_BYTES || strlen(config->content) != length)
        return fail(EXIT_USAGE, "%s: not a text of at most %d bytes", config->path, MOST_BYTES);
    config->at = config->content;
    config->line = 1;
    return parse(config);
}

int config_read(struct options *options, struct config **out)
{
    const char *slash = options->file ? strrchr(options->file, '/') : NULL;
    FILE *file;
    int status;

    *out = NULL;
    if (!slash) /* a built-in driver */
        return 0;
    *out = calloc(1, sizeof(**out));
    if (!*out)
        return fail(EXIT_INTERNAL, "out of memory");
    (*out)->options = options;
    (*out)->command_line_has_scenarios = options->verify.scenario_count;
    (*out)->command_line_has_device = strcmp(options->device, "auto");
    if ((size_t)snprintf((*out)->path, sizeof((*out)->path), "%.*s/portside.toml",
                         (int)(slash - options->file), options->file) >= sizeof((*out)->path))
        return 0;
    file = fopen((*out)->path, "r");
    if (!file && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    status = file ? read_content(*out, file)
                  : fail(EXIT_INPUT, "%s: %s", (*out)->path, strerror(errno));
    if (file)
        fclose(file);
    if (status) {
        config_free(*out);
        *out = NULL;
    }
    return status;
}

void config_free(struct config *config)
{
    if (!config)
        return;
    for (unsigned i = 0; i < config->text_count; i++)
        free(config->texts[i]);
    free(config->content);
    free(config);
}
