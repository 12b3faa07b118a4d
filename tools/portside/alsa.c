/* SPDX-License-Identifier: MIT */
/*
 * A sound card, through libasound: as a sink it takes what the device puts out, as a source it gives what the device
 * hears. The device runs in real time, the card by its own clock; LATENCY lies between them.
 */
#include <alsa/asoundlib.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

enum {
    LATENCY_US = 200000,
    CUSHION_US = 100000, /* captured before the run begins, or written before the card starts */
};

struct alsa {
    snd_pcm_t *pcm;
    unsigned rate, channels;
    unsigned xruns;
    bool begun;
    int error; /* negative errno of the first failure */
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

int alsa_open(const char *name, bool capture, unsigned rate, unsigned channels, struct alsa **out)
{
    const char *pcm = name[4] ? name + 5 : "default";
    struct alsa *alsa = calloc(1, sizeof(*alsa));
    int error;

    *out = NULL;
    if (!alsa)
        return fail(EXIT_MACHINE, "out of memory");
    alsa->rate = rate;
    alsa->channels = channels;
    snd_lib_error_set_handler(be_quiet);
    error = snd_pcm_open(&alsa->pcm, pcm, capture ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK,
                         capture ? SND_PCM_NONBLOCK : 0);
    if (error) {
        free(alsa);
        return fail(EXIT_MACHINE, "alsa:%s: cannot be opened: %s; %s -L lists what there is", pcm,
                    snd_strerror(error), capture ? "arecord" : "aplay");
    }
    error = prepare(alsa, capture);
    if (error) {
        alsa_close(alsa, false);
        return fail(EXIT_MACHINE, "alsa:%s: does not take 16 bit, %u channels, %u Hz: %s", pcm,
                    channels, rate, snd_strerror(error));
    }
    *out = alsa;
    return 0;
}

/* After an over- or under-run the card has to be started again. */
static int recover(struct alsa *alsa, int error)
{
    alsa->xruns += error == -EPIPE;
    error = snd_pcm_recover(alsa->pcm, error, 1);
    alsa->begun = false;
    if (error)
        alsa->error = error;
    return error;
}

int alsa_write(void *context, const int16_t *frames, size_t count, unsigned channels, unsigned rate)
{
    struct alsa *alsa = context;

    if (channels != alsa->channels || rate != alsa->rate)
        return alsa->error = -EINVAL;
    while (count) {
        snd_pcm_sframes_t done = snd_pcm_writei(alsa->pcm, frames, count);

        if (done < 0 && recover(alsa, (int)done))
            return alsa->error;
        if (done <= 0)
            continue;
        frames += (size_t)done * channels;
        count -= (size_t)done;
    }
    return 0;
}

/* Before the first frame is given, some are waited for. */
static int begin(struct alsa *alsa)
{
    snd_pcm_sframes_t wanted = (snd_pcm_sframes_t)alsa->rate * (CUSHION_US / 1000) / 1000, there;
    int error = snd_pcm_start(alsa->pcm);

    alsa->begun = true;
    if (error == -EBADFD) /* it runs */
        error = 0;
    while (!error && (there = snd_pcm_avail(alsa->pcm)) < wanted && there >= 0)
        error = snd_pcm_wait(alsa->pcm, 1000) < 0 ? -EIO : 0;
    return error;
}

ptrdiff_t alsa_read(void *context, void *to, size_t bytes)
{
    struct alsa *alsa = context;
    size_t frame = alsa->channels * sizeof(int16_t), most = alsa->rate / 100;
    size_t count = bytes / frame < most ? bytes / frame : most; /* plugins take less than their buffer at a time */
    snd_pcm_sframes_t done;

    if (!alsa->begun && begin(alsa))
        return alsa->error = -EIO;
    done = snd_pcm_readi(alsa->pcm, to, count);
    if (done == -EAGAIN || done == 0)
        return -EAGAIN;
    if (done < 0)
        return recover(alsa, (int)done) ? alsa->error : -EAGAIN;
    return done * (ptrdiff_t)frame;
}

unsigned alsa_xruns(const struct alsa *alsa)
{
    return alsa ? alsa->xruns : 0;
}

const char *alsa_error(const struct alsa *alsa)
{
    return alsa && alsa->error ? snd_strerror(alsa->error) : "";
}

void alsa_close(struct alsa *alsa, bool drain)
{
    if (!alsa)
        return;
    if (drain && !alsa->error)
        snd_pcm_drain(alsa->pcm);
    snd_pcm_close(alsa->pcm);
    snd_config_update_free_global();
    free(alsa);
}
