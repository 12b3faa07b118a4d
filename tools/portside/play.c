/* SPDX-License-Identifier: MIT */
/* portside play: an audio file through a driver, compared, into a WAV file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* ---- opening the pin, with conversion if asked ---- */

static int open_converted(struct session *session, const struct options *options,
                          struct input *input, struct ps_stream **out)
{
    struct ps_format format = input_format(input);
    int error = session_open_nearest(session, options, PS_PLAY, &format, out);

    if (error)
        return error;
    if (!options->quiet)
        fprintf(stderr, "portside: %s: %s is converted to %u bit%s, %u channel%s, %u Hz\n", options->file,
                input_describe(input), format.bits, format.is_float ? " float" : "", format.channels,
                format.channels == 1 ? "" : "s", format.rate);
    return input_convert(input, &format) ? -ENOMEM : 0;
}

static int open_stream(struct session *session, const struct options *options,
                       struct input *input, struct ps_stream **out)
{
    struct ps_format format = input_format(input);
    int error = session_open(session, options, PS_PLAY, &format, out);

    if (error == -ENOTSUP && options->convert)
        error = open_converted(session, options, input, out);
    if (error == -ENOTSUP)
        return fail(EXIT_INPUT, "%s: %s; %s%s", options->file, input_describe(input),
                    ps_error_text(), options->convert ? "" : "; --convert converts it");
    return error ? session_open_failed(error) : 0;
}

/* ---- judging ---- */

/* A volume or mute that was asked for, now or in an earlier run: then the device fetches the file's samples, but plays others. */
static bool changes_sound(const struct options *options)
{
    if (options->keep_controls)
        return true;
    for (unsigned i = 0; i < options->setting_count; i++)
        if (options->settings[i].value != 0)
            return true;
    return false;
}

static int judge(const struct job *job, const struct input *input, const char *file)
{
    const struct ps_result *result = &job->result;
    int stalled;

    if (*input_error(input))
        return fail(EXIT_INPUT, "%s", input_error(input));
    stalled = job_stalled(job, file);
    if (stalled)
        return stalled;
    if (job->error)
        return job_failed(job, file);
    if (without_device(job->options))
        return 0;
    if (result->differs && !result->frames && !result->mappings && !result->interrupts)
        return fail(EXIT_FINDING, "%s: the device fetched nothing; a driver that brings no hardware wants --device none",
                    file);
    if (result->differs && !changes_sound(job->options))
        return fail(EXIT_FINDING, "%s: what the device fetched %s at frame %llu%s", file, result->difference,
                    (unsigned long long)result->first_difference,
                    strstr(result->difference, "level") ? ": the driver's volume is not 0 dB" : "");
    if (result->underruns)
        return fail(EXIT_FINDING, "%s: %llu under-run%s", file,
                    (unsigned long long)result->underruns, result->underruns == 1 ? "" : "s");
    return 0;
}

/* Into a sound card. */
static int play_to_card(struct job *job, struct input *input, const char *path)
{
    struct ps_format format = ps_stream_format(job->stream);
    struct alsa *card;
    int status = alsa_open(path, false, &format, job->options->system.patience_ms, &card);

    if (status)
        return status;
    job->run.sink = (struct ps_sink){card, alsa_write};
    job->run.waits = alsa_waits(card);
    job_run(job);
    if (!job->signal)
        alsa_drain(card);
    job->result.underruns += alsa_xruns(card);
    status = *alsa_error(card) ? fail(EXIT_OUTPUT, "%s: cannot be played to: %s", path, alsa_error(card))
                               : judge(job, input, job->options->file);
    alsa_close(card);
    job_report(job);
    return job_status(job, status);
}

static int play_into(struct session *session, const struct options *options, struct input *input,
                     struct ps_stream *stream, const char *path)
{
    struct job job = {.options = options, .session = session, .stream = stream};
    struct ps_format format = ps_stream_format(stream);
    const struct ps_format heard = {format.rate, format.channels, 16, false};
    struct output *output;
    int status, written;

    job.total = input_frames(input);
    job.run.source = (struct ps_source){input, input_read};
    if (alsa_is(path))
        return play_to_card(&job, input, path);
    status = output_open(path, &heard, input_frames(input), &output);
    if (status)
        return status;
    if (strcmp(path, "null"))
        job.run.sink = (struct ps_sink){output, output_write};
    job_run(&job);
    status = output_failed(output) ? 0 : judge(&job, input, options->file);
    /* What was played is kept, also after a finding; a broken input leaves nothing behind. */
    written = output_finish(output, status != EXIT_INPUT);
    if (written)
        return written;
    job_report(&job);
    return job_status(&job, status);
}

/* FILE's stem and .out.wav, in the current folder. */
static char *default_output(const char *file)
{
    const char *name = strrchr(file, '/'), *dot;
    char *path = NULL;

    name = name ? name + 1 : file;
    dot = strrchr(name, '.');
    if (asprintf(&path, "%.*s.out.wav", dot && dot > name ? (int)(dot - name) : (int)strlen(name),
                 name) < 0)
        return NULL;
    return path;
}

/* Where to? Without a device there is nothing to write; an output that was named is a mistake then. */
static int find_output(const struct options *options, char **path)
{
    bool none = without_device(options);

    if (none && options->output && strcmp(options->output, "null"))
        return fail(EXIT_USAGE, "--output %s: with --device none nothing is heard, so there is nothing to write",
                    options->output);
    *path = none ? strdup("null") : options->output ? strdup(options->output) : default_output(options->file);
    return *path ? 0 : fail(EXIT_INTERNAL, "out of memory");
}

int play_main(const struct options *given)
{
    struct options own = *given, *options = &own;
    struct session session = {0};
    struct ps_stream *stream = NULL;
    struct input *input = NULL;
    char *path;
    int status, ended;

    status = find_output(options, &path);
    if (status)
        return status;
    options->system.real_clock |= alsa_is(path);
    status = input_open(options->file, &input);
    if (!status)
        status = session_begin(&session, options, input_format(input).rate, PS_PLAY);
    if (!status)
        status = open_stream(&session, options, input, &stream);
    if (!status)
        status = play_into(&session, options, input, stream, path);
    ps_stream_close(stream);
    ended = session_end(&session, options);
    input_close(input);
    free(path);
    return status ? status : ended;
}
