/* SPDX-License-Identifier: MIT */
/* Parsing the options that all commands share, and those of play and record. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

enum {
    OPTION_DEVICE = 256,
    OPTION_MACHINE,
    OPTION_MEMORY,
    OPTION_CLOCK,
    OPTION_PROCESSORS,
    OPTION_SEED,
    OPTION_POLICY,
    OPTION_TRACE,
    OPTION_CONVERT,
    OPTION_CLIENT,
    OPTION_INPUT,
    OPTION_SECONDS,
    OPTION_BUFFER,
    OPTION_LATE,
    OPTION_REGISTRY,
    OPTION_FILES,
    OPTION_KEEP_CONTROLS,
    OPTION_SET,
    OPTION_DOT,
    OPTION_VERIFY = 512, /* and an enum verify_option */
};

static const struct option known[] = {
    {"driver", required_argument, NULL, 'd'},
    {"output", required_argument, NULL, 'o'},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {"device", required_argument, NULL, OPTION_DEVICE},
    {"machine", required_argument, NULL, OPTION_MACHINE},
    {"memory", required_argument, NULL, OPTION_MEMORY},
    {"clock", required_argument, NULL, OPTION_CLOCK},
    {"processors", required_argument, NULL, OPTION_PROCESSORS},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"policy", required_argument, NULL, OPTION_POLICY},
    {"trace", required_argument, NULL, OPTION_TRACE},
    {"convert", no_argument, NULL, OPTION_CONVERT},
    {"client", required_argument, NULL, OPTION_CLIENT},
    {"input", required_argument, NULL, OPTION_INPUT},
    {"seconds", required_argument, NULL, OPTION_SECONDS},
    {"buffer", required_argument, NULL, OPTION_BUFFER},
    {"late", required_argument, NULL, OPTION_LATE},
    {"registry", required_argument, NULL, OPTION_REGISTRY},
    {"files", required_argument, NULL, OPTION_FILES},
    {"keep-controls", no_argument, NULL, OPTION_KEEP_CONTROLS},
    {"set", required_argument, NULL, OPTION_SET},
    {"dot", no_argument, NULL, OPTION_DOT},
    {"scenario", required_argument, NULL, OPTION_VERIFY + VERIFY_SCENARIO},
    {"list", no_argument, NULL, OPTION_VERIFY + VERIFY_LIST},
    {"schedules", required_argument, NULL, OPTION_VERIFY + VERIFY_SCHEDULES},
    {"time", required_argument, NULL, OPTION_VERIFY + VERIFY_TIME},
    {"replay", required_argument, NULL, OPTION_VERIFY + VERIFY_REPLAY},
    {"gdb", no_argument, NULL, OPTION_VERIFY + VERIFY_GDB},
    {"guard", no_argument, NULL, OPTION_VERIFY + VERIFY_GUARD},
    {"jobs", required_argument, NULL, OPTION_VERIFY + VERIFY_JOBS},
    {"shard", required_argument, NULL, OPTION_VERIFY + VERIFY_SHARD},
    {"rule", required_argument, NULL, OPTION_VERIFY + VERIFY_RULE},
    {"baseline", required_argument, NULL, OPTION_VERIFY + VERIFY_BASELINE},
    {"write-baseline", required_argument, NULL, OPTION_VERIFY + VERIFY_WRITE_BASELINE},
    {"junit", required_argument, NULL, OPTION_VERIFY + VERIFY_JUNIT},
    {0},
};

int option_number(const char *name, const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
    char *end;

    errno = 0;
    *out = strtoull(text, &end, 0);
    if (errno || !*text || *end || *text == '-' || *out < least || *out > most)
        return fail(EXIT_USAGE, "--%s takes a whole number from %llu to %llu, not '%s'", name,
                    (unsigned long long)least, (unsigned long long)most, text);
    return 0;
}

/* The index of `text` in a NULL-ended list of words, or -1. */
static int word(const char *const *words, const char *text)
{
    for (int i = 0; words[i]; i++)
        if (!strcmp(words[i], text))
            return i;
    return -1;
}

int option_memory(struct options *options, const char *text)
{
    static const char *const words[] = {"scattered", "contiguous", "fragmented", NULL};
    int index = word(words, text);

    if (index < 0)
        return fail(EXIT_USAGE, "--memory is scattered, contiguous or fragmented, not '%s'", text);
    options->system.memory = (enum ps_memory)index;
    return 0;
}

static int client(struct options *options, const char *text)
{
    static const char *const words[] = {"queued", "looped", "rt", "rt-event", "rt-packet", NULL};
    int index = word(words, text);

    if (index < 0)
        return fail(EXIT_USAGE, "--client is queued, looped, rt, rt-event or rt-packet, not '%s'",
                    text);
    options->client = (enum ps_client)(PS_CLIENT_QUEUED + index);
    return 0;
}

static bool whole(const char *text, unsigned long long most, unsigned long long *out, char **end)
{
    errno = 0;
    *out = strtoull(text, end, 10);
    return !errno && *text >= '0' && *text <= '9' && *out <= most;
}

static int buffer(struct options *options, const char *text)
{
    unsigned long long size;
    char *end;

    if (!whole(text, UINT32_MAX, &size, &end) || !size || (*end && strcmp(end, "ms")) ||
        (*end && size > 60000))
        return fail(EXIT_USAGE,
                    "--buffer takes bytes, or milliseconds up to 60000ms, above 0, not '%s'", text);
    options->buffer = (uint32_t)size;
    options->buffer_is_ms = *end;
    return 0;
}

static int late(struct options *options, const char *text)
{
    unsigned long long number, ms;
    char *end;

    if (!whole(text, UINT32_MAX, &number, &end) || !number || *end != ':' ||
        !whole(end + 1, 60000, &ms, &end) || !ms || *end)
        return fail(EXIT_USAGE, "--late takes N:MS, a write from 1 and 1 to 60000 ms, not '%s'",
                    text);
    options->late = (unsigned)number;
    options->late_ms = (unsigned)ms;
    return 0;
}

static int machine(struct options *options, const char *text)
{
    static const char *const words[] = {"sim", "sim:quirks=qemu", "qemu", NULL};

    if (!strncmp(text, "vfio:", 5))
        return fail(EXIT_USAGE, "--machine %s is not in this release", text);
    if (word(words, text) < 0)
        return fail(EXIT_USAGE, "--machine is sim, sim:quirks=qemu or qemu, not '%s'", text);
    options->system.machine = text;
    return 0;
}

static int clock_of(struct options *options, const char *text)
{
    static const char *const words[] = {"virtual", "real", NULL};
    int index = word(words, text);

    if (index < 0)
        return fail(EXIT_USAGE, "--clock is virtual or real, not '%s'", text);
    options->system.real_clock = index == 1;
    return 0;
}

static int seconds(struct options *options, const char *text)
{
    char *end;

    options->seconds = strtod(text, &end);
    if (!*text || *end || !(options->seconds > 0) || options->seconds > 86400)
        return fail(EXIT_USAGE, "--seconds takes a number above 0, at most 86400, not '%s'", text);
    return 0;
}

static int policy(struct options *options, const char *text)
{
    if (!strchr(text, '=') || *text == '=')
        return fail(EXIT_USAGE, "--policy takes NAME=VALUE, not '%s'", text);
    if (options->policy_count == MOST_POLICIES)
        return fail(EXIT_USAGE, "at most %d policies", MOST_POLICIES);
    options->policies[options->policy_count++] = text;
    return 0;
}

static int take_number(struct options *options, int option)
{
    uint64_t value;
    int status;

    if (option == OPTION_SEED) {
        status = option_number("seed", optarg, 0, UINT64_MAX, &value);
        options->system.seed = value;
        options->has_seed = true;
        return status;
    }
    status = option_number("processors", optarg, 1, 8, &value);
    options->system.processors = (unsigned)value;
    return status;
}

static int take(struct options *options, int option)
{
    if (option >= OPTION_VERIFY)
        return verify_take(&options->verify, (enum verify_option)(option - OPTION_VERIFY), optarg);
    switch (option) {
    case 'd':
        options->driver = optarg;
        return 0;
    case 'o':
        options->output = optarg;
        return 0;
    case 'q':
        options->quiet = true;
        return 0;
    case 'h':
        options->help = true;
        return 0;
    case OPTION_DEVICE:
        options->device = optarg;
        return 0;
    case OPTION_TRACE:
        options->trace = optarg;
        return 0;
    case OPTION_INPUT:
        options->input = optarg;
        return 0;
    case OPTION_CONVERT:
        options->convert = true;
        return 0;
    case OPTION_MACHINE:
        return machine(options, optarg);
    case OPTION_CLOCK:
        return clock_of(options, optarg);
    case OPTION_MEMORY:
        options->has_memory = true;
        return option_memory(options, optarg);
    case OPTION_CLIENT:
        return client(options, optarg);
    case OPTION_POLICY:
        return policy(options, optarg);
    case OPTION_SECONDS:
        return seconds(options, optarg);
    case OPTION_BUFFER:
        return buffer(options, optarg);
    case OPTION_LATE:
        return late(options, optarg);
    case OPTION_REGISTRY:
        options->registry = optarg;
        return 0;
    case OPTION_FILES:
        options->files = optarg;
        return 0;
    case OPTION_KEEP_CONTROLS:
        options->keep_controls = true;
        return 0;
    case OPTION_SET:
        return option_set(options, optarg);
    case OPTION_DOT:
        options->dot = true;
        return 0;
    default:
        return take_number(options, option);
    }
}

static int complain(int option, char **argv)
{
    if (option == ':')
        return fail(EXIT_USAGE, "%s needs a value; see portside help %s", argv[optind - 1], argv[0]);
    return fail(EXIT_USAGE, "no option '%s'; see portside help %s", argv[optind - 1], argv[0]);
}

/* For what stands still; not worth an option. */
static int take_patience(struct options *options)
{
    const char *text = getenv("PORTSIDE_PATIENCE");
    char *end = NULL;
    unsigned long ms = text ? strtoul(text, &end, 10) : 0;

    if (text && (*end || ms < 100 || ms > 3600000))
        return fail(EXIT_USAGE, "PORTSIDE_PATIENCE takes milliseconds from 100 to 3600000, not '%.40s'", text);
    options->system.patience_ms = (unsigned)ms;
    return 0;
}

int options_parse(struct options *options, int argc, char **argv)
{
    int option, status = 0;

    *options = (struct options){.command = argv[0], .driver = "ac97", .device = "auto"};
    opterr = 0;
    while (!status && (option = getopt_long(argc, argv, ":d:o:qh", known, NULL)) != -1)
        status = option == '?' || option == ':' ? complain(option, argv) : take(options, option);
    if (!status)
        status = take_patience(options);
    if (status || options->help)
        return status;
    if (optind == argc)
        return fail(EXIT_USAGE, "%s needs a %s; see portside help %s", argv[0],
                    !strcmp(argv[0], "explain")  ? "rule"
                    : !strcmp(argv[0], "verify") || !strcmp(argv[0], "inspect") ? "driver"
                                                 : "file",
                    argv[0]);
    if (optind + 1 < argc)
        return fail(EXIT_USAGE, "one at a time: '%s' is too much", argv[optind + 1]);
    if (options->keep_controls && !options->registry)
        return fail(EXIT_USAGE, "--keep-controls keeps them in a registry: it needs --registry FILE");
    options->file = argv[optind];
    return 0;
}
