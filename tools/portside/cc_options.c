/* SPDX-License-Identifier: MIT */
/* The command line of portside cc: ours, and what is passed on to the compiler. */
#include <string.h>

#include "cc.h"
#include "cli.h"

static bool starts(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

/* What build systems hand over beside source and is of no use here. */
static bool is_ignored(const char *file)
{
    static const char *const endings[] = {".rc", ".inf", ".inx", ".def", ".h", ".hpp", ".mc", ".res"};
    const char *end = strrchr(file, '.');

    for (size_t i = 0; end && i < sizeof(endings) / sizeof(*endings); i++)
        if (!strcasecmp(end, endings[i]))
            return true;
    return false;
}

static bool is_source(const char *file)
{
    const char *end = strrchr(file, '.');

    return end && (!strcasecmp(end, ".c") || cc_is_cxx(file));
}

bool cc_is_cxx(const char *source)
{
    const char *end = strrchr(source, '.');

    return end && (!strcasecmp(end, ".cpp") || !strcasecmp(end, ".cxx") || !strcasecmp(end, ".cc"));
}

static int take_file(struct cc *cc, const char *file)
{
    if (is_source(file)) {
        words_add(&cc->sources, "%s", file);
        cc->has_cxx |= cc_is_cxx(file);
        return 0;
    }
    if (!is_ignored(file))
        return fail(EXIT_USAGE, "%s: not C or C++ source; cc takes .c, .cpp, .cxx and .cc", file);
    if (!cc->quiet)
        fprintf(stderr, "portside: note: %s: not needed here, left out\n", file);
    return 0;
}

/* The value of an option that may stand by itself, "-I dir", or be attached. */
static const char *value(int argc, char **argv, int *at)
{
    if (argv[*at][2])
        return argv[*at] + 2;
    return *at + 1 < argc ? argv[++*at] : NULL;
}

static int take_joined(struct cc *cc, int argc, char **argv, int *at)
{
    char letter = argv[*at][1];
    const char *text = value(argc, argv, at);

    if (!text)
        return fail(EXIT_USAGE, "-%c needs a value; see portside help cc", letter);
    if (letter == 'o')
        cc->output = text;
    else if (letter == 'I')
        words_add(&cc->folders, "%s", text);
    else
        words_add(&cc->passed, "-%c%s", letter, text);
    return 0;
}

static int take_target(const char *target)
{
    if (!target)
        return fail(EXIT_USAGE, "--target needs a value; see portside help cc");
    if (!strcmp(target, "so"))
        return 0;
    if (!strcmp(target, "sys"))
        return fail(EXIT_USAGE, "--target sys is not in this release");
    return fail(EXIT_USAGE, "--target is so or sys, not '%s'", target);
}

static int take_long(struct cc *cc, int argc, char **argv, int *at)
{
    const char *option = argv[*at];

    if (!strcmp(option, "--asan"))
        cc->asan = true;
    else if (!strcmp(option, "--verify"))
        return fail(EXIT_USAGE, "cc --verify is not in this release");
    else if (!strcmp(option, "--target"))
        return take_target(*at + 1 < argc ? argv[++*at] : NULL);
    else if (starts(option, "--target="))
        return take_target(option + strlen("--target="));
    else if (!strcmp(option, "--output") && *at + 1 < argc)
        cc->output = argv[++*at];
    else if (!strcmp(option, "--compiler") && *at + 1 < argc)
        cc->compiler = argv[++*at];
    else if (starts(option, "--compiler="))
        cc->compiler = option + strlen("--compiler=");
    else if (!strcmp(option, "--quiet"))
        cc->quiet = true;
    else if (!strcmp(option, "--help"))
        cc->help = true;
    else
        return fail(EXIT_USAGE, "no option '%s'; see portside help cc", option);
    return 0;
}

static int take_option(struct cc *cc, int argc, char **argv, int *at)
{
    const char *option = argv[*at];

    if (option[1] == '-')
        return take_long(cc, argc, argv, at);
    if (strchr("oIDU", option[1]))
        return take_joined(cc, argc, argv, at);
    if (!strcmp(option, "-include") && *at + 1 < argc) {
        words_add(&cc->passed, "-include");
        words_add(&cc->passed, "%s", argv[++*at]);
    } else if (strchr("OgWf", option[1]) || starts(option, "-std=")) {
        cc->warnings |= option[1] == 'W';
        words_add(&cc->passed, "%s", option);
    } else if (!strcmp(option, "-q") || !strcmp(option, "-h")) {
        *(option[1] == 'q' ? &cc->quiet : &cc->help) = true;
    } else {
        return fail(EXIT_USAGE, "no option '%s'; see portside help cc", option);
    }
    return 0;
}

int cc_options(struct cc *cc, int argc, char **argv)
{
    int status = 0;

    for (int i = 1; i < argc && !status && !cc->help; i++)
        status = argv[i][0] == '-' && argv[i][1] ? take_option(cc, argc, argv, &i) : take_file(cc, argv[i]);
    if (status || cc->help)
        return status;
    if (!cc->sources.count)
        return fail(EXIT_USAGE, "cc needs source files; see portside help cc");
    if (!cc->output)
        return fail(EXIT_USAGE, "cc needs -o OUT.so; see portside help cc");
    return 0;
}
