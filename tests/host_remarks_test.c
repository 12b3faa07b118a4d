// SPDX-License-Identifier: MIT
//
// What inspect remarks about descriptions and wires that nothing forbids: each oddity alone, and none of a clean filter.
#include "tests/adapter_rig.h"

#include "host/remarks.h"
#include "port/subdevice.h"

enum { ENTRY, EXIT, PINS };
enum { FIRST, SECOND, NODES };

static NTSTATUS NTAPI handle(PPCPROPERTY_REQUEST request)
{
    return STATUS_NOT_IMPLEMENTED;
}

static PCPROPERTY_ITEM items[3];
static PCAUTOMATION_TABLE table;
static PCPIN_DESCRIPTOR pins[PINS];
static PCNODE_DESCRIPTOR nodes[NODES];
static PCCONNECTION_DESCRIPTOR connections[8];
static PCFILTER_DESCRIPTOR filter;
static char text[4096];

static void connect(ULONG from, ULONG from_pin, ULONG to, ULONG to_pin)
{
    connections[filter.ConnectionCount++] = (PCCONNECTION_DESCRIPTOR){from, from_pin, to, to_pin};
}

static void offer(ULONG id)
{
    items[table.PropertyCount++] = (PCPROPERTY_ITEM){&KSPROPSETID_Audio, id, KSPROPERTY_TYPE_GET, handle};
}

// ENTRY -> FIRST (volume) -> SECOND (mute) -> EXIT, and nothing to say about it.
static void reset(void)
{
    memset(pins, 0, sizeof(pins));
    pins[ENTRY].KsPinDescriptor = (KSPIN_DESCRIPTOR){.DataFlow = KSPIN_DATAFLOW_IN, .Category = &KSCATEGORY_AUDIO};
    pins[EXIT].KsPinDescriptor = (KSPIN_DESCRIPTOR){.DataFlow = KSPIN_DATAFLOW_OUT, .Category = &KSNODETYPE_SPEAKER};
    nodes[FIRST] = (PCNODE_DESCRIPTOR){0, &table, &KSNODETYPE_VOLUME, NULL};
    nodes[SECOND] = (PCNODE_DESCRIPTOR){0, &table, &KSNODETYPE_MUTE, NULL};
    table = (PCAUTOMATION_TABLE){.PropertyItemSize = sizeof(items[0]), .Properties = items};
    offer(KSPROPERTY_AUDIO_VOLUMELEVEL);
    offer(KSPROPERTY_AUDIO_MUTE);
    filter = (PCFILTER_DESCRIPTOR){.PinSize = sizeof(pins[0]), .PinCount = PINS, .Pins = pins,
                                   .NodeSize = sizeof(nodes[0]), .NodeCount = NODES, .Nodes = nodes,
                                   .Connections = connections};
    connect(PCFILTER_NODE, ENTRY, FIRST, 1);
    connect(FIRST, 0, SECOND, 1);
    connect(SECOND, 0, PCFILTER_NODE, EXIT);
    topology_reset(&filter);
}

static void write_remarks(void)
{
    struct port_device *device = port_device_from(adapter->fdo);
    FILE *file = fmemopen(text, sizeof(text), "w");

    assert_non_null(file);
    LIST_EACH(link, &device->ks.filters)
        remarks_filter(file, LIST_OBJECT(link, struct ks_filter, link));
    remarks_wires(file, device);
    assert_int_equal(fclose(file), 0);
}

// The remarks on the filter as it is now.
static const char *remarks(void)
{
    memset(text, 0, sizeof(text));
    adapter_try(start_topology, write_remarks);
    return text;
}

PS_TEST(nothing_is_remarked_on_a_plain_filter)
{
    reset();
    assert_string_equal(remarks(), "");
}

PS_TEST(nodes_of_one_type_have_different_names, "TP-11")
{
    reset();
    nodes[SECOND].Type = &KSNODETYPE_VOLUME;
    nodes[SECOND].Name = &KSAUDFNAME_MASTER_VOLUME;
    assert_string_equal(remarks(), "  remark TP-11: nodes 0 and 1 are both VOLUME and not both have a name\n");
    nodes[FIRST].Name = &KSAUDFNAME_MASTER_VOLUME;
    assert_string_equal(remarks(), "  remark TP-11: nodes 0 and 1 are both VOLUME and they have one name\n");
    nodes[FIRST].Name = &KSAUDFNAME_WAVE_VOLUME;
    assert_string_equal(remarks(), "");
}

PS_TEST(pins_of_one_category_have_different_names, "TP-12")
{
    reset();
    pins[EXIT].KsPinDescriptor.Category = &KSCATEGORY_AUDIO;
    assert_string_equal(remarks(), "  remark TP-12: pins 0 and 1 are both AUDIO and not both have a name\n");
    pins[ENTRY].KsPinDescriptor.Name = pins[EXIT].KsPinDescriptor.Name = &KSAUDFNAME_WAVE_VOLUME;
    assert_string_equal(remarks(), "  remark TP-12: pins 0 and 1 are both AUDIO and they have one name\n");
    pins[EXIT].KsPinDescriptor.Name = &KSAUDFNAME_MASTER_VOLUME;
    assert_string_equal(remarks(), "");
    pins[ENTRY].KsPinDescriptor.Category = pins[EXIT].KsPinDescriptor.Category = NULL; // then there is nothing to tell apart
    assert_string_equal(remarks(), "");
}

PS_TEST(connections_that_are_odd_are_told, "TP-16")
{
    reset();
    connect(PCFILTER_NODE, EXIT, PCFILTER_NODE, ENTRY);
    assert_string_equal(remarks(), "  remark TP-16: connection 3 comes from pin 1, where no data enters\n"
                                   "  remark TP-16: connection 3 leads to pin 0, where no data leaves\n");
    reset();
    connect(FIRST, 0, SECOND, 1);
    assert_string_equal(remarks(), "  remark TP-16: connections 1 and 3 are the same\n");
    reset();
    connect(PCFILTER_NODE, ENTRY, SECOND, 1);
    assert_string_equal(remarks(), "  remark TP-16: connections 1 and 3 enter one input of node 1: a mixer reads it as "
                                   "a sum\n");
    reset();
    connect(SECOND, 0, FIRST, 2);
    assert_string_equal(remarks(), "  remark TP-16: the connections run in a circle at node 0\n");
    reset();
    filter.ConnectionCount = 0;
    connect(PCFILTER_NODE, ENTRY, FIRST, 1);
    assert_string_equal(remarks(), "  remark TP-16: pin 1 has no connection\n"
                                   "  remark TP-16: node 1 has no connection\n");
}

PS_TEST(a_node_answers_what_its_type_requires, "TP-28")
{
    static const struct {
        const GUID *type;
        ULONG first, second, third; // properties that satisfy it
        const char *without;
    } cases[] = {
        {&KSNODETYPE_VOLUME, KSPROPERTY_AUDIO_VOLUMELEVEL, 0, 0, "VOLUME, does not answer VOLUMELEVEL\n"},
        {&KSNODETYPE_MUTE, KSPROPERTY_AUDIO_MUTE, 0, 0, "MUTE, does not answer MUTE\n"},
        {&KSNODETYPE_MUX, KSPROPERTY_AUDIO_MUX_SOURCE, 0, 0, "MUX, does not answer MUX_SOURCE\n"},
        {&KSNODETYPE_TONE, KSPROPERTY_AUDIO_TREBLE, 0, 0, "TONE, answers none of its properties\n"},
        {&KSNODETYPE_LOUDNESS, KSPROPERTY_AUDIO_LOUDNESS, 0, 0, "LOUDNESS, answers none of its properties\n"},
        {&KSNODETYPE_SUPERMIX, KSPROPERTY_AUDIO_MIX_LEVEL_CAPS, KSPROPERTY_AUDIO_MIX_LEVEL_TABLE, 0,
         "SUPERMIX, does not answer MIX_LEVEL_TABLE\n"},
        {&KSNODETYPE_EQUALIZER, KSPROPERTY_AUDIO_EQ_LEVEL, KSPROPERTY_AUDIO_NUM_EQ_BANDS, KSPROPERTY_AUDIO_EQ_BANDS,
         "EQUALIZER, does not answer EQ_BANDS\n"},
        {&KSNODETYPE_DEV_SPECIFIC, KSPROPERTY_AUDIO_DEV_SPECIFIC, 0, 0, "DEV_SPECIFIC, does not answer DEV_SPECIFIC\n"},
        {&KSNODETYPE_SUM, KSPROPERTY_AUDIO_LATENCY, 0, 0, NULL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        reset();
        nodes[FIRST].Type = cases[i].type;
        nodes[SECOND].Type = &KSNODETYPE_DELAY;
        table.PropertyCount = 0;
        offer(cases[i].first);
        offer(cases[i].second);
        offer(cases[i].third);
        assert_string_equal(remarks(), "");
        table.PropertyCount = 0;
        if (cases[i].without)
            assert_non_null(strstr(remarks(), cases[i].without));
        else
            assert_string_equal(remarks(), "");
    }
    // An item without a handler is no answer.
    reset();
    items[0].Handler = NULL;
    assert_string_equal(remarks(), "  remark TP-28: node 0, a VOLUME, does not answer VOLUMELEVEL\n");
}

PS_TEST(a_guid_is_a_node_type_or_a_pin_category, "TP-29")
{
    reset();
    nodes[FIRST].Type = &KSNODETYPE_LINE_CONNECTOR;
    pins[EXIT].KsPinDescriptor.Category = &KSNODETYPE_DAC;
    assert_string_equal(remarks(), "  remark TP-29: node 0 is a LINE_CONNECTOR, which is a category of pins\n"
                                   "  remark TP-29: pin 1 is a DAC, which is a type of nodes\n");
    nodes[FIRST].Type = pins[EXIT].KsPinDescriptor.Category = &KSNODETYPE_SYNTHESIZER; // both
    assert_string_equal(remarks(), "");
}

PS_TEST(one_dac_is_enough, "TP-30")
{
    reset();
    nodes[FIRST] = (PCNODE_DESCRIPTOR){0, NULL, &KSNODETYPE_DAC, &KSAUDFNAME_WAVE_VOLUME};
    assert_string_equal(remarks(), "");
    nodes[SECOND] = (PCNODE_DESCRIPTOR){0, NULL, &KSNODETYPE_DAC, &KSAUDFNAME_MASTER_VOLUME};
    assert_string_equal(remarks(), "  remark TP-30: node 1 is one more DAC: DirectSound uses the first\n");
}

PS_TEST(a_tone_node_has_one_control, "TP-31")
{
    reset();
    nodes[FIRST].Type = &KSNODETYPE_TONE;
    offer(KSPROPERTY_AUDIO_BASS);
    assert_string_equal(remarks(), "");
    items[0].Id = KSPROPERTY_AUDIO_TREBLE;
    assert_string_equal(remarks(), "  remark TP-31: node 0 has 2 tone controls, which share one name\n");
}

PS_TEST(a_peak_meter_ends_its_path, "TP-32")
{
    reset();
    nodes[SECOND].Type = &KSNODETYPE_PEAKMETER;
    assert_string_equal(remarks(), "");
    nodes[FIRST].Type = &KSNODETYPE_PEAKMETER;
    nodes[SECOND].Type = &KSNODETYPE_DELAY;
    assert_string_equal(remarks(), "  remark TP-32: node 0, a peak meter, is not the last of its path\n");
}

// ---- wires -----------------------------------------------------------------------------------------------

static WCHAR other_name[] = {'T', 'w', 'o', 0};
static ULONG wires[2][2]; // from a pin of "Topo" to one of "Two"

static NTSTATUS NTAPI start_wired(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    PPORT one = topology_port(fdo, resources), two = topology_port(fdo, resources);

    assert_int_equal(PcRegisterSubdevice(fdo, adapter_name, (PUNKNOWN)one), STATUS_SUCCESS);
    assert_int_equal(PcRegisterSubdevice(fdo, other_name, (PUNKNOWN)two), STATUS_SUCCESS);
    for (int i = 0; i < 2; i++) // stored, whatever they are
        assert_int_equal(PcRegisterPhysicalConnection(fdo, (PUNKNOWN)one, wires[i][0], (PUNKNOWN)two, wires[i][1]),
                         STATUS_SUCCESS);
    COM_CALL(one, Release);
    COM_CALL(two, Release);
    return STATUS_SUCCESS;
}

static const char *wired(ULONG from, ULONG to, ULONG again_from, ULONG again_to)
{
    wires[0][0] = from;
    wires[0][1] = to;
    wires[1][0] = again_from;
    wires[1][1] = again_to;
    reset();
    memset(text, 0, sizeof(text));
    adapter_try(start_wired, write_remarks);
    return text;
}

PS_TEST(wires_lead_from_outputs_to_inputs, "TP-22")
{
    assert_string_equal(wired(EXIT, ENTRY, EXIT, ENTRY), "");
    assert_string_equal(wired(ENTRY, EXIT, ENTRY, EXIT), "remark TP-22: wire 0 comes from pin 0 of \"Topo\", where no data leaves\n"
                                                 "remark TP-22: wire 0 leads to pin 1 of \"Two\", where no data enters\n");
}

PS_TEST(a_pin_that_is_wired_twice_is_told, "TP-26")
{
    assert_string_equal(wired(EXIT, ENTRY, EXIT, EXIT), "remark TP-22: wire 1 leads to pin 1 of \"Two\", where no data enters\n"
                                                  "remark TP-26: pin 1 of \"Topo\" is wired twice: the first wire counts\n");
}
