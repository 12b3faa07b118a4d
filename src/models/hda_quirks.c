// SPDX-License-Identifier: MIT
//
// QEMU's HD Audio controller where its registers answer otherwise than the data sheet says, as observed from outside
// (tests/machine/differences.txt).
#include "models/hda.h"

enum {
    STREAM_PAYLOADS = 0x18,
    INTSTS = 0x24,
    SSYNC = 0x34,
    SSYNC_LATER = 0x38,
    STREAMS = 0x80,
    STREAM_BYTES = 0x20,
    CONTROL = 0x00,
    FIFOS_FMT = 0x10,

    FIFO_BYTES = 0x100,
};
#define FIFO_READY (1u << 29)
#define ANY_INTERRUPT (1u << 31)

// Only what is enabled counts.
static uint32_t interrupt_status(const struct hda *hda, uint32_t value)
{
    return value & hda->intctl & ~ANY_INTERRUPT ? value | ANY_INTERRUPT : value & ~ANY_INTERRUPT;
}

uint32_t hda_quirk_read(const struct hda *hda, uint32_t offset, uint32_t value)
{
    bool stream = offset >= STREAMS && offset < STREAMS + STREAM_BYTES * HDA_STREAMS;

    if (!hda->options.quirks)
        return value;
    if (offset == STREAM_PAYLOADS || offset == SSYNC || offset == SSYNC_LATER)
        return 0;
    if (offset == INTSTS)
        return interrupt_status(hda, value);
    if (stream && offset % STREAM_BYTES == CONTROL)
        return (value & ~(uint32_t)HDA_TP) | FIFO_READY;
    if (stream && offset % STREAM_BYTES == FIFOS_FMT)
        return (value & 0xFFFF0000u) | FIFO_BYTES;
    return value;
}
