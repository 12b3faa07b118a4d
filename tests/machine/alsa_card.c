// SPDX-License-Identifier: MIT
//
// A sound card as an ALSA plugin, which does what its configuration says and never looks at a clock:
//
//     pcm_type.scripted { lib "…/alsa_card.so" open "_snd_pcm_scripted_open" }
//     pcm.card { type scripted file "what-is-played" log "events" overtaken 12000 }
//
// Playing: it writes what it gets to `file` and has played all but KEEP frames of it. Recording: it reads `file`, and has
// KEEP frames ready at any time. Each of these happens once, at the given frame:
//
//     overtaken N   an under-run, or an over-run
//     stuck N       it stands still until its descriptor was waited for
//     dead N        it stands still for good
//     gone N        it was pulled out
//
// `log` gets a line for each event: what, and the frames that were moved until then.
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { KEEP = 7200, STUCK_MS = 50, CHANNELS = 2 };

struct card {
    snd_pcm_ioplug_t io;
    FILE *file, *log;
    long overtaken, stuck, dead, gone; // frames; 0: not
    long moved;      // frames since the card was opened
    long since;      // frames since it was prepared
    long position;   // of the card, since it was prepared
    bool standing;
};

static void note(struct card *card, const char *event)
{
    if (card->log)
        fprintf(card->log, "%s %ld\n", event, card->moved);
}

static bool reached(struct card *card, long *at, const char *event)
{
    if (!*at || card->moved < *at)
        return false;
    *at = 0;
    note(card, event);
    return true;
}

// The descriptor is ready in `ms`; 0: never.
static void set_ready(struct card *card, long ms)
{
    struct itimerspec when = {.it_value = {0, ms * 1000000}};

    timerfd_settime(card->io.poll_fd, 0, &when, NULL);
}

static void stand(struct card *card, long ms)
{
    card->standing = true;
    set_ready(card, ms);
}

// ---- what libasound calls -----------------------------------------------------------------------------

static int start(snd_pcm_ioplug_t *io)
{
    return 0;
}

static int stop(snd_pcm_ioplug_t *io)
{
    return 0;
}

static int prepare(snd_pcm_ioplug_t *io)
{
    struct card *card = io->private_data;

    card->since = card->position = 0;
    return 0;
}

static snd_pcm_sframes_t pointer(snd_pcm_ioplug_t *io)
{
    struct card *card = io->private_data;
    bool plays = io->stream == SND_PCM_STREAM_PLAYBACK;
    long now = plays ? card->since - KEEP : card->since + KEEP;

    if (reached(card, &card->overtaken, "overtaken"))
        return -EPIPE;
    if (reached(card, &card->stuck, "stuck"))
        stand(card, STUCK_MS);
    if (reached(card, &card->dead, "dead"))
        stand(card, 0);
    if (!card->standing && now > card->position)
        card->position = now;
    return card->position % (long)io->buffer_size;
}

// Behind the file's end there is silence.
static void hear(struct card *card, char *samples, size_t bytes)
{
    size_t got = fread(samples, 1, bytes, card->file);

    memset(samples + got, 0, bytes - got);
}

static snd_pcm_sframes_t transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas, snd_pcm_uframes_t offset,
                                  snd_pcm_uframes_t frames)
{
    struct card *card = io->private_data;
    char *samples = (char *)areas->addr + (areas->first + areas->step * offset) / 8;
    size_t bytes = frames * CHANNELS * sizeof(int16_t), done = bytes;

    if (card->gone && card->moved >= card->gone)
        return -ENODEV;
    if (io->stream == SND_PCM_STREAM_PLAYBACK)
        done = fwrite(samples, 1, bytes, card->file);
    else
        hear(card, samples, bytes);
    card->moved += (long)frames;
    card->since += (long)frames;
    return done == bytes ? (snd_pcm_sframes_t)frames : -EIO;
}

static int revents(snd_pcm_ioplug_t *io, struct pollfd *fds, unsigned count, unsigned short *events)
{
    struct card *card = io->private_data;
    bool ready = count && fds->revents & POLLIN;

    if (ready && card->standing)
        note(card, "waited");
    if (ready)
        card->standing = false;
    *events = !ready ? 0 : io->stream == SND_PCM_STREAM_PLAYBACK ? POLLOUT : POLLIN;
    return 0;
}

static int drain(snd_pcm_ioplug_t *io)
{
    struct card *card = io->private_data;

    if (card->standing)
        return -EAGAIN;
    note(card, "drained");
    return 0;
}

static int close_card(snd_pcm_ioplug_t *io)
{
    struct card *card = io->private_data;

    if (card->file)
        fclose(card->file);
    if (card->log)
        fclose(card->log);
    if (io->poll_fd >= 0)
        close(io->poll_fd);
    free(card);
    return 0;
}

static const snd_pcm_ioplug_callback_t calls = {
    .start = start,
    .stop = stop,
    .pointer = pointer,
    .transfer = transfer,
    .close = close_card,
    .prepare = prepare,
    .drain = drain,
    .poll_revents = revents,
};

// ---- opening ------------------------------------------------------------------------------------------

static int constrain(snd_pcm_ioplug_t *io)
{
    static const unsigned access[] = {SND_PCM_ACCESS_RW_INTERLEAVED}, format[] = {SND_PCM_FORMAT_S16_LE};
    int error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 1, access);

    if (!error)
        error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 1, format);
    if (!error)
        error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, CHANNELS, CHANNELS);
    if (!error)
        error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_RATE, 48000, 48000);
    if (!error)
        error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 4 * 9600, 4 * 9600);
    if (!error)
        error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 4 * 2400, 4 * 2400);
    return error;
}

static int configure(struct card *card, snd_config_t *config, bool plays)
{
    const struct { const char *name; long *value; } numbers[] = {
        {"overtaken", &card->overtaken}, {"stuck", &card->stuck}, {"dead", &card->dead}, {"gone", &card->gone}};
    snd_config_iterator_t at, next;

    snd_config_for_each(at, next, config) {
        snd_config_t *entry = snd_config_iterator_entry(at);
        const char *id, *text;

        if (snd_config_get_id(entry, &id))
            continue;
        for (unsigned i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
            if (!strcmp(id, numbers[i].name))
                snd_config_get_integer(entry, numbers[i].value);
        if (!strcmp(id, "file") && !snd_config_get_string(entry, &text))
            card->file = fopen(text, plays ? "w" : "r");
        if (!strcmp(id, "log") && !snd_config_get_string(entry, &text))
            card->log = fopen(text, "w");
    }
    return card->file ? 0 : -EINVAL;
}

SND_PCM_PLUGIN_DEFINE_FUNC(scripted); // clang asks for a prototype
SND_PCM_PLUGIN_DEFINE_FUNC(scripted)
{
    struct card *card = calloc(1, sizeof(*card));
    int error;

    (void)root;
    if (!card)
        return -ENOMEM;
    card->io.version = SND_PCM_IOPLUG_VERSION;
    card->io.name = "A scripted card";
    card->io.callback = &calls;
    card->io.private_data = card;
    card->io.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    card->io.poll_events = POLLIN;
    error = card->io.poll_fd < 0 ? -errno : configure(card, conf, stream == SND_PCM_STREAM_PLAYBACK);
    if (!error)
        error = snd_pcm_ioplug_create(&card->io, name, stream, mode);
    if (error) {
        close_card(&card->io);
        return error;
    }
    set_ready(card, 1); // and stays so
    error = constrain(&card->io);
    if (error)
        snd_pcm_ioplug_delete(&card->io);
    else
        *pcmp = card->io.pcm;
    return error;
}

SND_PCM_PLUGIN_SYMBOL(scripted);
