// SPDX-License-Identifier: MIT
//
// See remarks.h.
#include "host/remarks.h"

#include <stdlib.h>

#include "host/inspect.h"
#include "host/names.h"
#include "port/subdevice.h"

// ---- names
// -----------------------------------------------------------------------------------------------

static bool same_guid(const GUID *a, const GUID *b)
{
    return a && b && guid_equal(a, b);
}

// What is wrong with two of a kind; NULL: each has a name of its own.
static const char *unnamed(const GUID *first, const GUID *second)
{
    if (!first || !second)
        return "not both have a name";
    return guid_equal(first, second) ? "they have one name" : NULL;
}

// TP-11. Each node is compared with the first of its type that it cannot be told from.
static void node_names(FILE *file, const struct ks_filter *filter)
{
    for (ULONG b = 0; b < filter->descriptor->NodeCount; b++)
        for (ULONG a = 0; a < b; a++) {
            const PCNODE_DESCRIPTOR *first = ks_node(filter, a), *second = ks_node(filter, b);
            const char *what = unnamed(first->Name, second->Name);

            if (!what || !guid_equal(first->Type, second->Type))
                continue;
            fprintf(file, "  remark TP-11: nodes %u and %u are both %s and %s\n", a, b,
                    guid_name(first->Type), what);
            break;
        }
}

// TP-12, likewise.
static void pin_names(FILE *file, const struct ks_filter *filter)
{
    for (ULONG b = 0; b < filter->descriptor->PinCount; b++)
        for (ULONG a = 0; a < b; a++) {
            const KSPIN_DESCRIPTOR *first = ks_pin_descriptor(filter, a);
            const KSPIN_DESCRIPTOR *second = ks_pin_descriptor(filter, b);
            const char *what = unnamed(first->Name, second->Name);

            if (!what || !same_guid(first->Category, second->Category))
                continue;
            fprintf(file, "  remark TP-12: pins %u and %u are both %s and %s\n", a, b,
                    guid_name(first->Category), what);
            break;
        }
}

// ---- connections
// -----------------------------------------------------------------------------------------

static const PCCONNECTION_DESCRIPTOR *connection_at(const struct ks_filter *filter, ULONG index)
{
    return &filter->descriptor->Connections[index];
}

static bool flows(const struct ks_filter *filter, ULONG pin, KSPIN_DATAFLOW flow)
{
    return ks_pin_descriptor(filter, pin)->DataFlow == flow;
}

static void directions(FILE *file, const struct ks_filter *filter)
{
    for (ULONG i = 0; i < filter->descriptor->ConnectionCount; i++) {
        const PCCONNECTION_DESCRIPTOR *c = connection_at(filter, i);

        if (c->FromNode == KSFILTER_NODE && !flows(filter, c->FromNodePin, KSPIN_DATAFLOW_IN))
            fprintf(file, "  remark TP-16: connection %u comes from pin %u, where no data enters\n",
                    i, c->FromNodePin);
        if (c->ToNode == KSFILTER_NODE && !flows(filter, c->ToNodePin, KSPIN_DATAFLOW_OUT))
            fprintf(file, "  remark TP-16: connection %u leads to pin %u, where no data leaves\n",
                    i, c->ToNodePin);
    }
}

static void pairs(FILE *file, const struct ks_filter *filter)
{
    for (ULONG j = 0; j < filter->descriptor->ConnectionCount; j++)
        for (ULONG i = 0; i < j; i++) {
            const PCCONNECTION_DESCRIPTOR *a = connection_at(filter, i),
                                          *b = connection_at(filter, j);

            if (a->ToNode != b->ToNode || a->ToNodePin != b->ToNodePin)
                continue;
            if (a->FromNode == b->FromNode && a->FromNodePin == b->FromNodePin)
                fprintf(file, "  remark TP-16: connections %u and %u are the same\n", i, j);
            else if (a->ToNode != KSFILTER_NODE)
                fprintf(file,
                        "  remark TP-16: connections %u and %u enter one input of node %u: a mixer "
                        "reads it as a sum\n",
                        i, j, a->ToNode);
        }
}

static bool touched(const struct ks_filter *filter, ULONG node, ULONG pin)
{
    for (ULONG i = 0; i < filter->descriptor->ConnectionCount; i++) {
        const PCCONNECTION_DESCRIPTOR *c = connection_at(filter, i);

        if ((c->FromNode == node && (node != KSFILTER_NODE || c->FromNodePin == pin)) ||
            (c->ToNode == node && (node != KSFILTER_NODE || c->ToNodePin == pin)))
            return true;
    }
    return false;
}

static void alone(FILE *file, const struct ks_filter *filter)
{
    for (ULONG id = 0; id < filter->descriptor->PinCount; id++)
        if (!touched(filter, KSFILTER_NODE, id))
            fprintf(file, "  remark TP-16: pin %u has no connection\n", id);
    for (ULONG id = 0; id < filter->descriptor->NodeCount; id++)
        if (!touched(filter, id, 0))
            fprintf(file, "  remark TP-16: node %u has no connection\n", id);
}

// Whether a node that is not `gone` leads to `node` (or, `out`, is led to by it).
static bool neighbour(const struct ks_filter *filter, const bool *gone, ULONG node, bool out)
{
    for (ULONG i = 0; i < filter->descriptor->ConnectionCount; i++) {
        const PCCONNECTION_DESCRIPTOR *c = connection_at(filter, i);
        ULONG near = out ? c->FromNode : c->ToNode, far = out ? c->ToNode : c->FromNode;

        if (near == node && far != KSFILTER_NODE && !gone[far])
            return true;
    }
    return false;
}

// Takes away, until nothing changes, nodes that nothing leads to or that lead nowhere: a circle's
// stay.
static void circles(FILE *file, const struct ks_filter *filter)
{
    ULONG count = filter->descriptor->NodeCount;
    bool *gone = calloc(count + 1, sizeof(*gone)), changed = true;

    while (gone && changed) {
        changed = false;
        for (ULONG id = 0; id < count; id++)
            if (!gone[id] &&
                (!neighbour(filter, gone, id, false) || !neighbour(filter, gone, id, true)))
                gone[id] = changed = true;
    }
    for (ULONG id = 0; gone && id < count; id++)
        if (!gone[id]) {
            fprintf(file, "  remark TP-16: the connections run in a circle at node %u\n", id);
            break;
        }
    free(gone);
}

// ---- nodes
// -----------------------------------------------------------------------------------------------

static bool offers(const PCNODE_DESCRIPTOR *node, ULONG id)
{
    const PCAUTOMATION_TABLE *table = node->AutomationTable;
    const char *at = table ? (const char *)table->Properties : NULL;

    for (ULONG i = 0; table && i < table->PropertyCount; i++, at += table->PropertyItemSize) {
        const PCPROPERTY_ITEM *item = (const PCPROPERTY_ITEM *)at;

        if (item->Handler && item->Id == id && guid_equal(item->Set, &KSPROPSETID_Audio))
            return true;
    }
    return false;
}

enum { MOST_PROPERTIES = 4 };

// The table of TP-28's section: all of a type's properties, or at least one of them.
static const struct needs {
    const GUID *type;
    bool all;
    ULONG ids[MOST_PROPERTIES]; // 0: none
} needs[] = {
    {&KSNODETYPE_SUPERMIX,
     true,
     {KSPROPERTY_AUDIO_MIX_LEVEL_TABLE, KSPROPERTY_AUDIO_MIX_LEVEL_CAPS}},
    {&KSNODETYPE_MUX, true, {KSPROPERTY_AUDIO_MUX_SOURCE}},
    {&KSNODETYPE_MUTE, true, {KSPROPERTY_AUDIO_MUTE}},
    {&KSNODETYPE_VOLUME, true, {KSPROPERTY_AUDIO_VOLUMELEVEL}},
    {&KSNODETYPE_TONE,
     false,
     {KSPROPERTY_AUDIO_BASS, KSPROPERTY_AUDIO_MID, KSPROPERTY_AUDIO_TREBLE,
      KSPROPERTY_AUDIO_BASS_BOOST}},
    {&KSNODETYPE_EQUALIZER,
     true,
     {KSPROPERTY_AUDIO_EQ_LEVEL, KSPROPERTY_AUDIO_NUM_EQ_BANDS, KSPROPERTY_AUDIO_EQ_BANDS}},
    {&KSNODETYPE_LOUDNESS, false, {KSPROPERTY_AUDIO_LOUDNESS, KSPROPERTY_AUDIO_DYNAMIC_RANGE}},
    {&KSNODETYPE_DEV_SPECIFIC, true, {KSPROPERTY_AUDIO_DEV_SPECIFIC}},
};

static void required(FILE *file, ULONG id, const PCNODE_DESCRIPTOR *node, const struct needs *need)
{
    unsigned have = 0;

    for (unsigned i = 0; i < MOST_PROPERTIES && need->ids[i]; i++)
        if (offers(node, need->ids[i]))
            have++;
        else if (need->all)
            fprintf(file, "  remark TP-28: node %u, a %s, does not answer %s\n", id,
                    guid_name(need->type), property_name(&KSPROPSETID_Audio, need->ids[i]));
    if (!need->all && !have)
        fprintf(file, "  remark TP-28: node %u, a %s, answers none of its properties\n", id,
                guid_name(need->type));
    if (guid_equal(need->type, &KSNODETYPE_TONE) && have > 1)
        fprintf(file, "  remark TP-31: node %u has %u tone controls, which share one name\n", id,
                have);
}

// TP-29. The two families differ in the tail of their GUIDs; SYNTHESIZER alone serves as both.
static bool is_pin_category(const GUID *guid)
{
    return guid->Data1 >> 16 == KSNODETYPE_SPEAKER.Data1 >> 16 &&
           guid->Data2 == KSNODETYPE_SPEAKER.Data2 && !guid_equal(guid, &KSNODETYPE_SYNTHESIZER);
}

static bool is_node_type(const GUID *guid)
{
    return guid->Data3 == KSNODETYPE_VOLUME.Data3 && guid->Data4[0] == KSNODETYPE_VOLUME.Data4[0] &&
           guid->Data4[1] == KSNODETYPE_VOLUME.Data4[1];
}

static void kinds(FILE *file, const struct ks_filter *filter)
{
    for (ULONG id = 0; id < filter->descriptor->NodeCount; id++)
        if (is_pin_category(ks_node(filter, id)->Type))
            fprintf(file, "  remark TP-29: node %u is a %s, which is a category of pins\n", id,
                    guid_name(ks_node(filter, id)->Type));
    for (ULONG id = 0; id < filter->descriptor->PinCount; id++) {
        const GUID *category = ks_pin_descriptor(filter, id)->Category;

        if (category && is_node_type(category))
            fprintf(file, "  remark TP-29: pin %u is a %s, which is a type of nodes\n", id,
                    guid_name(category));
    }
}

static void converters(FILE *file, const struct ks_filter *filter)
{
    bool first = true;

    for (ULONG id = 0; id < filter->descriptor->NodeCount; id++) {
        if (!guid_equal(ks_node(filter, id)->Type, &KSNODETYPE_DAC))
            continue;
        if (!first)
            fprintf(file, "  remark TP-30: node %u is one more DAC: DirectSound uses the first\n",
                    id);
        first = false;
    }
}

static void meters(FILE *file, const struct ks_filter *filter)
{
    for (ULONG i = 0; i < filter->descriptor->ConnectionCount; i++) {
        const PCCONNECTION_DESCRIPTOR *c = connection_at(filter, i);

        if (c->FromNode != KSFILTER_NODE && c->ToNode != KSFILTER_NODE &&
            guid_equal(ks_node(filter, c->FromNode)->Type, &KSNODETYPE_PEAKMETER))
            fprintf(file, "  remark TP-32: node %u, a peak meter, is not the last of its path\n",
                    c->FromNode);
    }
}

void remarks_filter(FILE *file, const struct ks_filter *filter)
{
    node_names(file, filter);
    pin_names(file, filter);
    directions(file, filter);
    pairs(file, filter);
    alone(file, filter);
    circles(file, filter);
    for (ULONG id = 0; id < filter->descriptor->NodeCount; id++)
        for (size_t i = 0; i < sizeof(needs) / sizeof(*needs); i++)
            if (guid_equal(ks_node(filter, id)->Type, needs[i].type))
                required(file, id, ks_node(filter, id), &needs[i]);
    kinds(file, filter);
    converters(file, filter);
    meters(file, filter);
}

// ---- wires
// -----------------------------------------------------------------------------------------------

static bool wrong(const struct wire_end *end, KSPIN_DATAFLOW flow)
{
    return end->filter && !flows(end->filter, end->pin, flow);
}

static bool in_common(const struct wire_end *a, const struct wire_end *b)
{
    return a->filter && a->filter == b->filter && a->pin == b->pin;
}

static void shared(FILE *file, const struct wire_end *end)
{
    fprintf(file, "remark TP-26: pin %u of \"%s\" is wired twice: the first wire counts\n",
            end->pin, inspect_text(end->filter->name));
}

void remarks_wires(FILE *file, struct port_device *device)
{
    struct wire wire, earlier;

    for (unsigned i = 0; connection_wire(device, i, &wire); i++) {
        if (wrong(&wire.from, KSPIN_DATAFLOW_OUT))
            fprintf(file,
                    "remark TP-22: wire %u comes from pin %u of \"%s\", where no data leaves\n", i,
                    wire.from.pin, inspect_text(wire.from.filter->name));
        if (wrong(&wire.to, KSPIN_DATAFLOW_IN))
            fprintf(file, "remark TP-22: wire %u leads to pin %u of \"%s\", where no data enters\n",
                    i, wire.to.pin, inspect_text(wire.to.filter->name));
        for (unsigned j = 0; j < i && connection_wire(device, j, &earlier); j++) {
            if (in_common(&earlier.from, &wire.from) || in_common(&earlier.to, &wire.from))
                shared(file, &wire.from);
            if (in_common(&earlier.from, &wire.to) || in_common(&earlier.to, &wire.to))
                shared(file, &wire.to);
        }
    }
}
