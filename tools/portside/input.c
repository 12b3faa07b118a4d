/* SPDX-License-Identifier: MIT */
/*
 * Audio files in, through libsndfile; conversion through libsamplerate. Samples leave in the file's own format, or,
 * once input_convert was called, in the one asked for.
 */
#include <errno.h>
#include <math.h>
#include <samplerate.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "sample.h"

enum { CHUNK = 4096 /* frames */ };

struct input {
    const char *path;
    SNDFILE *file;
    SF_INFO info;
    struct ps_format format;   /* delivered */
    struct ps_format own;      /* of the file */
    uint64_t frames_read;
    bool ended;
    char description[128], error[256];
    /* conversion */
    bool converting;
    SRC_STATE *rates;          /* NULL: same rate */
    float *raw, *mixed, *resampled; /* CHUNK frames of file; of target channels; of target rate */
    size_t resampled_room, ready, taken; /* frames in `resampled` */
    size_t pending;            /* frames of `mixed` not yet resampled */
};

/* ---- what a file holds ---- */

static void file_format(const SF_INFO *info, struct ps_format *format)
{
    *format = (struct ps_format){.rate = (unsigned)info->samplerate,
                                 .channels = (unsigned)info->channels,
                                 .bits = 32};
    switch (info->format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8:
        format->bits = 8;
        break;
    case SF_FORMAT_PCM_16:
        format->bits = 16;
        break;
    case SF_FORMAT_PCM_24:
        format->bits = 24;
        break;
    case SF_FORMAT_PCM_32:
        break;
    default: /* floats, and what decodes to them */
        format->is_float = true;
        break;
    }
}

static void describe(struct input *input)
{
    SF_FORMAT_INFO major = {.format = input->info.format & SF_FORMAT_TYPEMASK};

    if (sf_command(NULL, SFC_GET_FORMAT_INFO, &major, sizeof(major)))
        major.name = "audio";
    snprintf(input->description, sizeof(input->description), "%u bit%s, %u channel%s, %u Hz (%s)",
             input->own.bits, input->own.is_float ? " float" : "", input->own.channels,
             input->own.channels == 1 ? "" : "s", input->own.rate, major.name);
}

/* libsndfile plays a cut-off WAV or AIFF as far as it goes; its log says that the data chunk is short. */
static bool cut_off(SNDFILE *file)
{
    char log[8192] = "";
    const char *data;

    sf_command(file, SFC_GET_LOG_INFO, log, sizeof(log));
    for (data = strstr(log, "data :"); data; data = strstr(data + 1, "data :")) {
        const char *end = strchr(data, '\n'), *should = strstr(data, "should be");

        if (should && end && should < end)
            return true;
    }
    data = strstr(log, "SSND");
    return data && strstr(data, "should be") && strchr(data, '\n') > strstr(data, "should be");
}

static int check_path(const char *path)
{
    struct stat status;

    if (stat(path, &status))
        return fail(EXIT_INPUT, "%s: %s", path, strerror(errno));
    if (S_ISDIR(status.st_mode))
        return fail(EXIT_INPUT, "%s: is a folder, not an audio file", path);
    if (S_ISREG(status.st_mode) && status.st_size == 0)
        return fail(EXIT_INPUT, "%s: the file is empty", path);
    return 0;
}

int input_open(const char *path, struct input **out)
{
    struct input *input;
    int status = check_path(path);

    *out = NULL;
    if (status)
        return status;
    input = calloc(1, sizeof(*input));
    if (!input)
        return fail(EXIT_INPUT, "out of memory");
    input->path = path;
    input->file = sf_open(path, SFM_READ, &input->info);
    if (!input->file) {
        status = fail(EXIT_INPUT, "%s: not an audio file that can be read: %s", path,
                      sf_strerror(NULL));
    } else if (cut_off(input->file)) {
        status = fail(EXIT_INPUT, "%s: the file is cut off: it holds less audio than it says",
                      path);
    } else if (input->info.frames <= 0 || input->info.channels < 1 || input->info.samplerate < 1) {
        status = fail(EXIT_INPUT, "%s: holds no audio", path);
    }
    if (status) {
        input_close(input);
        return status;
    }
    file_format(&input->info, &input->own);
    input->format = input->own;
    describe(input);
    *out = input;
    return 0;
}

void input_close(struct input *input)
{
    if (!input)
        return;
    if (input->file)
        sf_close(input->file);
    if (input->rates)
        src_delete(input->rates);
    free(input->raw);
    free(input->mixed);
    free(input->resampled);
    free(input);
}

struct ps_format input_format(const struct input *input)
{
    return input->format;
}

uint64_t input_frames(const struct input *input)
{
    return (uint64_t)ceil((double)input->info.frames * input->format.rate / input->own.rate);
}

const char *input_describe(const struct input *input)
{
    return input->description;
}

const char *input_error(const struct input *input)
{
    return input->error;
}

/* ---- the file's own samples ---- */

/* Frames just read: counts them; at the end checks that none is missing. Negative errno. */
static int note_read(struct input *input, sf_count_t frames, size_t wanted)
{
    if (sf_error(input->file)) {
        snprintf(input->error, sizeof(input->error), "%s: damaged after frame %llu: %s",
                 input->path, (unsigned long long)input->frames_read, sf_strerror(input->file));
        return -EBADMSG;
    }
    input->frames_read += (uint64_t)frames;
    if ((size_t)frames == wanted)
        return 0;
    input->ended = true;
    if (input->frames_read >= (uint64_t)input->info.frames)
        return 0;
    snprintf(input->error, sizeof(input->error), "%s: the file is cut off: %llu of %lld frames",
             input->path, (unsigned long long)input->frames_read, (long long)input->info.frames);
    return -EBADMSG;
}

/* 8 and 24 bit samples are packed from 32-bit ones. */
static ptrdiff_t read_packed(struct input *input, unsigned char *to, size_t frames)
{
    unsigned bytes = input->own.bits / 8, channels = input->own.channels;
    size_t most = frames < CHUNK ? frames : CHUNK, done = 0;
    int *samples = malloc(most * channels * sizeof(*samples));
    int error = 0;

    if (!samples)
        return -ENOMEM;
    while (done < frames && !error && !input->ended) {
        size_t piece = frames - done < most ? frames - done : most;
        sf_count_t got = sf_readf_int(input->file, samples, (sf_count_t)piece);

        for (size_t i = 0; i < (size_t)got * channels; i++) {
            unsigned value = (unsigned)samples[i] >> (32 - input->own.bits);

            if (bytes == 1)
                value ^= 0x80; /* 8-bit PCM is unsigned */
            memcpy(to, &value, bytes);
            to += bytes;
        }
        done += (size_t)got;
        error = note_read(input, got, piece);
    }
    free(samples);
    return error ? error : (ptrdiff_t)(done * channels * bytes);
}

static ptrdiff_t read_own(struct input *input, void *to, size_t bytes)
{
    unsigned frame = input->own.channels * input->own.bits / 8;
    size_t frames = bytes / frame;
    sf_count_t got;
    int error;

    if (input->ended)
        return 0;
    if (input->own.bits == 8 || input->own.bits == 24)
        return read_packed(input, to, frames);
    if (input->own.bits == 16)
        got = sf_readf_short(input->file, to, (sf_count_t)frames);
    else if (input->own.is_float)
        got = sf_readf_float(input->file, to, (sf_count_t)frames);
    else
        got = sf_readf_int(input->file, to, (sf_count_t)frames);
    error = note_read(input, got, frames);
    return error ? error : (ptrdiff_t)((size_t)got * frame);
}

/* ---- conversion ---- */

int input_convert(struct input *input, const struct ps_format *format)
{
    int error;

    input->format = *format;
    input->converting = true;
    input->raw = malloc(CHUNK * input->own.channels * sizeof(float));
    input->mixed = malloc(CHUNK * format->channels * sizeof(float));
    input->resampled_room = (size_t)CHUNK * format->rate / input->own.rate + 64;
    input->resampled = malloc(input->resampled_room * format->channels * sizeof(float));
    if (!input->raw || !input->mixed || !input->resampled)
        return fail(EXIT_INPUT, "out of memory");
    if (format->rate == input->own.rate)
        return 0;
    if (!src_is_valid_ratio((double)format->rate / input->own.rate))
        return fail(EXIT_INPUT, "%s: %u Hz cannot be converted to %u Hz", input->path,
                    input->own.rate, format->rate);
    input->rates = src_new(SRC_SINC_BEST_QUALITY, (int)format->channels, &error);
    if (!input->rates)
        return fail(EXIT_INPUT, "%s: %s", input->path, src_strerror(error));
    return 0;
}

/* Each target channel is the mean of the source channels that fall on it; a mono source goes to all. */
static void mix(const struct input *input, size_t frames)
{
    unsigned from = input->own.channels, to = input->format.channels;

    for (size_t i = 0; i < frames; i++)
        for (unsigned c = 0; c < to; c++) {
            float sum = 0;
            unsigned count = 0;

            for (unsigned s = c % from; s < from; s += to, count++)
                sum += input->raw[i * from + s];
            input->mixed[i * to + c] = sum / (float)(count ? count : 1);
        }
}

static int resample(struct input *input)
{
    SRC_DATA data = {
        .data_in = input->mixed,
        .input_frames = (long)input->pending,
        .data_out = input->resampled,
        .output_frames = (long)input->resampled_room,
        .end_of_input = input->ended,
        .src_ratio = (double)input->format.rate / input->own.rate,
    };
    int error = src_process(input->rates, &data);

    if (error) {
        snprintf(input->error, sizeof(input->error), "%s: %s", input->path, src_strerror(error));
        return -EIO;
    }
    input->pending -= (size_t)data.input_frames_used;
    memmove(input->mixed, input->mixed + (size_t)data.input_frames_used * input->format.channels,
            input->pending * input->format.channels * sizeof(float));
    input->ready = (size_t)data.output_frames_gen;
    input->taken = 0;
    return 0;
}

/* Fills `resampled`; with nothing ready afterwards the end is reached. */
static int more(struct input *input)
{
    do {
        sf_count_t got = 0;
        int error = 0;

        if (!input->ended && !input->pending) {
            got = sf_readf_float(input->file, input->raw, CHUNK);
            error = note_read(input, got, CHUNK);
        }
        if (error)
            return error;
        if (got)
            mix(input, (size_t)got);
        input->pending += (size_t)got;
        if (!input->rates) {
            memcpy(input->resampled, input->mixed,
                   input->pending * input->format.channels * sizeof(float));
            input->ready = input->pending;
            input->taken = input->pending = 0;
        } else {
            error = resample(input);
            if (error)
                return error;
        }
    } while (!input->ready && !input->ended);
    return 0;
}

static ptrdiff_t read_converted(struct input *input, unsigned char *to, size_t frames)
{
    unsigned channels = input->format.channels;
    unsigned char *at = to;
    size_t done = 0;

    while (done < frames) {
        if (input->taken == input->ready) {
            int error = more(input);

            if (error)
                return error;
            if (!input->ready)
                break;
        }
        for (; done < frames && input->taken < input->ready; done++, input->taken++)
            for (unsigned c = 0; c < channels; c++)
                at += sample_put(at, &input->format, input->resampled[input->taken * channels + c]);
    }
    return at - to;
}

ptrdiff_t input_read(void *context, void *to, size_t bytes)
{
    struct input *input = context;

    if (!input->converting)
        return read_own(input, to, bytes);
    return read_converted(input, to, bytes / (input->format.channels * input->format.bits / 8));
}
