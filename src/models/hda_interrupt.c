// SPDX-License-Identifier: MIT
//
// Who asks for an interrupt, and whether the line says so. Nothing is stored: all bits follow from
// their sources (HD-84).
#include "models/hda.h"

#define GLOBAL (1u << 31)
#define CONTROLLER (1u << 30)

static bool stream_asks(const struct hda_stream *stream)
{
    uint32_t control = stream->control;

    return ((control & HDA_BCIS) && (control & HDA_IOCE)) || // HD-80
           ((control & HDA_FIFOE) && (control & HDA_FEIE)) ||
           ((control & HDA_DESE) && (control & HDA_DEIE));
}

static bool controller_asks(const struct hda *hda)
{
    const struct hda_ring *corb = &hda->commands.corb, *rirb = &hda->commands.rirb;

    return (corb->status & corb->control & 1) || (rirb->status & rirb->control & 5) || // HD-81
           (hda->control.statests & hda->control.wakeen);                              // HD-22
}

uint32_t hda_intsts(const struct hda *hda)
{
    uint32_t status = controller_asks(hda) ? CONTROLLER : 0;

    for (unsigned i = 0; i < HDA_STREAMS; i++)
        if (stream_asks(&hda->streams[i]))
            status |= 1u << i;           // HD-27
    return status ? status | GLOBAL : 0; // HD-82
}

bool hda_interrupt_line(const struct hda *hda)
{
    return (hda->intctl & GLOBAL) && (hda_intsts(hda) & hda->intctl & ~GLOBAL); // HD-83
}
