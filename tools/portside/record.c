/* SPDX-License-Identifier: MIT */
/* portside record: what the device hears, through a driver, into a WAV file. */
#include <errno.h>
#include <string.h>

#include "cli.h"

static ptrdiff_t read_silence(void *context, void *to, size_t bytes)
{
    (void)context;
    memset(to, 0, bytes);
    return (ptrdiff_t)bytes;
}

static int open_stream(struct session *session, const struct options *options,
                       struct input *input, struct ps_stream **out)
{
    struct ps_format format = {48000, 2, 16, false};
    int error;

    if (input)
        format = input_format(input);
    error = session_open(session, options, PS_RECORD, &format, out);
    if (error == -ENOTSUP && !input) /* silence has any format */
        error = session_open_nearest(session, options, PS_RECORD, &format, out);
    if (error == -ENOTSUP)
        return fail(EXIT_INPUT, "%s: %s; %s", options->input,
                    input ? input_describe(input) : "silence", ps_error_text());
    return error ? session_open_failed(error) : 0;
}

static int judge(const struct job *job, const struct input *input, const char *file)
{
    const struct ps_result *result = &job->result;
    int stalled;

    if (input && *input_error(input))
        return fail(EXIT_INPUT, "%s", input_error(input));
    stalled = job_stalled(job, file);
    if (stalled)
        return stalled;
    if (job->error)
        return job_failed(job, file);
    if (result->differs && !without_device(job->options))
        return fail(EXIT_FINDING, "%s: what was recorded %s at frame %llu", file,
                    result->difference, (unsigned long long)result->first_difference);
    if (result->underruns && !without_device(job->options))
        return fail(EXIT_FINDING, "%s: input was lost %llu time%s", file,
                    (unsigned long long)result->underruns, result->underruns == 1 ? "" : "s");
    return 0;
}

static uint64_t frames_wanted(const struct options *options, const struct input *input,
                              unsigned rate)
{
    if (options->seconds > 0)
        return (uint64_t)(options->seconds * rate + 0.5);
    return input ? input_frames(input) : rate;
}

/* Into `output`; `card`: what the device hears, or NULL. */
static int record_from(struct job *job, struct input *input, struct alsa *card, struct output *output)
{
    const struct options *options = job->options;
    int status;

    job->run.source = input ? (struct ps_source){input, input_read}
                      : card ? (struct ps_source){card, alsa_read}
                             : (struct ps_source){NULL, read_silence};
    job->run.sink = (struct ps_sink){output, output_write};
    if (card)
        job->run.waits = alsa_waits(card);
    job_run(job);
    job->result.underruns += alsa_xruns(card);
    if (*alsa_error(card))
        status = fail(EXIT_MACHINE, "%s: cannot be recorded from: %s", options->input, alsa_error(card));
    else
        status = output_failed(output) ? 0 : judge(job, input, options->file);
    return status;
}

static int record_into(struct session *session, const struct options *options,
                       struct input *input, struct ps_stream *stream)
{
    struct job job = {.options = options, .session = session, .stream = stream, .record = true};
    struct ps_format format = ps_stream_format(stream);
    struct output *output;
    struct alsa *card = NULL;
    int status = 0, written;

    if (alsa_is(options->input))
        status = alsa_open(options->input, true, &format, options->system.patience_ms, &card);
    if (status)
        return status;
    job.total = job.run.frames = frames_wanted(options, input, format.rate);
    status = output_open(options->file, &format, job.total, &output);
    if (!status)
        status = record_from(&job, input, card, output);
    alsa_close(card);
    if (!output)
        return status;
    written = output_finish(output, status != EXIT_INPUT);
    if (written)
        return written;
    job_report(&job);
    return job_status(&job, status);
}

int record_main(const struct options *given)
{
    struct options own = *given, *options = &own;
    struct session session = {0};
    struct ps_stream *stream = NULL;
    struct input *input = NULL;
    int status = 0, ended;

    if (!options->input)
        return fail(EXIT_USAGE, "record needs --input SRC.wav, --input silence or --input alsa");
    if (alsa_is(options->input) && !(options->seconds > 0))
        return fail(EXIT_USAGE, "record from a sound card needs --seconds N");
    options->system.real_clock |= alsa_is(options->input);
    if (options->client == PS_CLIENT_LOOPED)
        return fail(EXIT_USAGE, "--client looped is for playing only");
    if (strcmp(options->input, "silence") && !alsa_is(options->input))
        status = input_open(options->input, &input);
    if (!status)
        status = session_begin(&session, options, input ? input_format(input).rate : 0, PS_RECORD);
    if (!status)
        status = open_stream(&session, options, input, &stream);
    if (!status)
        status = record_into(&session, options, input, stream);
    ps_stream_close(stream);
    ended = session_end(&session, options);
    input_close(input);
    return status ? status : ended;
}
