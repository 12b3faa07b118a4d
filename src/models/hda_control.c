// SPDX-License-Identifier: MIT
//
// GCTL: the reset of controller and link, the codec that asks for its address afterwards, flushes.
#include "models/hda.h"

void hda_control_init(struct hda *hda)
{
    hda->control = (struct hda_control){
        .crst_at = HDA_NEVER,
        .codec_at = HDA_NEVER,
        .flush_at = HDA_NEVER,
    };
}

void hda_controller_reset(struct hda *hda)
{
    struct hda_control *control = &hda->control;

    control->unsolicited = control->flushing = control->codec_there = false;
    control->flushed = 0;
    control->codec_at = control->flush_at = HDA_NEVER;
    if (hda->options.quirks)
        control->wakeen = 0;
    hda->intctl = 0;
    hda->ssync = 0;
    hda->position_base = 0;
    hda->position_on = hda->position_failed = false;
    hda_commands_reset(hda);
    hda_codec_reset(hda); // HD-94
    for (unsigned i = 0; i < HDA_STREAMS; i++)
        hda_stream_reset(&hda->streams[i]);
}

static void write_crst(struct hda *hda, bool crst)
{
    struct hda_control *control = &hda->control;

    if (crst == control->crst_written)
        return;
    if (!crst && (hda_streams_in_use(hda) || hda_rings_running(hda)))
        ps_device_report(hda->device, "HD-18", "CRST cleared while stream or ring DMA runs");
    if (!crst)
        hda_controller_reset(hda);
    control->crst_written = crst;
    control->crst_at = hda->frame + 1; // HD-92
}

static void flush(struct hda *hda)
{
    if (hda_streams_in_use(hda)) {
        ps_device_report(hda->device, "HD-19", "flush asked for while a stream runs");
        return;
    }
    hda->control.flushing = true;
    hda->control.flush_at = hda->frame + 1;
}

void hda_gctl_write(struct hda *hda, uint32_t mask, uint32_t value)
{
    if (mask & HDA_CRST)
        write_crst(hda, value & HDA_CRST);
    if (!hda->control.crst || !hda->control.crst_written)
        return; // HD-16
    if (mask & HDA_UNSOL)
        hda->control.unsolicited = value & HDA_UNSOL;
    if (value & mask & HDA_FCNTRL)
        flush(hda);
}

uint32_t hda_gctl(const struct hda *hda)
{
    const struct hda_control *control = &hda->control;

    return (control->crst ? HDA_CRST : 0) | (control->flushing ? HDA_FCNTRL : 0) |
           (control->unsolicited ? HDA_UNSOL : 0);
}

uint64_t hda_control_deadline(const struct hda *hda)
{
    const struct hda_control *control = &hda->control;
    return hda_earlier(control->crst_at, hda_earlier(control->codec_at, control->flush_at));
}

static void crst_changes(struct hda *hda)
{
    struct hda_control *control = &hda->control;

    control->crst = control->crst_written;
    control->crst_at = HDA_NEVER;
    if (!control->crst)
        return;
    control->link_since = hda->frame;
    control->codec_at = hda->frame + hda->options.codec_frames;
}

void hda_control_frame(struct hda *hda)
{
    struct hda_control *control = &hda->control;

    if (control->crst_at <= hda->frame)
        crst_changes(hda);
    if (control->codec_at <= hda->frame) {
        control->codec_at = HDA_NEVER;
        control->codec_there = true;
        control->statests |= 1; // HD-21: the codec on SDI 0
    }
    if (control->flush_at <= hda->frame) {
        control->flush_at = HDA_NEVER;
        control->flushing = false;
        control->flushed = 2;
    }
}
