// SPDX-License-Identifier: MIT
//
// The registry as a text file, in the form of Windows' .reg files (UTF-8); see <portside/system.h>:
//
//   Windows Registry Editor Version 5.00
//
//   [HKEY_LOCAL_MACHINE\System\...\Settings]
//   "MicBoost"=dword:00000001
//   @="text with \"quotes\" and \\backslashes"
//   "Blob"=hex:01,02,03        (a backslash at the end of a line goes on in the next)
//   "List"=hex(7):61,00,00,00,00,00
//
// The reader takes nothing on trust: each line is that or the file is refused with its number.
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/defaults.h"
#include "host/host.h"
#include "host/utf16.h"
#include "kernel/registry.h"

enum { FILE_BYTES = 16 << 20, LINE_HEX = 25 };

static const struct {
    const char *name, *path;
} roots[] = {{"HKEY_LOCAL_MACHINE", "\\Registry\\Machine"}, {"HKEY_USERS", "\\Registry\\User"}};

// ---- writing ---------------------------------------------------------------------------------------------

static void write_text(FILE *file, const WCHAR *text, size_t chars, bool quoted)
{
    const WCHAR *end = text + chars;
    char bytes[4];

    while (text < end) {
        if (quoted && (*text == '"' || *text == '\\'))
            fputc('\\', file);
        fwrite(bytes, 1, utf16_to(&text, end, bytes), file);
    }
}

// A string as text if that reads back as the same bytes: terminated once, and without line ends.
static bool plain(const struct registry_value *value)
{
    const WCHAR *text = value->data;
    size_t chars = value->bytes / sizeof(WCHAR);

    if (value->type != REG_SZ || !chars || value->bytes % sizeof(WCHAR) || text[chars - 1])
        return false;
    for (size_t i = 0; i + 1 < chars; i++)
        if (text[i] < 32 || (text[i] >= 0xD800 && text[i] < 0xE000))
            return false;
    return chars < UTF16_ROOM;
}

static void write_hex(FILE *file, const struct registry_value *value)
{
    const unsigned char *bytes = value->data;

    if (value->type == REG_BINARY)
        fprintf(file, "hex:");
    else
        fprintf(file, "hex(%x):", (unsigned)value->type);
    for (ULONG i = 0; i < value->bytes; i++)
        fprintf(file, "%02x%s", bytes[i],
                i + 1 == value->bytes ? "" : (i + 1) % LINE_HEX ? "," : ",\\\n  ");
    fputc('\n', file);
}

static void write_value(FILE *file, const struct registry_value *value)
{
    if (value->name_bytes) {
        fputc('"', file);
        write_text(file, value->name, value->name_bytes / sizeof(WCHAR), true);
        fputc('"', file);
    } else {
        fputc('@', file);
    }
    fputc('=', file);
    if (value->type == REG_DWORD && value->bytes == sizeof(ULONG)) {
        ULONG number;

        memcpy(&number, value->data, sizeof(number));
        fprintf(file, "dword:%08x\n", (unsigned)number);
    } else if (plain(value)) {
        fputc('"', file);
        write_text(file, value->data, value->bytes / sizeof(WCHAR) - 1, true);
        fprintf(file, "\"\n");
    } else {
        write_hex(file, value);
    }
}

static void write_path(FILE *file, const struct registry_key *key, const struct registry_key *root,
                       const char *name)
{
    if (key == root) {
        fputs(name, file);
        return;
    }
    write_path(file, key->parent, root, name);
    fputc('\\', file);
    write_text(file, key->name, key->name_bytes / sizeof(WCHAR), false);
}

// Empty keys that have keys below them are named by those.
static void write_keys(FILE *file, const struct registry_key *key, const struct registry_key *root,
                       const char *name)
{
    if (key->is_volatile)
        return;
    if (!list_empty(&key->values) || (list_empty(&key->keys) && key != root)) {
        fprintf(file, "\n[");
        write_path(file, key, root, name);
        fprintf(file, "]\n");
        LIST_EACH(link, &key->values)
            write_value(file, LIST_OBJECT(link, struct registry_value, link));
    }
    LIST_EACH(link, &key->keys)
        write_keys(file, LIST_OBJECT(link, struct registry_key, link), root, name);
}

static int write_all(struct ps_system *system, FILE *file)
{
    fprintf(file, "Windows Registry Editor Version 5.00\n");
    for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
        struct registry_key *root = registry_ascii(system, NULL, roots[i].path);

        if (!root)
            return -ENOMEM;
        write_keys(file, root, root, roots[i].name);
    }
    return ferror(file) ? -EIO : 0;
}

int ps_registry_save(struct ps_system *system, const char *path)
{
    char *temporary = NULL;
    int result = host_enter(system), closed;
    FILE *file;

    if (result)
        return result;
    if (asprintf(&temporary, "%s.new", path) < 0)
        return host_error(-ENOMEM, "out of memory");
    file = fopen(temporary, "w");
    result = file ? write_all(system, file) : -errno;
    closed = file && fclose(file) ? -errno : 0;
    if (!result)
        result = closed;
    if (!result && rename(temporary, path))
        result = -errno;
    if (result && file)
        unlink(temporary);
    free(temporary);
    return result ? host_error(result, "%s: the registry cannot be written: %s", path, strerror(-result))
                  : 0;
}

// ---- reading ---------------------------------------------------------------------------------------------

struct reader {
    struct ps_system *system;
    const char *path;
    char *rest;
    unsigned line;
    struct registry_key *key;
};

static int refuse(const struct reader *reader, const char *what)
{
    return host_error(-EBADMSG, "%s:%u: %s", reader->path, reader->line, what);
}

static char *next_line(struct reader *reader)
{
    char *line = reader->rest, *end;
    size_t length;

    if (!line)
        return NULL;
    end = strchr(line, '\n');
    reader->rest = end ? end + 1 : NULL;
    if (end)
        *end = 0;
    reader->line++;
    length = strlen(line);
    while (length && (line[length - 1] == '\r' || line[length - 1] == ' ' || line[length - 1] == '\t'))
        line[--length] = 0;
    while (*line == ' ' || *line == '\t')
        line++;
    return line;
}

static int read_key(struct reader *reader, char *line)
{
    size_t length = strlen(line);
    WCHAR below[UTF16_ROOM];

    if (line[length - 1] != ']')
        return refuse(reader, "a key's name has no ]");
    line[length - 1] = 0;
    for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
        size_t head = strlen(roots[i].name);
        struct registry_key *root;
        NTSTATUS status;

        if (strncmp(line + 1, roots[i].name, head) || (line[head + 1] && line[head + 1] != '\\'))
            continue;
        root = registry_ascii(reader->system, NULL, roots[i].path);
        if (!root)
            return host_error(-ENOMEM, "out of memory");
        status = registry_make(reader->system, root,
                               (struct registry_path){below, utf16_from(line + head + 1 + !!line[head + 1], below)},
                               true, NULL, &reader->key);
        return NT_SUCCESS(status) ? 0 : refuse(reader, "this is no key's name");
    }
    return refuse(reader, "a key begins with HKEY_LOCAL_MACHINE or HKEY_USERS");
}

// A quoted text from `*at`, which moves behind it; unescaped in place. NULL: none.
static char *quoted(char **at)
{
    char *start = *at, *to = *at, *from = *at + 1;

    if (*start != '"')
        return NULL;
    for (; *from && *from != '"'; from++) {
        if (*from == '\\' && (from[1] == '\\' || from[1] == '"'))
            from++;
        *to++ = *from;
    }
    if (*from != '"')
        return NULL;
    *to = 0;
    *at = from + 1;
    return start;
}

// Bytes in hexadecimal, over as many lines as end with a backslash, into the text itself. Their number, or -1.
static long read_hex(struct reader *reader, char *at, unsigned char *to)
{
    long count = 0;

    while (at && *at) {
        char *end;
        unsigned long value;

        if (*at == '\\' && !at[1]) {
            at = next_line(reader);
            continue;
        }
        if (!isxdigit((unsigned char)*at))
            return -1;
        value = strtoul(at, &end, 16);
        if (value > 255 || end - at > 2 || (*end && *end != ',') || count >= REGISTRY_DATA_BYTES)
            return -1;
        to[count++] = (unsigned char)value;
        at = *end ? end + 1 : end;
    }
    return at ? count : -1;
}

static int set(struct reader *reader, const char *name, ULONG type, const void *data, size_t bytes)
{
    WCHAR wide[UTF16_ROOM];
    size_t chars = utf16_from(name, wide);
    NTSTATUS status = registry_set(reader->system, reader->key, wide, chars * sizeof(WCHAR), type, data,
                                   bytes);

    return NT_SUCCESS(status) ? 0 : host_error(-ENOMEM, "out of memory");
}

static int read_string(struct reader *reader, const char *name, char *at)
{
    WCHAR wide[UTF16_ROOM + 1];
    char *text = quoted(&at);
    size_t chars;

    if (!text || *at)
        return refuse(reader, "a text has no end");
    chars = utf16_from(text, wide);
    wide[chars] = 0;
    return set(reader, name, REG_SZ, wide, (chars + 1) * sizeof(WCHAR));
}

static int read_typed(struct reader *reader, const char *name, char *at)
{
    unsigned long type = REG_BINARY;
    char *end = at + 3;
    unsigned char *data;
    long count;
    int result;

    if (!strncmp(at, "dword:", 6)) {
        ULONG number = (ULONG)strtoul(at + 6, &end, 16);

        if (end == at + 6 || end - at > 14 || *end || !isxdigit((unsigned char)at[6]))
            return refuse(reader, "no number after dword:");
        return set(reader, name, REG_DWORD, &number, sizeof(number));
    }
    if (!strncmp(at, "hex(", 4) && isxdigit((unsigned char)at[4]))
        type = strtoul(at + 4, &end, 16), end += *end == ')';
    if (strncmp(at, "hex", 3) || *end != ':' || type > UINT32_MAX)
        return refuse(reader, "a value is a text, dword:, hex: or hex(TYPE):");
    data = malloc(REGISTRY_DATA_BYTES);
    if (!data)
        return host_error(-ENOMEM, "out of memory");
    count = read_hex(reader, end + 1, data);
    result = count < 0 ? refuse(reader, "these are no bytes in hexadecimal")
                       : set(reader, name, (ULONG)type, data, (size_t)count);
    free(data);
    return result;
}

static int read_value(struct reader *reader, char *line)
{
    char *at = line, *name;

    if (!reader->key)
        return refuse(reader, "a value stands before the first key");
    name = *at == '@' ? at : quoted(&at);
    if (!name)
        return refuse(reader, "a line is a [key], a \"name\"= or @=");
    if (*at == '@')
        at++;
    if (*at != '=')
        return refuse(reader, "no = after a value's name");
    if (name == line && *line == '@')
        name = line + strlen(line); // the default value has no name
    at++;
    return *at == '"' ? read_string(reader, name, at) : read_typed(reader, name, at);
}

static int read_all(struct reader *reader)
{
    char *line = next_line(reader);
    int result = 0;

    if (line && !strncmp(line, "\xEF\xBB\xBF", 3))
        line += 3;
    if (!line || strcmp(line, "Windows Registry Editor Version 5.00"))
        return refuse(reader, "the first line is not 'Windows Registry Editor Version 5.00'");
    while (!result && (line = next_line(reader))) {
        if (!*line || *line == ';')
            continue;
        result = *line == '[' ? read_key(reader, line) : read_value(reader, line);
    }
    return result;
}

int ps_registry_load(struct ps_system *system, const char *path)
{
    struct reader reader = {.system = system, .path = path};
    int result = host_enter(system);
    size_t size = 0;
    char *text;

    if (result)
        return result;
    result = host_read_file(path, FILE_BYTES, &text, &size);
    if (result)
        return host_error(result, "%s: the registry cannot be read: %s", path, strerror(-result));
    text[size] = 0;
    if (strlen(text) != size)
        result = host_error(-EBADMSG, "%s: this is no text: it has NUL characters", path);
    reader.rest = text;
    if (!result)
        result = read_all(&reader);
    free(text);
    return result;
}

int ps_files_set(struct ps_system *system, const char *folder)
{
    int result = host_enter(system);

    if (result)
        return result;
    if (access(folder, W_OK | X_OK))
        return host_error(-errno, "%s: files cannot be kept there: %s", folder, strerror(errno));
    return kernel_set_files(system, folder) ? host_error(-ENOMEM, "out of memory") : 0;
}

void ps_files_in_memory(const struct ps_system *system, size_t *count, uint64_t *bytes)
{
    kernel_memory_files(system, count, bytes);
}
