// SPDX-License-Identifier: MIT
//
// See sound.h. Two rings, `input` (read from the source) and `output` (on its way to the sink), and what is
// compared in between.
#include "host/sound.h"

#include <errno.h>
#include <stdatomic.h>

#include "host/compare.h"
#include "host/narrow.h"
#include "host/waits.h"

enum {
    INPUT_TARGET = 1 << 20,  // bytes kept ready
    INPUT_LOW = 1 << 18,     // ask the host below this
    OUTPUT_HIGH = 1 << 18,
    OUTPUT_HIGH_REAL = 2048, // somebody may listen
    SERVE_PIECE = 1 << 16,
    CUT_FRAME_MOST = 256, // bytes
    SHORT_RUNS = 100, // of a second
};

struct sound {
    struct ps_system *system;
    struct ps_run run;
    bool device_hears;
    bool narrow; // the client's samples are bytes
    bool live;    // the source gives what there is
    bool guesses; // machine_guesses_silence
    struct ring input, output;
    struct compare compare; // what one side gave with what the other got
    bool input_ended;
    size_t output_high; // let the host drain above this
    atomic_bool interrupted;
    bool out_of_memory;
    int failure;        // of source or sink
    unsigned channels, rate; // of the device's output; recording: the rate of what it hears
    unsigned client_channels;

    uint64_t fed;       // bytes of the source that the client has got
    bool tailed;
    uint64_t tail;      // bytes of silence that it still gets behind them
    uint64_t silent;    // frames put out since the last fetched one
    unsigned char last[16]; // guesses: the frame that arrived last
    bool stuck;         // guesses: the device repeats it
    bool started, starved;
    uint64_t zeros_before, underruns;
    uint64_t reported;  // bytes at the last progress call
    bool short_of_input; // the device hears silence since the source has nothing
    struct waits waits;
};

static void need_host(struct sound *sound)
{
    sched_stop(sound->system->sched);
}

static void no_memory(struct sound *sound)
{
    sound->out_of_memory = true;
    need_host(sound);
}

static bool all_zero(const int16_t *samples, size_t bytes)
{
    return bytes == 0 || (samples[0] == 0 && !memcmp(samples, samples + 1, bytes - sizeof(*samples)));
}

// ---- the device's ends (on fibers) ---------------------------------------------------------------------

static void put_out(struct sound *sound, const int16_t *frames, size_t bytes)
{
    static const unsigned char zeros[4096];

    if (!sound->run.sink.write || sound->device_hears)
        return;
    if (!ring_reserve(&sound->output, bytes)) {
        no_memory(sound);
        return;
    }
    if (frames)
        ring_put(&sound->output, frames, bytes);
    for (size_t done = 0; !frames && done < bytes;) {
        size_t piece = bytes - done < sizeof(zeros) ? bytes - done : sizeof(zeros);

        ring_put(&sound->output, zeros, piece);
        done += piece;
    }
    if (ring_used(&sound->output) > sound->output_high)
        need_host(sound);
}

// Silence of the device inside the run breaks it, if it is not an under-run; before and after it is only
// counted.
static void end_silence(struct sound *sound)
{
    uint64_t filled = sound->silent;

    if (!sound->started)
        sound->zeros_before += sound->silent;
    else if (sound->silent && !sound->starved)
        compare_differ(&sound->compare, "is interrupted by silence");
    sound->silent = 0;
    sound->started = true;
    if (sound->starved) {
        compare_heard(&sound->compare, filled * sound->compare.frame_bytes);
        sound->underruns++;
    }
    sound->starved = false;
}

// Frames that the device did not fetch. What it repeats in an under-run is its own affair.
static void fill_in(struct sound *sound, const int16_t *frames, size_t count, size_t bytes)
{
    sound->silent += count;
    if (frames && !all_zero(frames, bytes) && !(sound->starved && !sound->compare.finished))
        compare_differ(&sound->compare, "is followed by sound that nobody sent");
}

// ---- devices that do not tell what they fetched ------------------------------------------------------------
// Silence of theirs is the stream's where the stream is silent, and filling elsewhere; so is a frame that they repeat.

static bool is_silent(const void *frame, size_t bytes)
{
    const unsigned char *at = frame;

    while (bytes && !*at)
        at++, bytes--;
    return !bytes;
}

// The first sound: as many of the frames of silence before it as the stream begins with were the stream's.
static void guess_start(struct sound *sound)
{
    static const unsigned char silence[16];
    unsigned bytes = sound->compare.frame_bytes;
    const unsigned char *next;

    while (sound->silent && compare_next(&sound->compare, 0, &next) && is_silent(next, bytes)) {
        compare_arrive(&sound->compare, silence, bytes);
        sound->silent--;
    }
    sound->zeros_before = sound->silent;
    sound->silent = 0;
    sound->started = true;
}

// Inside a gap the device plays what is left in the buffer: a short run of silence or of one frame is that, a long one filling.
static void guess_run(struct sound *sound)
{
    bool left = compare_in_gap(&sound->compare) && sound->silent < sound->rate / SHORT_RUNS;

    if (!left) { // it goes on after silence that is not the stream's
        compare_filled(&sound->compare);
        compare_heard(&sound->compare, sound->silent * sound->compare.frame_bytes);
    }
    for (; left && sound->silent; sound->silent--)
        compare_arrive(&sound->compare, sound->last, sound->compare.frame_bytes);
    sound->silent = 0;
}

static void guess_frame(struct sound *sound, const unsigned char *frame)
{
    unsigned bytes = sound->compare.frame_bytes;
    bool silent = is_silent(frame, bytes), stuck = sound->started && !memcmp(frame, sound->last, bytes);
    const unsigned char *next;

    if ((silent || stuck) && (!sound->started || !compare_next(&sound->compare, 0, &next) ||
                              memcmp(next, frame, bytes))) {
        sound->silent++;
        sound->stuck = !silent;
        return;
    }
    if (!sound->started)
        guess_start(sound);
    if (sound->silent)
        guess_run(sound);
    memcpy(sound->last, frame, bytes);
    compare_arrive(&sound->compare, frame, bytes);
}

void sound_settle(struct sound *sound)
{
    unsigned bytes = sound->compare.frame_bytes;
    const unsigned char *next;

    if (sound->stuck && sound->silent && sound->compare.finished && !sound_interrupted(sound))
        compare_differ(&sound->compare, "is followed by sound that nobody sent");
    if (sound->started || !sound->guesses || sound->device_hears || !sound->compare.finished)
        return;
    for (uint64_t i = 0; compare_next(&sound->compare, i, &next); i++)
        if (!is_silent(next, bytes))
            return;
    guess_start(sound);
    sound->zeros_before = 0;
    sound->compare.zeros_after += sound->silent;
    sound->silent = 0;
}

// ---- what the device says ----------------------------------------------------------------------------------

static void arrive(struct sound *sound, const int16_t *samples, size_t count)
{
    if (sound->narrow)
        narrow_device(&sound->compare, samples, count, narrow_arrive);
    else
        compare_arrive(&sound->compare, (const unsigned char *)samples, count * sizeof(*samples));
}

// Fetched, and muted on the way out.
static void arrive_silent(struct sound *sound, size_t count)
{
    static const int16_t zeros[2048];
    const size_t most = sizeof(zeros) / sizeof(*zeros);

    for (size_t piece; count; count -= piece) {
        piece = count < most ? count : most;
        arrive(sound, zeros, piece);
    }
}

static void emit(void *context, struct ps_device *device, unsigned line, const int16_t *frames,
                 size_t count, unsigned channels, unsigned rate, bool fetched)
{
    struct sound *sound = context;
    size_t bytes = count * channels * sizeof(int16_t);

    (void)device;
    if (line || !count)
        return;
    sound->channels = channels;
    sound->rate = rate;
    put_out(sound, frames, bytes);
    if (sound->device_hears)
        return;
    if (sound->guesses) {
        for (size_t i = 0; i < count; i++)
            guess_frame(sound, (const unsigned char *)frames + i * sound->compare.frame_bytes);
        return;
    }
    if (!fetched) {
        fill_in(sound, frames, count, bytes);
        return;
    }
    if (sound->compare.arrived < sound->compare.given || !sound->compare.finished)
        end_silence(sound);
    if (frames)
        arrive(sound, frames, count * channels);
    else
        arrive_silent(sound, count * channels);
}

// What the device hears: the source's samples, silence behind them.
static void take_input(struct sound *sound, int16_t *samples, size_t count)
{
    size_t width = sound->narrow ? 1 : sizeof(*samples), have = ring_used(&sound->input);
    unsigned char *bytes = (unsigned char *)samples;

    have = have < count * width ? have : count * width;
    sound->underruns += sound->live && have < count * width && !sound->short_of_input;
    sound->short_of_input = have < count * width;
    if (sound->narrow)
        bytes += count; // widened from the back half to the front
    ring_take(&sound->input, bytes, have);
    memset(bytes + have, sound->narrow ? 0x80 : 0, count * width - have);
    if (sound->narrow)
        narrow_widen(bytes, samples, count);
}

static bool give_heard(struct sound *sound, const int16_t *samples, size_t count)
{
    return sound->narrow ? narrow_device(&sound->compare, samples, count, narrow_give)
                         : compare_give(&sound->compare, samples, count * sizeof(*samples));
}

static void absorb(void *context, struct ps_device *device, unsigned line, int16_t *frames,
                   size_t count, unsigned channels, unsigned rate)
{
    struct sound *sound = context;

    (void)device;
    if (line || !sound->device_hears) {
        memset(frames, 0, count * channels * sizeof(int16_t));
    } else {
        sound->rate = rate;
        take_input(sound, frames, count * channels);
        if (!give_heard(sound, frames, count * channels))
            no_memory(sound);
    }
    if (!sound->input_ended && ring_used(&sound->input) < INPUT_LOW)
        need_host(sound);
}

static void underrun(void *context, struct ps_device *device, unsigned line)
{
    struct sound *sound = context;

    (void)device;
    if (line)
        return;
    if (sound->device_hears)
        sound->underruns++;
    else
        sound->starved = true;
}

// ---- the client's ends (on fibers) ---------------------------------------------------------------------

void sound_tail(struct sound *sound, uint64_t bytes)
{
    sound->tail = bytes;
    sound->tailed = bytes && !sound->device_hears;
}

static size_t feed_tail(struct sound *sound, void *to, size_t bytes)
{
    size_t piece = bytes < sound->tail ? bytes : (size_t)sound->tail;

    if (piece)
        compare_finish(&sound->compare); // the device may fetch it before the client asks for more
    memset(to, 0, piece);
    sound->tail -= piece;
    return piece;
}

size_t sound_feed(struct sound *sound, void *to, size_t bytes)
{
    size_t have;

    while (ring_used(&sound->input) < bytes && !sound->input_ended && !sound->failure) {
        need_host(sound);
        sched_point(sound->system->sched, COST_SERVICE);
    }
    if (atomic_load_explicit(&sound->interrupted, memory_order_relaxed))
        return 0;
    have = ring_used(&sound->input);
    have = have < bytes ? have : bytes;
    have -= have % sound->compare.frame_bytes;
    ring_take(&sound->input, to, have);
    sound->fed += have;
    return have ? have : feed_tail(sound, to, bytes);
}

// The client's side of the comparison; false: no memory.
static bool client_side(struct sound *sound, const void *bytes, size_t count)
{
    narrow_side *side = sound->device_hears ? narrow_arrive : narrow_give;

    return sound->narrow ? narrow_client(&sound->compare, bytes, count, side)
                         : side(&sound->compare, bytes, count);
}

// What was recorded, on its way to the sink, which takes 16-bit samples.
static bool put_recorded(struct sound *sound, const uint8_t *bytes, size_t count)
{
    int16_t wide[512];
    size_t most = sizeof(wide) / sizeof(*wide);

    if (!ring_reserve(&sound->output, sound->narrow ? 2 * count : count))
        return false;
    if (!sound->narrow)
        ring_put(&sound->output, bytes, count);
    for (size_t done = 0; sound->narrow && done < count; done += most) {
        size_t n = count - done < most ? count - done : most;

        narrow_widen(bytes + done, wide, n);
        ring_put(&sound->output, wide, n * sizeof(*wide));
    }
    return true;
}

void sound_submit(struct sound *sound, const void *bytes, size_t count)
{
    uint64_t left = sound->fed - sound->compare.given; // behind it comes the tail, which nobody waits for
    size_t judged = sound->tailed && count > left ? (size_t)left : count;

    if (!client_side(sound, bytes, judged) ||
        (sound->device_hears && sound->run.sink.write && !put_recorded(sound, bytes, count)))
        no_memory(sound);
    if (ring_used(&sound->output) > sound->output_high)
        need_host(sound);
}

void sound_cyclic(struct sound *sound)
{
    sound->compare.cyclic = !sound->device_hears;
}

void sound_copied(struct sound *sound)
{
    sound_cyclic(sound);
    sound->compare.copied = true;
}

void sound_passed_on(struct sound *sound, uint64_t bytes)
{
    sound->compare.passed_on = bytes;
}

void sound_left_out(struct sound *sound, uint64_t at, uint64_t count)
{
    if (!compare_gap_at(&sound->compare, at, count, sound->device_hears))
        no_memory(sound);
}

void sound_gap(struct sound *sound, uint64_t count)
{
    if (sound->device_hears)
        compare_drop(&sound->compare, count);
    else if (!compare_skip(&sound->compare, count))
        no_memory(sound);
}

void sound_finish(struct sound *sound)
{
    compare_finish(&sound->compare);
}

void sound_silence(struct sound *sound, size_t count)
{
    compare_silence(&sound->compare, count);
}

// ---- the host's part -----------------------------------------------------------------------------------

static int fill(struct sound *sound)
{
    while (!sound->input_ended && ring_used(&sound->input) < INPUT_TARGET) {
        size_t room = SERVE_PIECE;
        ptrdiff_t got;

        if (!ring_reserve(&sound->input, room))
            return -ENOMEM;
        room = ring_piece(&sound->input, sound->input.head, room);
        got = sound->run.source.read(sound->run.source.context,
                                     ring_at(&sound->input, sound->input.head), room);
        sound->live |= got == -EAGAIN;
        if (got < 0)
            return got == -EAGAIN ? 0 : (int)got;
        if ((size_t)got > room)
            return -EOVERFLOW;
        sound->input.head += (size_t)got;
        sound->input_ended = got == 0;
    }
    return 0;
}

// A frame that the ring's end cuts.
static int drain_cut(struct sound *sound, unsigned frame, unsigned channels)
{
    int16_t whole[CUT_FRAME_MOST / sizeof(int16_t)];

    if (frame > sizeof(whole))
        return -EOVERFLOW;
    ring_take(&sound->output, whole, frame);
    return sound->run.sink.write(sound->run.sink.context, whole, 1, channels, sound->rate);
}

static int drain(struct sound *sound)
{
    unsigned frame = sound->device_hears ? sound->compare.frame_bytes * (sound->narrow ? 2 : 1)
                                         : sound->channels * (unsigned)sizeof(int16_t);
    unsigned channels = sound->device_hears ? sound->client_channels : sound->channels;

    while (frame && ring_used(&sound->output) >= frame) {
        size_t piece = ring_piece(&sound->output, sound->output.tail, ring_used(&sound->output));
        int result;

        if (piece < frame) {
            result = drain_cut(sound, frame, channels);
            if (result)
                return result;
            continue;
        }
        piece -= piece % frame;
        result = sound->run.sink.write(sound->run.sink.context,
                                       (const int16_t *)ring_at(&sound->output, sound->output.tail),
                                       piece / frame, channels, sound->rate);
        if (result)
            return result;
        sound->output.tail += piece;
    }
    return 0;
}

static void report_progress(struct sound *sound)
{
    uint64_t done = sound->compare.arrived;

    if (!sound->run.progress || done - sound->reported < SERVE_PIECE)
        return;
    sound->reported = done;
    sound->run.progress(sound->run.progress_context, done / sound->compare.frame_bytes);
}

int sound_serve(struct sound *sound)
{
    if (!sound->failure)
        sound->failure = waits_tell(&sound->waits);
    if (!sound->failure)
        sound->failure = fill(sound);
    if (!sound->failure)
        sound->failure = drain(sound);
    if (!sound->failure && sound->out_of_memory)
        sound->failure = -ENOMEM;
    waits_renew(&sound->waits);
    report_progress(sound);
    return sound->failure;
}

uint64_t sound_progress(const struct sound *sound)
{
    // What a recording device hears is no progress while the client gets nothing of it.
    return sound->compare.arrived + (sound->device_hears ? 0 : sound->compare.given);
}

// The client's buffer may be as long as the stream, and the client late on purpose.
uint64_t sound_patience(const struct sound *sound)
{
    const struct ps_run *run = &sound->run;
    uint64_t ms = run->late_ms + (uint64_t)run->packets * run->packet_ms;

    return (ms + run->buffer_bytes / 8) * 1000000; // 8 bytes/ms: nobody is slower
}

void sound_interrupt(struct sound *sound)
{
    atomic_store_explicit(&sound->interrupted, true, memory_order_relaxed);
}

bool sound_interrupted(const struct sound *sound)
{
    return atomic_load_explicit(&sound->interrupted, memory_order_relaxed) || sound->failure;
}

int sound_create(struct ps_system *system, const struct ps_run *run, const struct ps_format *format,
                 bool device_hears, struct sound **out)
{
    struct sound *sound = calloc(1, sizeof(*sound));
    struct sound_end end = {sound, emit, absorb, underrun};

    if (!sound)
        return -ENOMEM;
    sound->system = system;
    sound->run = *run;
    sound->compare.frame_bytes = format->channels * format->bits / 8;
    sound->client_channels = format->channels;
    sound->compare.difference = "";
    sound->compare.words = format->bits == 16 && format->channels <= 2;
    sound->device_hears = device_hears;
    sound->narrow = format->bits == 8;
    sound->output_high = sched_is_real(system->sched) ? OUTPUT_HIGH_REAL : OUTPUT_HIGH;
    sound->guesses = machine_guesses_silence(system->machine);
    machine_set_sound(system->machine, &end);
    waits_begin(&sound->waits, system, &run->waits);
    *out = sound;
    return 0;
}

void sound_destroy(struct sound *sound)
{
    if (!sound)
        return;
    if (sound->system->machine)
        machine_set_sound(sound->system->machine, NULL);
    waits_end(&sound->waits);
    free(sound->input.bytes);
    free(sound->output.bytes);
    compare_free(&sound->compare);
    free(sound);
}

void sound_result(const struct sound *sound, struct ps_result *result)
{
    const struct compare *compare = &sound->compare;
    bool incomplete = compare->arrived < compare->given && !sound->device_hears;

    result->frames = compare->arrived / compare->frame_bytes;
    result->submitted = compare->given / compare->frame_bytes;
    result->zeros_before = sound->started ? sound->zeros_before : 0;
    result->zeros_after = compare->zeros_after + sound->silent;
    result->underruns =
        sound->underruns + compare->underruns + (sound->starved && incomplete);
    result->filled = compare->in_gaps / compare->frame_bytes;
    result->first_filled = compare->first_gap / compare->frame_bytes;
    result->differs = compare->differs;
    result->first_difference = compare->first_difference;
    result->difference =
        compare_describe(compare, sound->system->host->level_text, sizeof(sound->system->host->level_text));
    if (!result->differs && incomplete && !sound_interrupted(sound)) {
        result->differs = true;
        result->first_difference = result->frames;
        result->difference = "is missing";
    }
}
