// SPDX-License-Identifier: MIT
//
// See judge.h. The sequence is x' = 20077 x + 12345 mod 65536: all 65,536 values, each once.
#include "scenario/judge.h"

#include <string.h>

#include "scenario/run.h"

static uint16_t next(uint16_t sample)
{
    return (uint16_t)(20077u * sample + 12345u);
}

static uint16_t fill(uint16_t sample, int16_t *to, size_t samples)
{
    for (size_t i = 0; i < samples; i++) {
        to[i] = (int16_t)sample;
        sample = next(sample);
    }
    return sample;
}

// A driver that never touched the device is a virtual one: only it knows what its sound is.
static bool is_deaf(const struct run *run)
{
    struct machine_fault_counts counts;

    machine_get_fault_counts(run->system->machine, &counts);
    return run->judge.deaf || run->conditions.faulted || !counts.accesses;
}

static unsigned number_of(const struct judged *judged)
{
    return (uint16_t)(judged->seed - 1) / 4099u;
}

// ---- the client's side -------------------------------------------------------------------------------

void judge_reset(struct judged *judged, unsigned number, const struct ps_format *format, bool copies)
{
    *judged = (struct judged){.resets = judged->resets + 1,
                              .on = format->bits == 16 && !format->is_float &&
                                    format->channels <= 2,
                              .copies = copies,
                              .rate = format->rate,
                              .channels = format->channels,
                              .seed = (uint16_t)(number * 4099 + 1)};
    judged->given = judged->seen = judged->seed;
}

void judge_fill(struct judged *judged, void *data, size_t bytes)
{
    if (bytes % sizeof(int16_t))
        judge_off(judged);
    judged->given = fill(judged->given, data, bytes / sizeof(int16_t));
    judged->given_bytes += bytes;
}

void judge_loop(struct judged *judged, void *data, size_t bytes)
{
    if (bytes % sizeof(int16_t) || judged->given_bytes)
        judge_off(judged);
    fill(judged->seed, data, bytes / sizeof(int16_t));
    judged->loop = bytes;
}

void judge_recorded(struct run *run, const struct judged *judged, const void *data, size_t bytes)
{
    const int16_t *samples = data;

    if (!judged->on || judged->channels != 2 || is_deaf(run)) // a microphone's side alone has half of what is heard
        return;
    for (size_t i = 1; i < bytes / sizeof(*samples); i++)
        if ((uint16_t)samples[i] != next((uint16_t)samples[i - 1])) {
            run_finding(run, "SOUND", "a recorded packet has %#06x at byte %zu where the device heard %#06x",
                        (uint16_t)samples[i], i * sizeof(*samples), next((uint16_t)samples[i - 1]));
            return;
        }
}

void judge_complete(struct run *run, const struct judged *judged)
{
    if (!judged->on || is_deaf(run) || judged->loop || judged->copies || // WC-54: copied, not yet played
        judged->seen_bytes >= judged->given_bytes)
        return;
    run_finding(run, "SOUND", "the device fetched %llu of %llu bytes whose packets came back as played",
                (unsigned long long)judged->seen_bytes, (unsigned long long)judged->given_bytes);
}

// Some count by timers of ten milliseconds, and a cyclic buffer's comes back to where it was.
void judge_position(struct run *run, struct judged *judged, uint64_t play)
{
    const uint64_t most = (uint64_t)judged->rate * judged->channels * sizeof(int16_t) / 40; // of 25 ms
    uint64_t fetched = judged->seen_bytes - judged->position_at;

    if (!judged->on || is_deaf(run) || play != judged->position) {
        judged->position = play;
        judged->position_at = judged->seen_bytes;
        judged->position_reads = 0;
    } else if (++judged->position_reads >= 8 && fetched > most) {
        run_finding(run, "SOUND", "the position stays at %llu while the device fetches %llu bytes of stream %u",
                    (unsigned long long)play, (unsigned long long)fetched, number_of(judged));
        judge_off(judged);
    }
}

// ---- the device's side -------------------------------------------------------------------------------

// The stream whose turn this sample is.
static struct judged *find(struct run *run, uint16_t sample)
{
    for (unsigned i = 0; i < MOST_STREAMS; i++) {
        struct judged *judged = &run->slots[i].judged;

        if (run->slots[i].stream.pin && judged->on && !judged->bound && judged->seen == sample &&
            run->slots[i].stream.direction == PS_PLAY)
            return judged;
    }
    return NULL;
}


static void advance(struct judged *judged)
{
    judged->seen = next(judged->seen);
    judged->seen_bytes += sizeof(int16_t);
    if (judged->loop && judged->seen_bytes % judged->loop == 0)
        judged->seen = judged->seed;
}

// ---- gaps (WC-60 to WC-62) ------------------------------------------------------------------------------

static void drop_gap(struct judged *judged)
{
    judged->gap_count--;
    for (unsigned i = 0; i < judged->gap_count; i++)
        judged->gaps[i] = judged->gaps[i + 1];
}

// A silent sample between those of the stream: in a gap, or where nothing more has been submitted.
static bool fills_gap(struct judged *judged, uint16_t sample)
{
    if (!judged->copies || judged->loop || sample)
        return false;
    if (judged->gap_count && judged->gaps[0].at == judged->seen_bytes) {
        judged->gaps[0].bytes -= sizeof(sample);
        if (!judged->gaps[0].bytes)
            drop_gap(judged);
        return true;
    }
    if (judged->seen_bytes < judged->copied)
        return false;
    judged->early += sizeof(sample);
    return true;
}

// A gap of which something is missing, or silence that nobody told of.
static bool misses_gap(struct judged *judged)
{
    if (judged->early)
        return true;
    return judged->gap_count && judged->gaps[0].at == judged->seen_bytes;
}

static void add_gap(struct judged *judged, uint64_t at, uint64_t bytes)
{
    uint64_t early = judged->early;

    judged->early = early > bytes ? early - bytes : 0;
    if (early >= bytes)
        return;
    if (judged->gap_count == JUDGE_GAPS || bytes % sizeof(uint16_t)) {
        judge_off(judged);
        return;
    }
    judged->gaps[judged->gap_count].at = at;
    judged->gaps[judged->gap_count++].bytes = bytes - early;
}

// The playing stream of that pin, or NULL.
static struct judged *judged_of(struct run *run, uint32_t pin)
{
    for (unsigned i = 0; i < MOST_STREAMS; i++) {
        const struct ps_stream *stream = &run->slots[i].stream;

        if (stream->pin && stream->direction == PS_PLAY && stream_pin(stream)->number == pin)
            return &run->slots[i].judged;
    }
    return NULL;
}

static void gap(void *context, uint32_t pin, uint64_t at, uint64_t bytes)
{
    struct judged *judged = judged_of(context, pin);

    if (judged)
        add_gap(judged, at, bytes);
}

static void copied(void *context, uint32_t pin, uint64_t bytes)
{
    struct judged *judged = judged_of(context, pin);

    if (judged)
        judged->copied = bytes;
}

// What was silent before the first sample need not have been told of.
static void bind(struct judge_line *line, struct judged *judged)
{
    line->stream = judged;
    judged->bound = true;
    while (judged->gap_count && judged->gaps[0].at == 0)
        drop_gap(judged);
}

static void differ(struct run *run, struct judged *judged, uint16_t sample)
{
    judge_off(judged);
    run_finding(run, "SOUND", "the device fetched %#06x at byte %llu of stream %u, where %#06x was submitted",
                sample, (unsigned long long)judged->seen_bytes, number_of(judged), judged->seen);
}

// Converters come no nearer than their dividers let them: two percent are not heard.
static bool rate_fits(unsigned rate, unsigned wanted)
{
    unsigned away = rate < wanted ? wanted - rate : rate - wanted;

    return (uint64_t)away * 50 <= wanted;
}

static void check_rate(struct run *run, struct judged *judged, const char *does, unsigned rate)
{
    if (judged->rate_told || rate_fits(rate, judged->rate))
        return;
    judged->rate_told = true;
    run_finding(run, "SOUND", "the device %s at %u Hz, where the format of stream %u has %u Hz", does,
                rate, number_of(judged), judged->rate);
}

// How far it is to the stream's next sample: a device doubles the only channel of a stream.
static size_t stride(const struct judged *judged, unsigned channels)
{
    return judged->channels == 1 ? channels : 1;
}

static bool sides_differ(const struct judged *judged, const int16_t *samples, unsigned channels)
{
    return stride(judged, channels) == 2 && samples[0] != samples[1];
}

static void see(struct run *run, struct judge_line *line, const int16_t *samples, size_t count,
                unsigned channels, unsigned rate)
{
    for (size_t i = 0; i < count;) {
        struct judged *judged = line->stream;

        if (!judged || !judged->bound) {
            judged = find(run, (uint16_t)samples[i]);
            if (!judged && !samples[i]) {
                i++;
                continue; // silence before the first of it
            }
            if (!judged)
                return;
            bind(line, judged);
        }
        if (!judged->on)
            return;
        check_rate(run, judged, "plays", rate);
        if (!fills_gap(judged, (uint16_t)samples[i])) {
            if ((uint16_t)samples[i] != judged->seen || misses_gap(judged) ||
                sides_differ(judged, &samples[i], channels)) {
                differ(run, judged, (uint16_t)samples[i]);
                return;
            }
            advance(judged);
        }
        i += stride(judged, channels);
    }
}

static void hear(struct heard *heard, const int16_t *frames, size_t count, unsigned channels)
{
    heard->frames += count;
    for (size_t i = 0; frames && i < count; i++)
        for (unsigned side = 0; side < 2; side++) {
            double sample = frames[i * channels + (channels > 1 ? side : 0)];

            heard->sum[side] += sample * sample;
        }
}

static void emit(void *context, struct ps_device *device, unsigned line, const int16_t *frames,
                 size_t count, unsigned channels, unsigned rate, bool fetched)
{
    struct run *run = context;

    (void)device;
    if (fetched)
        hear(&run->judge.heard, frames, count, channels);
    if (line < JUDGE_LINES && fetched && frames && !is_deaf(run))
        see(run, &run->judge.lines[line], frames, count * channels, channels, rate);
}

// The stream that records, if it is clear which.
static struct judged *recording(struct run *run)
{
    struct judged *found = NULL;

    for (unsigned i = 0; i < MOST_STREAMS; i++) {
        const struct ps_stream *stream = &run->slots[i].stream;

        if (!stream->pin || stream->direction != PS_RECORD)
            continue;
        if (found)
            return NULL;
        found = &run->slots[i].judged;
    }
    return found && found->on ? found : NULL;
}

static void absorb(void *context, struct ps_device *device, unsigned line, int16_t *frames,
                   size_t count, unsigned channels, unsigned rate)
{
    struct run *run = context;
    struct judged *judged = is_deaf(run) ? NULL : recording(run);

    (void)device;
    if (judged)
        check_rate(run, judged, "records", rate);
    if (line >= JUDGE_LINES)
        memset(frames, 0, count * channels * sizeof(*frames));
    else
        run->judge.lines[line].heard =
            fill(run->judge.lines[line].heard, frames, count * channels);
}

// What was not recorded is a hole in whatever packet comes next.
static void underrun(void *context, struct ps_device *device, unsigned line)
{
    struct run *run = context;

    (void)device, (void)line;
    for (unsigned i = 0; i < MOST_STREAMS; i++)
        if (run->slots[i].stream.direction == PS_RECORD)
            judge_off(&run->slots[i].judged);
}

static void listen(struct run *run, bool on)
{
    struct port_class *class = port_class_of(run->system);

    run->judge.listener = (struct port_listener){run, copied, gap};
    if (class)
        class->listener = on ? &run->judge.listener : NULL;
}

void judge_begin(struct run *run)
{
    struct sound_end end = {run, emit, absorb, underrun};

    run->judge.run = run;
    run->judge.deaf = machine_guesses_silence(run->system->machine); // it would have to be guessed what belongs to whom
    for (unsigned i = 0; i < JUDGE_LINES; i++)
        run->judge.lines[i].heard = (uint16_t)(i * 257 + 3);
    machine_set_sound(run->system->machine, &end);
    listen(run, true);
}

void judge_end(struct run *run)
{
    listen(run, false);
    machine_set_sound(run->system->machine, NULL);
}
