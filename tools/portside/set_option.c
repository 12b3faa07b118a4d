/* SPDX-License-Identifier: MIT */
/* --set NAME=VALUE: what a mixer's user does before the music starts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static int take(struct options *options, enum ps_control control, double value)
{
    if (options->setting_count == MOST_SETTINGS)
        return fail(EXIT_USAGE, "at most %d settings", MOST_SETTINGS);
    options->settings[options->setting_count].control = control;
    options->settings[options->setting_count++].value = value;
    return 0;
}

static int volume(struct options *options, const char *text)
{
    char *end;
    double value = strtod(text, &end);

    if (!strcmp(text, "-inf"))
        return take(options, PS_CONTROL_VOLUME, -INFINITY);
    if (end == text || (strcmp(end, "dB") && *end) || !isfinite(value) || fabs(value) > 32000)
        return fail(EXIT_USAGE, "--set volume takes decibels such as -6dB, or -inf, not '%s'", text);
    return take(options, PS_CONTROL_VOLUME, value);
}

static int mute(struct options *options, const char *text)
{
    if (strcmp(text, "on") && strcmp(text, "off"))
        return fail(EXIT_USAGE, "--set mute is on or off, not '%s'", text);
    return take(options, PS_CONTROL_MUTE, !strcmp(text, "on"));
}

int option_set(struct options *options, const char *text)
{
    if (!strncmp(text, "volume=", 7))
        return volume(options, text + 7);
    if (!strncmp(text, "mute=", 5))
        return mute(options, text + 5);
    return fail(EXIT_USAGE, "--set takes volume=DECIBELS or mute=on|off, not '%s'", text);
}
