/* SPDX-License-Identifier: MIT */
/*
 * A driver's project file says where its headers are; `portside cc` has no project file. A header that is in no folder of
 * -I, of the sources or of the includer is looked for in the folders around the sources: those beside and above them, two
 * levels up, as Source/Inc is beside Source/Main. The nearest is taken, and its folder is searched from then on.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cc.h"
#include "cli.h"

enum { LEVELS_UP = 2, ENTRIES_LIMIT = 4096 };

static bool is_folder(const char *path)
{
    struct stat status;

    return !stat(path, &status) && S_ISDIR(status.st_mode);
}

/* Whether `name` is in the folder, but for case; with slashes, as it is spelled. */
static bool has_file(const char *folder, const char *name)
{
    char path[PATH_MAX];
    DIR *open;
    struct dirent *entry;
    bool found = false;

    if (strchr(name, '/'))
        return snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path) && !access(path, R_OK);
    open = opendir(folder);
    while (open && !found && (entry = readdir(open)))
        found = !strcasecmp(entry->d_name, name);
    if (open)
        closedir(open);
    return found;
}

/* The folder below `top` that has `name`; of several, the first in order of their names. */
static bool find_below(const char *top, const char *name, char *folder)
{
    char path[PATH_MAX], best[PATH_MAX] = "";
    DIR *open = opendir(top);
    struct dirent *entry;
    unsigned seen = 0;

    while (open && (entry = readdir(open)) && seen++ < ENTRIES_LIMIT) {
        if (entry->d_name[0] == '.' || snprintf(path, sizeof(path), "%s/%s", top, entry->d_name) >= (int)sizeof(path))
            continue;
        if (is_folder(path) && has_file(path, name) && (!*best || strcmp(path, best) < 0))
            memcpy(best, path, strlen(path) + 1);
    }
    if (open)
        closedir(open);
    memcpy(folder, best, strlen(best) + 1);
    return *best;
}

/* The folder above, as far as the path is spelled or "..". */
static bool go_up(char *folder)
{
    char *slash = strrchr(folder, '/');
    size_t length = strlen(folder);

    if (slash && slash != folder && strcmp(slash, "/..") && strcmp(slash, "/."))
        *slash = 0;
    else if (!slash && strcmp(folder, ".") && strcmp(folder, ".."))
        memcpy(folder, ".", 2);
    else if (length + 4 < PATH_MAX)
        memcpy(folder + length, "/..", 4);
    else
        return false;
    return true;
}

bool cc_find_nearby(struct cc *cc, const char *source, const char *name)
{
    const char *slash = strrchr(source, '/');
    char top[PATH_MAX], folder[PATH_MAX];

    if (*name == '/' || snprintf(top, sizeof(top), "%.*s", slash ? (int)(slash - source) : 1,
                                      slash ? source : ".") >= (int)sizeof(top))
        return false;
    for (unsigned level = 0; level <= LEVELS_UP; level++) {
        /* Below first: a stub in the source's folder may bear the name that it includes from elsewhere. */
        if (find_below(top, name, folder)) {
            words_add(&cc->folders, "%s", folder);
            return true;
        }
        if (level && has_file(top, name)) {
            words_add(&cc->folders, "%s", top);
            return true;
        }
        if (!go_up(top))
            return false;
    }
    return false;
}
