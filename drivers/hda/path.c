/* SPDX-License-Identifier: MIT */
/*
 * Paths: connection lists name what a widget hears, so a path is followed from where the sound goes to where it comes
 * from (HD-149). Of several jacks that a path leads to, the firmware's description of them decides.
 */
#include "hda.h"

enum { POWER_WAITS = 120 /* 1 ms, then 20 ms; a widget may take 10 (HD-132) */ };

/* ---- search ------------------------------------------------------------------------------------------------ */

typedef struct SEARCH {
    const CODEC *codec;
    PATH *path;
    ULONG goal_type;
    ULONG goal_node; /* 0: any of the type */
    BOOLEAN seen[NODES];
} SEARCH;

static BOOLEAN usable(const CODEC *codec, ULONG node)
{
    return node >= codec->first && node < codec->end &&
           !(codec->widgets[node].caps & WIDGET_DIGITAL);
}

static BOOLEAN is_goal(const SEARCH *search, ULONG node)
{
    return WIDGET_TYPE(search->codec->widgets[node].caps) == search->goal_type &&
           (!search->goal_node || node == search->goal_node);
}

/* Sound passes through mixers and selectors only. */
static BOOLEAN passes(const CODEC *codec, ULONG node)
{
    ULONG type = WIDGET_TYPE(codec->widgets[node].caps);

    return type == WIDGET_MIXER || type == WIDGET_SELECTOR;
}

/* Goes on from the last node of the path. Each node is looked at once, so loops end. */
static BOOLEAN search_from(SEARCH *search, ULONG node)
{
    const WIDGET *widget = &search->codec->widgets[node];
    PATH *path = search->path;
    ULONG place = path->length, i, next;

    if (place == PATH_LENGTH)
        return FALSE;
    search->seen[node] = TRUE;
    path->nodes[path->length++] = (UCHAR)node;
    for (i = 0; i < widget->connections; i++) {
        next = widget->connection[i];
        if (!usable(search->codec, next) || search->seen[next])
            continue;
        path->inputs[place] = (UCHAR)i;
        if (is_goal(search, next) && path->length < PATH_LENGTH) {
            path->nodes[path->length++] = (UCHAR)next;
            return TRUE;
        }
        if (passes(search->codec, next) && search_from(search, next))
            return TRUE;
    }
    path->length = place;
    return FALSE;
}

static BOOLEAN search(const CODEC *codec, ULONG from, ULONG goal_type, ULONG goal_node, PATH *path)
{
    SEARCH state = {codec, path, goal_type, goal_node, {FALSE}};

    path->length = 0;
    return search_from(&state, from);
}

/* ---- choice of a jack ------------------------------------------------------------------------------------ */

static BOOLEAN is_jack(const CODEC *codec, ULONG node, ULONG capability)
{
    const WIDGET *widget = &codec->widgets[node];

    return usable(codec, node) && WIDGET_TYPE(widget->caps) == WIDGET_PIN &&
           widget->pin_caps & capability && CONFIG_CONNECTIVITY(widget->config) != CONNECTIVITY_NONE;
}

/* First by what the jack is for, then by association and sequence (HD-151). */
static ULONG preference(ULONG config, ULONG side)
{
    static const UCHAR kinds[SIDES][16] = {
        [SIDE_RENDER] = {[DEVICE_LINE_OUT] = 3, [DEVICE_SPEAKER] = 2, [DEVICE_HEADPHONE] = 1},
        [SIDE_CAPTURE] = {[DEVICE_LINE_IN] = 3, [DEVICE_MICROPHONE] = 2},
    };
    ULONG association = CONFIG_ASSOCIATION(config);

    if (!association)
        association = 0xF;
    return (3u - kinds[side][CONFIG_DEVICE(config)]) << 8 | association << 4 |
           CONFIG_SEQUENCE(config);
}

/* A path between that jack and any converter of the side. */
static BOOLEAN find_for_jack(const CODEC *codec, ULONG side, ULONG jack, PATH *path)
{
    ULONG node;

    if (side == SIDE_RENDER)
        return search(codec, jack, WIDGET_DAC, 0, path);
    for (node = codec->first; node < codec->end; node++)
        if (usable(codec, node) && WIDGET_TYPE(codec->widgets[node].caps) == WIDGET_ADC &&
            search(codec, node, WIDGET_PIN, jack, path))
            return TRUE;
    return FALSE;
}

BOOLEAN path_find(const CODEC *codec, ULONG side, PATH *path)
{
    ULONG capability = side == SIDE_RENDER ? PINCAP_OUT : PINCAP_IN, node, rank;
    PATH found;

    RtlZeroMemory(path, sizeof(*path));
    for (node = codec->first; node < codec->end; node++) {
        if (!is_jack(codec, node, capability))
            continue;
        rank = preference(codec->widgets[node].config, side);
        if (path->present && path->preference <= rank)
            continue;
        RtlZeroMemory(&found, sizeof(found));
        if (!find_for_jack(codec, side, node, &found))
            continue;
        found.present = TRUE;
        found.address = codec->address;
        found.group = codec->group;
        found.pin = (UCHAR)node;
        found.converter = found.nodes[side == SIDE_RENDER ? found.length - 1 : 0];
        found.device = CONFIG_DEVICE(codec->widgets[node].config);
        found.preference = rank;
        *path = found;
    }
    return path->present;
}

/* ---- making it pass sound ------------------------------------------------------------------------------------ */

static NTSTATUS tell(CONTROLLER *controller, const PATH *path, UCHAR node, ULONG verb)
{
    return command(controller, path->address, node, verb, NULL);
}

/* Waits until the node is in D0, not merely asked to be. */
static NTSTATUS power_up(CONTROLLER *controller, const PATH *path, UCHAR node)
{
    NTSTATUS status = tell(controller, path, node, VERB_POWER(0));
    ULONG attempt, state;

    for (attempt = 0; attempt < POWER_WAITS && NT_SUCCESS(status); attempt++) {
        status = command(controller, path->address, node, VERB_GET_POWER, &state);
        if (NT_SUCCESS(status) && (state >> 4 & 0xF) == 0)
            return STATUS_SUCCESS;
        controller_wait(attempt);
    }
    return NT_SUCCESS(status) ? STATUS_DEVICE_NOT_READY : status;
}

/* The group first: no widget is further up than it. */
static NTSTATUS power_up_all(CONTROLLER *controller, const CODEC *codec, const PATH *path)
{
    NTSTATUS status = power_up(controller, path, path->group);
    ULONG i;

    for (i = 0; i < path->length && NT_SUCCESS(status); i++)
        if (codec->widgets[path->nodes[i]].caps & WIDGET_POWER)
            status = power_up(controller, path, path->nodes[i]);
    return status;
}

/* A mixer hears all its inputs, and one input alone needs no choice. */
static NTSTATUS select_inputs(CONTROLLER *controller, const CODEC *codec, const PATH *path)
{
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i;

    for (i = 0; i + 1 < path->length && NT_SUCCESS(status); i++) {
        const WIDGET *widget = &codec->widgets[path->nodes[i]];

        if (widget->connections > 1 && WIDGET_TYPE(widget->caps) != WIDGET_MIXER)
            status = tell(controller, path, path->nodes[i], VERB_SELECT(path->inputs[i]));
    }
    return status;
}

static NTSTATUS open_pin(CONTROLLER *controller, const CODEC *codec, const PATH *path, ULONG side)
{
    ULONG caps = codec->widgets[path->pin].pin_caps, control = PIN_OUT;
    NTSTATUS status = STATUS_SUCCESS;

    if (side == SIDE_RENDER && path->device == DEVICE_HEADPHONE && caps & PINCAP_HEADPHONE)
        control |= PIN_HEADPHONE;
    if (side == SIDE_CAPTURE)
        control = PIN_IN;
    if (side == SIDE_CAPTURE && path->device == DEVICE_MICROPHONE && caps & PINCAP_VREF_80)
        control |= PIN_VREF_80;
    if (side == SIDE_RENDER && caps & PINCAP_EAPD)
        status = tell(controller, path, path->pin, VERB_EAPD(EAPD_ON));
    if (NT_SUCCESS(status))
        status = tell(controller, path, path->pin, VERB_PIN(control));
    return status;
}

/* A converter without a word of its own on formats takes the group's (HD-143). */
static NTSTATUS read_converter(CONTROLLER *controller, const CODEC *codec, PATH *path, ULONG side)
{
    ULONG caps = codec->widgets[path->converter].caps, streams, delay;
    UCHAR described = caps & WIDGET_OWN_FORMAT ? path->converter : path->group;
    NTSTATUS status =
        command(controller, path->address, described, VERB_PARAMETER(PARAMETER_PCM), &path->pcm);

    if (NT_SUCCESS(status))
        status = command(controller, path->address, described, VERB_PARAMETER(PARAMETER_STREAMS),
                         &streams);
    if (NT_SUCCESS(status) && !(streams & STREAM_PCM))
        status = STATUS_DEVICE_CONFIGURATION_ERROR;
    if (NT_SUCCESS(status))
        status = command(controller, path->address, path->group, VERB_PARAMETER(PARAMETER_GROUP),
                         &delay);
    if (!NT_SUCCESS(status))
        return status;
    path->channels = WIDGET_CHANNELS(caps);
    path->delay = side == SIDE_RENDER ? delay & 0xF : delay >> 8 & 0xF;
    return STATUS_SUCCESS;
}

NTSTATUS path_open(CONTROLLER *controller, const CODEC *codec, PATH *path, ULONG side)
{
    NTSTATUS status = read_converter(controller, codec, path, side);

    if (NT_SUCCESS(status))
        status = power_up_all(controller, codec, path);
    if (NT_SUCCESS(status))
        status = select_inputs(controller, codec, path);
    if (NT_SUCCESS(status))
        status = amp_open(controller, codec, path, side);
    if (NT_SUCCESS(status))
        status = open_pin(controller, codec, path, side);
    return status;
}

/* ---- streams ---------------------------------------------------------------------------------------------------- */

NTSTATUS path_attach(CONTROLLER *controller, const PATH *path, USHORT format, ULONG tag)
{
    NTSTATUS status = tell(controller, path, path->converter, VERB_FORMAT(format));

    if (NT_SUCCESS(status))
        status = tell(controller, path, path->converter, VERB_STREAM(tag));
    return status;
}

/* A converter left on the tag would play the tag's next stream (HD-192). */
void path_detach(CONTROLLER *controller, const PATH *path)
{
    tell(controller, path, path->converter, VERB_STREAM(0));
}
