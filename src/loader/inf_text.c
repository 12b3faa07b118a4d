// SPDX-License-Identifier: MIT
//
// Characters, lines and fields of an INF file; see inf_text.h. UTF-16 with a byte order mark becomes UTF-8; anything
// else is taken as it is.
#include "loader/inf_text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/inf.h"

int inf_refuse(const struct inf_text *text, unsigned line, const char *format, ...)
{
    va_list arguments;
    int used = snprintf(text->error, text->error_size, "%u: ", line);

    if (used >= 0 && (size_t)used < text->error_size) {
        va_start(arguments, format);
        vsnprintf(text->error + used, text->error_size - (size_t)used, format, arguments);
        va_end(arguments);
    }
    return -EBADMSG;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool inf_same(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b))
        a++, b++;
    return lower(*a) == lower(*b);
}

// ---- characters ----------------------------------------------------------------------------------------

static size_t put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xC0 | (c >> 6));
        to[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    to[0] = (char)(0xE0 | (c >> 12));
    to[1] = (char)(0x80 | ((c >> 6) & 0x3F));
    to[2] = (char)(0x80 | (c & 0x3F));
    return 3;
}

// Terminated, without a byte order mark; a NUL character becomes a space. NULL: no memory.
static char *to_utf8(const char *bytes, size_t size)
{
    const unsigned char *from = (const unsigned char *)bytes;
    bool wide = size >= 2 && from[0] == 0xFF && from[1] == 0xFE;
    char *buffer = malloc((wide ? size / 2 * 3 : size) + 1);
    size_t at = 0;

    if (!buffer)
        return NULL;
    if (wide) {
        for (size_t i = 2; i + 1 < size; i += 2)
            at += put_utf8(buffer + at, (uint32_t)(from[i] | (from[i + 1] << 8)));
    } else {
        size_t skip = size >= 3 && !memcmp(from, "\xEF\xBB\xBF", 3) ? 3 : 0;

        memcpy(buffer, bytes + skip, size - skip);
        at = size - skip;
    }
    for (size_t i = 0; i < at; i++)
        if (!buffer[i])
            buffer[i] = ' ';
    buffer[at] = 0;
    return buffer;
}

// ---- lines -----------------------------------------------------------------------------------------------

// Ends the line before its comment and trailing space; whether a string is left open.
static bool strip(char *line)
{
    bool quoted = false;
    size_t length = 0;

    for (size_t i = 0; line[i]; i++) {
        if (line[i] == '"')
            quoted = !quoted;
        if (line[i] == ';' && !quoted) {
            line[i] = 0;
            break;
        }
    }
    length = strlen(line);
    while (length && strchr(" \t\r\f\v", line[length - 1]))
        line[--length] = 0;
    return quoted;
}

static char *skip_space(char *at)
{
    while (*at && strchr(" \t\r\f\v", *at))
        at++;
    return at;
}

// An element is appended to an array that doubles; NULL: no memory.
static void *grow(void *array, unsigned count, size_t element)
{
    if (count & (count - 1))
        return array;
    return realloc(array, (count ? count * 2 : 1) * element);
}

static int add_section(struct inf_text *text, char *line, unsigned number)
{
    char *end = strchr(line, ']');
    void *grown;

    if (!end)
        return inf_refuse(text, number, "a section's name has no ]");
    *end = 0;
    grown = grow(text->sections, text->section_count, sizeof(char *));
    if (!grown)
        return -ENOMEM;
    text->sections = grown;
    text->sections[text->section_count++] = line + 1;
    return 0;
}

static int add_line(struct inf_text *text, char *line, unsigned number)
{
    void *grown;

    if (!text->section_count)
        return inf_refuse(text, number, "a line stands before the first section");
    grown = grow(text->lines, text->line_count, sizeof(struct inf_line));
    if (!grown)
        return -ENOMEM;
    text->lines = grown;
    text->lines[text->line_count++] =
        (struct inf_line){.text = line, .number = number, .section = text->section_count - 1};
    return 0;
}

static char *next_line(char **at)
{
    char *line = *at, *end;

    if (!line || !*line)
        return NULL;
    end = strchr(line, '\n');
    if (end)
        *end = 0;
    *at = end ? end + 1 : NULL;
    return line;
}

// Appends what follows a line that ends with a backslash; the text moves together in the buffer.
static bool join(char *line, char **rest, unsigned *number, bool *open)
{
    size_t length = strlen(line);
    char *more;

    while (length && line[length - 1] == '\\' && (more = next_line(rest))) {
        ++*number;
        *open = strip(more);
        more = skip_space(more);
        memmove(line + length - 1, more, strlen(more) + 1);
        length += strlen(more) - 1;
        if (*open)
            return false;
    }
    return true;
}

static int read_lines(struct inf_text *text)
{
    char *rest = text->buffer, *line;
    unsigned number = 0;
    int result = 0;

    while (!result && (line = next_line(&rest))) {
        unsigned first = ++number;
        bool open = strip(line);

        line = skip_space(line);
        if (!open)
            join(line, &rest, &number, &open);
        if (open)
            return inf_refuse(text, number, "a string has no end");
        if (*line == '[')
            result = add_section(text, line, first);
        else if (*line)
            result = add_line(text, line, first);
    }
    return result;
}

// ---- what stands where -----------------------------------------------------------------------------------

static bool index_sections(struct inf_text *text)
{
    for (unsigned i = 0; i < text->section_count; i++)
        if (!inf_index_put(&text->names, text->sections[i], strlen(text->sections[i]), i))
            return false;
    return true;
}

// Chains the lines of each section, from the last to the first.
static bool chain_lines(struct inf_text *text)
{
    text->first = malloc((text->section_count + 1u) * sizeof(*text->first));
    if (!text->first)
        return false;
    for (unsigned i = 0; i < text->section_count; i++)
        text->first[i] = text->line_count;
    for (unsigned i = text->line_count; i-- > 0;) {
        struct inf_line *line = &text->lines[i];
        const char *name = text->sections[line->section];

        inf_index_get(&text->names, name, strlen(name), &line->section);
        line->next = text->first[line->section];
        text->first[line->section] = i;
    }
    return true;
}

static bool index_strings(struct inf_text *text)
{
    const struct inf_line *line;
    unsigned at = 0;

    while ((line = inf_next(text, "Strings", &at))) {
        const char *equal = strchr(line->text, '='), *end = equal;

        while (end && end > line->text && (end[-1] == ' ' || end[-1] == '\t'))
            end--;
        if (equal && !inf_index_put(&text->strings, line->text, (size_t)(end - line->text),
                                    (unsigned)(line - text->lines)))
            return false;
    }
    return true;
}

int inf_text_read(struct inf_text *text, const char *bytes, size_t size)
{
    int result;

    if (size > INF_FILE_BYTES)
        return inf_refuse(text, 0, "larger than %d bytes", INF_FILE_BYTES);
    text->buffer = to_utf8(bytes, size);
    result = text->buffer ? read_lines(text) : -ENOMEM;
    if (!result && (!index_sections(text) || !chain_lines(text) || !index_strings(text)))
        result = -ENOMEM;
    return result;
}

void inf_text_free(struct inf_text *text)
{
    free(text->buffer);
    free(text->sections);
    free(text->lines);
    free(text->first);
    inf_index_free(&text->names);
    inf_index_free(&text->strings);
}

bool inf_has_section(const struct inf_text *text, const char *name)
{
    unsigned section;

    return inf_index_get(&text->names, name, strlen(name), &section);
}

const struct inf_line *inf_next(const struct inf_text *text, const char *section, unsigned *at)
{
    unsigned wanted, line;

    if (!inf_index_get(&text->names, section, strlen(section), &wanted))
        return NULL;
    line = text->first[wanted];
    if (*at && text->lines[*at - 1].section == wanted)
        line = text->lines[*at - 1].next;
    while (line < *at)
        line = text->lines[line].next;
    if (line >= text->line_count)
        return NULL;
    *at = line + 1;
    return &text->lines[line];
}

// ---- fields ----------------------------------------------------------------------------------------------

// One field in the making.
struct writer {
    const struct inf_text *text;
    unsigned line;
    char *to;
    size_t used;
};

static bool put(struct writer *writer, const char *from, size_t bytes)
{
    if (writer->used + bytes >= INF_FIELD_BYTES)
        return false;
    memcpy(writer->to + writer->used, from, bytes);
    writer->used += bytes;
    writer->to[writer->used] = 0;
    return true;
}

// The raw right side of "name = value" in [Strings]; its quotes are taken off here, nothing in it is replaced.
static bool put_string(struct writer *writer, const char *name, size_t length)
{
    unsigned line;

    if (!inf_index_get(&writer->text->strings, name, length, &line))
        return put(writer, "%", 1) && put(writer, name, length) && put(writer, "%", 1);
    for (const char *c = skip_space(strchr(writer->text->lines[line].text, '=') + 1); *c; c++)
        if (*c != '"' || (c[1] == '"' && c++))
            if (!put(writer, c, 1))
                return false;
    return true;
}

// Copies up to an unquoted ',' or, if `keys`, '='; the end of the field or NULL if it is too long.
static const char *read_field(struct writer *writer, const char *at, bool keys)
{
    bool quoted = false, fits = true;
    size_t solid = 0;

    for (; *at && fits && (quoted || (*at != ',' && !(keys && *at == '='))); at++) {
        const char *percent = *at == '%' ? strchr(at + 1, '%') : NULL;

        if (*at == '"' && quoted && at[1] == '"') {
            fits = put(writer, at++, 1);
        } else if (*at == '"') {
            quoted = !quoted;
            solid = writer->used;
            continue;
        } else if (percent == at + 1) {
            fits = put(writer, at++, 1);
        } else if (percent) {
            fits = put_string(writer, at + 1, (size_t)(percent - at - 1));
            at = percent;
        } else {
            fits = put(writer, at, 1);
        }
        if (quoted || (*at != ' ' && *at != '\t'))
            solid = writer->used;
    }
    writer->used = solid;
    writer->to[solid] = 0;
    return fits ? at : NULL;
}

// The written text to the place of the key or of the next field, which is counted.
static int store(struct inf_fields *out, bool key, const struct writer *writer)
{
    char *copy = malloc(writer->used + 1);

    if (!copy)
        return -ENOMEM;
    memcpy(copy, writer->to, writer->used + 1);
    if (key)
        out->key = copy;
    else
        out->fields[out->count++] = copy;
    return 0;
}

int inf_split(const struct inf_text *text, const struct inf_line *line, struct inf_fields *out)
{
    // A field's text cannot be longer than all of them may be.
    const size_t most = (size_t)INF_FIELD_BYTES * 16;
    char field[INF_FIELD_BYTES];
    const char *at = line->text;
    size_t used = 0;
    int result = 0;

    out->key = NULL;
    out->count = 0;
    while (at && !result) {
        struct writer writer = {text, line->number, field, 0};

        field[0] = 0;
        at = read_field(&writer, skip_space((char *)at), !out->key && !out->count);
        used += writer.used + 1;
        if (!at || used > most)
            return inf_refuse(text, line->number, "a field is longer than %d bytes", INF_FIELD_BYTES);
        if (out->count == INF_FIELDS)
            return inf_refuse(text, line->number, "more than %d fields", INF_FIELDS);
        result = store(out, *at == '=' && !out->key && !out->count, &writer);
        at = *at ? at + 1 : NULL;
    }
    return result;
}

void inf_fields_free(struct inf_fields *fields)
{
    free(fields->key);
    for (unsigned i = 0; i < fields->count; i++)
        free(fields->fields[i]);
    fields->key = NULL;
    fields->count = 0;
}
