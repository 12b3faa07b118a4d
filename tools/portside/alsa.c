/* SPDX-License-Identifier: MIT */
/*
 * A sound card, through libasound: as a sink it takes what the device puts out, as a source it gives what the device
 * hears. The device runs in real time, the card by its own clock; LATENCY lies between them.
 */
#include <alsa/asoundlib.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

enum {
    LATENCY_US = 200000,
    CUSHION_US = 100000, /* captured before the run begins, or written before the card starts */
    PATIENCE = 10000,    /* ms */
    NAP = 10,            /* ms, between two looks at a card that plays the rest */
};

struct alsa {
    snd_pcm_t *pcm;
    unsigned rate, channels;
    int patience; /* ms */
    unsigned xruns;
    bool capture, begun;
    bool dry;           /* capture: the card has nothing more at the moment */
    size_t owed;        /* capture: frames of silence for those that an over-run has lost */
    int16_t *held;      /* playing: what the card has not taken yet */
    size_t held_frames;
    int error;          /* negative errno of the first failure */
};

bool alsa_is(const char *name)
{
    return !strcmp(name, "alsa") || !strncmp(name, "alsa:", 5);
}

/* libasound would print several lines of its own. */
__attribute__((format(printf, 5, 6))) static void be_quiet(const char *file, int line,
                                                           const char *function, int error,
                                                           const char *format, ...)
{
    (void)file, (void)line, (void)function, (void)error, (void)format;
}

static int prepare(struct alsa *alsa, bool capture)
{
    snd_pcm_sw_params_t *software;
    int error = snd_pcm_set_params(alsa->pcm, SND_PCM_FORMAT_S16_LE, SND_PCM_ACCESS_RW_INTERLEAVED,
                                   alsa->channels, alsa->rate, 1, LATENCY_US);

    if (error || capture)
        return error;
    snd_pcm_sw_params_alloca(&software);
    error = snd_pcm_sw_params_current(alsa->pcm, software);
    if (!error)
        error = snd_pcm_sw_params_set_start_threshold(
            alsa->pcm, software, (snd_pcm_uframes_t)alsa->rate * (CUSHION_US / 1000) / 1000);
    return error ? error : snd_pcm_sw_params(alsa->pcm, software);
}

static snd_pcm_uframes_t cushion(const struct alsa *alsa)
{
    return (snd_pcm_uframes_t)alsa->rate * (CUSHION_US / 1000) / 1000;
}

static int fail_with(struct alsa *alsa, int error)
{
    if (!alsa->error)
        alsa->error = error;
    return error;
}

int alsa_open(const char *name, bool capture, const struct ps_format *format, unsigned patience,
              struct alsa **out)
{
    const char *pcm = name[4] ? name + 5 : "default";
    struct alsa *alsa = calloc(1, sizeof(*alsa));
    int error;

    *out = NULL;
    if (!alsa)
        return fail(EXIT_MACHINE, "out of memory");
    alsa->rate = format->rate;
    alsa->channels = format->channels;
    alsa->capture = capture;
    alsa->patience = patience ? (int)patience : PATIENCE;
    snd_lib_error_set_handler(be_quiet);
    error = snd_pcm_open(&alsa->pcm, pcm, capture ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK,
                         SND_PCM_NONBLOCK);
    if (error) {
        free(alsa);
        return fail(EXIT_MACHINE, "alsa:%s: cannot be opened: %s; %s -L lists what there is", pcm,
                    snd_strerror(error), capture ? "arecord" : "aplay");
    }
    error = prepare(alsa, capture);
    if (error) {
        alsa_close(alsa);
        return fail(EXIT_MACHINE, "alsa:%s: does not take 16 bit, %u channels, %u Hz: %s", pcm,
                    format->channels, format->rate, snd_strerror(error));
    }
    *out = alsa;
    return 0;
}

/* After an over- or under-run, or a suspend, the card has to be started again: 0, or what ends it. */
static int recover(struct alsa *alsa, int error)
{
    alsa->xruns += error == -EPIPE;
    error = snd_pcm_recover(alsa->pcm, error, 1);
    return error ? fail_with(alsa, error) : 0;
}

/* Waits until the card is ready; it has to be before the patience is over. */
static int wait_for(struct alsa *alsa)
{
    int ready = snd_pcm_wait(alsa->pcm, alsa->patience);

    if (ready > 0)
        return 0;
    return ready ? recover(alsa, ready) : fail_with(alsa, -ETIMEDOUT);
}

/* ---- playing ---- */

/* Gives the card as much as it takes now. */
static int flush(struct alsa *alsa)
{
    size_t given = 0;

    while (given < alsa->held_frames) {
        snd_pcm_sframes_t done = snd_pcm_writei(alsa->pcm, alsa->held + given * alsa->channels,
                                                alsa->held_frames - given);

        if (done == -EAGAIN || done == 0)
            break;
        if (done < 0 && recover(alsa, (int)done))
            return alsa->error;
        given += done > 0 ? (size_t)done : 0;
    }
    alsa->held_frames -= given;
    memmove(alsa->held, alsa->held + given * alsa->channels,
            alsa->held_frames * alsa->channels * sizeof(*alsa->held));
    return 0;
}

static int flush_until(struct alsa *alsa, size_t most)
{
    int error = flush(alsa);

    while (!error && alsa->held_frames > most) {
        error = wait_for(alsa);
        if (!error)
            error = flush(alsa);
    }
    return error;
}

/* What the card does not take at once is held; a card that is much slower than the clock holds the device up. */
int alsa_write(void *context, const int16_t *frames, size_t count, unsigned channels, unsigned rate)
{
    struct alsa *alsa = context;
    size_t samples = (alsa->held_frames + count) * channels;
    int16_t *more;

    if (alsa->error)
        return alsa->error;
    if (channels != alsa->channels || rate != alsa->rate)
        return fail_with(alsa, -EINVAL);
    more = realloc(alsa->held, samples * sizeof(*more));
    if (!more)
        return fail_with(alsa, -ENOMEM);
    alsa->held = more;
    memcpy(more + alsa->held_frames * channels, frames, count * channels * sizeof(*more));
    alsa->held_frames += count;
    return flush_until(alsa, cushion(alsa));
}

int alsa_drain(struct alsa *alsa)
{
    int error = alsa->error ? alsa->error : flush_until(alsa, 0), left = alsa->patience;

    while (!error && snd_pcm_drain(alsa->pcm) == -EAGAIN) { /* else it has played all, or stopped by itself */
        if (left <= 0)
            return fail_with(alsa, -ETIMEDOUT);
        poll(NULL, 0, NAP);
        left -= NAP;
    }
    return error;
}

/* ---- recording ---- */

/* Before the first frame is given, some are waited for. */
static int begin(struct alsa *alsa)
{
    int error = snd_pcm_start(alsa->pcm);

    alsa->begun = true;
    if (error == -EBADFD) /* it runs */
        error = 0;
    while (!error) {
        snd_pcm_sframes_t there = snd_pcm_avail(alsa->pcm);

        if (there >= (snd_pcm_sframes_t)cushion(alsa))
            return 0;
        error = there < 0 ? (int)there : wait_for(alsa);
        poll(NULL, 0, NAP); /* it is ready before the cushion is there */
    }
    return fail_with(alsa, error);
}

/* What an over-run has lost is heard as silence, as long as the cushion that the card has to collect anew. */
static int restart(struct alsa *alsa, int error)
{
    if (recover(alsa, error))
        return alsa->error;
    alsa->owed = cushion(alsa);
    error = snd_pcm_start(alsa->pcm);
    return error && error != -EBADFD ? fail_with(alsa, error) : 0;
}

static size_t pay(struct alsa *alsa, void *to, size_t count)
{
    size_t piece = count < alsa->owed ? count : alsa->owed;

    memset(to, 0, piece * alsa->channels * sizeof(int16_t));
    alsa->owed -= piece;
    return piece;
}

ptrdiff_t alsa_read(void *context, void *to, size_t bytes)
{
    struct alsa *alsa = context;
    size_t frame = alsa->channels * sizeof(int16_t), most = alsa->rate / 100;
    size_t count = bytes / frame < most ? bytes / frame : most; /* plugins take less than their buffer at a time */
    snd_pcm_sframes_t done;

    if (alsa->error || (!alsa->begun && begin(alsa)))
        return alsa->error;
    if (alsa->owed)
        return (ptrdiff_t)(pay(alsa, to, count) * frame);
    done = snd_pcm_readi(alsa->pcm, to, count);
    if (done < 0 && done != -EAGAIN) {
        if (restart(alsa, (int)done))
            return alsa->error;
        return (ptrdiff_t)(pay(alsa, to, count) * frame);
    }
    alsa->dry = done <= 0;
    return alsa->dry ? -EAGAIN : done * (ptrdiff_t)frame;
}

/* ---- both ---- */

/* The card's descriptors, while it has something to wait for: room for what is held, or frames to give. */
static unsigned list(void *context, struct pollfd *fds, unsigned most)
{
    struct alsa *alsa = context;
    int count;

    if (alsa->error || !(alsa->capture ? alsa->dry : alsa->held_frames > 0))
        return 0;
    count = snd_pcm_poll_descriptors_count(alsa->pcm);
    if (count <= 0 || (unsigned)count > most)
        return 0;
    count = snd_pcm_poll_descriptors(alsa->pcm, fds, (unsigned)count);
    return count > 0 ? (unsigned)count : 0;
}

static int ready(void *context, struct pollfd *fds, unsigned count)
{
    struct alsa *alsa = context;
    unsigned short events;

    snd_pcm_poll_descriptors_revents(alsa->pcm, fds, count, &events); /* plugins put their descriptors back by it */
    return alsa->capture ? 0 : flush(alsa);
}

struct ps_waits alsa_waits(struct alsa *alsa)
{
    return (struct ps_waits){alsa, list, ready};
}

unsigned alsa_xruns(const struct alsa *alsa)
{
    return alsa ? alsa->xruns : 0;
}

const char *alsa_error(const struct alsa *alsa)
{
    if (!alsa || !alsa->error)
        return "";
    if (alsa->error == -ETIMEDOUT)
        return alsa->capture ? "it stands still: nothing was captured" : "it stands still: nothing was played";
    return snd_strerror(alsa->error);
}

void alsa_close(struct alsa *alsa)
{
    if (!alsa)
        return;
    snd_pcm_close(alsa->pcm);
    snd_config_update_free_global();
    free(alsa->held);
    free(alsa);
}
