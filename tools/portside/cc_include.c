/* SPDX-License-Identifier: MIT */
/*
 * Windows finds <NtStrSafe.h> and "..\Inc\Foo.H" whatever the case of the file. Before a source is compiled, its
 * #include lines (and those of what it includes, whatever #if says) are looked up without case; for a name that Linux
 * would not find, a header that forwards to the file is written into a folder that the compiler searches.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cc.h"
#include "cli.h"

struct scan {
    struct cc *cc;
    const char *source;
    struct words seen, folders;
    struct trace_names trace;
    int status;
};

static void scan_file(struct scan *scan, const char *path, unsigned depth);

/* ---- finding a file ---- */

static bool is_file(const char *path)
{
    struct stat status;

    return !stat(path, &status) && S_ISREG(status.st_mode);
}

/* The entry of `folder` that is called `name`, exactly or but for case. */
static bool find_entry(const char *folder, const char *name, size_t length, char *found, size_t size)
{
    DIR *open = opendir(folder);
    struct dirent *entry;
    bool got = false;

    while (open && (entry = readdir(open))) {
        bool exact = strlen(entry->d_name) == length && !memcmp(entry->d_name, name, length);

        if (!exact && (got || strlen(entry->d_name) != length || strncasecmp(entry->d_name, name, length)))
            continue;
        snprintf(found, size, "%s", entry->d_name);
        got = true;
        if (exact)
            break;
    }
    if (open)
        closedir(open);
    return got;
}

/* `name`, with slashes, below `folder` in any case. */
static bool find_folded(const char *folder, const char *name, char *path, size_t size)
{
    char part[NAME_MAX + 1];

    if (snprintf(path, size, "%s", folder) >= (int)size)
        return false;
    while (*name) {
        size_t length = strcspn(name, "/"), used = strlen(path);

        if (length && !find_entry(path, name, length, part, sizeof(part)))
            return false;
        if (length && snprintf(path + used, size - used, "/%s", part) >= (int)(size - used))
            return false;
        name += length + (name[length] == '/');
    }
    return is_file(path);
}

static bool find_exact(const char *folder, const char *name, char *path, size_t size)
{
    return snprintf(path, size, "%s/%s", folder, name) < (int)size && is_file(path);
}

static void folder_of(const char *path, char *folder, size_t size)
{
    const char *slash = strrchr(path, '/');

    snprintf(folder, size, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
}

typedef bool finder(const char *folder, const char *name, char *path, size_t size);

static bool find_anywhere(struct scan *scan, finder *find, const char *from, const char *name, char *path,
                          size_t size)
{
    char folder[PATH_MAX];

    folder_of(from, folder, sizeof(folder));
    if (find(folder, name, path, size))
        return true;
    for (size_t i = 0; i < scan->folders.count; i++)
        if (find(scan->folders.at[i], name, path, size))
            return true;
    return false;
}

/* ---- forwarding ---- */

static void make_folders(char *path)
{
    for (char *at = path + 1; (at = strchr(at, '/')); at++) {
        *at = 0;
        mkdir(path, 0777);
        *at = '/';
    }
}

static void forward(struct scan *scan, const char *spelled, const char *text)
{
    char path[PATH_MAX];
    FILE *file;

    if (snprintf(path, sizeof(path), "%s/%s", scan->cc->overlay, spelled) >= (int)sizeof(path))
        return;
    make_folders(path);
    file = fopen(path, "w");
    if (!file) {
        scan->status = fail(EXIT_OUTPUT, "%s: cannot be written: %s", path, strerror(errno));
        return;
    }
    fprintf(file, *text == '<' ? "#include %s\n" : "#include \"%s\"\n", text);
    fclose(file);
}

static bool is_trace_header(const char *name)
{
    const char *end = strrchr(name, '.');

    return end && !strcasecmp(end, ".tmh");
}

/* A folder around the source that has it is searched from now on, and said. */
static bool search_nearby(struct scan *scan, const char *from, const char *name)
{
    const char *folder;

    if (is_trace_header(name) || !cc_find_nearby(scan->cc, scan->source, name))
        return false;
    folder = scan->cc->folders.at[scan->cc->folders.count - 1];
    words_add(&scan->folders, "%s", folder);
    if (!scan->cc->quiet)
        fprintf(stderr, "portside: %s: %s is in no folder of -I; taken from %s\n", from, name, folder);
    return true;
}

static void take_name(struct scan *scan, const char *from, const char *spelled, unsigned depth)
{
    char name[PATH_MAX], path[PATH_MAX], real[PATH_MAX];
    bool slashes = !strchr(spelled, '\\');

    snprintf(name, sizeof(name), "%s", spelled);
    for (char *at = name; *at; at++)
        if (*at == '\\')
            *at = '/';
    if (find_anywhere(scan, find_exact, from, name, path, sizeof(path))) {
        if (!slashes && scan->cc->dialect == DIALECT_GNU && realpath(path, real))
            forward(scan, spelled, real);
        scan_file(scan, path, depth);
        return;
    }
    if (find_anywhere(scan, find_folded, from, name, path, sizeof(path)) && realpath(path, real)) {
        forward(scan, scan->cc->dialect == DIALECT_GNU ? spelled : name, real);
        scan_file(scan, path, depth);
    } else if (is_trace_header(name)) {
        forward(scan, name, "<" CC_TRACE_HEADER ">"); /* what the tracing preprocessor would have made */
    } else if (search_nearby(scan, from, name)) {
        take_name(scan, from, spelled, depth);
    }
}

/* ---- scanning ---- */

/* The name in an #include line. */
static bool include_name(char *line, char **name)
{
    char *at = line + strspn(line, " \t"), *end;

    if (*at != '#')
        return false;
    at += 1 + strspn(at + 1, " \t");
    if (strncmp(at, "include", 7) && strncmp(at, "import", 6))
        return false;
    at += strcspn(at, "<\"\n");
    end = *at && *at != '\n' ? strpbrk(at + 1, ">\"") : NULL;
    if (!end)
        return false;
    *end = 0;
    *name = at + 1;
    return true;
}

static bool seen_before(struct scan *scan, const char *path)
{
    for (size_t i = 0; i < scan->seen.count; i++)
        if (!strcmp(scan->seen.at[i], path))
            return true;
    words_add(&scan->seen, "%s", path);
    return false;
}

static void scan_file(struct scan *scan, const char *path, unsigned depth)
{
    char *line = NULL, *name;
    size_t size = 0;
    FILE *file;

    if (depth > 64 || !strncmp(path, scan->cc->wdk, strlen(scan->cc->wdk)) || seen_before(scan, path))
        return;
    file = fopen(path, "r");
    while (file && getline(&line, &size, file) > 0) {
        cc_trace_line(&scan->trace, line);
        if (include_name(line, &name))
            take_name(scan, path, name, depth + 1);
    }
    scan->trace.inside = false;
    free(line);
    if (file)
        fclose(file);
}

static void add_folders(struct scan *scan, const char *source)
{
    char folder[PATH_MAX];
    struct cc *cc = scan->cc;

    words_append(&scan->folders, &cc->folders);
    folder_of(source, folder, sizeof(folder));
    words_add(&scan->folders, "%s", folder);
    for (size_t i = 0; i < cc->sources.count; i++) {
        folder_of(cc->sources.at[i], folder, sizeof(folder));
        words_add(&scan->folders, "%s", folder);
    }
    words_add(&scan->folders, "%s", cc->wdk);
    words_add(&scan->folders, "%s/crt", cc->wdk);
}

int cc_forward_includes(struct cc *cc, const char *source)
{
    struct scan scan = {.cc = cc, .source = source};
    char path[PATH_MAX + 16];

    if (access(source, R_OK))
        return fail(EXIT_INPUT, "%s: %s", source, strerror(errno));
    snprintf(cc->overlay, sizeof(cc->overlay), "%.*s/include/1/2/3/4", PATH_MAX - 32, cc->folder);
    snprintf(path, sizeof(path), "%s/", cc->overlay);
    make_folders(path);
    add_folders(&scan, source);
    scan_file(&scan, source, 0);
    if (!scan.status)
        scan.status = cc_trace_write(cc, &scan.trace);
    words_free(&scan.trace.names);
    words_free(&scan.seen);
    words_free(&scan.folders);
    return scan.status;
}
