/* SPDX-License-Identifier: MIT */
/*
 * Amplifiers of a path. At start all of them pass sound unchanged; one, the converter's if it has any, is the volume
 * and mute of the path from then on. Its state lives here and is written through.
 */
#include "hda.h"

static ULONG unity(ULONG caps)
{
    return AMP_OFFSET(caps) < AMP_STEPS(caps) ? AMP_OFFSET(caps) : AMP_STEPS(caps);
}

static NTSTATUS set_unity(CONTROLLER *controller, const PATH *path, UCHAR node, ULONG selector,
                          ULONG caps)
{
    ULONG payload = selector | AMP_LEFT | AMP_RIGHT | unity(caps);

    return command(controller, path->address, node, VERB_AMP(payload), NULL);
}

/* The amplifier at the connection that the path takes. */
static ULONG input_selector(const PATH *path, ULONG place)
{
    return AMP_INPUT | (ULONG)(place + 1 < path->length ? path->inputs[place] : 0) << 8;
}

static NTSTATUS open_widget(CONTROLLER *controller, const CODEC *codec, const PATH *path,
                            ULONG side, ULONG place)
{
    UCHAR node = path->nodes[place];
    const WIDGET *widget = &codec->widgets[node];
    NTSTATUS status = STATUS_SUCCESS;

    if (widget->caps & WIDGET_AMP_OUT && (side == SIDE_RENDER || node != path->pin))
        status = set_unity(controller, path, node, AMP_OUTPUT, widget->amp_out);
    if (NT_SUCCESS(status) && widget->caps & WIDGET_AMP_IN &&
        (side == SIDE_CAPTURE || node != path->pin))
        status = set_unity(controller, path, node, input_selector(path, place), widget->amp_in);
    return status;
}

/* ---- the volume node's ------------------------------------------------------------------------------------ */

static ULONG worth(ULONG caps)
{
    return (AMP_STEPS(caps) ? 2 : 0) + (AMP_CAN_MUTE(caps) ? 1 : 0);
}

/* Outputs of a render path, inputs of a capture path. */
static void consider(const CODEC *codec, PATH *path, ULONG side, ULONG place)
{
    UCHAR node = path->nodes[place];
    const WIDGET *widget = &codec->widgets[node];
    BOOLEAN output = side == SIDE_RENDER;
    ULONG caps = output ? widget->amp_out : widget->amp_in;

    if (worth(caps) <= worth(path->amp.caps))
        return;
    path->amp.present = TRUE;
    path->amp.node = node;
    path->amp.input = (UCHAR)(output ? 0 : input_selector(path, place) >> 8 & 0xF);
    path->amp.output = output;
    path->amp.caps = caps;
    path->amp.channels = widget->caps & WIDGET_STEREO ? 2 : 1;
    path->amp.gain[0] = path->amp.gain[1] = (UCHAR)unity(caps);
    path->amp.mute = FALSE;
}

/* From the converter on, so that of equals its own is taken. */
static void choose(const CODEC *codec, PATH *path, ULONG side)
{
    ULONG i;

    for (i = 0; i < path->length; i++)
        consider(codec, path, side, side == SIDE_RENDER ? path->length - 1 - i : i);
}

NTSTATUS amp_open(CONTROLLER *controller, const CODEC *codec, PATH *path, ULONG side)
{
    NTSTATUS status = STATUS_SUCCESS;
    ULONG place;

    for (place = 0; place < path->length && NT_SUCCESS(status); place++)
        status = open_widget(controller, codec, path, side, place);
    choose(codec, path, side);
    return status;
}

NTSTATUS amp_apply(CONTROLLER *controller, const PATH *path)
{
    const AMP *amp = &path->amp;
    ULONG payload = amp->output ? AMP_OUTPUT : AMP_INPUT | (ULONG)amp->input << 8;
    NTSTATUS status;

    payload |= amp->mute ? AMP_MUTE : 0;
    status = command(controller, path->address, amp->node,
                     VERB_AMP(payload | AMP_LEFT | amp->gain[0]), NULL);
    if (NT_SUCCESS(status))
        status = command(controller, path->address, amp->node,
                         VERB_AMP(payload | AMP_RIGHT | amp->gain[amp->channels - 1]), NULL);
    return status;
}
