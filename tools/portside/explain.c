/* SPDX-License-Identifier: MIT */
/* portside explain: a rule, from the pages that tools/rule_pages.py wrote. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cli.h"

/* Beside the program in the build tree, in ../share/portside when installed. */
static FILE *open_pages(void)
{
    static const char *const places[] = {"rules.txt", "../share/portside/rules.txt"};
    char self[PATH_MAX], path[PATH_MAX + 64], *slash;
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    FILE *file = NULL;

    if (length < 0)
        return NULL;
    self[length] = 0;
    slash = strrchr(self, '/');
    for (size_t i = 0; slash && !file && i < sizeof(places) / sizeof(*places); i++) {
        snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - self), self, places[i]);
        file = fopen(path, "r");
    }
    return file;
}

/* Prints the page of `rule`; false if there is none. */
static bool print_page(FILE *pages, const char *rule)
{
    bool inside = false, found = false;
    char *line = NULL;
    size_t size = 0;
    ssize_t length;

    while ((length = getline(&line, &size, pages)) > 0) {
        if (*line == '@') {
            line[length - 1] = 0;
            inside = !strcasecmp(line + 1, rule);
            found |= inside;
        } else if (inside) {
            fputs(line, stdout);
        }
    }
    free(line);
    return found;
}

int explain_main(const struct options *options)
{
    FILE *pages = open_pages();
    bool found;

    if (!pages)
        return fail(EXIT_INPUT, "rules.txt, with the text of the rules, is not beside the program or in "
                                "../share/portside: install Portside whole");
    found = print_page(pages, options->file);
    fclose(pages);
    if (!found)
        return fail(EXIT_USAGE, "no rule is called '%s'; rules are WP-45, VF-2, RT-24 ... of docs/spec",
                    options->file);
    return EXIT_CLEAN;
}
