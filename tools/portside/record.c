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
    if (error == -ENOTSUP)
        return fail(EXIT_INPUT, "%s: %s; %s", options->input,
                    input ? input_describe(input) : "silence", ps_error_text());
    return error ? session_open_failed(error) : 0;
}

static int judge(const struct job *job, int error, const struct input *input, const char *file)
{
    const struct ps_result *result = &job->result;

    if (input && *input_error(input))
        return fail(EXIT_INPUT, "%s", input_error(input));
    if (error)
        return fail(EXIT_FINDING, "%s: stopped after %llu frames: %s", file,
                    (unsigned long long)result->frames, ps_error_text());
    if (result->differs)
        return fail(EXIT_FINDING, "%s: what was recorded %s at frame %llu", file,
                    result->difference, (unsigned long long)result->first_difference);
    if (result->underruns)
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

static int record_into(struct session *session, const struct options *options,
                       struct input *input, struct ps_stream *stream)
{
    struct job job = {.options = options, .session = session, .stream = stream, .record = true};
    struct ps_format format = ps_stream_format(stream);
    struct output *output;
    int status, error, written;

    job.total = job.run.frames = frames_wanted(options, input, format.rate);
    status = output_open(options->file, format.rate, format.channels, job.total, &output);
    if (status)
        return status;
    job.run.source = input ? (struct ps_source){input, input_read}
                           : (struct ps_source){NULL, read_silence};
    job.run.sink = (struct ps_sink){output, output_write};
    error = job_run(&job);
    status = judge(&job, error, input, options->file);
    written = output_finish(output, status != EXIT_INPUT);
    if (written)
        return written;
    job_report(&job);
    return status ? status : job.signal ? 128 + job.signal : 0;
}

int record_main(const struct options *options)
{
    struct session session = {0};
    struct ps_stream *stream = NULL;
    struct input *input = NULL;
    int status = 0, ended;

    if (!options->input)
        return fail(EXIT_USAGE, "record needs --input SRC.wav or --input silence");
    if (options->client == PS_CLIENT_LOOPED)
        return fail(EXIT_USAGE, "--client looped is for playing only");
    if (strcmp(options->input, "silence"))
        status = input_open(options->input, &input);
    if (!status)
        status = session_begin(&session, options);
    if (!status)
        status = open_stream(&session, options, input, &stream);
    if (!status)
        status = record_into(&session, options, input, stream);
    ps_stream_close(stream);
    ended = session_end(&session, options);
    input_close(input);
    return status ? status : ended;
}
