// SPDX-License-Identifier: MIT
//
// A started driver's filters, pins, nodes, connections and properties as text; see <portside/driver.h>. The structure is
// the descriptors', volume and mute are asked of the driver as a mixer would.
#include "host/inspect.h"

#include <errno.h>
#include <string.h>

#include "host/control.h"
#include "host/host.h"
#include "host/mixer.h"
#include "host/names.h"
#include "host/remarks.h"
#include "host/stream.h"
#include "host/support.h"
#include "port/subdevice.h"

const char *inspect_text(const WCHAR *text)
{
    static _Thread_local char texts[2][128];
    static _Thread_local unsigned next;
    char *to = texts[next++ % 2];
    size_t i = 0;

    for (; text && text[i] && i < sizeof(texts[0]) - 1; i++)
        to[i] = text[i] >= 32 && text[i] < 127 && text[i] != '"' && text[i] != '\\' ? (char)text[i]
                                                                                    : '?';
    to[i] = 0;
    return to;
}

// ---- automation tables -----------------------------------------------------------------------------------

static void write_verbs(FILE *file, ULONG flags)
{
    static const struct {
        ULONG bit;
        const char *name;
    } verbs[] = {{KSPROPERTY_TYPE_GET, "get"},
                 {KSPROPERTY_TYPE_SET, "set"},
                 {KSPROPERTY_TYPE_BASICSUPPORT, "basic support"}};
    const char *separator = "";

    for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
        if (flags & verbs[i].bit) {
            fprintf(file, "%s%s", separator, verbs[i].name);
            separator = ", ";
        }
}

static void write_table(FILE *file, const char *indent, const PCAUTOMATION_TABLE *table)
{
    const char *property = table ? (const char *)table->Properties : NULL;
    const char *event = table ? (const char *)table->Events : NULL;

    for (ULONG i = 0; table && i < table->PropertyCount; i++, property += table->PropertyItemSize) {
        const PCPROPERTY_ITEM *item = (const PCPROPERTY_ITEM *)property;

        fprintf(file, "%sproperty %s (", indent, property_name(item->Set, item->Id));
        write_verbs(file, item->Flags);
        fprintf(file, ")\n");
    }
    for (ULONG i = 0; table && i < table->EventCount; i++, event += table->EventItemSize) {
        const PCEVENT_ITEM *item = (const PCEVENT_ITEM *)event;

        fprintf(file, "%sevent %s\n", indent, property_name(item->Set, item->Id));
    }
}

// ---- pins ------------------------------------------------------------------------------------------------

static void write_count(FILE *file, const char *what, ULONG count)
{
    if (count == (ULONG)-1)
        fprintf(file, ", %s unlimited", what);
    else
        fprintf(file, ", %s %u", what, count);
}

static void write_range(FILE *file, const KSDATARANGE *range)
{
    const KSDATARANGE_AUDIO *audio = (const KSDATARANGE_AUDIO *)range;
    bool pcm = guid_equal(&range->SubFormat, &KSDATAFORMAT_SUBTYPE_PCM);
    bool real = guid_equal(&range->SubFormat, &KSDATAFORMAT_SUBTYPE_IEEE_FLOAT);
    const char *specifier =
        guid_equal(&range->Specifier, &KSDATAFORMAT_SPECIFIER_WAVEFORMATEX) ? ""
        : guid_equal(&range->Specifier, &KSDATAFORMAT_SPECIFIER_DSOUND)    ? " (DirectSound)"
                                                                          : " (other specifier)";

    if (guid_equal(&range->SubFormat, &KSDATAFORMAT_SUBTYPE_ANALOG)) {
        fprintf(file, "    range analog\n");
        return;
    }
    if (range->FormatSize < sizeof(*audio)) {
        fprintf(file, "    range %s\n", guid_name(&range->SubFormat));
        return;
    }
    fprintf(file, "    range %s, ", pcm ? "PCM" : real ? "float" : guid_name(&range->SubFormat));
    if (audio->MaximumChannels == (ULONG)-1)
        fprintf(file, "any channels");
    else
        fprintf(file, "1-%u channels", audio->MaximumChannels);
    fprintf(file, ", %u-%u bit, %u-%u Hz%s\n", audio->MinimumBitsPerSample,
            audio->MaximumBitsPerSample, audio->MinimumSampleFrequency,
            audio->MaximumSampleFrequency, specifier);
}

static void write_wire(struct port_device *device, FILE *file, const struct ks_filter *filter,
                       ULONG id)
{
    const UNICODE_STRING *foreign;
    struct ks_filter *peer;
    ULONG pin;

    if (!connection_peer(device, filter, id, &peer, &pin, &foreign))
        return;
    fprintf(file, "    wired to \"%s\" pin %u\n",
            peer ? inspect_text(peer->name) : inspect_text(foreign->Buffer), pin);
}

static void write_pin(struct port_device *device, FILE *file, const struct ks_filter *filter, ULONG id)
{
    static const char *const kinds[] = {"bridge (no communication)", "sink", "source",
                                        "sink and source", "bridge"};
    const PCPIN_DESCRIPTOR *pc = ks_pc_pin(filter, id);
    const KSPIN_DESCRIPTOR *pin = &pc->KsPinDescriptor;

    fprintf(file, "  pin %u: data %s, %s", id, pin->DataFlow == KSPIN_DATAFLOW_IN ? "in" : "out",
            (unsigned)pin->Communication < 5 ? kinds[pin->Communication] : "unknown communication");
    if (pin->Category)
        fprintf(file, ", %s", guid_name(pin->Category));
    if (graph_streams(filter, id)) {
        fprintf(file, ", open %u", filter->pin_instances[id]);
        write_count(file, "at most", pc->MaxFilterInstanceCount);
    }
    fprintf(file, "\n");
    for (ULONG i = 0; i < pin->DataRangesCount; i = ks_range_next(pin, i))
        write_range(file, pin->DataRanges[i]);
    write_table(file, "    ", pc->AutomationTable);
    write_wire(device, file, filter, id);
}

// ---- nodes -----------------------------------------------------------------------------------------------

struct report {
    struct ps_driver *driver;
    struct port_device *device;
    FILE *file;
    bool dot;
};

static void write_values(struct report *report, struct control *control)
{
    bool mute = control->property == KSPROPERTY_AUDIO_MUTE;
    const char *separator = "    now ";
    LONG value;

    for (control->channel = 0; control->channel < 8; control->channel++) {
        if (!NT_SUCCESS(control_get(report->driver->system, control, &value)))
            break;
        if (mute)
            fprintf(report->file, "%s%s", separator, value ? "muted" : "not muted");
        else if (value == INT32_MIN)
            fprintf(report->file, "%ssilent", separator);
        else
            fprintf(report->file, "%s%.2f dB", separator, value / 65536.0);
        separator = ", ";
    }
    if (control->channel)
        fprintf(report->file, "\n");
}

// What the driver says of its properties' ranges.
static void write_support(struct report *report, PFILE_OBJECT open, ULONG id,
                          const PCAUTOMATION_TABLE *table)
{
    const char *at = table ? (const char *)table->Properties : NULL;

    for (ULONG i = 0; table && i < table->PropertyCount; i++, at += table->PropertyItemSize)
        support_write(report->file, report->driver->system, open, id, (const PCPROPERTY_ITEM *)at);
}

static void write_node(struct report *report, const struct ks_filter *filter, PFILE_OBJECT open,
                       ULONG id)
{
    const PCNODE_DESCRIPTOR *node = ks_node(filter, id);
    struct control control = {.file = open, .node = id};

    fprintf(report->file, "  node %u: %s", id, guid_name(node->Type));
    if (node->Name)
        fprintf(report->file, ", called %s", guid_name(node->Name));
    fprintf(report->file, "\n");
    write_table(report->file, "    ", node->AutomationTable);
    control.property = guid_equal(node->Type, &KSNODETYPE_VOLUME) ? KSPROPERTY_AUDIO_VOLUMELEVEL
                       : guid_equal(node->Type, &KSNODETYPE_MUTE) ? KSPROPERTY_AUDIO_MUTE
                                                                  : 0;
    if (open)
        write_support(report, open, id, node->AutomationTable);
    if (open && control.property)
        write_values(report, &control);
}

static void write_place(FILE *file, ULONG node, ULONG pin)
{
    if (node == KSFILTER_NODE)
        fprintf(file, "pin %u", pin);
    else
        fprintf(file, "node %u (its pin %u)", node, pin);
}

static void write_connections(FILE *file, const PCFILTER_DESCRIPTOR *descriptor)
{
    for (ULONG i = 0; i < descriptor->ConnectionCount; i++) {
        const PCCONNECTION_DESCRIPTOR *connection = &descriptor->Connections[i];

        fprintf(file, "  connection ");
        write_place(file, connection->FromNode, connection->FromNodePin);
        fprintf(file, " -> ");
        write_place(file, connection->ToNode, connection->ToNodePin);
        fprintf(file, "\n");
    }
}

// ---- mixer lines -----------------------------------------------------------------------------------------

enum { MOST_ENTRIES = 256 };

// The controls of a node; those of a SUPERMIX depend on what its driver tells of each entry.
static const char *controls_of(struct report *report, const struct ks_filter *filter,
                               PFILE_OBJECT open, ULONG node)
{
    struct {
        ULONG inputs, outputs;
        KSAUDIO_MIX_CAPS caps[MOST_ENTRIES];
    } table = {0};
    KSNODEPROPERTY request = {.NodeId = node};
    ULONG_PTR bytes = 0;

    if (open && guid_equal(ks_node(filter, node)->Type, &KSNODETYPE_SUPERMIX)) {
        request.Property.Set = KSPROPSETID_Audio;
        request.Property.Id = KSPROPERTY_AUDIO_MIX_LEVEL_CAPS;
        request.Property.Flags = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY;
        if (!NT_SUCCESS(kernel_control_wait(report->driver->system, open, IOCTL_KS_PROPERTY, &request,
                                            sizeof(request), &table, sizeof(table), &bytes)))
            bytes = 0;
    }
    bytes = bytes < 2 * sizeof(ULONG) ? 0 : (bytes - 2 * sizeof(ULONG)) / sizeof(table.caps[0]);
    return mixer_controls(filter, node, table.caps, (ULONG)bytes);
}

static void write_line(struct report *report, const struct ks_filter *filter, PFILE_OBJECT open,
                       const struct mixer_line *line)
{
    fprintf(report->file, "pin %u", line->pin);
    for (unsigned i = 0; i < line->count; i++) {
        const char *controls = controls_of(report, filter, open, line->nodes[i]);

        if (controls)
            fprintf(report->file, ", %s at node %u", controls, line->nodes[i]);
    }
    fprintf(report->file, "\n");
}

static void write_lines(struct report *report, const struct ks_filter *filter, PFILE_OBJECT open)
{
    struct mixer_line destination, source;

    for (unsigned i = 0; mixer_destination(filter, i, &destination); i++) {
        fprintf(report->file, "  mixer line to ");
        write_line(report, filter, open, &destination);
        for (unsigned j = 0; mixer_source(filter, &destination, j, &source); j++) {
            fprintf(report->file, "    from ");
            write_line(report, filter, open, &source);
        }
    }
}

// ---- filters and endpoints -------------------------------------------------------------------------------

static void write_filter(struct report *report, const struct ks_filter *filter)
{
    const PCFILTER_DESCRIPTOR *descriptor = filter->descriptor;
    PFILE_OBJECT open = NULL;

    fprintf(report->file, "\nfilter \"%s\"", inspect_text(filter->name));
    for (ULONG i = 0; i < descriptor->CategoryCount; i++)
        fprintf(report->file, "%s%s", i ? ", " : ": ", guid_name(&descriptor->Categories[i]));
    fprintf(report->file, "\n");
    write_table(report->file, "  ", descriptor->AutomationTable);
    for (ULONG id = 0; id < descriptor->PinCount; id++)
        write_pin(report->device, report->file, filter, id);
    if (!NT_SUCCESS(control_open(report->driver->system, report->driver->pdo, filter, &open)))
        open = NULL;
    for (ULONG id = 0; id < descriptor->NodeCount; id++)
        write_node(report, filter, open, id);
    write_connections(report->file, descriptor);
    write_lines(report, filter, open);
    if (open)
        kernel_close(report->driver->system, open);
    remarks_filter(report->file, filter);
}

static void write_control(FILE *file, const char *name, const struct graph_place *place)
{
    if (place->filter)
        fprintf(file, ", %s at node %u of \"%s\"", name, place->node,
                inspect_text(place->filter->name));
}

static bool is_default(struct port_device *device, const struct graph_endpoint *endpoint, unsigned index)
{
    unsigned first;

    return graph_default(device, endpoint->render, &first) && first == index;
}

static void write_endpoint(FILE *file, const struct graph_endpoint *endpoint, bool first)
{
    const KSPIN_DESCRIPTOR *pin = ks_pin_descriptor(endpoint->bridge.filter, endpoint->bridge.pin);

    fprintf(file, "endpoint %s, %s: \"%s\" pin %u", endpoint->render ? "plays" : "records",
            pin->Category ? guid_name(pin->Category) : "no category",
            inspect_text(endpoint->bridge.filter->name), endpoint->bridge.pin);
    if (!endpoint->host_count)
        fprintf(file, ", reached by no streaming pin");
    for (unsigned i = 0; i < endpoint->host_count; i++)
        fprintf(file, "%s\"%s\" pin %u", i ? " (Windows shows the first only) and " : ", streams at ",
                inspect_text(endpoint->hosts[i].filter->name), endpoint->hosts[i].pin);
    write_control(file, "volume", &endpoint->volume);
    write_control(file, "mute", &endpoint->mute);
    fprintf(file, "%s%s\n", endpoint->shared ? ", shares its pin with another endpoint" : "",
            first ? ", the default" : "");
}

static int run_inspect(void *context)
{
    struct report *report = context;
    struct port_device *device = report->device;
    struct graph_endpoint endpoint;

    ks_device_lock(&device->ks);
    if (report->dot) {
        inspect_dot(device, image_name(report->driver->image), report->file);
    } else {
        fprintf(report->file, "driver %s\n", image_name(report->driver->image));
        LIST_EACH(link, &device->ks.filters)
            write_filter(report, LIST_OBJECT(link, struct ks_filter, link));
        fprintf(report->file, "\n");
        remarks_wires(report->file, device);
        for (unsigned i = 0; graph_endpoint(device, i, &endpoint); i++)
            write_endpoint(report->file, &endpoint, is_default(device, &endpoint, i));
    }
    ks_device_unlock(&device->ks);
    return 0;
}

int ps_inspect(struct ps_driver *driver, FILE *file, bool dot)
{
    struct report report = {driver, stream_device(driver), file, dot};
    int result = host_enter(driver->system);

    if (result)
        return result;
    if (!report.device)
        return host_error(-ENODEV, "%s: it has no started device", image_name(driver->image));
    return host_call(driver->system, "inspect", run_inspect, &report);
}
