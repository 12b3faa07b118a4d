// SPDX-License-Identifier: MIT
//
// One stream descriptor: its registers, the handshakes of SRST and RUN, what may be written when.
// What it does while it runs is in hda_engine.c and hda_fifo.c.
#include "models/hda.h"
#include "models/hda_format.h"

enum { // places in the block, section 4
    CONTROL = 0x00,
    LPIB = 0x04,
    CBL = 0x08,
    LVI_FIFOW = 0x0C,
    FIFOS_FMT = 0x10,
    BASE_LOW = 0x18,
    BASE_HIGH = 0x1C,
};

#define CONTROL_WRITABLE (HDA_RUN | HDA_ENABLES | HDA_STRIPE | HDA_TAG)
#define RESET_FORMAT 0x0000u

// ---- reset --------------------------------------------------------------------------------------

// HD-44.
static uint16_t default_fifo_size(const struct hda_stream *stream)
{
    unsigned bits = hda_format_bits_field(stream->format);
    bool wide = bits == 2 || bits == 3;

    if (hda_is_output(stream))
        return wide ? 0xFF : 0xBF;
    return wide ? 0x9F : 0x77;
}

void hda_stream_reset(struct hda_stream *stream)
{
    *stream = (struct hda_stream){
        .id = stream->id,
        .control = HDA_TP, // HD-31
        .reset_at = HDA_NEVER,
        .watermark = 4,
        .format = RESET_FORMAT,
    };
    stream->fifo_size = default_fifo_size(stream);
}

void hda_stream_frame(struct hda *hda, struct hda_stream *stream)
{
    if (stream->reset_at > hda->frame)
        return;
    stream->resetting = stream->control & HDA_SRST;
    stream->reset_at = HDA_NEVER;
}

// HD-33, HD-34.
static void write_reset(struct hda *hda, struct hda_stream *stream, bool reset)
{
    bool was = stream->control & HDA_SRST, shown = stream->resetting;

    if (reset == was)
        return;
    if (hda_stream_in_use(stream))
        ps_device_report(hda->device, "HD-33", "stream reset while RUN is 1");
    if (reset)
        hda_stream_reset(stream);
    stream->resetting = shown;
    stream->control = (stream->control & ~(uint32_t)HDA_SRST) | (reset ? HDA_SRST : 0);
    stream->reset_at = hda->frame + hda->options.reset_frames;
    hda_stream_frame(hda, stream);
}

// ---- run ----------------------------------------------------------------------------------------

bool hda_streams_in_use(const struct hda *hda)
{
    for (unsigned i = 0; i < HDA_STREAMS; i++)
        if (hda_stream_in_use(&hda->streams[i]))
            return true;
    return false;
}

static void set_run(struct hda *hda, struct hda_stream *stream)
{
    if (stream->control & HDA_DESE) {
        ps_device_report(hda->device, "HD-39", "RUN set before DESE was cleared");
        return;
    }
    if (stream->running) // HD-36
        ps_device_report(hda->device, "HD-36", "RUN set again before it read 0");
    stream->refused = !hda_engine_check(hda, stream);
    stream->control |= HDA_RUN;
    hda_latch_soon(hda);
}

static void write_run(struct hda *hda, struct hda_stream *stream, bool run)
{
    if (run && !(stream->control & HDA_RUN))
        set_run(hda, stream);
    if (!run && (stream->control & HDA_RUN)) {
        stream->control &= ~(uint32_t)HDA_RUN;
        hda_latch_soon(hda);
    }
}

void hda_stream_latch(struct hda *hda, struct hda_stream *stream)
{
    bool run = stream->control & HDA_RUN;

    if (run && !stream->running)
        hda_engine_start(hda, stream);
    else if (run)
        hda_engine_prepare(hda, stream);
    else if (stream->running)
        hda_engine_stop(hda, stream);
    stream->on_link = stream->running && (stream->control & HDA_FIFORDY) &&
                      !(hda->ssync & 1u << stream->id); // HD-28
    hda_engine_show(hda, stream);
}

// ---- registers ----------------------------------------------------------------------------------

static uint32_t control_dword(const struct hda_stream *stream)
{
    uint32_t control = stream->control & ~(uint32_t)(HDA_SRST | HDA_RUN);

    return control | (hda_stream_in_use(stream) ? HDA_RUN : 0) | (stream->resetting ? HDA_SRST : 0);
}

uint32_t hda_stream_read(const struct hda_stream *stream, uint32_t place)
{
    switch (place) {
    case CONTROL:
        return control_dword(stream);
    case LPIB:
        return stream->lpib;
    case CBL:
        return stream->cbl;
    case LVI_FIFOW:
        return stream->lvi | (uint32_t)stream->watermark << 16;
    case FIFOS_FMT:
        return stream->fifo_size | (uint32_t)stream->format << 16;
    case BASE_LOW:
        return (uint32_t)stream->base;
    case BASE_HIGH:
        return (uint32_t)(stream->base >> 32);
    default:
        return 0;
    }
}

static void write_control(struct hda *hda, struct hda_stream *stream, uint32_t mask, uint32_t value)
{
    uint32_t kept = mask & CONTROL_WRITABLE & ~(uint32_t)HDA_RUN;
    uint32_t frozen = HDA_TAG | HDA_STRIPE;

    stream->control &= ~(value & HDA_EVENTS); // HD-86: a dword reaches SDnSTS, too
    if (hda_stream_in_use(stream) && ((stream->control ^ value) & kept & frozen)) {
        ps_device_report(hda->device, "HD-36", "stream tag changed before RUN read 0");
        kept &= ~frozen;
    }
    stream->control = (stream->control & ~kept) | (value & kept);
    if (mask & HDA_RUN)
        write_run(hda, stream, value & HDA_RUN);
}

static void write_cbl(struct hda *hda, struct hda_stream *stream, uint32_t mask, uint32_t value)
{
    if (stream->cbl_written)
        ps_device_report(hda->device, "HD-42", "CBL written again without a reset of the stream");
    stream->cbl = (stream->cbl & ~mask) | value;
    stream->cbl_written = true;
}

static void write_fifow(struct hda_stream *stream, unsigned watermark)
{
    if (watermark >= 2 && watermark <= 4)
        stream->watermark = (uint8_t)watermark;
}

static void write_fifos(struct hda_stream *stream, unsigned size)
{
    bool known = size == 0x0F || size == 0x1F || size == 0x3F || size == 0x7F;

    if (hda_is_output(stream))
        stream->fifo_size = known ? (uint16_t)size : default_fifo_size(stream);
}

static void write_format(struct hda_stream *stream, uint32_t mask, uint32_t value)
{
    uint32_t bits = (mask >> 16) & HDA_FORMAT_WRITABLE;

    stream->format = (uint16_t)((stream->format & ~bits) | (value >> 16 & bits));
    stream->fifo_size = default_fifo_size(stream);
}

static void write_base(struct hda_stream *stream, uint64_t mask, uint64_t value)
{
    stream->base = (stream->base & ~mask) | (value & mask);
}

static void write_stopped(struct hda *hda, struct hda_stream *stream, uint32_t place, uint32_t mask,
                          uint32_t value)
{
    switch (place) {
    case CBL:
        write_cbl(hda, stream, mask, value);
        break;
    case LVI_FIFOW:
        if (mask & 0xFF)
            stream->lvi = (uint8_t)value;
        if (mask & 0xFF0000)
            write_fifow(stream, value >> 16 & 7);
        break;
    case FIFOS_FMT:
        if (mask >> 16)
            write_format(stream, mask, value);
        if (mask & 0xFF)
            write_fifos(stream, value & 0xFFFF);
        break;
    case BASE_LOW:
        write_base(stream, mask & ~0x7Fu, value);
        break;
    case BASE_HIGH:
        write_base(stream, (uint64_t)mask << 32, (uint64_t)value << 32);
        break;
    default:
        break; // LPIB and holes
    }
}

static const char *frozen_by(uint32_t place, uint32_t mask)
{
    if (place == CBL)
        return "HD-42";
    if (place == LVI_FIFOW && (mask & 0xFFFF))
        return "HD-43";
    return place == FIFOS_FMT && mask >> 16 ? "HD-48" : "HD-36";
}

void hda_stream_write(struct hda *hda, struct hda_stream *stream, uint32_t place, uint32_t mask,
                      uint32_t value)
{
    bool reset = stream->resetting || (stream->control & HDA_SRST);

    if (place == CONTROL && (mask & HDA_SRST) && (reset || (value & HDA_SRST)))
        write_reset(hda, stream, value & HDA_SRST);
    else if (reset)
        ps_device_report(hda->device, "HD-34", "stream register written while SRST is 1");
    else if (place == CONTROL)
        write_control(hda, stream, mask, value);
    else if (hda_stream_in_use(stream))
        ps_device_report(hda->device, frozen_by(place, mask),
                         "stream register written before RUN read 0");
    else
        write_stopped(hda, stream, place, mask, value);
}
