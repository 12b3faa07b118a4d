// SPDX-License-Identifier: MIT
//
// The same as a drawing for graphviz: a box for each filter, ellipses for pins that stream, plain ones for connectors,
// nodes as boxes, wires between filters dashed.
#include "host/inspect.h"

#include "host/names.h"
#include "port/subdevice.h"

static unsigned index_of(struct port_device *device, const struct ks_filter *filter)
{
    unsigned index = 0;

    LIST_EACH(link, &device->ks.filters) {
        if (LIST_OBJECT(link, struct ks_filter, link) == filter)
            break;
        index++;
    }
    return index;
}

static void write_pins(FILE *file, const struct ks_filter *filter, unsigned index)
{
    for (ULONG id = 0; id < filter->descriptor->PinCount; id++) {
        const KSPIN_DESCRIPTOR *pin = ks_pin_descriptor(filter, id);

        fprintf(file, "    f%u_p%u [shape=%s, label=\"pin %u\\n%s\"];\n", index, id,
                graph_streams(filter, id) ? "ellipse, style=filled, fillcolor=lightblue" : "ellipse",
                id, pin->Category ? guid_name(pin->Category) : "");
    }
}

static void write_end(FILE *file, unsigned index, ULONG node, ULONG pin)
{
    if (node == KSFILTER_NODE)
        fprintf(file, "f%u_p%u", index, pin);
    else
        fprintf(file, "f%u_n%u", index, node);
}

static void write_filter(FILE *file, const struct ks_filter *filter, unsigned index)
{
    const PCFILTER_DESCRIPTOR *descriptor = filter->descriptor;

    fprintf(file, "  subgraph cluster_%u {\n    label=\"%s\";\n", index, inspect_text(filter->name));
    write_pins(file, filter, index);
    for (ULONG id = 0; id < descriptor->NodeCount; id++)
        fprintf(file, "    f%u_n%u [shape=box, label=\"node %u\\n%s\"];\n", index, id, id,
                guid_name(ks_node(filter, id)->Type));
    for (ULONG i = 0; i < descriptor->ConnectionCount; i++) {
        fprintf(file, "    ");
        write_end(file, index, descriptor->Connections[i].FromNode, descriptor->Connections[i].FromNodePin);
        fprintf(file, " -> ");
        write_end(file, index, descriptor->Connections[i].ToNode, descriptor->Connections[i].ToNodePin);
        fprintf(file, ";\n");
    }
    fprintf(file, "  }\n");
}

// Each wire once, from its output pin.
static void write_wires(struct port_device *device, FILE *file, const struct ks_filter *filter,
                        unsigned index)
{
    for (ULONG id = 0; id < filter->descriptor->PinCount; id++) {
        const UNICODE_STRING *foreign;
        struct ks_filter *peer;
        ULONG pin;

        if (ks_pin_descriptor(filter, id)->DataFlow != KSPIN_DATAFLOW_OUT ||
            !connection_peer(device, filter, id, &peer, &pin, &foreign) || !peer || !peer->registered)
            continue;
        fprintf(file, "  f%u_p%u -> f%u_p%u [style=dashed];\n", index, id, index_of(device, peer), pin);
    }
}

void inspect_dot(struct port_device *device, const char *driver, FILE *file)
{
    fprintf(file, "digraph driver {\n  label=\"%s\";\n  rankdir=LR;\n  graph [fontname=\"sans-serif\"];\n"
            "  node [fontname=\"sans-serif\"];\n",
            driver);
    LIST_EACH(link, &device->ks.filters) {
        const struct ks_filter *filter = LIST_OBJECT(link, struct ks_filter, link);

        write_filter(file, filter, index_of(device, filter));
    }
    LIST_EACH(link, &device->ks.filters) {
        const struct ks_filter *filter = LIST_OBJECT(link, struct ks_filter, link);

        write_wires(device, file, filter, index_of(device, filter));
    }
    fprintf(file, "}\n");
}
