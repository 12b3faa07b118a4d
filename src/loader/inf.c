// SPDX-License-Identifier: MIT
//
// From the sections of an INF file to registry values; see inf.h.
#include "loader/inf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "loader/inf_text.h"

enum { NAME_BYTES = 256, REG_SZ = 1, REG_EXPAND_SZ = 2, REG_BINARY = 3, REG_DWORD = 4, REG_MULTI_SZ = 7 };

// Flags of an AddReg line.
enum { FLAG_BINARY = 1, FLAG_DELETE = 4, FLAG_KEY_ONLY = 0x10 };

enum { MOST_LINES = 200000 }; // read in all: sections that name each other in turn make many of few
enum { MOST_NEEDS = 64 }; // sections of Needs followed: they may name each other in a ring

struct reader {
    struct inf_text *text;
    const struct inf_sink *sink;
    const char *const *ids;
    struct inf_value value; // root, class and reference of the section being read
    unsigned needs;         // sections of Needs followed so far
    unsigned lines;         // read so far
};

// ---- data --------------------------------------------------------------------------------------------------

struct data {
    unsigned char *bytes;
    size_t count, room;
};

static bool append(struct data *data, const void *from, size_t bytes)
{
    if (data->count + bytes > data->room) {
        size_t room = (data->count + bytes) * 2 + 64;
        void *grown = realloc(data->bytes, room);

        if (!grown)
            return false;
        data->bytes = grown;
        data->room = room;
    }
    memcpy(data->bytes + data->count, from, bytes);
    data->count += bytes;
    return true;
}

// One character of UTF-8; what is not well-formed is one Latin-1 byte.
static uint32_t decode(const unsigned char **at)
{
    const unsigned char *c = *at;
    unsigned more = c[0] >= 0xF0 ? 3 : c[0] >= 0xE0 ? 2 : c[0] >= 0xC0 ? 1 : 0;
    uint32_t value = c[0] & (0x3Fu >> more);

    if (c[0] < 0x80 || c[0] > 0xF4 || !more) {
        ++*at;
        return c[0];
    }
    for (unsigned i = 1; i <= more; i++) {
        if ((c[i] & 0xC0) != 0x80) {
            ++*at;
            return c[0];
        }
        value = (value << 6) | (c[i] & 0x3F);
    }
    *at += more + 1;
    return value;
}

static bool append_unit(struct data *data, uint32_t unit)
{
    unsigned char bytes[2] = {(unsigned char)unit, (unsigned char)(unit >> 8)};

    return append(data, bytes, 2);
}

// UTF-16LE with its terminator.
static bool append_string(struct data *data, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    while (*at) {
        uint32_t c = decode(&at);
        bool fits = c < 0x10000 ? append_unit(data, c)
                                : append_unit(data, 0xD800 + ((c - 0x10000) >> 10)) &&
                                      append_unit(data, 0xDC00 + ((c - 0x10000) & 0x3FF));

        if (!fits)
            return false;
    }
    return append_unit(data, 0);
}

// Numbers of INF files: decimal, 0x hexadecimal, maybe negative.
static bool number(const char *text, uint32_t *out)
{
    long long value;
    char *end;

    errno = 0;
    value = strtoll(text, &end, !strncmp(text, "0x", 2) || !strncmp(text, "0X", 2) ? 16 : 10);
    if (errno || !*text || *end || value < INT32_MIN || value > UINT32_MAX)
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool byte(const char *text, unsigned char *out)
{
    size_t digits = strspn(text, "0123456789abcdefABCDEF");

    *out = (unsigned char)strtoul(text, NULL, 16);
    return (digits == 1 || digits == 2) && !text[digits];
}

static int read_bytes(const struct reader *reader, const struct inf_line *line, char *const *fields,
                      unsigned count, struct data *data)
{
    for (unsigned i = 0; i < count; i++) {
        unsigned char value;

        if (!*fields[i] && count == 1)
            break;
        if (!byte(fields[i], &value))
            return inf_refuse(reader->text, line->number, "'%.40s' is no byte in hexadecimal", fields[i]);
        if (!append(data, &value, 1))
            return -ENOMEM;
    }
    return 0;
}

static int read_dword(const struct reader *reader, const struct inf_line *line, char *const *fields,
                      unsigned count, struct data *data)
{
    unsigned char bytes[4];
    uint32_t value = 0;

    if (count > 1)
        return read_bytes(reader, line, fields, count, data);
    if (count && *fields[0] && !number(fields[0], &value))
        return inf_refuse(reader->text, line->number, "'%.40s' is no number", fields[0]);
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
    return append(data, bytes, sizeof(bytes)) ? 0 : -ENOMEM;
}

static int read_strings(char *const *fields, unsigned count, bool several, struct data *data)
{
    if (!several)
        return append_string(data, count ? fields[0] : "") ? 0 : -ENOMEM;
    for (unsigned i = 0; i < count; i++)
        if (*fields[i] && !append_string(data, fields[i]))
            return -ENOMEM;
    return append_string(data, "") ? 0 : -ENOMEM;
}

static int read_data(const struct reader *reader, const struct inf_line *line, uint32_t flags,
                     char *const *fields, unsigned count, struct inf_value *value, struct data *data)
{
    uint32_t kind = flags & 0xFFFF0001u;

    switch (kind) {
    case 0x00000000:
    case 0x00020000:
        value->type = kind ? REG_EXPAND_SZ : REG_SZ;
        return read_strings(fields, count, false, data);
    case 0x00010000:
        value->type = REG_MULTI_SZ;
        return read_strings(fields, count, true, data);
    case 0x00010001:
        value->type = REG_DWORD;
        return read_dword(reader, line, fields, count, data);
    default: // the type in the high word
        value->type = kind == FLAG_BINARY ? REG_BINARY : kind == 0x00020001 ? 0 : kind >> 16;
        return read_bytes(reader, line, fields, count, data);
    }
}

// ---- AddReg ------------------------------------------------------------------------------------------------

static bool root_of(const char *text, struct inf_value *value)
{
    static const struct {
        const char *name;
        enum inf_root root;
    } roots[] = {{"HKLM", INF_MACHINE}, {"HKU", INF_USERS}, {"HKCU", INF_USER}, {"HKCR", INF_CLASSES}};

    for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++)
        if (inf_same(text, roots[i].name)) {
            value->root = roots[i].root;
            return true;
        }
    return inf_same(text, "HKR");
}

static int take_value(struct reader *reader, const struct inf_line *line, struct inf_fields *fields)
{
    struct inf_value value = reader->value;
    struct data data = {0};
    uint32_t flags = 0;
    int result = 0;

    if (fields->key || fields->count < 1 || !root_of(fields->fields[0], &value))
        return inf_refuse(reader->text, line->number, "no root key: HKR, HKLM, HKCU, HKU or HKCR");
    if (fields->count > 3 && *fields->fields[3] && !number(fields->fields[3], &flags))
        return inf_refuse(reader->text, line->number, "'%.40s' are no flags", fields->fields[3]);
    if (flags & FLAG_DELETE)
        return 0; // there is nothing to be deleted
    value.subkey = fields->count > 1 ? fields->fields[1] : "";
    value.name = fields->count > 2 ? fields->fields[2] : "";
    value.key_only = (flags & FLAG_KEY_ONLY) || fields->count < 3 ||
                     (fields->count == 3 && !*value.name);
    if (!value.key_only)
        result = read_data(reader, line, flags, fields->fields + 4,
                           fields->count > 4 ? fields->count - 4 : 0, &value, &data);
    value.data = data.bytes;
    value.bytes = data.count;
    if (!result)
        result = reader->sink->take(reader->sink->context, &value);
    free(data.bytes);
    return result;
}

static int each_line(struct reader *reader, const char *section,
                     int (*take)(struct reader *, const struct inf_line *, struct inf_fields *))
{
    const struct inf_line *line;
    unsigned at = 0;
    int result = 0;

    while (!result && (line = inf_next(reader->text, section, &at))) {
        struct inf_fields fields;

        if (reader->lines++ == MOST_LINES)
            return inf_refuse(reader->text, line->number, "more than %d lines, those counted that are read again",
                              MOST_LINES);
        result = inf_split(reader->text, line, &fields);
        if (!result)
            result = take(reader, line, &fields);
        inf_fields_free(&fields);
    }
    return result;
}

static int take_add_reg(struct reader *reader, const struct inf_line *line, struct inf_fields *fields);

// "Needs = section, ...": as if their lines stood here. Those of other files (Include) are not followed.
static int take_needs(struct reader *reader, const struct inf_fields *fields)
{
    int result = 0;

    for (unsigned i = 0; i < fields->count && !result && reader->needs < MOST_NEEDS; i++) {
        reader->needs++;
        result = each_line(reader, fields->fields[i], take_add_reg);
    }
    return result;
}

// "AddReg = section, ..." of an install section.
static int take_add_reg(struct reader *reader, const struct inf_line *line, struct inf_fields *fields)
{
    int result = 0;

    (void)line;
    if (fields->key && inf_same(fields->key, "Needs"))
        return take_needs(reader, fields);
    if (!fields->key || !inf_same(fields->key, "AddReg"))
        return 0;
    for (unsigned i = 0; i < fields->count && !result; i++)
        result = each_line(reader, fields->fields[i], take_value);
    return result;
}

// ---- install sections ----------------------------------------------------------------------------------------

static int take_interface(struct reader *reader, const struct inf_line *line,
                          struct inf_fields *fields)
{
    struct inf_value before = reader->value;
    int result;

    (void)line;
    if (!fields->key || !inf_same(fields->key, "AddInterface") || fields->count < 3)
        return 0;
    reader->value = (struct inf_value){
        .root = INF_INTERFACE, .class = fields->fields[0], .reference = fields->fields[1]};
    result = each_line(reader, fields->fields[2], take_add_reg);
    reader->value = before;
    return result;
}

static int take_service(struct reader *reader, const struct inf_line *line,
                        struct inf_fields *fields)
{
    struct inf_value before = reader->value;
    int result;

    (void)line;
    if (!fields->key || !inf_same(fields->key, "AddService") || fields->count < 3)
        return 0;
    reader->value.root = INF_SERVICE;
    result = each_line(reader, fields->fields[2], take_add_reg);
    reader->value = before;
    return result;
}

static int with_suffix(struct reader *reader, const char *section, const char *suffix,
                       enum inf_root root,
                       int (*take)(struct reader *, const struct inf_line *, struct inf_fields *))
{
    char name[NAME_BYTES + 16];

    snprintf(name, sizeof(name), "%s%s", section, suffix);
    reader->value = (struct inf_value){.root = root};
    return each_line(reader, name, take);
}

// The decorated section that this machine takes: X.NTamd64, X.NT or X.
static void decorate(const struct inf_text *text, const char *section, char *to)
{
    static const char *const suffixes[] = {".NTamd64", ".NT"};

    for (int i = 0; i < 2; i++) {
        snprintf(to, NAME_BYTES, "%.200s%s", section, suffixes[i]);
        if (inf_has_section(text, to))
            return;
    }
    snprintf(to, NAME_BYTES, "%.200s", section);
}

static int install(struct reader *reader, const char *named)
{
    char section[NAME_BYTES];
    int result;

    decorate(reader->text, named, section);
    result = with_suffix(reader, section, "", INF_DRIVER, take_add_reg);
    if (!result)
        result = with_suffix(reader, section, ".HW", INF_DEVICE, take_add_reg);
    if (!result)
        result = with_suffix(reader, section, ".Interfaces", INF_INTERFACE, take_interface);
    if (!result)
        result = with_suffix(reader, section, ".Services", INF_SERVICE, take_service);
    return result;
}

// ---- models --------------------------------------------------------------------------------------------------

struct choice {
    char section[NAME_BYTES]; // "": none yet
    bool matched;
};

static bool is_mine(const struct reader *reader, const struct inf_fields *fields)
{
    for (unsigned f = 1; f < fields->count; f++)
        for (unsigned i = 0; reader->ids && reader->ids[i]; i++)
            if (inf_same(reader->ids[i], fields->fields[f]))
                return true;
    return false;
}

// "description = section, hardware id, ..." of a models section.
static int choose(struct reader *reader, const char *models, struct choice *choice)
{
    const struct inf_line *line;
    unsigned at = 0;
    int result = 0;

    while (!result && !choice->matched && (line = inf_next(reader->text, models, &at))) {
        struct inf_fields fields;

        result = inf_split(reader->text, line, &fields);
        if (!result && fields.key && fields.count &&
            (!*choice->section || is_mine(reader, &fields))) {
            snprintf(choice->section, sizeof(choice->section), "%s", fields.fields[0]);
            choice->matched = is_mine(reader, &fields);
        }
        inf_fields_free(&fields);
    }
    return result;
}

// "manufacturer = models, target, ..." : the models for this machine's targets, or the plain ones.
static int look_at(struct reader *reader, const struct inf_fields *fields, struct choice *choice)
{
    char name[NAME_BYTES];
    bool decorated = false;
    int result = 0;

    for (unsigned i = 1; i < fields->count && !result; i++) {
        if (strncasecmp(fields->fields[i], "NTamd64", 7) && !inf_same(fields->fields[i], "NT"))
            continue;
        snprintf(name, sizeof(name), "%.100s.%.100s", fields->fields[0], fields->fields[i]);
        decorated |= inf_has_section(reader->text, name);
        result = choose(reader, name, choice);
    }
    return decorated || result ? result : choose(reader, fields->fields[0], choice);
}

static int find_models(struct reader *reader, struct choice *choice)
{
    const struct inf_line *line;
    unsigned at = 0;
    int result = 0;

    while (!result && !choice->matched && (line = inf_next(reader->text, "Manufacturer", &at))) {
        struct inf_fields fields;

        result = inf_split(reader->text, line, &fields);
        if (!result && fields.count)
            result = look_at(reader, &fields, choice);
        inf_fields_free(&fields);
    }
    return result;
}

// A file without models: every section that an AddReg names.
static int take_all(struct reader *reader)
{
    int result = 0;

    reader->value = (struct inf_value){.root = INF_DRIVER};
    reader->needs = MOST_NEEDS; // every section is read anyway
    for (unsigned i = 0; i < reader->text->line_count && !result; i++) {
        struct inf_fields fields;

        result = inf_split(reader->text, &reader->text->lines[i], &fields);
        if (!result)
            result = take_add_reg(reader, &reader->text->lines[i], &fields);
        inf_fields_free(&fields);
    }
    return result;
}

int inf_read(const char *bytes, size_t size, const char *const *ids, const struct inf_sink *sink,
             char *error, size_t error_size)
{
    struct inf_text text = {.error = error, .error_size = error_size};
    struct reader reader = {.text = &text, .sink = sink, .ids = ids};
    struct choice choice = {0};
    int result;

    *error = 0;
    result = inf_text_read(&text, bytes, size);
    if (!result && !text.section_count)
        result = inf_refuse(&text, 1, "no section");
    if (!result)
        result = find_models(&reader, &choice);
    if (!result)
        result = *choice.section ? install(&reader, choice.section) : take_all(&reader);
    inf_text_free(&text);
    return result;
}
