// SPDX-License-Identifier: MIT
//
// One stream's DMA engine: the buffer descriptor list, the memory behind it, the position buffer.
// Everything here is the memory side (HD-66); hda_fifo.c is the link's.
#include <string.h>

#include "models/hda.h"
#include "models/hda_format.h"

enum {
    ENTRY_IOC = 1, // HD-50
    BUFFER_ALIGNMENT = 128,
    ENTRIES_AT_ONCE = 16,
    OUT_WORDS = 0x30, // OUTSTRMPAY
    IN_WORDS = 0x18,  // INSTRMPAY
};

// ---- checks when RUN is set ---------------------------------------------------------------------

#define HASH_SEED 0xCBF29CE484222325u

static uint64_t hash(uint64_t so_far, const struct hda_entry *entry)
{
    uint64_t parts[2] = {entry->address, entry->length | (uint64_t)entry->flags << 32};

    for (unsigned i = 0; i < 2; i++)
        so_far = (so_far ^ parts[i] ^ parts[i] >> 29) * 0x100000001B3u;
    return so_far;
}

// Sum of the lengths; false where the list cannot be read, which the engine will find out, too.
static bool add_up(struct hda *hda, struct hda_stream *stream, uint64_t *sum)
{
    struct hda_entry entries[ENTRIES_AT_ONCE];
    unsigned count = stream->lvi + 1u;

    *sum = 0;
    stream->list_hash = HASH_SEED;
    for (unsigned at = 0; at < count; at += ENTRIES_AT_ONCE) {
        unsigned n = count - at < ENTRIES_AT_ONCE ? count - at : ENTRIES_AT_ONCE;
        if (ps_device_dma_read(hda->device, stream->base + at * sizeof(*entries), entries,
                               n * sizeof(*entries)))
            return false;
        for (unsigned i = 0; i < n; i++) {
            *sum += entries[i].length;
            stream->list_hash = hash(stream->list_hash, &entries[i]);
        }
    }
    return true;
}

static void check_list(struct hda *hda, struct hda_stream *stream)
{
    uint64_t sum;

    if (stream->lvi == 0)
        ps_device_report(hda->device, "HD-43", "a list of one entry: LVI is 0");
    if (stream->cbl % hda_format_block(stream->format))
        ps_device_report(hda->device, "HD-42", "CBL is not a whole number of sample blocks");
    if (hda->bus_master && add_up(hda, stream, &sum) && sum != stream->cbl)
        ps_device_report(hda->device, "HD-42", "CBL is not the sum of the entries' lengths");
}

static bool tag_shared(const struct hda *hda, const struct hda_stream *stream)
{
    for (unsigned i = 0; i < HDA_STREAMS; i++) {
        const struct hda_stream *other = &hda->streams[i];
        if (other != stream && hda_is_output(other) == hda_is_output(stream) &&
            hda_stream_in_use(other) && !((other->control ^ stream->control) & HDA_TAG))
            return true;
    }
    return false;
}

bool hda_engine_check(struct hda *hda, struct hda_stream *stream)
{
    unsigned most = hda_is_output(stream) ? OUT_WORDS : IN_WORDS;
    const char *rule = NULL;

    if (!(stream->control & HDA_TAG))
        rule = "HD-37";
    else if (!hda_format_valid(stream->format))
        rule = "HD-45";
    else if (hda_format_frame_words(stream->format) > most)
        rule = "HD-15";
    if (rule) {
        ps_device_report(hda->device, rule, "RUN set on a stream that cannot be; nothing moves");
        return false;
    }
    if (tag_shared(hda, stream))
        ps_device_report(hda->device, "HD-37", "two running streams of a direction share a tag");
    check_list(hda, stream);
    return true;
}

// ---- the list -----------------------------------------------------------------------------------

// HD-39: RUN is cleared, the stream stands; QEMU says nothing of it.
static void fail(const struct hda *hda, struct hda_stream *stream)
{
    if (hda->options.quirks)
        return;
    stream->raised |= HDA_DESE;
    stream->control &= ~(uint32_t)(HDA_RUN | HDA_FIFORDY);
    stream->running = stream->on_link = false;
    stream->held = false;
}

static void check_entry(struct hda *hda, const struct hda_stream *stream)
{
    if (stream->entry.address % BUFFER_ALIGNMENT && stream->index) // HD-52
        ps_device_remark(hda->device, "HD-52", "a further buffer is not aligned to 128 bytes");
    else if (stream->entry.address % BUFFER_ALIGNMENT)
        ps_device_report(hda->device, "HD-52", "the first buffer is not aligned to 128 bytes");
    if (stream->entry.length % hda_format_container(stream->format))
        ps_device_report(hda->device, "HD-53", "a buffer does not hold a whole number of samples");
}

static bool fetch_entry(struct hda *hda, struct hda_stream *stream)
{
    uint64_t from = stream->base + stream->index * sizeof(stream->entry);

    if (ps_device_dma_read(hda->device, from, &stream->entry, sizeof(stream->entry)) ||
        (!hda->options.quirks && (stream->entry.length % 2 || stream->entry.length == 0))) {
        fail(hda, stream);
        return false;
    }
    if (stream->index == 0) {
        stream->whole_lap = true;
        stream->lap_hash = HASH_SEED;
    }
    stream->lap_hash = hash(stream->lap_hash, &stream->entry);
    stream->held = true;
    stream->done = 0;
    check_entry(hda, stream);
    return true;
}

static void lap_done(struct hda *hda, struct hda_stream *stream)
{
    stream->index = 0;
    if (hda->options.quirks)
        stream->position = 0; // HD-72
    if (stream->whole_lap && stream->lap_hash != stream->list_hash) {
        ps_device_report(hda->device, "HD-54", "the list changed while RUN is 1");
        stream->list_hash = stream->lap_hash;
    }
}

static void moved(struct hda *hda, struct hda_stream *stream, uint32_t bytes)
{
    stream->position += bytes;
    if (!hda->options.quirks)
        stream->position = hda_wrapped(stream, stream->position);
    stream->done += bytes;
    if (stream->done < stream->entry.length)
        return;
    if (stream->entry.flags & ENTRY_IOC)
        stream->raised |= HDA_BCIS; // HD-63
    stream->held = false;
    if (stream->index == stream->lvi)
        lap_done(hda, stream);
    else
        stream->index++;
}

// ---- memory -------------------------------------------------------------------------------------

// Where the next bytes are, at most *bytes; NULL if there are none to be had.
static uint8_t *memory(struct hda *hda, struct hda_stream *stream, size_t *bytes)
{
    uint32_t left;
    void *at;

    if (!hda->bus_master || !stream->running || (!stream->held && !fetch_entry(hda, stream)))
        return NULL;
    left = stream->entry.length - stream->done;
    if (!left)
        moved(hda, stream, 0); // with quirks: an entry of nothing is passed
    if (hda->options.quirks && hda_quirk_room(stream) < left)
        left = hda_quirk_room(stream);
    if (*bytes > left)
        *bytes = left;
    if (!*bytes)
        return NULL;
    at = ps_device_dma_map(hda->device, stream->entry.address + stream->done, bytes,
                           hda_is_output(stream) ? PS_DMA_FROM_MEMORY : PS_DMA_TO_MEMORY);
    if (!at)
        fail(hda, stream);
    return at;
}

void hda_engine_fill(struct hda *hda, struct hda_stream *stream, unsigned level)
{
    while (stream->level < level) {
        size_t bytes = level - stream->level;
        const uint8_t *from = memory(hda, stream, &bytes);
        if (!from)
            return;
        memcpy(stream->fifo + stream->level, from, bytes);
        stream->level += (uint16_t)bytes;
        moved(hda, stream, (uint32_t)bytes);
    }
}

void hda_engine_evict(struct hda *hda, struct hda_stream *stream, unsigned level)
{
    unsigned out = 0;

    while (stream->level - out > level) {
        size_t bytes = stream->level - out - level;
        uint8_t *to = memory(hda, stream, &bytes);
        if (!to)
            break;
        memcpy(to, stream->fifo + out, bytes);
        out += (unsigned)bytes;
        moved(hda, stream, (uint32_t)bytes);
    }
    hda_fifo_drop(stream, out);
}

// ---- start and stop -----------------------------------------------------------------------------

void hda_engine_prepare(struct hda *hda, struct hda_stream *stream)
{
    if (!hda->bus_master || stream->refused || (stream->control & HDA_FIFORDY))
        return;
    if (hda->options.quirks) // nothing ahead of time
        ;
    else if (hda_is_output(stream))
        hda_engine_fill(hda, stream, hda_fifo_depth(hda, stream));
    else if (!stream->held)
        fetch_entry(hda, stream);
    if (stream->running)
        stream->control |= HDA_FIFORDY; // HD-40
}

void hda_engine_start(struct hda *hda, struct hda_stream *stream)
{
    stream->running = true;
    stream->link_frames = 0; // HD-61: the cadence restarts
    stream->whole_lap = false;
    stream->starving = stream->mismatch_told = false;
    if (hda->options.quirks)
        hda_quirk_start(stream);
    hda_engine_prepare(hda, stream);
}

void hda_engine_stop(struct hda *hda, struct hda_stream *stream)
{
    if (!hda_is_output(stream) && (stream->control & HDA_FIFORDY) && !hda->options.quirks)
        hda_engine_evict(hda, stream, 0);
    stream->running = false;
    stream->control &= ~(uint32_t)HDA_FIFORDY;
}

// HD-67: data is there by now; then the position, then the status.
void hda_engine_show(struct hda *hda, struct hda_stream *stream)
{
    uint64_t at = hda->position_base + 8u * stream->id; // HD-65

    if (stream->running && hda->position_on && !hda->position_failed && hda->bus_master)
        hda->position_failed =
            ps_device_dma_write(hda->device, at, &stream->position, sizeof(stream->position)) != 0;
    stream->control |= stream->raised;
    stream->raised = 0;
}
