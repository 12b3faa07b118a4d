/* SPDX-License-Identifier: MIT */
/* Reads an audio function group's widgets into memory (HD-140). A codec's answers are not believed further than NODES. */
#include "hda.h"

static NTSTATUS parameter(CONTROLLER *controller, const CODEC *codec, UCHAR node, ULONG id,
                          ULONG *value)
{
    return command(controller, codec->address, node, VERB_PARAMETER(id), value);
}

/* Node ids of a parent's children: [*first, *end). */
static NTSTATUS children(CONTROLLER *controller, const CODEC *codec, UCHAR node, ULONG *first,
                         ULONG *end)
{
    ULONG value;
    NTSTATUS status = parameter(controller, codec, node, PARAMETER_NODES, &value);

    *first = value >> 16 & 0xFF;
    *end = *first + (value & 0xFF);
    if (*first > NODES)
        *first = NODES;
    if (*end > NODES)
        *end = NODES;
    return status;
}

static NTSTATUS find_group(CONTROLLER *controller, CODEC *codec)
{
    ULONG node, end, type;
    NTSTATUS status = children(controller, codec, 0, &node, &end);

    for (; NT_SUCCESS(status) && node < end; node++) {
        status = parameter(controller, codec, (UCHAR)node, PARAMETER_GROUP_TYPE, &type);
        if (!NT_SUCCESS(status) || (type & 0xFF) != GROUP_AUDIO)
            continue;
        codec->group = (UCHAR)node;
        return STATUS_SUCCESS;
    }
    return NT_SUCCESS(status) ? STATUS_NOT_FOUND : status;
}

/* ---- connections (HD-147) -------------------------------------------------------------------------------- */

/* A range stands for every node after the previous entry, up to the entry's own. */
static void add_connection(WIDGET *widget, ULONG node, BOOLEAN range)
{
    ULONG from = node;

    if (range && widget->connections)
        from = widget->connection[widget->connections - 1] + 1u;
    for (; from <= node && from < NODES && widget->connections < CONNECTIONS; from++)
        widget->connection[widget->connections++] = (UCHAR)from;
}

static NTSTATUS read_connections(CONTROLLER *controller, const CODEC *codec, UCHAR node,
                                 WIDGET *widget)
{
    ULONG length, width, answer, entry, i;
    NTSTATUS status = parameter(controller, codec, node, PARAMETER_CONNECTIONS, &length);

    width = length & 0x80 ? 16 : 8;
    length &= 0x7F;
    for (i = 0; NT_SUCCESS(status) && i < length; i++) {
        if (i % (32 / width) == 0)
            status = command(controller, codec->address, node, VERB_CONNECTION(i), &answer);
        if (!NT_SUCCESS(status))
            break;
        entry = answer >> i % (32 / width) * width & ((1u << width) - 1);
        add_connection(widget, entry & ((1u << (width - 1)) - 1),
                       (entry >> (width - 1)) != 0);
    }
    return status;
}

/* ---- widgets ------------------------------------------------------------------------------------------------- */

/* Amplifiers without a description of their own are described by the group (HD-145). */
static NTSTATUS read_amps(CONTROLLER *controller, const CODEC *codec, UCHAR node, WIDGET *widget)
{
    UCHAR described = widget->caps & WIDGET_OWN_AMP ? node : codec->group;
    NTSTATUS status = STATUS_SUCCESS;

    if (widget->caps & WIDGET_AMP_IN)
        status = parameter(controller, codec, described, PARAMETER_AMP_IN, &widget->amp_in);
    if (NT_SUCCESS(status) && widget->caps & WIDGET_AMP_OUT)
        status = parameter(controller, codec, described, PARAMETER_AMP_OUT, &widget->amp_out);
    return status;
}

static NTSTATUS read_pin(CONTROLLER *controller, const CODEC *codec, UCHAR node, WIDGET *widget)
{
    NTSTATUS status = parameter(controller, codec, node, PARAMETER_PIN, &widget->pin_caps);

    if (NT_SUCCESS(status))
        status = command(controller, codec->address, node, VERB_CONFIG, &widget->config);
    return status;
}

static NTSTATUS read_widget(CONTROLLER *controller, CODEC *codec, UCHAR node)
{
    WIDGET *widget = &codec->widgets[node];
    NTSTATUS status = parameter(controller, codec, node, PARAMETER_WIDGET, &widget->caps);

    if (NT_SUCCESS(status))
        status = read_amps(controller, codec, node, widget);
    if (NT_SUCCESS(status) && widget->caps & WIDGET_CONNECTED)
        status = read_connections(controller, codec, node, widget);
    if (NT_SUCCESS(status) && WIDGET_TYPE(widget->caps) == WIDGET_PIN)
        status = read_pin(controller, codec, node, widget);
    return status;
}

NTSTATUS codec_read(CONTROLLER *controller, UCHAR address, CODEC *codec)
{
    NTSTATUS status;
    ULONG node;

    RtlZeroMemory(codec, sizeof(*codec));
    codec->address = address;
    status = find_group(controller, codec);
    if (NT_SUCCESS(status))
        status = children(controller, codec, codec->group, &codec->first, &codec->end);
    for (node = codec->first; NT_SUCCESS(status) && node < codec->end; node++)
        status = read_widget(controller, codec, (UCHAR)node);
    return status;
}
