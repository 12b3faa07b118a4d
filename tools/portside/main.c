/* SPDX-License-Identifier: MIT */
/* portside: the entry point; one function per subcommand. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

int fail(int status, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "portside: ");
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return status;
}

static const struct command {
    const char *name;
    int (*run)(const struct options *options); /* NULL: named in the design, not built yet */
} commands[] = {
    {"play", play_main}, {"record", record_main}, {"verify", verify_main}, {"explain", explain_main},
    {"inspect", inspect_main},   {"bench", NULL},
};

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    return NULL;
}

static int overview(int argc, char **argv)
{
    if (argc < 2) {
        help_print(NULL);
        return EXIT_USAGE;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("portside %s\n", PORTSIDE_VERSION);
        return EXIT_CLEAN;
    }
    help_print(argc > 2 ? argv[2] : NULL);
    return EXIT_CLEAN;
}

int main(int argc, char **argv)
{
    struct options options;
    const struct command *command;
    int status;

    if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
        !strcmp(argv[1], "help") || !strcmp(argv[1], "--version"))
        return overview(argc, argv);
    if (!strcmp(argv[1], "cc")) /* its options are a compiler's */
        return cc_main(argc - 1, argv + 1);
    command = find(argv[1]);
    if (!command)
        return fail(EXIT_USAGE, "no command is called '%s'; see portside --help", argv[1]);
    if (!command->run)
        return fail(EXIT_USAGE, "'%s' is not in this release", argv[1]);
    status = options_parse(&options, argc - 1, argv + 1);
    if (status)
        return status;
    if (options.help) {
        help_print(options.command);
        return EXIT_CLEAN;
    }
    status = driver_prepare(command->run == verify_main || command->run == inspect_main ? options.file : options.driver, argv);
    return status ? status : command->run(&options);
}
